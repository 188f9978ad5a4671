"""The functions that generated code calls on arrays."""

import math
import operator
from itertools import product
from typing import Any

import numpy as np
import pytest

import dpc.runtime as runtime

SHAPES = ((), (1,), (3,), (2, 3), (1, 3), (2, 1), (2, 1, 3), (0,), (0, 3))


def pairs() -> list[tuple[Any, Any]]:
    """Shapes that broadcast to the first of the two."""
    found = []
    for whole, part in product(SHAPES, SHAPES):
        try:
            if np.broadcast_shapes(whole, part) == whole:
                found.append((whole, part))
        except ValueError:
            continue
    return found


@pytest.mark.parametrize(("whole", "part"), pairs())
def test_unbroadcast_is_the_adjoint_of_broadcasting(whole: Any, part: Any) -> None:
    rng = np.random.default_rng(1)
    g, x = rng.normal(size=whole).astype(np.float32), np.ones(part, np.float32)
    found = runtime.unbroadcast(g, x)
    assert np.shape(found) == part and found.dtype == np.float32
    spread = runtime.full_like(found, g)
    assert np.shape(spread) == whole
    np.testing.assert_allclose(np.sum(found), np.sum(g), rtol=1e-4, atol=1e-6)


def test_unbroadcast_to_numbers_and_lists() -> None:
    g = np.arange(6.0).reshape(2, 3)
    assert runtime.unbroadcast(g, 2.0) == 15
    assert runtime.unbroadcast(2.5, 1.0) == 2.5
    rows = runtime.unbroadcast(g, [1.0, 2.0, 3.0])
    assert isinstance(rows, list) and rows == [3, 5, 7]


def test_unbroadcast_takes_the_real_part_for_real_operands() -> None:
    g = np.array([1 + 2j, 3 - 1j])
    np.testing.assert_array_equal(runtime.unbroadcast(g, np.ones(2)), [1, 3])
    np.testing.assert_array_equal(runtime.unbroadcast(g, np.ones(2, complex)), g)
    assert runtime.unbroadcast(2 + 1j, 1.0) == 2.0


def test_full_like_of_a_number_has_the_dtype_of_the_array() -> None:
    found = runtime.full_like(0.5, np.ones((2, 3), np.float32))
    assert found.dtype == np.float32 and found.shape == (2, 3)
    assert runtime.full_like(0.5, 3.0) == 0.5
    assert not found.flags.writeable


@pytest.mark.parametrize("axis", (None, 0, 1, -1, (0, 1), (0, -1)))
@pytest.mark.parametrize("keepdims", (False, True))
def test_unreduce_undoes_the_shape_of_a_reduction(axis: Any, keepdims: bool) -> None:
    x = np.arange(6.0).reshape(2, 3)
    g = np.sum(x, axis=axis, keepdims=keepdims)
    found = runtime.unreduce(g, x, axis, keepdims)
    wanted = np.broadcast_to(np.sum(x, axis=axis, keepdims=True), (2, 3))
    np.testing.assert_array_equal(found, wanted)


def test_unreduce_of_numbers_and_lists() -> None:
    assert runtime.unreduce(2.0, 1.5) == 2.0
    assert runtime.unreduce(2.0, [1.0, 2.0]) == [2.0, 2.0]
    ((a, b),) = runtime.unreduce(np.float64(2.0), [(1.0, 2.0)])
    assert (a, b) == (2.0, 2.0)


def test_masked_hides_what_is_not_finite_where_nothing_flows() -> None:
    g, partial = np.array([0.0, 2.0, 0.0]), np.array([np.inf, 3.0, np.nan])
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(runtime.masked(g, partial), [0, 6, 0])
    assert runtime.masked(0.0, math.inf) == 0.0
    assert runtime.masked(1.0, math.inf) == math.inf


def test_a_count_is_that_of_the_elements_taken_together() -> None:
    x = np.ones((2, 3, 4))
    counts = [runtime.count_along(x, axis) for axis in (None, 0, -1, (0, 2))]
    assert counts == [24, 2, 4, 8]
    assert runtime.count_along(1.5) == 1 and runtime.count_along([1.0, 2.0]) == 2


@pytest.mark.parametrize("name", "add sub mul truediv floordiv mod pow matmul".split())
def test_augmented_assignment_writes_arrays_and_rebinds_numbers(name: str) -> None:
    function = getattr(runtime, f"i{name}")
    plain = getattr(operator, name)
    x, y = np.full((2, 2), 3.0), np.full((2, 2), 2.0)
    wanted = plain(x, y)
    assert function(x, y) is x
    np.testing.assert_array_equal(x, wanted)
    if name != "matmul":
        assert function(3.0, 2.0) == plain(3.0, 2.0)


@pytest.mark.parametrize("name", "and or xor lshift rshift".split())
def test_augmented_bit_operations(name: str) -> None:
    plain = getattr(operator, f"i{name}")
    assert getattr(runtime, f"i{name}")(6, 3) == plain(6, 3)


def test_lists_grow_in_place() -> None:
    items = [1]
    assert runtime.iadd(items, [2]) is items and items == [1, 2]


@pytest.mark.parametrize(
    ("a", "b", "quotient", "ratio"),
    [
        (1.0, 2.0, 0.5, 0.5),
        (1.0, 0.0, math.inf, 0.0),
        (-1.0, 0.0, -math.inf, 0.0),
        (1.0, -0.0, -math.inf, 0.0),
        (0.0, 0.0, math.nan, 0.0),
        (math.nan, 0.0, math.nan, 0.0),
    ],
)
def test_division_of_floats_is_that_of_arrays(
    a: float, b: float, quotient: float, ratio: float
) -> None:
    np.testing.assert_equal(runtime.quotient(a, b), quotient)
    np.testing.assert_equal(runtime.ratio(a, b), ratio)
    with np.errstate(all="ignore"):
        arrays = np.array([a]), np.array([b])
        np.testing.assert_array_equal(runtime.quotient(*arrays), [quotient])
        np.testing.assert_array_equal(runtime.ratio(*arrays), [ratio])


BASES = (0.0, 0.5, 1.0, 2.0, -2.0, 1e-200)
EXPONENTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, -1.0, -0.5)


@pytest.mark.parametrize(("x", "y"), list(product(BASES, EXPONENTS)))
def test_powers_of_floats_are_those_of_arrays(x: float, y: float) -> None:
    with np.errstate(all="ignore"):
        for name in ("power", "power_slope"):
            function = getattr(runtime, name)
            whole = function(np.array([x]), np.array([y]))[0]
            np.testing.assert_allclose(function(x, y), whole, rtol=1e-14)
        out = runtime.power(x, y)
        whole = runtime.power_log(np.array([x]), np.array([out]))[0]
        np.testing.assert_allclose(runtime.power_log(x, out), whole, rtol=1e-14)
