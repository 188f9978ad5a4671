"""Differentiated values that are stored to arrays of integers, which round them.

Where it is known that an array holds integers, the derivative ends there. Where it is
not, the store is refused when it meets integers, and right when it meets floats.
"""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_pushed, assert_right

X = np.array([1.354, 2.43])
DIRECTION = np.array([0.5, -0.4])
WHOLE, REAL = [np.array([1, 2])], [np.array([1.0, 2.0])]


def stored(x, k):
    k = k.copy()
    k[0] = x[0] * 10
    return k[0] * x[1]


def taken_from_a_list(x):
    k = WHOLE[0].copy()
    k[0] = x[0] * 10
    return k[0] * x[1]


def taken_from_a_list_of_floats(x):
    k = REAL[0].copy()
    k[0] = x[0] * 10
    return k[0] * x[1]


def stored_where_it_is(x):
    k = WHOLE[0]
    k[0] = x[0] * 10
    return k[0] * x[1]


def added_to(x):
    k = WHOLE[0].copy()
    k[0] += x[0] * 10
    return k[0] * x[1]


def in_a_loop(x):
    k = WHOLE[0].copy()
    for i in range(2):
        k[i] = x[i] * 10
    return np.sum(k * x)


UNKNOWN = [taken_from_a_list, stored_where_it_is, added_to, in_a_loop]


@pytest.mark.parametrize("program", UNKNOWN)
def test_integers_that_were_not_expected_are_refused(program) -> None:
    reverse, forward = dpc.grad(program), dpc.pushforward(program)
    for variant in (reverse, reverse.generic):
        with pytest.raises(dpc.UnsupportedError, match="array of integers"):
            variant(X.copy())
    for variant in (forward, forward.generic):
        with pytest.raises(dpc.UnsupportedError, match="array of integers"):
            variant(X.copy(), tangents=(DIRECTION,))


def test_known_integers_end_the_derivative() -> None:
    assert dpc.grad(stored)(X, WHOLE[0]).tolist() == [0.0, 13.0]
    with pytest.raises(dpc.UnsupportedError, match=r"a\.astype\(float\)"):
        dpc.grad(stored).generic(X, WHOLE[0])


def test_floats_are_right() -> None:
    assert_right(stored, X, REAL[0])
    assert_pushed(stored, X, DIRECTION, REAL[0])
    assert_right(taken_from_a_list_of_floats, X)
    assert_pushed(taken_from_a_list_of_floats, X, DIRECTION)


def from_the_argument(x):
    y = x * 2
    z = np.zeros_like(y)
    z[0] = y[1]
    y[1:] = z[0]
    return np.sum(y * z)


def test_nothing_is_asked_of_what_comes_from_the_argument() -> None:
    assert "require_floats" not in dpc.grad(from_the_argument).source
    assert "require_floats" not in dpc.pushforward(from_the_argument).source
    assert "require_floats" not in dpc.grad(stored).specialize(X, REAL[0]).source
