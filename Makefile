# Each purpose has its own virtual environment below .venvs/; a stamp file in it makes the second run fast.

SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c '$(SUITABLE)' 2>/dev/null && echo $$name && break; done)
DEMO_OUT ?= demo-out
# Folder of the tools that check; name another environment's to use what is installed there: make check BIN=.venv/bin
BIN ?= .venvs/test/bin
PYTEST_ARGS ?= -n auto --maxprocesses 4

DEMO_READY := .venvs/demo/.installed
TEST_READY := .venvs/test/.installed
CHECK_READY := $(if $(filter .venvs/test/bin,$(BIN)),$(TEST_READY))

define REQUIRE_PYTHON
@test -n "$(PYTHON)" || { echo "ethical-lens needs Python 3.11, 3.12 or 3.13, and none is on the PATH." \
	"Install one, or name it: make demo PYTHON=/path/to/python3.12" >&2; exit 1; }
@command -v "$(PYTHON)" >/dev/null || { echo "PYTHON=$(PYTHON) is not a command that can be run." >&2; exit 1; }
@"$(PYTHON)" -c '$(SUITABLE)' || { echo "ethical-lens needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is" \
	"$$("$(PYTHON)" -V 2>&1). Name another: make demo PYTHON=/path/to/python3.12" >&2; exit 1; }
endef

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports unit format wheel clean
.NOTPARALLEL:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(DEMO_READY) ## Install the core and show prompts going in and images coming out (writes demo-out/)
	.venvs/demo/bin/ethical-lens demo --out "$(DEMO_OUT)"

test: check ## Install everything needed and run the whole gate

check: lint types imports unit ## Lint, types, import directions, tests

lint: $(CHECK_READY) ## Ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --output-format concise .

types: $(CHECK_READY) ## Mypy, strict
	$(BIN)/mypy

imports: $(CHECK_READY) ## Import directions between the layers
	$(BIN)/lint-imports

unit: $(CHECK_READY) ## Tests and docstring examples; warnings are errors
	$(BIN)/pytest $(PYTEST_ARGS)

format: $(CHECK_READY) ## Apply the format and the safe fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: $(DEMO_READY) ## Build the wheel into dist/
	.venvs/demo/bin/pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## Remove the environments, caches and outputs
	rm -rf .venvs dist demo-out .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(DEMO_READY): pyproject.toml constraints.txt
	$(REQUIRE_PYTHON)
	"$(PYTHON)" -m venv .venvs/demo
	.venvs/demo/bin/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

# The constraints name the release of torch, not its build. To spare the GPU libraries where there is no GPU, point pip
# at a CPU build with PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL.
$(TEST_READY): pyproject.toml constraints.txt
	$(REQUIRE_PYTHON)
	"$(PYTHON)" -m venv .venvs/test
	.venvs/test/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@
