"""A two-layer graph convolutional network on CiteSeer, as plain decorated NumPy.

The network is Kipf and Welling's (2017): 3703 words, 16 hidden units, 6 classes; it is
trained on 120 labelled documents of 3327 and tested on 1000. dpc writes its gradient;
nothing here but the line with ``@dpc.value_and_grad`` knows about derivatives.

    python examples/citeseer.py                     # a generated graph, one seed
    python examples/citeseer.py --data DIRECTORY --seeds 10
    python examples/citeseer.py --source            # the gradient as Python source
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from matrices import normalised_adjacency, normalised_words
from optimisers import Adam
from planetoid import Graph, generate, load
from style import panels, save


class Parameters(NamedTuple):
    """Weights and biases of the two graph convolutions."""

    w1: np.ndarray  # (words, hidden)
    b1: np.ndarray  # (hidden,)
    w2: np.ndarray  # (hidden, classes)
    b2: np.ndarray  # (classes,)


def network(params, words, adjacency, keep):
    """Scores (nodes, classes); ``keep`` is the dropout mask."""
    hidden = adjacency @ (words @ params.w1) + params.b1
    hidden = np.where(hidden > 0, hidden, 0.0) * keep
    return adjacency @ (hidden @ params.w2) + params.b2


@dpc.value_and_grad(wrt="params", branches="hard")
def loss(params, words, adjacency, keep, rows, labels):
    """Mean cross entropy over the chosen rows."""
    scores = network(params, words, adjacency, keep)[rows]
    log_norm = np.log(np.sum(np.exp(scores), axis=1))
    return np.mean(log_norm - scores[np.arange(rows.size), labels[rows]])


def initial(rng: np.random.Generator, words: int, hidden: int, classes: int):
    """Glorot's uniform weights and zero biases."""

    def glorot(rows: int, columns: int) -> np.ndarray:
        limit = np.sqrt(6 / (rows + columns))
        return rng.uniform(-limit, limit, (rows, columns))

    w1, w2 = glorot(words, hidden), glorot(hidden, classes)
    return Parameters(w1, np.zeros(hidden), w2, np.zeros(classes))


def dropout(rng: np.random.Generator, nodes: int, hidden: int) -> np.ndarray:
    """Drops half the hidden units and doubles the others, so testing needs no scale."""
    return 2.0 * (rng.random((nodes, hidden)) < 0.5)


def train(graph: Graph, seed: int, epochs: int, hidden: int = 16) -> dict:
    """Full-batch Adam, L2 on every parameter, dropout of half the hidden units.

    Answers with the loss and the three accuracies, a list each, an entry an epoch.
    """
    rng = np.random.default_rng(seed)
    words, adjacency = normalised_words(graph), normalised_adjacency(graph)
    nodes, vocabulary = words.shape
    params = initial(rng, vocabulary, hidden, int(graph.labels.max()) + 1)
    optimiser = Adam(rate=0.01, weight_decay=5e-4)
    parts = {"train": graph.train, "validation": graph.validation, "test": graph.test}
    history: dict[str, list[float]] = {key: [] for key in ("loss", *parts)}
    bar = progress(epochs, f"seed {seed}")
    for _ in bar:
        keep = dropout(rng, nodes, hidden)
        value, gradient = loss(
            params, words, adjacency, keep, graph.train, graph.labels
        )
        params = optimiser.step(params, gradient)
        guess = np.argmax(network(params, words, adjacency, 1.0), axis=1)
        right = guess == graph.labels
        history["loss"].append(float(value))
        for part, rows in parts.items():
            history[part].append(float(right[rows].mean()))
        bar.set_postfix_str(f"loss {value:.3f}, test {history['test'][-1]:.1%}")
    return history


def gradient_for(graph: Graph) -> str:
    """The source of the gradient for arrays like a graph's."""
    rng, words = np.random.default_rng(0), normalised_words(graph)
    nodes, vocabulary = words.shape
    params = initial(rng, vocabulary, 16, int(graph.labels.max()) + 1)
    keep, adjacency = dropout(rng, nodes, 16), normalised_adjacency(graph)
    variant = loss.specialize(params, words, adjacency, keep, graph.train, graph.labels)
    return variant.source


def draw(histories: list[dict], path: Path) -> None:
    """The learning curves of all seeds, loss beside accuracy."""
    figure, ((left, right),) = panels(2)
    colours = {"train": "tab:green", "validation": "tab:orange", "test": "tab:blue"}
    for number, history in enumerate(histories):
        left.plot(history["loss"], color="tab:red", alpha=0.6)
        for part, colour in colours.items():
            label = part if number == 0 else None
            right.plot(history[part], color=colour, alpha=0.6, label=label)
    left.set(xlabel="epoch", ylabel="cross entropy, with dropout", ylim=(0, None))
    left.set_title("training loss")
    right.set(xlabel="epoch", ylabel="share of nodes", ylim=(0, 1.02), title="accuracy")
    right.legend(loc="lower right")
    save(figure, path)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    reader = parser(__doc__, "citeseer")
    reader.add_argument("--seeds", type=int, default=1, help="how many seeds to run")
    options = reader.parse_args(arguments)
    if options.source:
        print(gradient_for(generate()))
        return {}
    if options.data:
        graph, target = load(options.data), "70.0 % to 71.5 %, mean of 10 seeds"
    else:
        print("No --data and no DPC_DATA: a generated graph of CiteSeer's shape.")
        graph, target = generate(), "about 70 %, as on CiteSeer"
    histories = []
    for seed in range(options.seed, options.seed + options.seeds):
        start = time.perf_counter()
        histories.append(train(graph, seed, epochs=20 if options.quick else 200))
        seconds = time.perf_counter() - start
        accuracy = histories[-1]["test"][-1]
        print(f"seed {seed}: test accuracy {accuracy:.1%} after {seconds:.1f} s")
    final = np.array([history["test"][-1] for history in histories])
    report(f"test accuracy on {graph.name}", f"{final.mean():.2%}", target)
    if final.size > 1:
        spread = f"{final.std(ddof=1):.2%}"
        report("standard deviation over seeds", spread, "about 0.4 % to 0.7 %")
    draw(histories, options.out)
    return {"accuracy": float(final.mean())}


if __name__ == "__main__":
    main()
