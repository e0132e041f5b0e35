# make run: serve the page on http://127.0.0.1:8000    make test: all tests
PYTHON ?= python3
BIN = .venv/bin

.PHONY: run test install lint types

run: install
	$(BIN)/scamcheck serve

test: install
	$(BIN)/python -m pytest

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch .venv/installed

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy
