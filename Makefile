# Everything a person or a build server does here. Needs Python 3.11+ and make; the rest comes with the first target.
PYTHON3 ?= python3
VENV := .venv
PYTHON := $(VENV)/bin/python
ON_TEST_DATABASE := $(PYTHON) -m reviewhub.embedded.temporary
# A machine that has the development packages keeps them; others get only what running needs.
TO_RUN := $(if $(wildcard $(VENV)/.dev),$(VENV)/.dev,$(VENV)/.embedded)
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
PYTEST ?= -n 2 --dist loadfile
TEMPLATES := templates

.DEFAULT_GOAL := help
.PHONY: help demo run test test-services check bench soak screens lock clean format docs

help:
	@echo 'make demo    run ReviewHub with a demo organisation; Ctrl-C stops it (PORT=8000, REVIEWHUB_DATA=.reviewhub)'
	@echo 'make run     the same without demo data'
	@echo 'make test    run the tests on a private PostgreSQL, or on DATABASE_URL when set'
	@echo 'make check   format, lint, types, imports, templates, migrations, generated documents, system checks'
	@echo 'make bench   measure beside the raw database'
	@echo 'make soak    ten thousand tasks while processes are killed at random (SOAK=--quick for a short one)'
	@echo 'make screens take pictures of the main pages of a demo organisation into docs/screens (needs Chromium)'
	@echo 'make format  rewrite files the way make check wants them'
	@echo 'make docs    write the documents that are made from the code'
	@echo 'make lock    renew requirements/*.txt (UPGRADE=1 takes newer versions)'
	@echo 'make clean   remove the environment and caches; the data folder stays'

demo: $(TO_RUN)
	@$(PYTHON) manage.py serve --demo

run: $(TO_RUN)
	@$(PYTHON) manage.py serve

test: $(VENV)/.dev
	$(ON_TEST_DATABASE) -- $(PYTHON) -m pytest -m 'not services' $(PYTEST)

# Against the PostgreSQL and the broker in DATABASE_URL and CELERY_BROKER_URL.
test-services: $(VENV)/.dev
	$(PYTHON) -m pytest -m services

check: $(VENV)/.dev
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy reviewhub apps
	$(VENV)/bin/lint-imports
	$(PYTHON) -m djlint --quiet --check $(TEMPLATES)
	$(PYTHON) -m djlint --quiet --lint $(TEMPLATES)
	$(PYTHON) manage.py check
	$(ON_TEST_DATABASE) -- $(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py docs_generate --check

bench: $(VENV)/.dev
	$(ON_TEST_DATABASE) --durable -- $(PYTHON) -m tests.bench

soak: $(VENV)/.dev
	$(ON_TEST_DATABASE) -- $(PYTHON) -m tests.soak $(SOAK)

screens: $(VENV)/.dev
	$(ON_TEST_DATABASE) -- $(PYTHON) -m tests.screens

docs: $(VENV)/.dev
	$(PYTHON) manage.py docs_generate

format: $(VENV)/.dev
	$(PYTHON) -m ruff check --fix --exit-zero
	$(PYTHON) -m ruff format
	-$(PYTHON) -m djlint --quiet --reformat $(TEMPLATES)

# The largest set first; the others take the same versions.
lock: $(VENV)/.dev
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" && export PATH && \
	$(LOCK) -o requirements/dev.txt requirements/dev.in >/dev/null && \
	for name in base embedded prod; do \
	  $(LOCK) -c requirements/dev.txt -o requirements/$$name.txt requirements/$$name.in >/dev/null || exit 1; \
	done

clean:
	rm -rf $(VENV) staticfiles .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis bench-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON):
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'ReviewHub needs Python 3.11 or newer. If it has another name here: make PYTHON3=python3.12'; exit 1; }
	@echo 'Making the environment in $(VENV); this takes a minute or two, once.'
	@$(PYTHON3) -m venv $(VENV)

# Installed again only when the lock has changed.
$(VENV)/.%: requirements/%.txt | $(PYTHON)
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m ensurepip --default-pip >/dev/null
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
