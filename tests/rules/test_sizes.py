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


def test_symbolic_bounds_have_the_size_that_their_symbol_means() -> None:
    """Of `n` and `m` elements, cut where sums and multiples of sizes say."""
    bounds = (None, 0, 2, "n", "2*n", "3*n", "m", "n+m", "n-1", "(n-1)", -1)
    known_ones = 0
    for whole, lo, hi in itertools.product(("3*n", "n+m", "m"), bounds, bounds):
        size = sizes.sliced(whole, lo, hi, None)
        for n, m in itertools.product(range(4), range(5)):
            length, *cut = (of(text, n, m) for text in (whole, lo, hi))
            found = of(size, n, m)
            assert found in (None, len(range(length)[slice(*cut)])), (whole, lo, hi)
            known_ones += found is not None
    assert known_ones > 1900


def of(size: F.Dim, n: int, m: int) -> int | None:
    """The value of an integer in `n` and `m`, which may be negative; None if opaque."""
    if size is None or isinstance(size, int):
        return size
    if size[0] != "(" and "part" not in size and "min" not in size:
        return int(eval(size, {"n": n, "m": m}))
    return known.measured(size.replace("n", f"n{n}").replace("m", f"n{m}"))


def test_parts_of_three_gates_are_equal() -> None:
    r, z = (sizes.sliced("2*n", *cut, None) for cut in ((None, "n"), ("n", None)))
    both = sizes.sliced("3*n", None, "2*n", None)
    assert both == "2*n"
    assert r == z == sizes.sliced("3*n", "2*n", None, None) == "n"
    assert sizes.smaller("n", "3*n") == "n"
    assert sizes.sliced("m", None, "n", None) not in ("m", "n")


def test_a_quotient_of_integers_is_exact_or_opaque() -> None:
    assert sizes.floored("4*n", 2) == "2*n"
    assert sizes.floored("6*n", "n") == 6
    assert sizes.floored("n", 2) == "(n//2)"
    assert sizes.floored(7, 2) == 3
    assert sizes.floored("n", 0) is None
    assert not sizes.at_most(0, sizes.floored("n-1", 2))  # of no elements, -1
