# `make help` lists the verbs. Each step leaves a stamp that carries the digest of what it was made
# from, so that a second run installs and compiles nothing.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
export KEFU_STATE ?= $(CURDIR)/var
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP := $(BIN)/python -m pip --quiet

# JetPack 6 and Ubuntu 22.04 have Python 3.10, for which numpy and onnxruntime are older.
RUNTIME_LOCK := requirements/runtime.txt
LOCKED := $(STAMPS)/locked-$(shell scripts/content-hash requirements/runtime.txt requirements/build.txt)
DEV := $(STAMPS)/dev-$(shell scripts/content-hash requirements/dev.txt)
CORE := $(STAMPS)/core-$(shell scripts/content-hash csrc CMakeLists.txt setup.py pyproject.toml kefu/pyproject.toml)
CATALOGUE := $(STAMPS)/weights-$(shell scripts/content-hash models/catalog models/nlu/lite models/emotion/lite engines/nlu/labels.py engines/emotion/feeling.py)
PYTHON_SOURCES := kefu engines daemon models tests benchmarks examples
CPP_SOURCES = $(shell find csrc -name '*.cc' -o -name '*.h' -o -name '*.cu')

.PHONY: help setup run test lint format bench sanitize train-lite lock clean pull

help: ## List the verbs.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: $(CORE) ## Install what is missing: system packages, virtual environment, compiled core.

$(VENV)/bin/python:
	@scripts/system-packages
	@echo "Virtual environment in $(VENV)"
	@"$$(scripts/find-python)" -m venv $(VENV)
	@mkdir -p $(STAMPS)

$(LOCKED): | $(VENV)/bin/python
	@scripts/system-packages
	@echo "Run-time packages, by lock file"
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --require-hashes -r $(RUNTIME_LOCK)
	@mkdir -p $(STAMPS); rm -f $(STAMPS)/locked-*; touch $@

$(CORE): $(LOCKED)
	@echo "Compiled core and the packages, in place"
	@$(PIP) install --no-build-isolation --no-deps -e ./kefu -e .
	@rm -f $(STAMPS)/core-*; touch $@

$(DEV): $(CORE)
	@echo "Packages for tests and checks, by lock file"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@rm -f $(STAMPS)/dev-*; touch $@

pull: $(CATALOGUE)

$(CATALOGUE): $(CORE)
	@command -v npm >/dev/null || $(PIP) install --require-hashes -r requirements/npm.txt
	@$(BIN)/kefuctl pull
	@rm -f $(STAMPS)/weights-*; touch $@

run: $(CATALOGUE) ## Set up, fetch the weights, start everything and hold one call in Mandarin and one in English.
	@exec $(BIN)/kefuctl run

test: lint $(CATALOGUE) ## Set up, check the code, and run every test.
	@cmake -E true 2>/dev/null || true
	@$(BIN)/python -m pytest --durations=20

lint: $(DEV) ## ruff, mypy, clang-format, import-linter, lock files.
	@$(BIN)/ruff check $(PYTHON_SOURCES)
	@$(BIN)/ruff format --check $(PYTHON_SOURCES)
	@$(BIN)/mypy
	@$(BIN)/clang-format --dry-run --Werror $(CPP_SOURCES)
	@$(BIN)/lint-imports

format: $(DEV) ## Bring the sources into shape.
	@$(BIN)/ruff check --fix $(PYTHON_SOURCES)
	@$(BIN)/ruff format $(PYTHON_SOURCES)
	@$(BIN)/clang-format -i $(CPP_SOURCES)

lock: $(DEV) ## Compile requirements/*.in into the lock files.
	@scripts/lock $(CURDIR)/$(BIN)/pip-compile

clean: ## Remove what was built and installed here; weights and records in var/ stay.
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find engines -name '*.so' -delete
