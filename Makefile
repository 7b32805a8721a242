# The verbs of the project; `make help` lists them.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.fairdesk-set-up
NOTEBOOKS := $(filter-out notebooks/__init__.py,$(wildcard notebooks/*.py))

# What an interpreter must be able to do. It is run, not looked up: a name on PATH may not start.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 12))
FITS := import ensurepip, venv; $(NEW_ENOUGH)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup test demo bench

help: ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1  # /p' Makefile | awk -F'  # ' '{ printf "%-14s %s\n", $$1, $$2 }'
	@echo '  Variables: PYTHON=/path/to/python3 (setup), LOG=export.csv and OUT=folder (demo).'

setup: $(STAMP) ## make .venv; again only when pyproject.toml or constraints.txt has changed
	@$(BIN)/python -m scenarios.ahead

$(STAMP): pyproject.toml constraints.txt
	@found=; if [ ! -e $(VENV) ]; then \
	    for candidate in "$$PYTHON" python3.13 python3.12 python3 "$$HOME"/.pyenv/versions/3.1[2-9]*/bin/python3; do \
	        if [ -n "$$candidate" ] && "$$candidate" -c '$(FITS)' >/dev/null 2>&1; then found=$$candidate; break; fi; \
	        if [ -n "$$candidate" ] && [ "$$candidate" = "$$PYTHON" ]; then \
	            echo "setup: PYTHON=$$candidate is not Python 3.12 or newer with venv; looking further" >&2; fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo "setup: no Python 3.12 or newer with venv was found; name one: make setup PYTHON=/path/to/python3" >&2; exit 1; fi; \
	    echo "setup: making $(VENV) with $$found ($$("$$found" --version))"; \
	    "$$found" -m venv $(VENV); \
	elif ! $(BIN)/python -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then \
	    echo "setup: $(VENV) is there, but its Python does not start or is older than 3.12; remove $(VENV) and try again" >&2; exit 1; \
	else \
	    echo "setup: bringing $(VENV) up to date"; \
	fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip
	@echo 'setup: installing fairdesk and its libraries as constraints.txt names them; the first time takes some minutes'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' -c constraints.txt
	@touch $(STAMP)
	@echo 'setup: done'

test: setup ## format, lint, types, floors, notebooks, tests
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy sim optimize scenarios
	$(BIN)/lint-imports
ifneq ($(NOTEBOOKS),)
	$(BIN)/python -m marimo check --strict $(NOTEBOOKS)
endif
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

demo: setup ## the main job, on LOG=export.csv or on a simulated sample
	$(BIN)/fairdesk demo $${LOG:+"$$LOG"} --out "$${OUT:-out/demo}"

bench: setup ## the speed bars of benchmarks/
	$(BIN)/python -m benchmarks.run
