"""Loops that walk over elements: no length is asked for, no element read twice."""

import numpy as np

import dpc
from tests.oracle import assert_right

PAIRS = np.array([[0, 1], [1, 2], [2, 0]])
X = np.array([[0.3, -0.7], [1.1, 0.4], [-0.2, 0.9]])
W = np.array([0.6, -1.2])


def walked_both_ways(w, x, pairs):
    total = np.zeros_like(x)
    for a, b in pairs:
        total[a] += w * x[b]
        total[b] += w * x[a]
    return np.sum(total**2)


def counted_on_the_way_back(w, x, pairs):
    total = np.zeros_like(x)
    for k, (a, b) in enumerate(pairs):
        total[a] += w * x[b] * k
    return np.sum(total**2) * len(pairs)


def positive(w, x):
    total = 0.0
    h = x @ w
    for i in range(len(h)):
        if h[i] > 0.0:
            total += h[i]
    return total


def test_where_both_loops_walk() -> None:
    source = dpc.grad(walked_both_ways, branches="hard").specialize(W, X, PAIRS).source
    assert "for a, b in reversed(pairs):" in source
    assert "len(" not in source
    assert_right(walked_both_ways, W, X, PAIRS)


def test_where_one_of_them_counts() -> None:
    assert_right(counted_on_the_way_back, W, X, PAIRS)


def test_an_element_that_is_read_by_its_position_as_well() -> None:
    derivative = dpc.value_and_grad(positive, branches="hard")
    source = derivative.specialize(W, X).source
    assert "for i in range(count):\n        if h[i] > 0.0:" in source
    assert_right(positive, W, X)
