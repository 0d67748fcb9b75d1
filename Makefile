# make study: set-up, every study at quick scale, verdicts, figures.   make test: set-up, lint, types, tests, doctests.
# make docs: set-up, the documentation in results/docs.   make bench: speed, side by side with other libraries.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DOCS_READY := .venv/.docs-ready
WORKERS ?= 2

.PHONY: study test test-all lint bench docs setup clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# make/make/p' Makefile

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lsdm_stats needs Python 3.11 or newer; got " + sys.version.split()[0] + "; run make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

$(DOCS_READY): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $(DOCS_READY)

study: $(READY)
	$(BIN)/lsdm run --quick --workers $(WORKERS)
	$(BIN)/lsdm figures --quick
	$(BIN)/lsdm verdicts --quick

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

docs: $(DOCS_READY)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs results/docs
	@echo "open results/docs/index.html"

clean:
	rm -rf .venv results build dist docs/_api
