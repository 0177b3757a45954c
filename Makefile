# The everyday commands. `make` alone lists them; all they need is Python 3.10 to 3.13 and make.

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
READY := $(VENV)/.ready
# The examples' libraries contradict those of the connector, and each other, so each stack has an environment.
EXAMPLES := .venv-examples/.ready
PYAIRBYTE := .venv-pyairbyte/.ready
# What `make test` runs; pytest's code for "no such test" is no failure where ARGS picks some.
USUAL := not soak and not image_tests
TRY := -m pytest -c examples/tests/pytest.ini
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help demo test check format docs lock pythons soak bench examples image-test clean

help: ## list the commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

demo: $(READY) ## from an emulated TikTok to a DuckDB file and a picture; again: what is new a day later
	@$(BIN)/python scripts/demo.py

test: $(READY) $(PYAIRBYTE) ## run all tests; ARGS="-k state" picks some of the connector's
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "$(USUAL) and not alone" $(ARGS) || [ $$? -eq 5 ]
	@$(BIN)/python -m pytest -m "$(USUAL) and alone" $(ARGS) || [ $$? -eq 5 ]
	@$(if $(ARGS),,.venv-pyairbyte/bin/python $(TRY) examples/tests/pyairbyte -k two_reads)

check: $(READY) ## format, lint, types, generated docs, tests: what must pass before a merge
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/mypy --strict scripts benchmarks
	@$(BIN)/mypy --strict examples/*.py
	@$(BIN)/python scripts/docs.py --check
	@$(MAKE) --no-print-directory test

format: $(READY) ## format the code and mend what the linter can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(READY) ## write the generated tables of README.md and docs/ anew
	@$(BIN)/python scripts/docs.py

lock: $(READY) ## pin newer versions of the dependencies in all lock files
	@$(COMPILE) --upgrade --group dev --output-file requirements.lock pyproject.toml
	@$(COMPILE) --constraint requirements.lock --output-file requirements-runtime.lock pyproject.toml
	@$(COMPILE) --constraint requirements.lock --group build --output-file requirements-build.lock
	@for name in requirements requirements-pyairbyte; do \
		$(COMPILE) --upgrade --output-file examples/$$name.lock examples/$$name.in; done

pythons: ## run the unit tests on every Python from 3.10 to 3.13 that this machine has
	@for version in 3.10 3.11 3.12 3.13; do \
		if python$$version -c '' 2>/dev/null; then \
			echo "Python $$version"; \
			$(MAKE) --no-print-directory test PYTHON=python$$version VENV=.venv-$$version ARGS=unit_tests || exit 1; \
		fi; \
	done

soak: $(READY) ## run the long random tests
	@$(BIN)/python -m pytest -m soak $(ARGS)

bench: $(READY) ## measure against Airbyte's releases and the bare floor; writes docs/performance.md
	@$(BIN)/python -m benchmarks $(ARGS)

examples: $(READY) $(EXAMPLES) $(PYAIRBYTE) ## run every example against the emulator and compare with the truth
	@.venv-examples/bin/python $(TRY) examples/tests --ignore=examples/tests/pyairbyte $(ARGS)
	@.venv-pyairbyte/bin/python $(TRY) examples/tests/pyairbyte $(ARGS)

image-test: $(READY) ## build the image on a stand-in for its base and run it as Airbyte does
	@PYTHONPATH=. $(BIN)/python scripts/image_test.py

clean: ## remove the environment and everything else that can be made again
	rm -rf $(VENV) .venv-examples .venv-pyairbyte .image .bench .demo .tmp build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || { \
		echo 'This project needs Python 3.10 to 3.13: name one with `make PYTHON=python3.11 ...`.'; exit 1; }
	@echo 'Preparing $(VENV) from requirements.lock; this takes a minute, once.'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install -qq --no-deps --require-hashes --requirement requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(EXAMPLES): examples/requirements.lock | $(READY)
$(PYAIRBYTE): examples/requirements-pyairbyte.lock | $(READY)
$(EXAMPLES) $(PYAIRBYTE):
	@echo 'Preparing $(@D) from $<, once.'
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	@$(BIN)/uv pip install --quiet --python $(@D)/bin/python --no-deps --require-hashes --requirement $<
	@touch $@
