# make demo   set up and run the main job on the sample data
# make test   set up and run all checks and tests
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test test-slow lint bench reference architecture clean

demo: .venv/demo
	$(BIN)/augcli run configs/quickstart.yaml --overwrite
	$(BIN)/augcli verify out/snips.jsonl
	$(BIN)/augcli run configs/masked_lm.yaml --overwrite
	$(BIN)/augcli verify out/masked_lm.jsonl

test: lint
	$(BIN)/pytest -n auto --dist worksteal

test-slow: .venv/dev
	$(BIN)/pytest -m slow -n auto --dist worksteal

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/dev
	$(BIN)/python -m benchmarks.speed.startup
	$(BIN)/python -m benchmarks.speed.steps --with-nlpaug --with-textaugment --with-textattack
	$(BIN)/python -m benchmarks.speed.scaling
	$(BIN)/python -m benchmarks.quality.words
	$(BIN)/python -m benchmarks.speed.memory
	$(BIN)/python -m benchmarks.speed.masked_lm
	$(BIN)/python -m benchmarks.speed.back_translation
	$(BIN)/python -m benchmarks.speed.platforms

architecture: .venv/dev
	$(BIN)/python tools/architecture.py docs/architecture.md

reference: .venv/dev
	$(BIN)/python -m augcli.commands.reference README.md

clean:
	rm -rf .venv out benchmarks/.cache

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "augcli needs Python 3.11 or later; try make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/python pyproject.toml constraints.txt
	test -e .venv/dev || $(PIP) '.[models]'
	touch $@

.venv/dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	touch $@
