# Everything runs from .venv, which the first target that needs it creates.
#   make app    start the app on 127.0.0.1        PORT=8501
#   make serve  the app for strangers, behind a reverse proxy   HOST=127.0.0.1 PORT= BASE_PATH=
#   make test   run every test                    PYTEST_ARGS="tests/methods -x" WORKERS=1
#   make harden hardening tests in full, figures  HARDEN=build/harden.json
#   make reproduction   every table and figure at smoke size, into REPRODUCTION
#   make screenshots   photograph the app         SCREENSHOTS=assets/screenshots
# Needs Python 3.11 or later (PYTHON=python3.12 to choose one) and the package index.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8501
BASE_PATH ?=
PYTEST_ARGS ?=
WORKERS ?= 2
REPRODUCTION ?= build/reproduction
SCREENSHOTS ?= assets/screenshots
HARDEN ?= build/harden.json

VENV := .venv
BIN := $(VENV)/bin
# A stamp says that the environment holds what pyproject.toml asks for.
APP_STAMP := $(VENV)/.installed-app
TEST_STAMP := $(VENV)/.installed-test

.DEFAULT_GOAL := help
.PHONY: help app serve test harden reproduction screenshots lint format types wheel clean

help:
	@echo "make app      start the app on http://127.0.0.1:$(PORT)"
	@echo "make serve    serve strangers behind a reverse proxy (README, On a shared server)"
	@echo "make test     run every test, in $(WORKERS) processes"
	@echo "make harden   try bad input, kills and load in full, print the figures (under 25 minutes)"
	@echo "make reproduction   every table and figure of the paper at smoke size"
	@echo "make screenshots   photograph the app with Chromium"
	@echo "make lint     check style with ruff"
	@echo "make format   let ruff rewrite what it can"
	@echo "make types    check types with mypy"
	@echo "make wheel    build dist/*.whl"
	@echo "make clean    remove $(VENV), caches and what was built"

app: $(APP_STAMP)
	@echo "CLFER serves http://127.0.0.1:$(PORT) (stop it with Ctrl+C)"
	@exec $(BIN)/streamlit run app/main.py --server.address 127.0.0.1 --server.port $(PORT) \
		--server.showEmailPrompt false --browser.gatherUsageStats false

# A proxy that refuses everything: when a foreign page tries to connect, Streamlit would ask a
# service on the internet for the address of this machine, and serve nobody while it waits.
NOWHERE := http://127.0.0.1:9
serve: $(APP_STAMP)
	@echo "CLFER serves strangers on http://$(HOST):$(PORT)/$(BASE_PATH) (stop it with Ctrl+C)"
	@exec env CLFER_SHARED=1 CLFER_LOG=json http_proxy=$(NOWHERE) https_proxy=$(NOWHERE) \
		$(BIN)/streamlit run app/main.py --server.address $(HOST) --server.port $(PORT) \
		--server.baseUrlPath "$(BASE_PATH)" --server.headless true --server.showEmailPrompt false \
		--server.enableCORS true --server.enableXsrfProtection true --server.maxUploadSize 50 \
		--server.maxMessageSize 50 --server.enableWebsocketCompression true \
		--server.enableStaticServing false --server.fileWatcherType none --server.runOnSave false \
		--client.showErrorDetails none --client.toolbarMode minimal --logger.level warning \
		--browser.gatherUsageStats false

test: $(TEST_STAMP)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# A full test of an area is one long test: the limit per test is wider here.
harden: $(TEST_STAMP)
	@CLFER_HARDEN=1 CLFER_LONG_TESTS=1 CLFER_HARDEN_OUT=$(HARDEN) $(BIN)/python -m pytest \
		-n $(WORKERS) --dist loadfile --no-loadscope-reorder --timeout 1200 \
		tests/harden tests/runs/test_crashes.py tests/training/test_parallel_run.py $(PYTEST_ARGS)

reproduction: $(APP_STAMP)
	@CLFER_RUNS=$(REPRODUCTION)/runs $(BIN)/clfer reproduce all --preset smoke --out $(REPRODUCTION)

screenshots: $(TEST_STAMP)
	@$(BIN)/python tests/browser/screenshots.py --out $(SCREENSHOTS)

lint: $(TEST_STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(TEST_STAMP)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(TEST_STAMP)
	@$(BIN)/mypy

wheel: $(TEST_STAMP)
	@$(BIN)/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "CLFER needs Python 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(APP_STAMP): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --editable .
	@touch $@

$(TEST_STAMP): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[test]'
	@touch $(APP_STAMP) $@
