# make study: set-up, every study at quick scale, verdicts, figures.   make test: set-up, lint, types, tests, doctests.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
WORKERS ?= 2

.PHONY: study test test-all lint bench setup clean
.DEFAULT_GOAL := help

help:
	@sed -n '1p' Makefile | cut -c3-

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lsdm_stats needs Python 3.11 or newer; got " + sys.version.split()[0] + "; run make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

study: $(READY)
	$(BIN)/lsdm run --quick --workers $(WORKERS)
	$(BIN)/lsdm figures --quick
	$(BIN)/lsdm report --quick
	@$(BIN)/lsdm verdicts --quick; judged=$$?; echo "The report: results/report.html (open it in a browser)"; exit $$judged

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/basedpyright --level error lsdm_stats

test: lint
	$(BIN)/python -m pytest --doctest-modules lsdm_stats
	$(BIN)/python -m pytest -n 2 tests

test-all: lint
	$(BIN)/python -m pytest --doctest-modules lsdm_stats
	$(BIN)/python -m pytest -n 2 -m 'slow or not slow' tests

bench: $(READY)
	$(BIN)/python benchmarks/transport.py
	$(BIN)/python benchmarks/fuzz.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/engine.py

clean:
	rm -rf .venv results build dist
