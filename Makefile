# Everything a person does here, each target doing its own set-up. `make` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) scripts/bootstrap.py $(VENV)
	@touch $@

setup: $(READY)  ## the development environment in .venv

fix: $(READY)  ## format, and mend what can be mended
	$(BIN)/ruff format src tests scripts docs benchmarks
	$(BIN)/ruff check --fix src tests scripts docs benchmarks
	$(BIN)/python scripts/record_types.py
	$(BIN)/python scripts/actions/methods.py
	$(BIN)/python scripts/unasync.py

MEASURES := $(VENV)/.bench
$(MEASURES): $(READY)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --group bench
	@touch $@

ONLY ?=
SIZE ?= full
bench: $(MEASURES)  ## how fast it is, beside others; ONLY=list,dump for some of it, SIZE=small or medium for less
	$(BIN)/python -m benchmarks --only "$(ONLY)" --size $(SIZE)

check: $(READY)  ## lint, types, what types refuse, room contracts, generated code
	$(BIN)/ruff format --check src tests scripts docs benchmarks
	$(BIN)/ruff check src tests scripts docs benchmarks
	$(BIN)/python scripts/record_types.py --check
	$(BIN)/python scripts/actions/methods.py --check
	$(BIN)/python scripts/unasync.py --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/python tests/typing/check.py mypy
	$(BIN)/python tests/typing/check.py pyright

actions: $(READY)  ## the catalogue of CKAN's actions, from the versions themselves; CHECK=--check only compares
	$(BIN)/python scripts/actions/build.py $(CHECK)

# Three at a time for two cores, each with a sandbox of its own: nearly half of the time a test waits.
SIDE_BY_SIDE := -n 3 --dist worksteal
# The code of the pages runs in `make docs`.
OF_PAGES := tests/docs/test_examples.py
test: $(READY)  ## every test, with the sandboxes they need
	$(BIN)/pytest $(SIDE_BY_SIDE) --ignore $(OF_PAGES)

demo: $(READY)  ## a tour of the main job on a real CKAN, started here
	$(BIN)/tuckan demo

# What differs from one version of CKAN to the next: what actions give, the sandbox itself, reading, writing, tables, tokens, loaders, jobs, dumps.
OF_VERSIONS := tests/contract tests/sandbox tests/client tests/tables tests/test_secrets.py tests/cli/test_portal.py tests/jobs/test_exactly_once.py tests/jobs/test_killed_on_a_strict_portal.py tests/jobs/test_undo.py tests/jobs/test_undo_of_entities.py
test-versions: $(READY)  ## the tests that a version of CKAN matters to, on the two older ones
	$(BIN)/pytest $(SIDE_BY_SIDE) --ckan-version 2.11,2.10 $(OF_VERSIONS)

CHECK ?=
CKAN ?= 2.12
TESTS ?=
test-search: $(READY)  ## the search service under CKAN's own tests; CKAN=2.11 for another version, TESTS= for some
	$(BIN)/python scripts/judge_search.py --ckan $(CKAN) $(TESTS)

test-ckan: $(READY)  ## the sandbox under CKAN's own tests of logic, models, DataStore and activities; CKAN=2.11 likewise
	$(BIN)/python scripts/judge_search.py --ckan $(CKAN) --wide

docs: $(READY)  ## the documentation in docs/_build/html, all code in it run on a real CKAN
	$(BIN)/pytest -n 2 $(OF_PAGES)
	$(BIN)/sphinx-build -nW --keep-going -b html docs docs/_build/html

pictures: $(READY)  ## the pictures of the terminal, taken anew
	$(BIN)/python scripts/pictures.py

clean:  ## remove what the targets made here
	rm -rf $(VENV) build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help setup fix check actions test demo test-versions test-search test-ckan docs pictures bench clean
