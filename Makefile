# make run: serve the page on http://127.0.0.1:8000    make test: all tests
PYTHON ?= python3
BIN = .venv/bin
# Wrapped and located by file only, so that a catalogue changes where a text changed.
EXTRACT = $(BIN)/pybabel -q extract -F babel.cfg --omit-header --add-location=file --sort-by-file
UPDATE = $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

.PHONY: run test install lint types messages

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

# Brings new texts into the catalogues (to be translated there) and compiles them.
messages: install
	mkdir -p build
	$(EXTRACT) -o build/detector.pot detector
	$(EXTRACT) -k lazy_gettext -o build/webapp.pot webapp
	$(UPDATE) -D detector -i build/detector.pot -d detector/locale
	$(UPDATE) -D webapp -i build/webapp.pot -d webapp/locale
	$(BIN)/pybabel -q compile -D detector -d detector/locale
	$(BIN)/pybabel -q compile -D webapp -d webapp/locale
