# Everything runs in .venv, made from the hash-locked requirements.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
.PHONY: environment-proof container systemd notebooks kill-proof staff-proof bogofilter rspamd postgres ocr fuzz service-bars help setup train serve test lint evaluate benchmark lock browser clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: $(READY) ## make the environment from requirements.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 …"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

train: $(READY) ## train the bundle; does nothing where it is up to date
	$(BIN)/scam-notice train

serve: train ## page and API on 127.0.0.1:8000
	$(BIN)/scam-notice serve

test: $(READY) ## every test, the linters first
	@$(MAKE) --no-print-directory --jobs=2 lint train browser
	@$(MAKE) --no-print-directory bogofilter rspamd postgres ocr systemd
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check classifier api tests
	$(BIN)/mypy classifier api

evaluate: train ## figures on the frozen test split; FILE=… for labelled JSON Lines of your own
	$(BIN)/scam-notice evaluate $(FILE)

benchmark: train rspamd ## rank the same texts with simpler means beside our model, then compare speed; FILE=… adds labelled JSON Lines of your own
	@$(BIN)/python -c 'import fasttext' 2>/dev/null \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check fasttext==0.9.3 >/dev/null 2>&1 \
	  || echo "fastText stays out: pip could not install fasttext==0.9.3"
	@command -v bogofilter >/dev/null && command -v spamassassin >/dev/null || { echo "installing bogofilter and spamassassin for the comparison"; \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends bogofilter spamassassin; } >/dev/null 2>&1; } \
	  || echo "bogofilter or SpamAssassin stays out: install Debian's packages bogofilter and spamassassin"
	$(BIN)/scam-notice benchmark $(FILE)
	$(BIN)/scam-notice benchmark --speed

notebooks: train browser ## run the notebooks anew and keep what they show
	cd notebooks && ../$(BIN)/jupyter execute --inplace $(notdir $(NOTEBOOKS))

kill-proof: train ## kill -9 at fifty random moments of a run over 200,000 rows; about ten minutes
	$(BIN)/python tests/kill_proof.py build/kills --rows $(or $(ROWS),200000) --kills $(or $(KILLS),50)

browser: ## Chromium and Japanese fonts for the page tests, where apt-get can install them
	@command -v chromium >/dev/null || { echo "installing chromium and fonts-noto-cjk for the page tests"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-noto-cjk >/dev/null; } \
	  || echo "the page tests need a browser: install Debian's packages chromium and fonts-noto-cjk"

bogofilter: ## the mail filter that a test of the baselines needs, where apt-get can install it
	@command -v bogofilter >/dev/null || { echo "installing bogofilter for a test of the baselines"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends bogofilter >/dev/null; } \
	  || echo "a test of the baselines needs a mail filter: install Debian's package bogofilter"

rspamd: ## rspamd, its redis and the load generator wrk for a baseline and its tests, where apt-get can install them
	@command -v rspamd >/dev/null && command -v redis-server >/dev/null && command -v wrk >/dev/null || { echo "installing rspamd, redis-server and wrk for the comparison, their services not started"; \
	  test -e /usr/sbin/policy-rc.d || { trap 'rm -f /usr/sbin/policy-rc.d' EXIT; printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d; } 2>/dev/null; \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends rspamd redis-server wrk; } >/dev/null 2>&1; } \
	  || echo "rspamd stays out: install Debian's packages rspamd, redis-server and wrk"

postgres: ## the database server that the store's tests start for themselves, where apt-get can install it
	@command -v pg_ctl >/dev/null || ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || { echo "installing postgresql for the store's tests"; \
	  mkdir -p /etc/postgresql-common && { test -e /etc/postgresql-common/createcluster.conf || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf; } && \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends postgresql >/dev/null; } \
	  || echo "the store's tests need a database server: install Debian's package postgresql"

staff-proof: $(READY) ## the staff queue's long proofs: 200 interleavings, 100 kills, 100,000 cases, on both databases
	$(BIN)/python tests/staff_proof.py interleavings
	$(BIN)/python tests/staff_proof.py kills
	$(BIN)/python tests/staff_proof.py scale

ocr: ## the reader of characters in pictures, with Japanese, where apt-get can install it
	@tesseract --list-langs 2>/dev/null | grep -qx jpn || { echo "installing tesseract-ocr-jpn for pictures of letters"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends tesseract-ocr tesseract-ocr-jpn >/dev/null; } \
	  || echo "a test of pictures needs tesseract: install Debian's packages tesseract-ocr and tesseract-ocr-jpn"

fuzz: train ## BODIES=… hostile bodies (default 20,000), then schemathesis over every route; EXAMPLES=… (1,000)
	$(BIN)/python tests/service_bars.py hostile $(or $(BODIES),20000)
	SCAM_NOTICE_FUZZ_EXAMPLES=$(or $(EXAMPLES),1000) $(BIN)/python -m pytest tests/test_openapi_fuzz.py

service-bars: train ## CPU and overload figures, people beside programs, 50 kills during load, texts at the cap, hostile bodies, real processes
	$(BIN)/python tests/service_bars.py cpu
	$(BIN)/python tests/service_bars.py overload
	$(BIN)/python tests/service_bars.py counsellors
	$(BIN)/python tests/service_bars.py kill $(or $(KILLS),50)
	$(BIN)/python tests/service_bars.py longest
	$(BIN)/python tests/service_bars.py hostile $(or $(BODIES),100000)

CONTAINER ?= podman
systemd: ## the program that checks the service's unit, where apt-get can install it
	@command -v systemd-analyze >/dev/null || { echo "installing systemd for a test of the unit"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends systemd >/dev/null; } \
	  || echo "a test of the unit needs systemd-analyze: install Debian's package systemd"

container: train ## build the image (api/deploy/Containerfile) and try it; CONTAINER=docker, BUILD_FLAGS=…, RUN_FLAGS=…
	@command -v $(firstword $(CONTAINER)) >/dev/null || { echo "installing podman"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends podman >/dev/null; } \
	  || echo "an image needs a builder: install Debian's package podman, or set CONTAINER=docker"
	$(CONTAINER) build $(BUILD_FLAGS) -f api/deploy/Containerfile -t scam-notice .
	CONTAINER="$(CONTAINER)" RUN_FLAGS="$(RUN_FLAGS)" $(BIN)/python tests/container_proof.py

environment-proof: train ocr ## an environment of what the image holds: its size, and an answer to every kind of file
	$(BIN)/python tests/environment_proof.py

LOCKED := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: $(READY) ## renew requirements.lock, and requirements-service.lock: the same versions of what the service alone needs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/$(LOCKED) --all-extras pyproject.toml -o requirements.lock
	$(BIN)/$(LOCKED) --extra api --extra postgres --group build --constraints requirements.lock pyproject.toml -o requirements-service.lock

clean: ## remove the environment and the bundle
	rm -rf $(VENV) classifier/bundle build
