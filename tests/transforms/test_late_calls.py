"""Functions that are compiled when they are reached: only what varies is followed."""

from dataclasses import dataclass

import numpy as np

import dpc
from dpc import pullback
from dpc.arguments import varies
from dpc.ir.gradients import has_floating_leaf
from dpc.signature import Symbols, fact_of


@dataclass
class Tree:
    value: float
    left: "Tree | None" = None
    right: "Tree | None" = None


def folded(w, tree):
    if tree is None:
        return w[0]
    return np.tanh(w[1] * folded(w, tree.left) + w[2] * folded(w, tree.right)) + (
        tree.value * w[0]
    )


def loss(w, trees):
    total = 0.0
    for tree in trees:
        total = total + folded(w, tree) ** 2
    return total


W = np.array([0.4, -0.7, 0.9])
TREES = [Tree(0.3, Tree(-0.2), Tree(0.8, None, Tree(0.1))), Tree(-0.5)]


def test_a_constant_argument_is_not_differentiated():
    gradient = dpc.grad(loss, branches="hard")
    assert "vjp_wrt(" in gradient.specialize(W, TREES).source
    assert dpc.check_grad(gradient, W, TREES) < 1e-7


def test_what_varies_only_in_a_part_is_differentiated():
    gradient = dpc.grad(loss, wrt=("w", "trees"), branches="hard")
    assert "vjp_wrt(" not in gradient.specialize(W, TREES).source
    assert dpc.check_grad(gradient, W, TREES) < 1e-7


def test_what_can_vary_is_what_has_a_floating_leaf():
    cyclic: list = [1]
    cyclic.append(cyclic)
    values = [
        1.0,
        1,
        True,
        None,
        "x",
        1j,
        np.float32(1.0),
        np.int64(1),
        np.ones(2),
        np.ones(2, int),
        np.ones((0, 3)),
        np.array(["x"]),
        np.array([1.0, None]),
        (1, 2.0),
        [],
        {},
        [1, 2],
        [1] * 20,
        [1.0] * 20,
        {"a": 1, "b": [np.ones(1)]},
        {1: 2.0},
        {1: 2},
        TREES[0],
        Tree(1, None, None),
        cyclic,
        np.ones,
        range(3),
        slice(1.0),
    ]
    for value in values:
        assert varies(value) == has_floating_leaf(fact_of(value, Symbols())), value


def grown(rng, depth):
    if depth == 0 or rng.random() < 0.2:
        return None
    return Tree(float(rng.normal()), grown(rng, depth - 1), grown(rng, depth - 1))


def test_trees_of_many_shapes_need_few_variants():
    """What a tree is made of is looked at one level deep, at every level anew."""
    rng = np.random.default_rng(0)
    trees = [grown(rng, 4) for _ in range(25)]
    for wrt in ("w", ("w", "trees")):
        gradient = dpc.grad(loss, wrt=wrt, branches="hard")
        assert dpc.check_grad(gradient, W, trees) < 1e-6
    kept = pullback._KEPT[folded].values()
    # None, or a node with none or something on either side.
    assert kept and all(len(derived._variants) <= 5 for derived in kept)
