# What one does with a checkout. Every target installs what it needs first; a second run installs nothing.
# PYTHON chooses the interpreter, VENV the folder of the virtual environment, PYTEST_ARGS, BENCH_ARGS and SCALE_ARGS what the names say.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# A name on PATH may be a stand-in that does not run (pyenv's are), so each is tried.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --progress-bar on -c constraints.txt
REQUIREMENTS := pyproject.toml constraints.txt
PYTEST_ARGS ?=
BENCH_ARGS ?=

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.run ## Run the whole service with a demo on this machine (PORT, MODERATO_DATA_DIR)
	@exec $(BIN)/moderato up --demo

.PHONY: test
test: $(VENV)/.test ## Run every test, three files at a time (PYTEST_ARGS)
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

.PHONY: coverage
coverage: $(VENV)/.test ## Run every test and compare what they run of each room with its floor (PYTEST_ARGS)
	@$(MAKE) --no-print-directory test PYTEST_ARGS="--cov --cov-report= $(PYTEST_ARGS)"
	@$(BIN)/python -m tests.project.coverage_floors

.PHONY: lint
lint: $(VENV)/.test ## Check style, types and the arrows between modules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/.test ## Rewrite the sources in the style that lint asks for
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: sure
sure: lint test ## Lint and test: what to run before a commit

.PHONY: bench
bench: $(VENV)/.test ## Measure against a naive and a careful build (BENCH_ARGS=--json)
	@$(BIN)/python -m tests.bench $(BENCH_ARGS)
	@$(BIN)/python -m tests.bench.latency

.PHONY: bench-finding
bench-finding: $(VENV)/.test ## Measure searches among a hundred thousand comments (FINDING_ARGS="--comments 1000000")
	@$(BIN)/python -m tests.bench.finding $(FINDING_ARGS)

.PHONY: bench-scale
bench-scale: $(VENV)/.test ## Measure a comment and the figures beside a million stored comments (SCALE_ARGS)
	@$(BIN)/python -m tests.bench.scale $(SCALE_ARGS)

.PHONY: sabotage
sabotage: $(VENV)/.test ## Switch each safety mechanism off and show that a test notices
	$(BIN)/python -m tests.faults.sabotage

.PHONY: siege
siege: $(VENV)/.test ## Besiege a real service and print what another site notices (SIEGE_ARGS)
	$(BIN)/python -m tests.faults.siege $(SIEGE_ARGS)

.PHONY: soak
soak: $(VENV)/.test ## Kill processes at random under load and count what is lost (SOAK_ARGS)
	$(BIN)/python -m tests.faults.soak $(SOAK_ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.test ## Put nasty values into every field of every route for a minute on each database (PYTEST_ARGS)
	$(BIN)/python -m pytest tests/faults/test_nasty_values.py --fuzz-seconds 60 $(PYTEST_ARGS)

.PHONY: plugin
plugin: ## Pack the WordPress plugin, to be uploaded in WordPress
	@rm -rf build/moderato && mkdir -p build && cp -r integrations/wordpress build/moderato
	@cd build && python3 -m zipfile -c moderato-wordpress.zip moderato && rm -r moderato
	@echo build/moderato-wordpress.zip

.PHONY: openapi
openapi: $(VENV)/.run ## Write openapi.json from the code
	$(BIN)/moderato openapi > openapi.json.new
	mv openapi.json.new openapi.json

.PHONY: settings
settings: $(VENV)/.run ## Write docs/settings.md from the code
	$(BIN)/python -m service.cli.settings_table > docs/settings.md.new
	mv docs/settings.md.new docs/settings.md

.PHONY: translations
translations: $(VENV)/.test ## Bring the console's catalogues in line with its texts, and compile them
	$(BIN)/python -m tests.support.catalogues

.PHONY: clients
clients: generators ## Build the clients for Python and TypeScript from openapi.json into build/clients
	cd clients/python && $(CURDIR)/$(GENERATOR)/bin/python -m hatchling build -t wheel -d $(CURDIR)/build/clients
	cd clients/typescript && npm pack --pack-destination $(CURDIR)/build/clients

.PHONY: clean
clean: ## Remove the virtual environment; data in var/ stays
	rm -rf $(VENV)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with the venv module is needed; none was found on PATH." >&2; exit 1; }
	@echo "Creating $(VENV) with $$($(PYTHON) --version)"
	$(PYTHON) -m venv $(VENV)

NPM := tests/service/api/compat/npm
build/npm: $(NPM)/package.json $(NPM)/package-lock.json
	mkdir -p $@ && cp $^ $@ && npm ci --no-audit --no-fund --prefix $@ || { rm -rf $@; exit 1; } # half of it would pass for all
	@touch $@

# What generates the clients. Python's has an environment of its own, because it needs an older typer than our tests do.
GENERATOR := build/generator
TYPESCRIPT := clients/typescript
REQUIRED := import tomllib; print(*tomllib.load(open("clients/python/pyproject.toml", "rb"))["build-system"]["requires"])
.PHONY: generators
generators: $(GENERATOR)/.installed $(TYPESCRIPT)/node_modules

$(GENERATOR)/.installed: clients/python/pyproject.toml | $(BIN)/python
	$(BIN)/python -m venv $(GENERATOR)
	$(GENERATOR)/bin/python -m pip --disable-pip-version-check install -q $$($(BIN)/python -c '$(REQUIRED)')
	@touch $@

$(TYPESCRIPT)/node_modules: $(TYPESCRIPT)/package.json $(TYPESCRIPT)/package-lock.json
	npm ci --no-audit --no-fund --ignore-scripts --prefix $(TYPESCRIPT) || { rm -rf $@; exit 1; }
	@touch $@

$(VENV)/.run: $(REQUIREMENTS) | $(BIN)/python
	@echo "Installing Moderato; the first time this fetches about 300 MB"
	$(PIP) -e '.[workers,embedded,postgres]'
	@touch $@

$(VENV)/.test: $(REQUIREMENTS) | $(BIN)/python
	@echo "Installing Moderato and what its tests need; the first time this fetches about 500 MB"
	$(PIP) -e '.[workers,embedded,postgres,oidc,test,training]'
	@touch $(VENV)/.run $@
