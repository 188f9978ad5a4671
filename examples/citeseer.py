"""A two-layer graph convolutional network on CiteSeer, as plain decorated NumPy.

The network is Kipf and Welling's (2017): 3703 words, 16 hidden units, 6 classes; it is
trained on 120 labelled documents of 3327 and tested on 1000. dpc writes its gradient;
nothing here but the line with ``@dpc.value_and_grad`` knows about derivatives.

    python examples/citeseer.py                     # a generated graph, one seed
    python examples/citeseer.py --data DIRECTORY --seeds 10
    python examples/citeseer.py --source            # the gradient as Python source
"""

import argparse
import os
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse
from matplotlib.figure import Figure
from tqdm import tqdm

import dpc
from optimisers import Adam
from planetoid import Graph, generate, load


class Parameters(NamedTuple):
    """Weights and biases of the two graph convolutions."""

    w1: np.ndarray  # (words, hidden)
    b1: np.ndarray  # (hidden,)
    w2: np.ndarray  # (hidden, classes)
    b2: np.ndarray  # (classes,)


def network(params, words, adjacency, keep):
    """Scores (nodes, classes); ``keep`` is the dropout mask of the hidden units."""
    hidden = adjacency @ (words @ params.w1) + params.b1
    hidden = np.where(hidden > 0, hidden, 0.0) * keep
    return adjacency @ (hidden @ params.w2) + params.b2


@dpc.value_and_grad(wrt="params", branches="hard")
def loss(params, words, adjacency, keep, rows, labels):
    """Mean cross entropy over the chosen rows."""
    scores = network(params, words, adjacency, keep)[rows]
    log_norm = np.log(np.sum(np.exp(scores), axis=1))
    return np.mean(log_norm - scores[np.arange(rows.size), labels[rows]])


class History(NamedTuple):
    """What one run of training leaves, an entry an epoch."""

    loss: list[float]
    train: list[float]  # accuracies
    validation: list[float]
    test: list[float]


def initial(rng: np.random.Generator, words: int, hidden: int, classes: int):
    """Glorot's uniform weights and zero biases."""

    def glorot(rows: int, columns: int) -> np.ndarray:
        limit = np.sqrt(6 / (rows + columns))
        return rng.uniform(-limit, limit, (rows, columns))

    return Parameters(
        glorot(words, hidden),
        np.zeros(hidden),
        glorot(hidden, classes),
        np.zeros(classes),
    )


def normalised_words(graph: Graph) -> scipy.sparse.csr_matrix:
    """Each row divided by its sum; the few documents without words stay empty."""
    rows = graph.words
    counts = scipy.sparse.csr_matrix(rows[:3], shape=rows.shape, dtype=np.float64)
    totals = np.maximum(counts.sum(axis=1), 1.0)
    return scipy.sparse.csr_matrix(counts.multiply(1 / totals))


def normalised_adjacency(graph: Graph) -> scipy.sparse.csr_matrix:
    """D^-1/2 (A + I) D^-1/2, where A[i, j] counts the edges from j to i."""
    nodes = graph.labels.size
    source, target = graph.edges
    ones = np.ones(source.size)
    looped = scipy.sparse.csr_matrix((ones, (target, source)), shape=(nodes, nodes))
    looped = looped + scipy.sparse.identity(nodes, format="csr")
    scale = scipy.sparse.diags(1 / np.sqrt(np.asarray(looped.sum(axis=1)).ravel()))
    return scipy.sparse.csr_matrix(scale @ looped @ scale)


def dropout(rng: np.random.Generator, nodes: int, hidden: int) -> np.ndarray:
    """A mask that drops half the hidden units and doubles the others.

    Inverted dropout: testing needs no scale.
    """
    return 2.0 * (rng.random((nodes, hidden)) < 0.5)


def train(graph: Graph, seed: int, epochs: int, hidden: int = 16) -> History:
    """Full-batch Adam, L2 on every parameter, dropout of half the hidden units."""
    rng = np.random.default_rng(seed)
    words, adjacency = normalised_words(graph), normalised_adjacency(graph)
    nodes, vocabulary = words.shape
    params = initial(rng, vocabulary, hidden, int(graph.labels.max()) + 1)
    optimiser = Adam(rate=0.01, weight_decay=5e-4)
    history = History([], [], [], [])
    with tqdm(total=epochs, desc=f"seed {seed}", leave=False, disable=None) as bar:
        for _ in range(epochs):
            keep = dropout(rng, nodes, hidden)
            value, gradient = loss(
                params, words, adjacency, keep, graph.train, graph.labels
            )
            params = optimiser.step(params, gradient)
            guess = np.argmax(network(params, words, adjacency, 1.0), axis=1)
            right = guess == graph.labels
            history.loss.append(float(value))
            history.train.append(float(right[graph.train].mean()))
            history.validation.append(float(right[graph.validation].mean()))
            history.test.append(float(right[graph.test].mean()))
            progress = f"loss {value:.3f}, test accuracy {history.test[-1]:.1%}"
            bar.set_postfix_str(progress, refresh=False)
            bar.update()
    return history


def draw(histories: list[History], path: Path) -> None:
    """The learning curves of all seeds, loss beside accuracy, as a PNG."""
    # The figure is made without pyplot: no window, no display needed.
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    colours = {"train": "tab:green", "validation": "tab:orange", "test": "tab:blue"}
    for number, history in enumerate(histories):
        left.plot(history.loss, color="tab:red", alpha=0.6)
        for part, colour in colours.items():
            label = part if number == 0 else None
            right.plot(getattr(history, part), color=colour, alpha=0.6, label=label)
    left.set(xlabel="epoch", ylabel="training loss (with dropout)", ylim=(0, None))
    right.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.02))
    right.legend(loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data",
        default=os.environ.get("DPC_DATA"),
        help="directory of citeseer.npz or ind.citeseer.* (default: $DPC_DATA)",
    )
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds to run")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="20 epochs, to look at")
    parser.add_argument("--source", action="store_true", help="print the gradient only")
    parser.add_argument("--out", type=Path, help="where to write the learning curve")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if options.source:
        print(loss.source)
        return
    graph = load(options.data) if options.data else generate()
    if not options.data:
        print("No --data and no DPC_DATA: a generated graph of CiteSeer's shape.")
    epochs = min(options.epochs, 20) if options.quick else options.epochs
    histories = []
    for seed in range(options.seed, options.seed + options.seeds):
        start = time.perf_counter()
        history = train(graph, seed, epochs)
        seconds = time.perf_counter() - start
        histories.append(history)
        print(
            f"{graph.name}, seed {seed}: loss {history.loss[-1]:.3f}, "
            f"test accuracy {history.test[-1]:.1%}, {seconds:.1f} s"
        )
    if len(histories) > 1:
        final = np.array([history.test[-1] for history in histories])
        print(
            f"mean of {final.size} seeds: {final.mean():.2%}, standard deviation "
            f"{final.std(ddof=1):.2%}, range {final.min():.1%} to {final.max():.1%}"
        )
    if options.out:
        draw(histories, options.out)
        print(f"learning curve: {options.out}")


if __name__ == "__main__":
    main()
