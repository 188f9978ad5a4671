"""What `make demo` runs: a network beside the gradient that dpc writes for it, then the
training of that network. Options are those of citeseer.py."""

import inspect
import shutil
import sys

import citeseer
from dpc.backends.columns import beside
from planetoid import generate

SIDE_BY_SIDE = 160  # columns; in a narrower terminal the two stand one above the other


def network_beside_gradient(width: int) -> str:
    """The source of the network and its loss, and of the gradient for its arrays."""
    inner, first = inspect.getsourcelines(citeseer.network)
    outer, start = inspect.getsourcelines(citeseer.loss.primal)
    between = [""] * (start - first - len(inner))
    original = [line.rstrip() for line in (*inner, *between, *outer)]
    shown = width if width >= SIDE_BY_SIDE else 0
    return beside(original, first, citeseer.gradient_for(generate()), shown)


if __name__ == "__main__":
    # Without a terminal there is no width to keep to.
    wide = shutil.get_terminal_size().columns if sys.stdout.isatty() else SIDE_BY_SIDE
    print("A graph network from examples/citeseer.py, and the gradient dpc wrote:\n")
    print(network_beside_gradient(wide))
    print("\nTraining it with that gradient:\n")
    citeseer.main()
