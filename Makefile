# make study: set-up, every study at quick scale, figures, report, verdicts.   make test: set-up, lint, types, tests, doctests.
# make paper: every study at full scale until it is precise, then figures, report and verdicts; goes on where it stopped.
# make gallery: docs/gallery.md with every figure of the published rows.
# make docs: set-up, the documentation in results/docs.   make bench: speed, side by side with other libraries.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DOCS_READY := .venv/.docs-ready
WORKERS ?= 2
STORE := $(or $(LSDM_STORE),results/lsdm.sqlite)
# For the paper these studies go on until the mean joint W1 of every setting has a Monte Carlo error of MCSE, or has MOST
# replicates. The others have enough of their own, or measure no joint W1.
MCSE ?= 3%
MOST ?= 200
PRECISE := digits_by_class end_to_end family fidelity_bounds geometric_fidelity joint_to_conditional latent_diffusion \
	latent_dimension latent_or_ambient matchers one_step phase_transition shift super_resolution training_limit \
	two_stage_bound
TARGET := --target-mcse joint_w1=$(MCSE) --max-replicates $(MOST)

.PHONY: study paper gallery test test-all lint bench docs setup clean
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
	$(BIN)/lsdm report --quick
	@$(BIN)/lsdm verdicts --quick --brief; judged=$$?; \
	echo "Claim by claim: $(BIN)/lsdm verdicts --quick"; \
	echo "The report: results/report.html (open it in a browser)"; exit $$judged

paper: $(READY)
	@if [ -e '$(STORE)' ]; then \
		echo "own replicates:"; $(BIN)/lsdm plan | tail -n 2; \
		echo "for $(TARGET):"; $(BIN)/lsdm plan $(PRECISE) $(TARGET) | tail -n 2; \
	else echo "nothing is stored yet: about 6 hours on two cores, and 5 more for an error of 3 %"; fi
	$(BIN)/lsdm run --workers $(WORKERS)
	$(BIN)/lsdm run $(PRECISE) --workers $(WORKERS) $(TARGET)
	$(BIN)/lsdm figures --max-replicates $(MOST)
	$(BIN)/lsdm report --max-replicates $(MOST)
	@$(BIN)/lsdm verdicts --brief --max-replicates $(MOST); judged=$$?; \
	echo "The report: results/report.html (open it in a browser)"; exit $$judged

gallery: $(READY)
	$(BIN)/lsdm figures --published --gallery docs/gallery.md

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
