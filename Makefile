# `make run` and `make test` do everything on a fresh machine with Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.installed-bench

.PHONY: help setup run demo test lint format bench torture torture-cluster schema reference docs man lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Darial needs Python >= 3.11; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(BENCH_STAMP): $(STAMP) requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

setup: $(STAMP)  ## .venv with everything, `.venv/bin/darial` included

# 69: no server could be reached. Then the same is shown on the recording.
run: setup  ## fetch all enabled sources once into data/; without network the recording of the demo into data/demo
	@$(BIN)/darial fetch $(ARGS) || { code=$$?; [ $$code = 69 ] || exit $$code; \
	echo "The same on a recording of six invented sources, into data/demo:" >&2; $(BIN)/darial demo --store data/demo; }

demo: setup  ## show how Darial works, without network
	$(BIN)/darial demo

# Most tests wait, so there are four at a time; those of one file run one after the other. Many start a program: one that keeps
# no bytecode would be compiled each time.
test: setup  ## run all tests
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup  ## formatting, lint, types, the floors of the imports, sources.toml
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/darial sources check

format: setup  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(BENCH_STAMP)  ## run the benchmarks, with other tools for comparison
	$(BIN)/python -m bench $(or $(NAME),extraction)

torture: setup  ## stress tests, with a table of results
	$(BIN)/python -m tests.torture all $(ARGS)

torture-cluster: setup  ## five minutes of several machines that are killed, cut off and restarted
	$(BIN)/python -m tests.torture cluster

schema: setup  ## write storage/schema/article.schema.json from the types
	$(BIN)/python -m storage.schema

reference: setup  ## write docs/commands.md and docs/errors.md from the code
	$(BIN)/python -m scraper.cli.manual docs

docs: setup  ## build the documentation as a site in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

man: setup  ## write manual pages to build/man (make man MANDIR=/usr/local/share/man/man1 installs them)
	$(BIN)/python -m scraper.cli.manual man $(or $(MANDIR),build/man)

lock: setup  ## update the lock files (needs uv)
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --all-extras --group dev --group bench --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-bench.lock
	sed 's/ *--hash=[^ ]*//; s/ *\\$$//' requirements.lock > $(VENV)/constraints.txt  # the image gets the very versions that were tested
	uv pip compile pyproject.toml --extra web --extra mcp --extra postgres --extra alerts --extra socks --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c $(VENV)/constraints.txt -o deploy/requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info
