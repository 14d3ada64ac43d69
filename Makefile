# Every command of the house. `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Two halves side by side: what measures time is one of them (tests/conftest.py). WORKERS= runs all one after another.
WORKERS ?= -n 2 --no-loadscope-reorder

.PHONY: help lab dashboard test check fix notebooks bench soak lock clean

help:  ## List these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

lab: install  ## Install what is missing, start the lab, open the first lesson (ARGS="--no-browser --port 8899")
	@$(BIN)/python -m lab $(ARGS)

dashboard: install  ## Show the CPU share explorer as a Voila dashboard (ARGS="--port 8866")
	@$(BIN)/python -m lab dashboard $(ARGS)

test: install-test  ## Install what tests need, and run them all
	@$(BIN)/python -m pytest $(WORKERS) $(ARGS)

check: install-test  ## Style, types, layers, and built notebooks and quizzes, without running any test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python lessons/build.py --check
	@$(BIN)/python -m lab.grading.release --check

fix: install-test  ## Put right what tools can put right
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python -m tests.docs.operations
	@$(BIN)/python -m tests.differential.definitions
	@$(BIN)/python -m tests.docs.life

notebooks: install-test  ## Build the lesson notebooks and the quiz release from their text sources
	@$(BIN)/python lessons/build.py
	@$(BIN)/python -m lab.grading.release

bench: install-test  ## Measure the platform, as ratios within one run (only="sandbox python" rounds=3 json=FILE)
	@$(BIN)/python -m tests.benchmarks $(if $(only),--only $(only)) $(if $(without),--without $(without)) $(if $(rounds),--rounds $(rounds)) $(if $(json),--json $(json)) $(ARGS)

soak: install-test  ## Invoke ten thousand times with attacks among them, and see whether anything is left (ARGS="--count 2000")
	@$(BIN)/python -m tests.soak $(ARGS)

lock: install-test  ## Resolve the dependencies anew
	@CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade $(LOCK_OPTIONS) -o requirements.lock pyproject.toml
	@CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade $(LOCK_OPTIONS) --extra test -c requirements.lock -o requirements-test.lock pyproject.toml

clean:  ## Remove the environment; your lab's state stays
	@rm -rf .venv

# rfc3987-syntax builds a grammar whenever it is imported, which costs every Jupyter process more than a second;
# jsonschema, which asks for it, does without.
LOCK_OPTIONS := --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --unsafe-package rfc3987-syntax --unsafe-package lark

.PHONY: install install-test
install:
	@$(PYTHON) lab/install.py
install-test:
	@$(PYTHON) lab/install.py --test
