"""Cotangents of operands that were broadcast: summed where they must be, only there.

The generic program knows no shape, so what it spreads and sums it decides by how values
were made; the variants know ranks and ones.
"""

import itertools

import numpy as np
import pytest

import dpc
from tests import differences
from tests.oracle import assert_right

SHAPES = [(), (1,), (3,), (1, 3), (2, 1), (2, 3), (1, 1), (4, 1, 3), (4, 2, 1), (0, 3)]


def product(x, k, c):
    return np.sum(x * k * c)


def chain(x, k, c):
    y = x * k
    return np.sum(np.tanh(y) * c + 2 * y / (1 + k * k))


def shared(x, k, c):
    y = x * k
    return np.sum(y * np.exp(-y) * (x + c))


def power(x, k, c):
    return np.sum(np.sum((1.5 + x**2) ** k, axis=0) * c)


def chosen(x, k, c):
    return np.sum(np.where(x > k, x * k, x - 3 * k) * np.maximum(c, x))


def lengths(x, k, c):
    """Stacks of as many rows as a loop makes: a size that no variant knows."""
    rows = []
    for i in range(3):
        rows.append(x * (i + k))
    stack = np.stack(rows)
    return np.sum(np.sum(stack / np.sqrt(1 + np.sum(stack**2)), axis=0) * c)


def broadcast(*shapes):
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


CASES = [
    (x, k, c)
    for x, k in itertools.product(SHAPES, SHAPES)
    for c in [(), (3,), (2, 1)]
    if broadcast(x, k, c) is not None
]


@pytest.mark.parametrize("f", [product, chain, shared, power, chosen, lengths])
def test_gradients_have_the_shapes_of_operands(f):
    derivative = dpc.grad(f, wrt=(0, 1, 2), branches="hard")
    rng = np.random.default_rng(0)
    for shapes in CASES[:: 1 if f is product else 3]:
        args = [rng.uniform(0.3, 1.5, size=shape) for shape in shapes]
        found = derivative(*args)
        for part, arg in zip(found, args, strict=True):
            assert np.shape(part) == arg.shape, shapes
        for one, other in zip(found, derivative.generic(*args), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
        by_differences = differences.gradient(f, tuple(args), wrt=(0, 1, 2)).gradient
        for part, other in zip(found, by_differences, strict=True):
            np.testing.assert_allclose(part, other, rtol=1e-6, atol=1e-7)


def pooled(table, w, tokens):
    e = table[tokens]
    q, k, v = np.split(e @ w, 3, axis=1)
    return np.sum((dpc.softmax(q @ k.T, axis=1) @ v) ** 2)


def test_the_parts_of_an_array_together_have_its_shape():
    rng = np.random.default_rng(0)
    tokens = np.array([0, 3, 3, 6, 1])
    args = rng.normal(size=(7, 4)), rng.normal(size=(4, 9)), tokens
    assert_right(pooled, *args, wrt=(0, 1))
    source = dpc.grad(pooled, wrt=(0, 1), branches="hard").specialize(*args).source
    for helper in ("full_like", "gradient(", "np.add.at"):
        assert helper not in source
