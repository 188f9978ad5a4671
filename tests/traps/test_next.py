"""`next`: the first element of an iterator or that passes a test, or a default."""

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.oracle import assert_right

X = np.array([0.5, 2.0, -1.0, 3.0])


def first_of_an_array(x):
    values = iter(x)
    start = next(values) * x[1]
    return start**2


def first_of_pairs(x):
    a, b = next(zip(x, x[2:]))
    return a * b**2


def first_of_a_dict(x):
    values = {"a": x[0] * 2, "b": x[1]}
    return next(iter(values.values())) ** 2


def first_that_passes(x):
    return next(v for v in x if v > 1) ** 3


def first_that_is_mapped(x):
    return next(map(lambda v: v * x[1], x)) ** 2


def first_that_is_kept(x):
    return next(filter(lambda v: v > 2.5, x)) * x[0]


def place_of_the_first(x):
    k = next(i for i, v in enumerate(x) if v < 0)
    return x[k] ** 2 * x[k - 1]


def with_a_default(x):
    return next((v * x[0] for v in x if v > 10), x[1]) ** 2


def where_the_default_is_not_used(x):
    return next((v * x[0] for v in x if v > 1), 0.0) ** 2


def first_of_nothing(x):
    return next(iter([]), x[0]) ** 2


def reversed_from_the_end(x):
    return next(v for v in reversed(x) if v < 2.5) ** 2


def in_a_loop(x):
    total = 0.0
    for bound in (0.0, 1.0, 2.5):
        total += next(v for v in x if v > bound) * x[2]
    return total


@pytest.mark.parametrize(
    "program",
    [
        first_of_an_array,
        first_of_pairs,
        first_of_a_dict,
        first_that_passes,
        first_that_is_mapped,
        first_that_is_kept,
        place_of_the_first,
        with_a_default,
        where_the_default_is_not_used,
        first_of_nothing,
        reversed_from_the_end,
        in_a_loop,
    ],
)
def test_the_first(program) -> None:
    assert_right(program, X)
    assert_modes_agree(program, X)


def test_the_first_of_an_array_is_read_as_such() -> None:
    source = dpc.grad(first_of_an_array).specialize(X).source
    assert "= x[0]" in source
    assert "for i" not in source


def none_passes(x):
    return next(v for v in x if v > 10)


def test_where_none_passes_it_raises_as_python_does() -> None:
    with pytest.raises(StopIteration):
        none_passes(X)
    for variant in (dpc.grad(none_passes).generic, dpc.grad(none_passes)):
        with pytest.raises(StopIteration):
            variant(X)


def one_and_the_rest(x):
    values = iter(x)
    total = next(values)
    for value in values:
        total = total * value
    return total


def test_what_goes_on_is_refused() -> None:
    with pytest.raises(dpc.UnsupportedError, match="in more than one place"):
        dpc.grad(one_and_the_rest)
