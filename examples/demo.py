"""What `make demo` runs: a network beside the gradient that dpc writes for it, then the
training of that network. Options are those of citeseer.py."""

import inspect
import shutil
import sys

import numpy as np

import citeseer
from dpc.backends.columns import beside
from planetoid import generate


def network_beside_gradient(width: int) -> str:
    """The source of the network and its loss, and of the gradient for such arrays."""
    graph, rng = generate(), np.random.default_rng(0)
    words = citeseer.normalised_words(graph)
    nodes, vocabulary = words.shape
    variant = citeseer.loss.specialize(
        citeseer.initial(rng, vocabulary, 16, 6),
        words,
        citeseer.normalised_adjacency(graph),
        citeseer.dropout(rng, nodes, 16),
        graph.train,
        graph.labels,
    )
    inner, first = inspect.getsourcelines(citeseer.network)
    outer, start = inspect.getsourcelines(citeseer.loss.primal)
    between = [""] * (start - first - len(inner))
    original = [line.rstrip() for line in (*inner, *between, *outer)]
    return beside(original, first, variant.source, width)


if __name__ == "__main__":
    # Without a terminal there is no width to keep to.
    wide = shutil.get_terminal_size().columns if sys.stdout.isatty() else 164
    print(network_beside_gradient(wide), end="\n\n")
    citeseer.main()
