# Everything runs from .venv, which the first target that needs it creates.
#   make app    start the app on 127.0.0.1        PORT=8501
#   make serve  the app for strangers, behind a reverse proxy   HOST=127.0.0.1 PORT= BASE_PATH=
#   make test   run every test                    PYTEST_ARGS="tests/methods -x" WORKERS=1
#   make harden hardening tests in full, figures  HARDEN=build/harden.json
#   make reproduction   every table and figure at smoke size, into REPRODUCTION
#   make screenshots   photograph the app         SCREENSHOTS=assets/screenshots
#   make lock   write requirements.lock: what is installed and tested here, with hashes
#   make audit  ask a vulnerability service about the lock, list the licences
# LOCKED=1 installs what requirements.lock says, hashes checked, instead of the newest that suits.
# INSTALLER=uv installs with your uv, four times as fast; it reads its own settings, not those of pip.
# Needs Python 3.11 or later (PYTHON=python3.12 to choose one) and the package index.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8501
BASE_PATH ?=
PYTEST_ARGS ?=
# More than cores: tests wait for browsers and processes a third of the time.
WORKERS ?= 3
REPRODUCTION ?= build/reproduction
SCREENSHOTS ?= assets/screenshots
HARDEN ?= build/harden.json
LOCKED ?=
INSTALLER ?= pip

VENV := .venv
BIN := $(VENV)/bin
WITH_pip := $(BIN)/python -m pip install --disable-pip-version-check
WITH_uv := uv pip install --python $(BIN)/python
INSTALL = $(or $(WITH_$(INSTALLER)),$(error INSTALLER is '$(INSTALLER)': it must be pip or uv))
# A stamp says that the environment holds what pyproject.toml, or else the lock, asks for.
UNLOCKED_STAMPS := $(VENV)/.installed-app $(VENV)/.installed-test
ifneq (,$(filter-out 0 no,$(LOCKED)))
APP_STAMP := $(VENV)/.installed-locked
TEST_STAMP := $(APP_STAMP)
else
APP_STAMP := $(word 1,$(UNLOCKED_STAMPS))
TEST_STAMP := $(word 2,$(UNLOCKED_STAMPS))
endif
# uv and pip-audit stay out of the environment that they look at.
TOOLS := .venv-supply
TOOLS_STAMP := $(TOOLS)/.installed

.DEFAULT_GOAL := help
.PHONY: help app serve test harden reproduction screenshots lint format types wheel lock audit clean

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
	@echo "make lock     write requirements.lock from what is installed and tested here"
	@echo "make audit    look for known vulnerabilities in the lock, list the licences"
	@echo "make clean    remove $(VENV), caches and what was built"
	@echo "With LOCKED=1 make app, make test and the others install what the lock says,"
	@echo "with INSTALLER=uv they let uv install it: four times as fast."

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

# A full test of an area is one long test: the limit per test is wider here. The crowd comes last and
# has the machine for itself; both parts write their figures into the same file.
HARDENING = CLFER_HARDEN=1 CLFER_LONG_TESTS=1 CLFER_HARDEN_OUT=$(HARDEN) \
	$(BIN)/python -m pytest --timeout 1200
CROWD := tests/harden/test_harden_crowd.py
harden: $(TEST_STAMP)
	@rm -f $(HARDEN)
	@status=0; \
	$(HARDENING) -n 2 --dist loadfile --no-loadscope-reorder --ignore $(CROWD) \
		tests/harden tests/runs/test_crashes.py tests/training/test_parallel_run.py \
		$(PYTEST_ARGS) || status=$$?; \
	$(HARDENING) $(CROWD) $(PYTEST_ARGS) || status=$$?; \
	exit $$status

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

lock: $(TEST_STAMP) $(TOOLS_STAMP)
	@$(BIN)/python tests/supply/write_lock.py $(TOOLS)/bin/uv
	@$(BIN)/python tests/supply/licences.py

audit: $(TEST_STAMP) $(TOOLS_STAMP)
	@$(BIN)/python tests/supply/licences.py
	@$(BIN)/python tests/supply/vulnerability_audit.py $(TOOLS)/bin/pip-audit

clean:
	rm -rf $(VENV) $(TOOLS) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "CLFER needs Python 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

ifneq (,$(filter-out 0 no,$(LOCKED)))
# Wheels only, so that nothing foreign runs while it is installed; hatchling is in the lock too.
$(APP_STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes --only-binary :all: --requirement requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $(UNLOCKED_STAMPS) $@
else
$(APP_STAMP): pyproject.toml | $(BIN)/python
	$(INSTALL) --editable .
	@touch $@

$(TEST_STAMP): pyproject.toml | $(BIN)/python
	$(INSTALL) --editable '.[test]'
	@touch $(APP_STAMP) $@
endif

$(TOOLS_STAMP): | $(BIN)/python
	$(BIN)/python -m venv $(TOOLS) || { rm -rf $(TOOLS); exit 1; }
	$(TOOLS)/bin/python -m pip install --disable-pip-version-check 'uv>=0.13' 'pip-audit>=2.10'
	@touch $@
