# Everything a person needs is a target here; `make help` lists them.
# PYTHON chooses the interpreter (3.11 or newer): make run PYTHON=python3.13
.DEFAULT_GOAL := help
.PHONY: help run demo-fresh test quick check bench bench-documents mutants tour soak samples lock wheels sbom licences release audit clean env system agent-windows

PYTHON ?= $(shell sh tools/find_python.sh)
VENV ?= .venv
BIN := $(VENV)/bin
# What runs, and what tests and tools need besides; `make run` waits for the first alone.
RUNS := $(VENV)/.runs-$(notdir $(PYTHON))
STAMP := $(VENV)/.installed-$(notdir $(PYTHON))
TESTS ?= tests
PACKAGES := app web scheduler mail_intake papers validators core lock_protocol agent templates bench tests
# They wait for servers and browsers a third of their time: three for two cores.
WORKERS ?= 3
# What a machine for builds sets; then each of some 500 processes that the tests start would compile the desk anew.
unexport PYTHONDONTWRITEBYTECODE

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNS)  ## the demonstration on 127.0.0.1, Ctrl-C ends it (make run DEMO="--port 9000")
	@$(BIN)/unbind demo $(DEMO)

demo-fresh: $(RUNS)  ## the same from the beginning, without what the last demonstration kept
	@$(BIN)/unbind demo --fresh $(DEMO)

test: env system  ## all tests (as root it first installs what they drive by apt; else says what is missing)
	@$(BIN)/python -m compileall -q $(PACKAGES)
	@$(BIN)/python -m pytest $(TESTS) -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# Rules, cases, mails and words; pages, papers and OpenID take longer, and so do bounds of what
# hostile text costs (_quick), what is drawn at random (hypothesis) and what is made of words by rule:
# contraries, products of examples.
QUICK ?= tests/accounts tests/cases tests/certificates tests/intake tests/letters tests/message tests/request_text/test_examples.py \
         tests/scheduler tests/sender tests/signatures tests/store tests/validators
quick: env  ## in a minute: tests of rules, cases, mails and words that need no server, browser, OCR or other process
	@$(BIN)/python -m pytest -p tests.quick $(QUICK) -k 'not combinations and not ordinals and not names-made and not _quick and not hypothesis' -n 2 --dist loadfile $(PYTEST_ARGS)

CHECKS := check-types check-lint check-imports check-requirements check-platforms
.PHONY: $(CHECKS)
check: env  ## lint, types, import contracts, requirements, wheels for ARM64
	@$(MAKE) --no-print-directory -j 2 $(CHECKS)

check-types:
	@$(BIN)/mypy
check-lint:
	@$(BIN)/ruff check .
check-imports:
	@$(BIN)/lint-imports
check-requirements:
	@$(BIN)/deptry .
check-platforms:
	@sh tools/platforms.sh $(BIN)/python

bench: env system  ## the figures of docs/BENCHMARKS.md (some of them: make bench BENCH="window intake")
	@$(BIN)/python -m bench $(BENCH)

bench-documents: env  ## the figures of "Documents" in docs/BENCHMARKS.md; resumable (BENCH="--complete 60 --minutes 5")
	@$(BIN)/python -m bench.documents $(BENCH)

mutants: env system  ## 200 small defects in the code, and how many of them the tests notice (an area or one of them: make mutants MUTANTS="validators")
	@nice $(BIN)/python -m bench.mutants $(MUTANTS)

tour: env system  ## docs/TOUR.md with pictures of every page (docs/tour), from the demonstration
	@$(BIN)/python -m tools.tour

soak: env system  ## the long runs of docs/RELIABILITY.md, and all tests with all of their inputs
	@$(BIN)/python -m bench kills soak hostile
	@THOROUGH=1 $(MAKE) --no-print-directory test

samples: env  ## makes the sample mails of tests/data again from their seed
	@$(BIN)/python -m tests.drawing.sample_mails

LOCKED := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet $(addprefix --upgrade-package ,$(UPGRADE))
lock:  ## resolves requirements.lock (production) and requirements-dev.lock (what tests and builds need besides) again from pyproject.toml (a newer version of one: make lock UPGRADE=sqlalchemy)
	@$(BIN)/uv pip compile $(LOCKED) pyproject.toml --all-extras --group build -o requirements.lock
	@$(BIN)/uv pip compile $(LOCKED) --group dev --no-emit-package pip -c requirements.lock -o requirements-dev.lock

ORIGIN ?=
agent-windows: env  ## the lock agent for Windows, to be unpacked and double-clicked (make agent-windows ORIGIN=https://ggzy.example.cn)
	@test -n "$(ORIGIN)" || { echo 'ORIGIN: the address of the desk, as browsers show it: make agent-windows ORIGIN=https://ggzy.example.cn' >&2; exit 2; }
	@$(BIN)/python -m tools.agent_windows $(addprefix --origin ,$(ORIGIN)) $(AGENT_ARGS)

SBOM ?= build/unbind-desk.cdx.json
sbom: env  ## the bill of materials of production (CycloneDX, build/unbind-desk.cdx.json)
	@mkdir -p $(dir $(SBOM))
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible -o $(SBOM)

WHEELS ?= build/wheels
wheels: env  ## the wheels of the desk and of the lock agent (build/wheels)
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation -w $(WHEELS) . ./agent

LICENCES ?= build/licences.md
licences: env  ## the licences of what production installs: packages, models, fonts (build/licences.md)
	@mkdir -p $(dir $(LICENCES))
	@$(BIN)/pip-licenses --with-system --format=markdown --with-urls --packages $$(sed -n 's/==.*//p' requirements.lock | sort -u) > $(LICENCES)
	@{ echo; cat docs/LICENCES.md; } >> $(LICENCES)

RELEASE ?= build/release
release: env  ## all that goes with a tag, tried by a fresh install (build/release; agent's zip: make release ORIGIN=https://ggzy.example.cn)
	@$(BIN)/python -m tools.release $(RELEASE) --origin "$(ORIGIN)" --buildah "$(BUILDAH)"

audit: env  ## asks a vulnerability database about every locked package (where none can be reached, says so)
	@sh tools/audit.sh $(BIN)/pip-audit requirements.lock requirements-dev.lock

clean:  ## removes the environment, caches and the demonstration's data (var/demo)
	@rm -rf $(VENV) var/demo build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

env: $(STAMP)  ## the Python environment in .venv, exactly as the two locks say

$(RUNS): requirements.lock pyproject.toml
	@BYTECODE=later sh tools/make_env.sh "$(PYTHON)" "$(VENV)" requirements.lock
	@touch $@

$(STAMP): $(RUNS) requirements-dev.lock
	@sh tools/make_env.sh "$(PYTHON)" "$(VENV)" requirements-dev.lock
	@touch $@

system:
	@sh tools/prepare.sh "$(BIN)/python"
