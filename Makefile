# Each target does its own set-up. `make` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help

# Where it is set, each of the thousand processes that tests and pages start would compile every library again.
unexport PYTHONDONTWRITEBYTECODE

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) scripts/bootstrap.py $(VENV)
	@touch $@

setup: $(READY)  ## the development environment in .venv

fix: $(READY)  ## format, fix what can be fixed automatically, regenerate the blocking client
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
bench: $(MEASURES)  ## measure performance, beside other tools; ONLY=list,dump selects parts, SIZE=small or medium runs less
	$(BIN)/python -m benchmarks --only "$(ONLY)" --size $(SIZE)

check: $(READY)  ## lint, type checks, type tests, room contracts, generated code
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

actions: $(READY)  ## collect the catalogue of CKAN's actions from each version; CHECK=--check only compares
	$(BIN)/python scripts/actions/build.py $(CHECK)

# Three workers for two cores, each with its own sandbox: tests spend nearly half of their time waiting.
SIDE_BY_SIDE := -n 3 --dist worksteal
# The order of the tests and the examples of properties are those of a seed, so that CI tells of the change alone; `make
# test SEED=2` has others.
SEED ?= 1
SIDE_BY_SIDE += --randomly-seed $(SEED) --hypothesis-seed $(SEED)
# `make docs` runs the code of the pages.
OF_PAGES := tests/docs/test_examples.py
test: $(READY)  ## run every test, with the sandboxes that they need
	$(BIN)/pytest $(SIDE_BY_SIDE) --ignore $(OF_PAGES)

demo: $(READY)  ## a tour of the main features on a CKAN started here
	$(BIN)/tuckan demo

# Tests whose subject differs between versions of CKAN: results of actions, the sandbox, reading, writing, tables, tokens, loaders, jobs, dumps, workbooks.
OF_VERSIONS := tests/contract tests/sandbox tests/client tests/tables tests/test_secrets.py tests/cli/test_portal.py tests/jobs/test_exactly_once.py tests/jobs/test_killed_on_a_strict_portal.py tests/jobs/test_undo.py tests/jobs/test_undo_of_entities.py tests/sheets/test_command.py
test-versions: $(READY)  ## run the tests that depend on the version of CKAN, on the two older ones
	$(BIN)/pytest $(SIDE_BY_SIDE) --ckan-version 2.11,2.10 $(OF_VERSIONS)

# Writing, loading, copying, undoing, and what is killed.
OF_PLUGINS := tests/client/test_writing*.py tests/client/test_removing_verified.py tests/copying tests/jobs
test-plugins: $(READY)  ## run the tests of writing and of jobs on portals with plugins; CKAN=2.11 for another version
	$(BIN)/pytest -n 2 --dist worksteal --ckan-version $(CKAN) --on schemed $(OF_PLUGINS)
	$(BIN)/pytest -n 2 --dist worksteal --ckan-version $(CKAN) --on unruly $(OF_PLUGINS)

CHECK ?=
CKAN ?= 2.12
TESTS ?=
test-search: $(READY)  ## run CKAN's own tests on the search service; CKAN=2.11 for another version, TESTS= to select
	$(BIN)/python scripts/judge_search.py --ckan $(CKAN) $(TESTS)

test-ckan: $(READY)  ## run CKAN's own tests of logic, models, DataStore and activities on the sandbox; CKAN=2.11 likewise
	$(BIN)/python scripts/judge_search.py --ckan $(CKAN) --wide

docs: $(READY)  ## build the documentation in docs/_build/html, running its examples on a real CKAN
	$(BIN)/pytest -n 2 $(OF_PAGES)
	$(BIN)/sphinx-build -nW --keep-going -b html docs docs/_build/html

pictures: $(READY)  ## take the pictures of the terminal again
	$(BIN)/python scripts/pictures.py

clean:  ## remove everything that the targets created here
	rm -rf $(VENV) build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help setup fix check actions test demo test-versions test-plugins test-search test-ckan docs pictures bench clean
