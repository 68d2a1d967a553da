# Everything is installed into .venv: once, and again when pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: help demo test lint bench clean
.NOTPARALLEL:

help:
	@echo 'make demo    train networks, draw graphs, compile steps; all of it goes to out/'
	@echo 'make test    run the tests'
	@echo 'make lint    run ruff and mypy'
	@echo 'make bench   hold autodiff and nn against their peers: out/benchmarks/report.html (make bench QUICK=1: two minutes)'
	@echo 'make clean   remove .venv, out and caches'
	@echo 'With another Python (3.10 or newer): make demo PYTHON=python3.12'

demo: $(VENV)/.demos
	@$(RUN) -m demos

# Two workers, each with one thread for matrix products: with more they wait for each other.
test: export OPENBLAS_NUM_THREADS = 1
test: $(VENV)/.test $(VENV)/.demos
	@$(RUN) -m pytest -n 2

lint: $(VENV)/.test
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

bench: $(VENV)/.bench
	@$(RUN) -m benchmarks $(if $(QUICK),--quick)

clean:
	rm -rf $(VENV) out build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One file for each extra that is installed, named like it.
$(VENV)/.%: pyproject.toml | $(VENV)/.made
	@echo 'Installing autodiff and its extra "$*" into $(VENV) ...'
	@$(RUN) -m pip install --quiet --no-input --disable-pip-version-check -e '.[$*]'
	@touch $@

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { \
	    echo 'No $(PYTHON) here: install Python 3.10 or newer, or name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	    echo "Python 3.10 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1)." >&2; \
	    echo 'Install one and name it: make PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo '$(PYTHON) cannot make virtual environments: the module ensurepip or venv is missing.' >&2; \
	    echo 'On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Making $(VENV) ...'
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@
