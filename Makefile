# make run    set up, judge the example estate, show the result
# make test   set up, install missing test servers where possible, run every check
#
# Everything is installed into $(VENV); nothing outside of it changes, except that Debian packages
# (python3-venv, test servers) are installed when this runs as root or with passwordless sudo.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ESTATE := examples/estate.yaml
export VENV

.DEFAULT_GOAL := help
.PHONY: help run test soak peers lint format clean

help:
	@sed -n 's/^# //p' Makefile | head -2

# The findings of the example are its point: exit status 3 ("findings") is a success here.
run: $(VENV)/.installed
	@$(BIN)/trustpath check -e $(ESTATE) --now 2026-11-24T12:00:00Z || [ $$? -eq 3 ]

test: $(VENV)/.installed-dev $(VENV)/.installed-peers peers
	@scripts/test $(ARGS)

# The open-ended searches of the property tests and fuzzers, for an evening.
soak: $(VENV)/.installed-dev
	HYPOTHESIS_PROFILE=thorough $(BIN)/pytest tests/property tests/unit -k "generated or several or fuzz or mutated" $(ARGS)

peers:
	@scripts/install-peers

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/bin/python:
	scripts/make-venv $(VENV)

# Requirements are pinned with hashes, the build tool among them, and the pins are complete: nothing is
# resolved, so that a release made after the pins cannot enter. The package itself comes last, from this
# folder, with nothing fetched for it.
$(VENV)/.installed: requirements.txt requirements-build.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet --no-deps --require-hashes -r requirements-build.txt -r requirements.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP) install --quiet --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

# CAs that the tests start; what they depend on must not mix with what we depend on.
$(VENV)/.installed-peers: requirements-peers.txt | $(VENV)/bin/python
	scripts/make-venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes -r requirements-peers.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
