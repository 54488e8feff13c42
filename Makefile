# Needs Python 3.11 or newer and make; everything else comes into virtual environments in this
# folder. Another Python: make PYTHON=/path/to/python3.12 demo

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python, \
	$(shell command -v $(name) >/dev/null 2>&1 && \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))

VENV := .venv
BIN := $(VENV)/bin
# The two models that the tests call for real; the demo fetches the first by itself.
TEST_MODELS := qwen2.5-coder:1.5b qwen2.5-coder:0.5b
FAST := -m "not real_model and not ollama and not online"
# One process for each core, but no more than four: each holds its own copy of what it imports.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, os.cpu_count() or 1))')
DATA ?= $(or $(DRAGOMAN_DATA),../shared/data)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check lint types fast minimum wheel bench clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(VENV)/.ready-dev ## prepare .venv for development

demo: $(VENV)/.ready ## set up, then ask the sample store eight questions in eight languages
	@$(BIN)/dragoman demo

test: $(VENV)/.ready-dev ## set up, fetch the small models, run the whole test suite
	@for model in $(TEST_MODELS); do $(BIN)/dragoman models pull $$model || exit $$?; done
	$(BIN)/pytest -n $(WORKERS) $(FAST)
	$(BIN)/pytest -m "real_model or ollama or online"

check: lint types fast minimum wheel ## everything that must hold before a change is shared

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev
	$(BIN)/mypy

fast: $(VENV)/.ready-dev ## the tests that need no model and no network
	$(BIN)/pytest -q tests/test_layering.py
	$(BIN)/pytest -q -n $(WORKERS) $(FAST)

# Each dependency at the lowest version that pyproject.toml allows.
minimum: $(VENV)/.ready-dev
	@echo "— lowest allowed versions —"
	$(BIN)/python -m venv --clear .venv-minimum
	$(BIN)/uv pip install --python .venv-minimum/bin/python --resolution lowest-direct -e '.[embedded,dev]'
	.venv-minimum/bin/python -m pytest -q -n $(WORKERS) $(FAST)

# The package as people get it: built, then installed where nothing else is.
wheel: $(VENV)/.ready-dev
	@echo "— the built wheel in a clean environment —"
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist
	$(BIN)/python -m venv --clear --without-pip .venv-wheel
	$(BIN)/uv pip install --python .venv-wheel/bin/python dist/*.whl
	cd .venv-wheel && bin/python -I -c "import dragoman; print(dragoman.__file__)"
	cd .venv-wheel && bin/dragoman --help >/dev/null
	cd .venv-wheel && bin/dragoman detect --json "배송 조회는 어디에서 하나요?"
	cd .venv-wheel && bin/python -I -c "from dragoman.serving.sample_store import *; print(len(sample_questions()), len(list(store_folder().iterdir())))"

# What needs the development data, then what does not. `token_estimate.py` and the training
# script take arguments of their own and are run by hand.
bench: $(VENV)/.ready-bench ## run the benchmarks on the data in DATA (by default ../shared/data)
	@for name in language_id reply_guard retrieval citations; do \
		echo "— $$name —"; $(BIN)/python benchmarks/$$name.py --data $(DATA) || exit $$?; done
	@for name in memory_kill effects_kill writer_prompt reply_language answer_formats; do \
		echo "— $$name —"; $(BIN)/python benchmarks/$$name.py || exit $$?; done

clean: ## remove the virtual environments and what was built
	rm -rf .venv .venv-minimum .venv-wheel dist .mypy_cache .ruff_cache .pytest_cache

# The stamps are written last: an interrupted set-up starts again where pip left off.
$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; get it from https://www.python.org" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@# The pip that comes with an older Python takes three times as long to find the versions.
	@$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.ready: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV); the first time this fetches about 280 MB."
	$(BIN)/python -m pip install --progress-bar on -e '.[embedded]'
	@touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV) for development; the first time this fetches a few hundred MB."
	$(BIN)/python -m pip install --progress-bar on -e '.[embedded,dev]'
	@touch $@ $(VENV)/.ready

$(VENV)/.ready-bench: $(VENV)/.ready-dev
	$(BIN)/python -m pip install --progress-bar on -e '.[embedded,dev,bench]'
	@touch $@
