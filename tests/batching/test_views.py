"""Stores through views over a batch: as in each row, or refused."""

import numpy as np
import pytest

import dpc

ROWS = np.random.default_rng(0).normal(size=(3, 4, 5))
SLOPES = np.arange(20.0).reshape(4, 5)


def through_another_shape(m):
    a = m * 1.0
    flat = a.reshape(-1)
    flat[3:7] = flat[:4] ** 2
    return np.sum(a * SLOPES)


def through_the_argument(m):
    flat = np.ravel(m)
    flat[3:7] = flat[:4] ** 2
    return np.sum(m * SLOPES)


def through_the_diagonal(m):
    a = m[:, :4] * 1.0
    diagonal = np.einsum("ii->i", a)
    diagonal *= 2
    return np.sum(a * a)


PROGRAMS = (through_another_shape, through_the_argument, through_the_diagonal)


@pytest.mark.parametrize("function", PROGRAMS)
@pytest.mark.parametrize("derived", [False, True])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_stores_through_views(function, derived, axis):
    """The axis in the middle leaves no row contiguous: another shape is a copy."""
    run = dpc.grad(function, branches="hard") if derived else function
    expected = np.stack([run(row.copy()) for row in ROWS])
    whole = np.ascontiguousarray(np.moveaxis(ROWS, 0, axis))
    try:
        found = dpc.batch(run, in_axes=axis)(whole)
    except dpc.UnsupportedError:
        assert axis == 1 or function is through_the_diagonal
        return
    np.testing.assert_allclose(found, expected, 1e-12)
