# The targets make their own virtual environment; a Python of 3.11 or later is enough.
VENV := .venv
PYTHON_IN_VENV := $(VENV)/bin/python

.PHONY: help demo examples test test-all bench clean

help:
	@echo "make demo      differentiate a graph network, show the source, train it"
	@echo "make examples  the systems of the examples that take a few minutes each, in full"
	@echo "make test      linter, formatter, type checker and the fast tests"
	@echo "make test-all  every test, with the figures they measure"
	@echo "make bench     generated gradients against hand-written ones and autograd"
	@echo "make clean     remove the virtual environment"

# One stamp an extra: pip runs again only when what it would install has changed.
$(VENV)/.installed-%: pyproject.toml .ci/environment
	@.ci/environment $(VENV) $*
	@touch $@

demo: $(VENV)/.installed-examples
	@$(PYTHON_IN_VENV) examples/demo.py --out out/citeseer.png

# Each takes at most five minutes; citeseer_paper.py, da_rnn.py and memory_network.py
# take longer.
EXAMPLES := adding billiards bounce branching citeseer dates digits elephant facts \
	lorenz lynx_hare mackey_glass mechanisms memory_forecast message_passing \
	neural_computer neural_computer_stories pendulum planner plant plasticity \
	program_graphs projectile quantum raytracer sir stack sunspots tree turing_machine \
	universal_ode walker

# One thread: the matrices are small, and threads that find no core wait for each other.
examples: $(VENV)/.installed-examples
	@for name in $(EXAMPLES); do \
		echo "$$name"; \
		OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(PYTHON_IN_VENV) examples/$$name.py --out out/$$name.png || exit 1; \
	done

test: $(VENV)/.installed-test
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .
	$(PYTHON_IN_VENV) -m mypy --strict dpc
	$(PYTHON_IN_VENV) -m pytest -q -n 2 -m "not slow"

# Not stopped by one failure: a long run should report everything it found.
test-all: $(VENV)/.installed-test
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .
	$(PYTHON_IN_VENV) -m mypy --strict dpc
	DPC_TEST_ALL=1 $(PYTHON_IN_VENV) -m pytest -n 2 -rP --durations=20

bench: $(VENV)/.installed-test
	OMP_NUM_THREADS=1 $(PYTHON_IN_VENV) -m tests.bench

clean:
	rm -rf $(VENV)
