# `make demo` shows the main job; `make test` runs everything that CI runs. Python 3.11+ is all they need.
PYTHON ?= python3
BIN := .venv/bin
DEBIAN := chromium postfix spamassassin dovecot-imapd dovecot-lmtpd dovecot-sieve nginx caddy systemd curl xvfb xclip opendkim openssl fonts-liberation fonts-noto-color-emoji \
  libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 poppler-utils

# Tests that watch servers and the clock.
ALONE := tests/delivery tests/chaos tests/real

.PHONY: demo test chaos house bench bench-memory bench-feedback bench-peers install dev bounces debian lint types layers pytest docs pictures catalogue clean

demo: .venv/installed
	@$(BIN)/rtesmail demo build/demo

test: debian dev lint types layers pytest

install: .venv/installed

.venv/installed: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -m compileall -q rtesmail
	@touch $@

dev: .venv/dev bounces

.venv/dev: .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

# Real bounces for the tests: flufl.bounce's source package carries over a hundred. They are not ours to copy.
bounces: build/bounces/fetched

build/bounces/fetched: | .venv/installed
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary flufl.bounce \
	  --dest build/bounces flufl.bounce==6.0.0
	@tar -xzf build/bounces/flufl_bounce-6.0.0.tar.gz -C build/bounces
	@touch $@

# Real servers and a real browser for the tests; only root can install them, others are told by the failing test.
debian:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  missing=""; for p in $(DEBIAN); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	  if [ -n "$$missing" ]; then apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi && \
	  .ci/exim.sh; fi

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev
	$(BIN)/mypy

layers: dev
	$(BIN)/lint-imports

# Side by side on as many processors as there are; then, one after the other, those that must not disturb each other.
pytest: dev
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(addprefix --ignore=,$(ALONE))
	$(BIN)/python -m pytest $(ALONE)

# Every trouble that a mailing is put through, and a table of what came of it; `make test` does a smaller share of the same.
chaos: debian dev
	RTESMAIL_CHAOS=full $(BIN)/python -m pytest tests/chaos

# A letter, real bounces, answers and clicks, and the next letter, through the mail and web servers of one machine.
house: debian dev
	$(BIN)/python -m pytest tests/real/test_end_to_end.py

# Ratios, not seconds, of one run: what rtesmail does beside its peers. Their programs are installed here.
bench: dev bench-peers
	$(BIN)/python bench/run.py

bench-memory: dev bench-peers
	$(BIN)/python bench/memory.py 10000 1000000

# How well returned messages are told apart: precision and recall of each kind.
bench-feedback: dev
	$(BIN)/python bench/classifying.py

bench-peers:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  command -v smtp-sink >/dev/null && command -v npm >/dev/null && command -v sqlite3 >/dev/null || { apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postfix nodejs npm sqlite3 >/dev/null; }; fi
	@test -d bench/peers/node_modules || npm install --silent --no-audit --no-fund --prefix bench/peers

# The command reference is written from the commands themselves.
docs: dev
	$(BIN)/python docs/commands.py

# The README's picture, from the shipped issue.
pictures: dev debian
	$(BIN)/python docs/pictures.py

# New texts into the French catalogue; Typer's own texts are part of what staff read.
catalogue: dev
	$(BIN)/python .ci/catalogue.py

clean:
	rm -rf build dist out .venv
