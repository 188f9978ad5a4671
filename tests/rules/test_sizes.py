"""Sizes as strings: equal strings are equal sizes, for every size down to zero."""

import itertools

import numpy as np
import pytest

from dpc.ir import facts as F
from dpc.rules import sizes
from tests.rules import known

BOUNDS = (None, 0, 1, 2, 3, -1, -2, -3)


def valued(size: F.Dim, n: int) -> int | None:
    """The size that a symbol stands for where `n` has this value."""
    assert size is not None
    return known.measured(str(size).replace("n", f"n{n}"))


def test_slices_have_the_size_that_their_symbol_means() -> None:
    for lo, hi, step in itertools.product(BOUNDS, BOUNDS, (None, 1, 2, -1, -2)):
        size = sizes.sliced("n", lo, hi, step)
        for n in range(6):
            expected = len(range(n)[lo:hi:step])
            assert valued(size, n) in (None, expected), (size, n)
            assert sizes.sliced(n, lo, hi, step) == expected


def test_slices_of_slices_have_the_size_that_their_symbol_means() -> None:
    bounds = tuple(itertools.product(BOUNDS[:6], BOUNDS))
    for first, second in itertools.product(bounds, bounds[::5]):
        inner = sizes.sliced("n", *first, None)
        size = sizes.sliced(inner, *second, None)
        for n in range(5):
            expected = len(range(n)[slice(*first)][slice(*second)])
            assert valued(size, n) in (None, expected), (first, second, size, n)


def test_slices_that_a_stencil_takes_are_equal() -> None:
    inner = sizes.sliced("n", 1, -1, None)
    assert (
        inner == sizes.sliced("n", 2, None, None) == sizes.sliced("n", None, -2, None)
    )
    assert inner == sizes.as_size("n-2") == "(n-2)"


def test_arithmetic_has_one_normal_form() -> None:
    assert sizes.plus("n", "m") == sizes.plus("m", "n")
    assert sizes.times("n", "m") == sizes.times("m", "n") == "m*n"
    assert sizes.minus(sizes.plus("n", 3), 3) == "n"
    assert sizes.plus("n", "n") == sizes.times(2, "n")
    assert sizes.times(sizes.plus("n", 1), "m") == sizes.plus(
        sizes.times("m", "n"), "m"
    )
    assert sizes.quotient(sizes.times("n", "m"), "n") == "m"
    assert sizes.quotient(sizes.times("n", 6), 3) == sizes.times("n", 2)
    assert sizes.minus("n", "n") == 0


def test_the_parts_of_an_axis_add_up() -> None:
    for k in (1, 2, 3):
        left, right = sizes.sliced("n", None, k, None), sizes.sliced("n", k, None, None)
        assert sizes.plus(left, right) == "n"
        left, right = (
            sizes.sliced("n", None, -k, None),
            sizes.sliced("n", -k, None, None),
        )
        assert sizes.plus(left, right) == "n"


def test_rows_of_two_are_as_many_as_every_second_element() -> None:
    assert sizes.quotient("n", 2) == sizes.sliced("n", None, None, 2)


def test_a_size_that_was_cut_off_at_zero_does_not_cancel() -> None:
    """One element of none, and two more: three is wrong."""
    cut = sizes.sliced("n", 2, None, None)
    assert sizes.plus(cut, 2) != "n"


@pytest.mark.parametrize("size", ("n", "(n-2)", "m*n", "2*n+1", 7, 0))
def test_nothing_is_known_of_sums_with_what_is_not_known(size: F.Dim) -> None:
    assert sizes.plus(size, None) is None
    assert sizes.times(None, size) is None
    assert sizes.minus(size, None) is None
    assert sizes.sliced(None, 1, None, None) is None
    assert sizes.smaller(size, size) == size


def test_products_of_shapes() -> None:
    for shape in ((), (2,), (2, 3), (0, 4)):
        assert sizes.product(shape) == int(np.prod(shape))
    assert sizes.product(("n", 2, "m")) == sizes.times("m", sizes.times("n", 2))
