"""Partials that are truth values: factors, never summands, and never negated."""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right

X = np.array([0.7, -0.4, 1.3])


def hinge(x):
    return np.maximum(x, 0.0)


@dpc.rule(hinge, elementwise=True)
def hinge_rule(x, *, out):
    return x > 0


def negated(x, c):
    return dpc.relu(c - x).sum() + dpc.relu(x - c).sum() - dpc.relu(-c)


def difference_of_two(x, c):
    total = 0.0
    for v in x:
        total = total + dpc.relu(v) - dpc.relu(v + c)
    return total * c


def sum_behind_a_selection(x, c):
    return np.where(x > -5, dpc.relu(x) + dpc.relu(x + c), 0.0).sum()


def sum_behind_a_maximum(x, c):
    return np.maximum(dpc.relu(x) + dpc.relu(x + c), 0.1).sum()


def difference_behind_a_clip(x, c):
    return np.clip(dpc.relu(x) - 3 * dpc.relu(x + c), -5.0, 5.0).sum()


def of_a_rule(x, c):
    y = np.where(x > -5, hinge(x) + hinge(x + c), 0.0)
    return y.sum() - hinge(-x).sum()


def of_numbers(x, c):
    return hinge(-c) + hinge(c - x[0]) - hinge(x[1] - c) - max(x[2], c)


PROGRAMS = [
    negated,
    difference_of_two,
    sum_behind_a_selection,
    sum_behind_a_maximum,
    difference_behind_a_clip,
    of_a_rule,
    of_numbers,
]


@pytest.mark.parametrize("c", [0.6, np.float64(0.6)])
@pytest.mark.parametrize("f", PROGRAMS)
def test_gradients(f, c):
    assert_right(f, X, c, wrt=(0, 1))


def test_a_bare_truth_is_a_number():
    assert dpc.grad(lambda x: dpc.relu(x))(2.0) == 1.0
    found = dpc.grad(lambda x: np.sum(dpc.relu(x)))(X)
    np.testing.assert_array_equal(found, [1.0, 0.0, 1.0])
