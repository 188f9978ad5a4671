"""Recursion over trees: a network with the shape of the expression it reads.

Nested arithmetic like ((0.3 - 0.5) × 0.8) comes as a tree. The network calls itself on
both sides and combines their vectors by one small layer for each operation; it is told
the value of whole expressions only. Trained on trees of at most three levels, it must
have learned the operations to be right on deeper ones.

    python examples/tree.py
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save

UNITS = 16
OPERATIONS = (
    lambda a, b: (a + b) / 2,
    lambda a, b: (a - b) / 2,
    lambda a, b: a * b,
)


@dataclass
class Leaf:
    value: float


@dataclass
class Node:
    operation: int
    left: "Leaf | Node"
    right: "Leaf | Node"


class Net(NamedTuple):
    leaf: np.ndarray  # (UNITS,)
    w1: np.ndarray  # (operations, UNITS, 2 * UNITS)
    b1: np.ndarray  # (operations, UNITS)
    w2: np.ndarray  # (operations, UNITS, UNITS)
    out: np.ndarray  # (UNITS,)


def encode(net, tree):
    """The vector of an expression, (UNITS,)."""
    if isinstance(tree, Leaf):
        return tree.value * net.leaf
    sides = np.concatenate([encode(net, tree.left), encode(net, tree.right)])
    hidden = np.tanh(net.w1[tree.operation] @ sides + net.b1[tree.operation])
    return net.w2[tree.operation] @ hidden


@dpc.value_and_grad(branches="hard")
def loss(net, trees, values):
    """Mean squared error of the values read off the vectors."""
    total = 0.0
    for tree, value in zip(trees, values, strict=True):
        total += (net.out @ encode(net, tree) - value) ** 2
    return total / len(trees)


def value_of(tree) -> float:
    """What the expression is worth."""
    if isinstance(tree, Leaf):
        return tree.value
    return OPERATIONS[tree.operation](value_of(tree.left), value_of(tree.right))


def random_tree(rng: np.random.Generator, depth: int):
    """A tree of exactly this depth on one side, and at most on the other."""
    if depth == 0:
        return Leaf(float(rng.uniform(-1, 1)))
    sides = [random_tree(rng, depth - 1), random_tree(rng, int(rng.integers(depth)))]
    first, operation = int(rng.integers(2)), int(rng.integers(len(OPERATIONS)))
    return Node(operation, sides[first], sides[1 - first])


def initial(rng: np.random.Generator) -> Net:
    operations = len(OPERATIONS)
    return Net(
        rng.normal(size=UNITS) / 4,
        rng.normal(size=(operations, UNITS, 2 * UNITS)) / np.sqrt(2 * UNITS),
        rng.normal(size=(operations, UNITS)),  # without them no tanh could multiply
        rng.normal(size=(operations, UNITS, UNITS)) / np.sqrt(UNITS),
        rng.normal(size=UNITS) / np.sqrt(UNITS),
    )


def examples(rng: np.random.Generator, count: int, depths: Sequence[int]):
    """Trees of these depths and their values."""
    trees = [random_tree(rng, int(rng.choice(depths))) for _ in range(count)]
    return trees, [value_of(tree) for tree in trees]


def explained(net: Net, trees: list, values: list) -> float:
    """Share of the values' variance that the network explains: 1 is perfect."""
    found = [net.out @ encode(net, tree) for tree in trees]
    return float(1 - np.mean(np.subtract(found, values) ** 2) / np.var(values))


def train(rng: np.random.Generator, steps: int, batch: int) -> tuple[Net, list]:
    """Adam with a falling rate on new trees of one to three levels."""
    net, optimiser, losses = initial(rng), Adam(), []
    bar = progress(steps, "training")
    for step in bar:
        value, gradient = loss(net, *examples(rng, batch, (1, 2, 3)))
        optimiser.rate = 5e-3 * (1 + np.cos(np.pi * step / steps)) / 2
        net = optimiser.step(net, gradient)
        losses.append(value)
        bar.set_postfix_str(f"loss {value:.4f}")
    return net, losses


def draw(net: Net, losses: list, scores: dict, out) -> None:
    """The error while learning, and what is explained at every depth."""
    figure, ((left, right),) = panels(2)
    left.semilogy(losses, lw=0.7)
    left.set(xlabel="step", ylabel="squared error", title="training, depth 1 to 3")
    colours = ["tab:blue" if depth <= 3 else "tab:orange" for depth in scores]
    right.bar(list(scores), list(scores.values()), color=colours)
    right.set(xlabel="depth of the tree", ylabel="variance explained", ylim=(0, 1.02))
    right.set_title("seen depths blue, deeper orange")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "tree").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(initial(rng), *examples(rng, 3, (1, 2))).source)
        return {}
    net, losses = train(rng, *((60, 5) if options.quick else (3000, 10)))
    scores = {}
    for depth in range(1, 7):
        scores[depth] = explained(net, *examples(rng, 300, (depth,)))
        target = ">= 0.99" if depth <= 3 else ">= 0.95"
        report(f"variance explained, depth {depth}", f"{scores[depth]:.4f}", target)
    draw(net, losses, scores, options.out)
    figures = {"seen": scores[3], "deep": scores[6]}
    return figures | {"ratio": float(np.mean(losses[-5:]) / np.mean(losses[:5]))}


if __name__ == "__main__":
    main()
