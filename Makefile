# AI Debt Register. Needs python3 (3.11 or newer, with venv) and make; everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install
# pip does not compile what is installed as editable, and the first start would wait for it.
COMPILE := $(BIN)/python -m compileall -q migrations store tui

.DEFAULT_GOAL := help
.PHONY: help run test check fix wheel docs shots soak bench clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## open the dashboard on the sample register
	@$(BIN)/ai-debt demo

# The tests are compiled once, while the checks run, and kept, whatever the environment says: or each worker compiles all.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev ## check, then every test, with coverage of the store
	@$(BIN)/pytest -qq --collect-only --no-cov > /dev/null & $(MAKE) --no-print-directory check && wait && \
	    $(BIN)/pytest -q -n auto --dist worksteal --cov=store --cov-branch --cov-report=term --cov-fail-under=95

check: $(VENV)/.dev ## lint, format, types and import rules
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

fix: $(VENV)/.dev ## let ruff fix and format what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

wheel: $(VENV)/.dev ## build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel -d dist

docs: $(VENV)/.dev ## fill in what the commands shown in the documents print, and write the schemas
	@$(BIN)/python -m tests.documented

shots: $(VENV)/.dev ## paint the pictures of the documents from the sample
	@$(BIN)/python docs/make_shots.py

soak: $(VENV)/.dev ## every test that looks for what is lost, in full numbers (for hours)
	@AI_DEBT_SOAK=1 $(BIN)/pytest -q -m "soak or hypothesis" -n auto

bench: $(VENV)/.dev ## measure start, keys and commands on a pseudo-terminal, pictures of the map, many writers, backups, and large documents
	@$(BIN)/python benchmarks/measure.py
	@$(BIN)/python benchmarks/map.py
	@$(BIN)/python benchmarks/writers.py
	@$(BIN)/python benchmarks/backup.py
	@$(BIN)/python benchmarks/load.py

clean: ## remove the environment and everything built
	@rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# A stamp is newer than pyproject.toml when what it names is installed.
$(VENV)/.run: pyproject.toml | $(VENV)/.made
	@echo "Installing into $(VENV) ..."
	@$(PIP) --editable .
	@$(COMPILE)
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.made
	@echo "Installing into $(VENV), with what the tests need ..."
	@$(PIP) --editable '.[dev]'
	@$(COMPILE)
	@touch $@ $(VENV)/.run

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "AI Debt Register needs Python 3.11 or newer; name one with: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "This Python has no venv; install it (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@
