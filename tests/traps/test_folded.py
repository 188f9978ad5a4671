"""Algebra on what has been computed uses what it was computed from, if that still is.

`-(-y)` is `y`, and `3 * y + 3 * y` is `2 * (3 * y)`, only where `y` has not been
written in between.
"""

import numpy as np
import pytest

from tests.oracle import assert_pushed, assert_right

POINT = np.array([0.3, -0.7, 1.1, 0.6])
DIRECTION = np.array([0.2, 0.5, -0.4, 1.2])


def negated_twice(x):
    y = x * x
    negative = -y
    z = -negative
    y *= 2
    return np.sum(z * y)


def the_same_product_before_and_after(x):
    y = x * 1
    before = 3 * y
    y[0] = 0
    after = 3 * y
    return np.sum((before + after) * x)


def differences_before_and_after(x):
    y = x * 1
    a, b = 3 * y, y - x
    y[0] = 0
    c, d = 3 * y, y - x
    return np.sum((a - c) * (b + d))


def minus_the_negative(x):
    y = x * 1
    z = -y
    y *= x
    return np.sum(-z * y) + np.sum(y - z)


def elements(x):
    y = x * 1
    total = x.sum()
    a = y[0] * total
    y[0] *= total
    b = y[0] * total
    return a + b - (a - b) * 3


def products_of_matrices(x):
    y = np.outer(x, x)
    a = (y.T @ x).T
    y[0] = x
    b = (y.T @ x).T
    return np.sum(a - b) + np.sum(a * b)


PROGRAMS = [
    negated_twice,
    the_same_product_before_and_after,
    differences_before_and_after,
    minus_the_negative,
    elements,
    products_of_matrices,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_right(program) -> None:
    assert_right(program, POINT)
    assert_pushed(program, POINT, DIRECTION)
