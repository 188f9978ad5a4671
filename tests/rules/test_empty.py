"""Arrays of no elements have gradients of none, wherever the primal takes them."""

import numpy as np
import pytest

import dpc

pytestmark = pytest.mark.filterwarnings("ignore")


def largest(x, a):
    return np.max(x, initial=a)


def lowest_of_rows(x, a):
    return np.sum(np.amin(x, axis=-1, initial=a, keepdims=True))


def largest_number(x, a):
    return np.sum(np.nanmax(x, axis=-1, initial=a))


def by_method(x, a):
    return x.min(initial=a)


def reduced(x, a):
    return np.sum(np.maximum.reduce(x, axis=-1, initial=a))


def chosen(x, a):
    return np.sum(np.max(x, axis=-1, where=x > 0.0, initial=a))


@pytest.mark.parametrize(
    "f", [largest, lowest_of_rows, largest_number, by_method, reduced, chosen]
)
@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_an_extremum_of_nothing_is_what_it_starts_with(f, shape):
    x = np.zeros(shape)
    counts = 1 if f in (largest, by_method) or len(shape) == 1 else 3
    x_bar, a_bar = dpc.grad(f, wrt=(0, 1))(x, 2.0)
    assert x_bar.shape == shape
    assert a_bar == counts
    assert dpc.jvp(f, (x, 2.0), (x, 1.0)) == (2.0 * counts, counts)


def test_all_that_is_left_out_is_what_it_starts_with():
    x_bar, a_bar = dpc.grad(chosen, wrt=(0, 1))(np.array([[-1.0], [3.0]]), 2.0)
    np.testing.assert_array_equal(x_bar, [[0], [1]])
    assert a_bar == 1
