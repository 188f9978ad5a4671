"""What nothing writes may be read in the line that uses it, past other stores."""

import itertools

import numpy as np

import dpc
from tests.oracle import assert_right

X = np.array([[0.3, 1.2], [-0.7, 0.4], [1.1, -0.9]])


def distances(x):
    total = 0.0
    for i, j in itertools.combinations(range(len(x)), 2):
        total += np.sum((x[i] - x[j]) ** 2) ** 1.5
    return total


def written_between(x):
    total = 0.0
    for i in range(2):
        d = x[i] - x[i + 1]
        total += np.sum(d**3)
        d *= 2
        x[i] = d
        total += np.sum(d * x[i + 1])
    return total


def test_an_array_is_taken_off_where_its_negative_is_added():
    source = dpc.grad(distances).specialize(X).source
    assert "x_bar[i] -= " in source or "x_bar[j] -= " in source
    assert " = -" not in source
    assert_right(distances, X)


def test_what_is_written_meanwhile_is_read_before():
    assert_right(written_between, X)


def gradient_within(x):
    value, pull = dpc.vjp(lambda v: np.sum(v**3), x)
    (slope,) = pull(value)
    kept = slope * 1
    slope[0] = 2.0
    return np.sum(kept * slope)


def test_a_gradient_that_is_written_is_read_before():
    assert_right(gradient_within, X[:, 0])
