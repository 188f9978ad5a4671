"""Gradients of relaxed tests whose branches may fail, over a batch."""

import numpy as np
import pytest

import dpc

X = np.array([[0.3, 0.8], [-0.2, 0.5], [0.6, -0.1], [0.15, 0.9], [30.0, 1.0]])


def logarithms(x):
    if np.sum(x) > 0:
        y = np.log(x)
    else:
        y = x * 2
    return np.sum(y)


def quotients(x):
    if x[0] > 0.1:
        y = x / x[1]
    else:
        y = np.zeros(2)
    return np.sum(y * y)


def stored(x):
    y = x.copy()
    if x[0] > 0.1:
        y[0] = np.log(x[1])
    return np.sum(y * y)


def solutions(x):
    a = np.array([[x[0], 1.0], [1.0, x[1]]])
    z = np.linalg.solve(a, x) if x[0] > 0.3 else x
    return np.sum(z * z)


@pytest.mark.parametrize("f", [logarithms, quotients, stored, solutions])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_as_row_by_row(f):
    compiled = dpc.value_and_grad(f, temperature=0.5, branches="soft")
    rows = [compiled(row.copy()) for row in X]
    values, gradients = dpc.batch(compiled)(X.copy())
    np.testing.assert_allclose(values, [value for value, _ in rows], 1e-14)
    np.testing.assert_allclose(gradients, [slope for _, slope in rows], 1e-14, 1e-15)


def inner(x, c):
    total = 0.0
    for i in range(2):
        if x[i] > c:
            total = total + x[i]
        else:
            total = total + c
    return total


def slope_at(x, c):
    return dpc.grad(inner, wrt="c", branches="soft")(x, c)


def test_a_tape_that_holds_one_value_twice():
    # Over rows a weight of a branch and what is left of it are one value.
    compiled = dpc.grad(slope_at, wrt="c", branches="hard")
    c = np.linspace(0.2, 0.6, len(X))
    rows = [compiled(row.copy(), number) for row, number in zip(X, c, strict=True)]
    found = dpc.batch(compiled, in_axes=(0, 0))(X.copy(), c)
    np.testing.assert_allclose(found, rows, 1e-13)
