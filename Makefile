# make run    set up, then run the daemon on the sample feeds and rules
# make test   set up, then run every test (PostgreSQL's included)
# make check  lint, types, import contracts
# make bench  the measurements that docs/ speaks of
# make clean  remove everything that the other targets made

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: run test check bench clean
.DEFAULT_GOAL := test

$(STAMP): pyproject.toml constraints.txt
	@echo "Setting up in $(VENV), this takes a minute the first time …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[dev]'
	@$(BIN)/python -m compileall -q monitor
	@touch $@

# On a terminal the daemon gets a process group of its own, so that Ctrl-C reaches it and not make:
# it ends what is under way, and make ends with its exit code.
run: $(STAMP)
	@if [ -t 0 ]; then \
		bash -mc '$(BIN)/wirewatch run --config config.example.toml; exit $$?'; \
	else \
		exec $(BIN)/wirewatch run --config config.example.toml; \
	fi

test: $(STAMP)
	@$(BIN)/python -m pytest --numprocesses auto

check: $(STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(STAMP)
	@$(BIN)/python benchmarks/matching.py
	@$(BIN)/python benchmarks/polling.py

clean:
	rm -rf $(VENV) run dist build .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
