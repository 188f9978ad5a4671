"""Indices that only insert axes: the cotangent is read without them, not scattered."""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right

X = np.array([[0.7, -1.2, 0.4], [0.3, 0.9, -0.5]])
Y = np.array([[1.1, 0.3, -0.8], [0.6, -0.2, 1.4]])


def pairs(x, y):
    return np.sum(np.tanh(x[:, None] * y[None]))


def last(x, y):
    return np.sum(np.sin(np.sum(x[:, :, None] * y[:, None, :], axis=1)) * x)


def beyond(x, y):
    return np.sum(np.cos(x[..., None, :] * y[None, ..., None]))


def all_of_them(x, y):
    return np.sum(x[:] * y[...] + x[:, :] * x[()]) * np.sum(x[...])


def of_a_number(x, y):
    total = np.sum(x * y)
    return np.sum(np.exp(total[None] * np.sum(y, axis=1)[:, None])) + total[...]


def constant_cotangent(x, y):
    return np.sum(x[:, None]) + np.sum(y[None]) * 2.0 - np.sum(x)


def beside_a_slice(x, y):
    """One base is read whole, in part and at places."""
    part = x[:, 1:] * y[:, :2]
    return np.sum(x[:, None] * y[None]) * np.sum(part) + np.sum(x[[0, 0, -1]] ** 2)


def in_a_loop(x, y):
    for k in range(3):
        norm = np.sqrt(np.sum(x * x, axis=1))
        x = x / norm[:, None] + y[None, :, :][0] * x[..., None, :][:, 0] * k
    return np.sum(np.tanh(x))


def on_a_branch(x, y):
    total = 0.0
    for row in x:
        wide = row[None]
        if row[0] > 0.5:
            wide = wide[:, :, None]
            total = total + np.sum(wide[0] * y.T)
        else:
            total = total + np.sum(wide * y * row[None, :])
    return total


def written(x, y):
    """What is written through the view is written in what it is a view of."""
    x = x * y
    view = x[:, None]
    view += y[:, None] ** 2
    x[0] *= 2.0
    return np.sum(np.sin(view[:, 0]) * x)


def negated(x, y):
    weight = np.sum(x, axis=1)
    return np.sum(np.exp((y - weight[:, None]) * x))


def of_items(x, y):
    kept = [x[:, None], y[None]]
    first, second = kept
    return np.sum(first * second) + np.sum(kept[0] ** 2)


def named_index(x, y):
    at = (slice(None), None)
    return np.sum(np.sin(x[at] * y[at]) * x[None][:, 0])


PROGRAMS = (
    pairs,
    last,
    beyond,
    all_of_them,
    of_a_number,
    constant_cotangent,
    beside_a_slice,
    in_a_loop,
    on_a_branch,
    written,
    negated,
    of_items,
    named_index,
)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_gradient(program):
    assert_right(program, X, Y, wrt=(0, 1))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_axes_of_size_one(program):
    """What is broadcast along an axis of size 1 is summed over it."""
    assert_right(program, X[:1], Y[:1], wrt=(0, 1))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_second_derivative(program):
    slope = dpc.grad(program, wrt=0, branches="hard")

    def along(x, y):
        return np.sum(slope(x, y) * y)

    assert dpc.check_grad(along, X, Y, wrt=(0, 1), branches="hard") < 1e-5


def test_dtype_is_that_of_the_argument():
    gradient = dpc.grad(pairs, wrt=(0, 1))(X.astype(np.float32), Y)
    assert [bar.dtype for bar in gradient] == [np.float32, np.float64]


def test_gradients_share_no_memory():
    x_bar, y_bar = dpc.grad(all_of_them, wrt=(0, 1))(X, Y)
    assert not np.shares_memory(x_bar, y_bar)


def test_sum_is_written_without_the_axis():
    source = dpc.grad(last, wrt=(0, 1)).specialize(X, X.T @ Y).source
    assert "zeros_like" not in source and "keepdims" not in source


def test_product_that_stands_is_turned_not_taken_again():
    def product(a, b, w):
        c = a.T @ b
        return np.sum(np.tanh(c @ w)) + np.sum(np.tanh((b.T @ a) @ c))

    square = X.T @ Y
    derivative = dpc.grad(product, wrt=(0, 1, 2)).specialize(X, Y, square)
    lines = [line for line in derivative.source.splitlines() if "# " not in line]
    # Four to go, and two for each to go back.
    assert "".join(lines).count("@") == 12
    assert_right(product, X, Y, square, wrt=(0, 1, 2))
