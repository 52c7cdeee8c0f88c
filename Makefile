# tiepdan: the verbs. `make` alone lists them.
SHELL := /bin/sh
PY := .venv/bin/python
export PYTHONPATH := $(CURDIR)
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo run test engines test-engines chaos bench check style types house schemas schemas-check law papers law-check secrets format lock clean distclean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

.venv/.runtime: requirements.lock
	@sh deploy/setup/venv.sh requirements.lock $@

.venv/.dev: requirements-dev.lock
	@sh deploy/setup/venv.sh requirements-dev.lock $@
	@touch .venv/.runtime

demo: .venv/.runtime  ## the main job, end to end, ten to twenty seconds once .venv is made: five processes, real cases, one timeline each (ENGINES=real: on real servers)
	@$(PY) -m deploy.demo

run: .venv/.runtime  ## the same system, left up until Ctrl-C, with addresses, tokens and things to try (ENGINES=real too)
	@$(PY) -m deploy.demo run

test: .venv/.dev  ## every test that needs only Python
	@$(PY) -m pytest -m "not engines"

engines: .venv/.runtime  ## fetch and build Kafka, a MongoDB-wire engine, MinIO and veraPDF once (needs JDK 17, Maven, Go)
	@$(PY) -m deploy.engines build

test-engines: .venv/.dev  ## the tests on real servers: those of `make engines`, or KAFKA_BOOTSTRAP_SERVERS, MONGODB_URI, S3_ENDPOINT
	@REQUIRE_ENGINES=1 $(PY) -m pytest -m engines

chaos: .venv/.dev  ## the long kill tests alone, with their figures (CHAOS_SEED=… repeats a run)
	@$(PY) -m pytest -m chaos -s

bench: .venv/.dev  ## what the guarantees cost, side by side with bare code → docs/performance.md (ONLY=<row …>, BENCH_ENGINES=embedded or real)
	@$(PY) -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(BENCH_ENGINES),--engines $(BENCH_ENGINES))

check: .venv/.dev style types house schemas-check law-check secrets  ## every quality gate; the same in CI

style: .venv/.dev  ## ruff: all rules but a short written list
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: .venv/.dev  ## mypy strict, tests included
	@$(PY) -m mypy

house: .venv/.dev  ## the import laws of the house
	@.venv/bin/lint-imports

schemas: .venv/.dev  ## write JSON Schemas, AsyncAPI and the contracts table anew
	@$(PY) -m deploy.samples
	@$(PY) -m contracts.schemas

schemas-check: .venv/.dev  ## refuse a schema that changed by anything but an added optional field
	@$(PY) -m contracts.schemas --check

law: .venv/.dev  ## check the tables of the law and write docs/law.md (rules, clocks, settings, each with its tests) and docs/explain.md
	@$(PY) -m deploy.law
	@$(PY) -m deploy.explain

papers: .venv/.runtime  ## one specimen of each form as PDF, DOCX and pictures → data/papers
	@$(PY) -m deploy.papers

law-check: .venv/.dev  ## refuse tables of the law that cannot be right, and a docs/law.md or docs/explain.md that is not as generated
	@$(PY) -m deploy.law --check
	@$(PY) -m deploy.explain --check

secrets: .venv/.dev  ## look for secrets in tracked files
	@git ls-files -z | xargs -0 .venv/bin/detect-secrets-hook --baseline .secrets.baseline

format: .venv/.dev  ## format the code
	@$(PY) -m ruff check --fix-only -q .
	@$(PY) -m ruff format -q .

lock: .venv/.dev  ## pin requirements again, with hashes and without index addresses
	@sh deploy/setup/lock.sh

clean:  ## remove kept data of demo and run
	@rm -rf data && echo "data removed"

distclean: clean  ## also the virtual environment and caches
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
