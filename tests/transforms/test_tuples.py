"""Tuples that grow, hold numbers of two kinds, or go round a loop."""

import numpy as np

import dpc
from tests import differences
from tests.oracle import assert_right

X = np.array([0.7, -1.2, 0.4, 1.9, -0.3])


def tuple_grown(x):
    t = ()
    for v in x:
        t = (v * v,) + t
    return sum(p * q for p, q in zip(t[1:], t, strict=False))


def test_a_tuple_of_any_length_is_one_of_numbers():
    assert_right(tuple_grown, X)
    pushed = dpc.pushforward(tuple_grown, branches="hard").specialize(X)
    assert "runtime" not in pushed.source

    def slope(x):
        return dpc.jvp(tuple_grown, (x,), (x * x,), branches="hard")[1]

    expected = differences.gradient(slope, (X,)).gradient
    differences.assert_close(dpc.grad(slope, branches="hard")(X), expected)


def number_in_a_tuple(a, x):
    t = (a, x[0], x[2])
    return sum(p * q for p, q in zip(t[1:], t, strict=False))


def test_the_gradient_of_a_float_in_a_tuple_is_a_float():
    """Though the adjoint of the tuple, to which a loop adds, holds NumPy's numbers."""
    found = dpc.grad(number_in_a_tuple, branches="hard")(0.8, X)
    assert type(found) is float and found == X[0]


def float_gone_round(a, x):
    best = (x, 0.5)
    for v in [0.3, 0.7]:
        best = (best[0] * v, best[1] + v * a)
    return np.sum(best[0]) * best[1]


def test_the_gradient_of_a_float_that_goes_round_is_a_float():
    """Though what comes round in the backward sweep began as a number of NumPy's."""
    found = dpc.grad(float_gone_round, branches="hard")(0.8, X)
    assert type(found) is float
    np.testing.assert_allclose(found, np.sum(X) * 0.21)
