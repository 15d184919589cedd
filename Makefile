# Everything a fresh machine needs is Python (3.11 or newer) and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
JOBS   ?= auto

TOOLS   = tests/cluster/build_tools.py
MESH    = tests/mesh/build_tools.py

.PHONY: help setup demo test cluster-tools test-cluster mesh-tools test-mesh check lint types layers docs docs-check format lock golden bench bench-cluster bench-discovery wheel-test clean

help:            ## this list
	@grep -E '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

setup: $(READY)  ## create .venv with everything pinned

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("meshplan needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12 setup" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)   ## plan the sample bank into out/ and print the summary
	@$(BIN)/meshplan plan samples/bank --config samples/bank/meshplan.yaml -d out

test: $(READY)   ## all tests
	$(BIN)/python -m pytest -n $(JOBS)

cluster-tools:   ## build kube-apiserver, etcd and kubectl into a cache folder (needs Go; 5 minutes, once)
	@$(PYTHON) $(TOOLS)

test-cluster: $(READY) ## tests against a real API server; KUBEBUILDER_ASSETS or what cluster-tools built
	@assets="$${KUBEBUILDER_ASSETS:-$$($(PYTHON) $(TOOLS) --where)}"; \
	test -d "$$assets" || { echo "error: no control plane in $$assets; first: make cluster-tools" >&2; exit 1; }; \
	KUBEBUILDER_ASSETS="$$assets" MESHPLAN_FORBID_SKIPS=1 $(BIN)/python -m pytest -n 2 -rP tests/cluster

mesh-tools: $(READY) ## build istiod, its agent, Istio's simulator and fetch Envoy (needs Go; 8 minutes, once)
	@$(BIN)/python $(MESH)

test-mesh: $(READY) ## the verdicts against Istio: its simulator, and a live mesh on which the sample is rolled out (root)
	@assets="$${KUBEBUILDER_ASSETS:-$$($(PYTHON) $(TOOLS) --where)}"; mesh="$${MESHPLAN_MESH_TOOLS:-$$($(PYTHON) $(MESH) --where)}"; \
	test -d "$$assets" -a -d "$$mesh" || { echo "error: parts are missing in $$assets or $$mesh; first: make cluster-tools mesh-tools" >&2; exit 1; }; \
	KUBEBUILDER_ASSETS="$$assets" MESHPLAN_MESH_TOOLS="$$mesh" MESHPLAN_FORBID_SKIPS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -rP tests/mesh

check: $(READY) lint types layers docs-check  ## linters, types, layers, generated documents

lint: $(READY)   ## ruff: style, docstrings, bugs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## mypy, strict
	$(BIN)/mypy

layers: $(READY) ## import-linter: the architecture as a test
	$(BIN)/lint-imports --config .importlinter --no-logo

docs: $(READY)   ## write the generated documents anew
	$(BIN)/python tools/generate_docs.py

docs-check: $(READY) ## fail when a generated document is out of date
	$(BIN)/python tools/generate_docs.py --check

format: $(READY) ## let ruff mend what it can
	$(BIN)/ruff check --fix . || true
	$(BIN)/ruff format .

golden: $(READY) ## write the expected outputs of tests anew; review them like code
	$(BIN)/python -m pytest -n $(JOBS) tests/test_golden.py --rewrite-golden

bench: $(READY)  ## time and memory of each stage on a generated company cluster
	$(BIN)/python benchmarks/stages.py

bench-cluster: $(READY) ## time to read 20,000 objects from a real API server; parts as for test-cluster
	KUBEBUILDER_ASSETS="$${KUBEBUILDER_ASSETS:-$$($(PYTHON) $(TOOLS) --where)}" $(BIN)/python benchmarks/cluster_read.py

bench-discovery: $(READY) ## how well flows are found: CORPORA=FOLDER of systems with an expected.yaml
	$(BIN)/python -m benchmarks.discovery $(or $(CORPORA),$(error CORPORA=FOLDER is needed)) --misses

lock:            ## pin the development requirements anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet -o requirements-dev.txt

clean:           ## remove what was built
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .hypothesis
