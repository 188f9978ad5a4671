"""Builtins over iterables that say what has to fit: `zip(strict=True)`, `dict`."""

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.oracle import assert_right

X = np.array([0.3, -0.7, 1.9])


def paired(x, y):
    return sum(a * b for a, b in zip(x, y, strict=True))


def tripled(x, y):
    total = 0.0
    for a, b, i in zip(x, list(y), range(3), strict=True):
        total = total + a * b * i
    return total


@pytest.mark.parametrize("program", [paired, tripled])
def test_a_strict_zip(program) -> None:
    assert_right(program, X, X * 2)
    assert_modes_agree(program, X, X * 2)


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize(
    ("program", "sizes"),
    [(paired, (3, 2)), (paired, (2, 3)), (tripled, (3, 2)), (tripled, (2, 2))],
)
def test_a_strict_zip_of_unequal_lengths_raises(program, sizes, generic) -> None:
    x, y = X[: sizes[0]], X[: sizes[1]]
    with pytest.raises(ValueError) as expected:
        program(x, y)
    derived = dpc.grad(program)
    with pytest.raises(ValueError) as found:
        (derived.generic if generic else derived)(x, y)
    assert str(found.value) == str(expected.value)


def test_a_strict_zip_of_iterators_is_refused() -> None:
    def program(x):
        return sum(a * b for a, b in zip((v for v in x), x, strict=True))

    with pytest.raises(dpc.UnsupportedError, match="strict"):
        dpc.grad(program)


def dict_of_a_list(x):
    d = dict([("a", x[0]), ("b", x[1]), ("a", x[2])])
    return d["a"] * d["b"]


def dict_of_a_tuple(x):
    d = dict((("a", x[0]), ("b", x[1])), b=x[2])
    return d["a"] * d["b"]


def dict_of_a_grown_list(x):
    pairs = []
    for i, v in enumerate(x):
        pairs.append((i % 2, v * v))
    d = dict(pairs)
    return d[0] * d[1]


@pytest.mark.parametrize(
    "program", [dict_of_a_list, dict_of_a_tuple, dict_of_a_grown_list]
)
def test_a_dict_of_pairs(program) -> None:
    assert_right(program, X)
    assert_modes_agree(program, X)
