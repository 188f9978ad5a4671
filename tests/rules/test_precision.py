"""Arrays of single and of double precision in one call."""

import numpy as np
import pytest

import dpc

X = np.array([0.3, -1.2, 0.8], np.float32)
Y = np.array([-0.7, 0.45, 1.1])
PLACES = np.array([0, 2, 2])


def raised(x, y):
    w = x * 1
    np.maximum.at(w, PLACES, y)
    return np.sum(w * w)


def lowered(x, y):
    w = x * 1
    np.minimum.at(w, PLACES, y)
    return np.sum(w * w)


def joined(x, y):
    return np.sum(np.block([[x, x[:1]], [y, y[:1]]]) ** 2)


@pytest.mark.parametrize("f", [raised, lowered, joined])
def test_what_is_rounded_on_the_way_is_found_again(f):
    derivative = dpc.grad(f, wrt=(0, 1))
    wanted = derivative(X.astype(float), Y)
    for found in (derivative(X, Y), derivative.generic(X, Y)):
        for bar, other, like in zip(found, wanted, (X, Y), strict=True):
            np.testing.assert_allclose(bar, other, 1e-6)
            assert bar.dtype == like.dtype
    _, dot = dpc.jvp(f, (X, Y), (X, Y))
    slope = np.sum(wanted[0] * X) + np.sum(wanted[1] * Y)
    np.testing.assert_allclose(dot, slope, 1e-6)
