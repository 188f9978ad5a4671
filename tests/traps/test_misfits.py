"""Sizes that do not fit: the primal raises, and so does its derivative.

The value that cannot be computed is one that no adjoint needs.
"""

import numpy as np
import pytest

import dpc


def added(x, y):
    return np.sum(x + y)


def multiplied(x, y):
    return x @ y


def selected(x, y):
    return np.sum(np.where(x > 0, x, y))


def stored(x, y):
    z = np.zeros_like(x)
    z[:] = y
    return np.sum(z) + np.sum(x)


def updated(x, y):
    z = np.zeros_like(x)
    z += y
    return np.sum(z) + np.sum(x)


def named(x, y):
    z = np.maximum(x, y)
    return np.sum(z)


PROGRAMS = [added, multiplied, selected, stored, updated, named]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("wrt", [0, 1])
def test_what_does_not_fit_raises(program, wrt):
    x, y = np.ones(4), np.ones(7)
    derivative = dpc.grad(program, wrt=wrt, branches="hard")
    with pytest.raises(ValueError) as expected:
        program(x, y)
    with pytest.raises(ValueError) as raised:
        derivative(x, y)
    assert str(raised.value).rstrip() == str(expected.value).rstrip()
    # The same variant serves what fits.
    again = derivative(x, np.ones(4))
    assert again.tolist() == derivative.generic(x, np.ones(4)).tolist()


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_fits_is_not_computed_for_nothing(program):
    derivative = dpc.grad(program, branches="hard")
    source = derivative.specialize(np.ones(4), np.ones(4)).source
    for unneeded in ("x + y", "x @ y", "z[:]", "z += y"):
        assert unneeded not in source
