# Linli: `make demo` and `make test` do everything from a clean clone; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PY := .venv/bin/python
# Node from the system where there is one; the nodejs wheel inside .venv otherwise (last on the path).
export PATH := $(PATH):$(CURDIR)/.venv/bin
# The uni-app compiler reports to its vendor and waits for an answer unless it believes it runs in CI.
NODE_ENV_SET := CI=1
MOBILE_SOURCES := $(shell git ls-files mobile 2>/dev/null | grep -v -E '\.md$$')
WORKERS ?= auto

.PHONY: help demo test bench check format lint types contracts mobile nightly screenshots locks assets clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: .venv/.installed ## install, start everything and print the addresses (Ctrl-C stops it)
	@$(PY) -m config demo $(DEMO)

test: .venv/.installed mobile ## install, check, build the storefront and run every test
	@$(MAKE) --no-print-directory check
	@echo "== mobile: unit tests and every mini program page"
	@cd mobile && $(NODE_ENV_SET) npm run --silent test && $(NODE_ENV_SET) npm run --silent test:mp
	@echo "== python, database and browser tests"
	@$(PY) -m pytest -q -n $(WORKERS) --dist loadgroup -m "not nightly" --durations=12 --durations-min=5

check: lint types contracts ## format, lint, types, import contracts, migrations

lint: .venv/.installed
	@echo "== ruff, djlint"
	@.venv/bin/ruff check -q . && .venv/bin/ruff format -q --check .
	@.venv/bin/djlint --quiet --lint platform tenants api billing

types: .venv/.installed
	@echo "== mypy"
	@.venv/bin/mypy --no-error-summary platform tenants billing api tests

contracts: .venv/.installed
	@echo "== import contracts"
	@.venv/bin/lint-imports --no-logo >/dev/null || .venv/bin/lint-imports --no-logo

format: .venv/.installed ## put the code in its form
	@.venv/bin/ruff check -q --fix . ; .venv/bin/ruff format -q .

nightly: .venv/.installed mobile ## the long runs: storms, thousands of examples
	@$(PY) -m pytest -q -n $(WORKERS) --dist loadgroup -m nightly

STORES ?= 50,200
bench: .venv/.installed ## figures as ratios, into docs/benchmarks.md (some minutes; STORES=50,200,1000 is the long one)
	@PYTHONPATH=$(CURDIR):$(CURDIR)/platform $(PY) -m tests.bench --stores $(STORES)

screenshots: .venv/.installed mobile ## every page in both languages, on desk and phone, into var/screenshots
	@$(PY) -m pytest -q tests/browser/screenshots.py

mobile: mobile/dist/.built ## build the H5 storefront and the mini program

mobile/node_modules/.installed: mobile/package-lock.json | .venv/.installed
	@echo "== storefront: npm packages (about a minute the first time)"
	@cd mobile && $(NODE_ENV_SET) npm ci --no-audit --no-fund --silent
	@touch $@

mobile/dist/.built: $(MOBILE_SOURCES) mobile/node_modules/.installed
	@echo "== storefront: building H5 and the WeChat mini program"
	@cd mobile && $(NODE_ENV_SET) npm run --silent build:h5 && $(NODE_ENV_SET) npm run --silent build:mp
	@touch $@

assets: .venv/.installed ## rebuild the consoles' CSS and scripts (committed under platform/kit/web/static)
	@cd platform/kit/web/assets && npm ci --no-audit --no-fund --silent && npm run --silent build

locks: .venv/.installed ## resolve the dependencies again
	@for extra in "" "--extra dev"; do \
	  out=requirements/$$([ -n "$$extra" ] && echo dev || echo production).lock; \
	  .venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-annotate --no-header --upgrade $$extra pyproject.toml -o $$out; done

.venv/.installed: requirements/dev.lock pyproject.toml
	@echo "== python packages into .venv (under a minute with a good line)"
	@test -x .venv/bin/python || python3 -m venv .venv
	@.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock 2>&1 | { grep -v '^WARNING' || true; }
	@.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean: ## remove what was built (not the demo's data in var/)
	@rm -rf .venv mobile/node_modules mobile/dist platform/kit/web/assets/node_modules
