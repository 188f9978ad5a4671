"""Builtins over iterables that say what has to fit: `zip(strict=True)`, `dict`."""

import numpy as np
import pytest

import dpc
from tests import differences
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


def walked(x, y):
    total = 0.0
    for a, b in zip(x, y, strict=True):
        total = np.tanh(total + a) * b
    return total


def test_a_strict_zip_is_written_as_one() -> None:
    text = dpc.grad(walked, branches="hard").specialize(X, X).source
    assert "in enumerate(zip(x, y, strict=True)):" in text
    assert "one_length" not in text


@pytest.mark.parametrize("program", [paired, tripled, walked])
def test_a_strict_zip(program) -> None:
    assert_right(program, X, X * 2)
    assert_modes_agree(program, X, X * 2)


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize(
    ("program", "sizes"),
    [(paired, (3, 2)), (paired, (2, 3)), (tripled, (3, 2)), (tripled, (2, 2))]
    + [(walked, (3, 2)), (walked, (2, 3))],
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


def reversed_before_it_grows(x):
    items = [x[0], x[1]]
    backwards = reversed(items)
    items[0] = x[2]
    items.append(x[0])
    total = 0.0
    for v in backwards:
        total = total * 2 + v
    return total * items[2]


def starred_before_it_shrinks(x):
    items = [v * 1.0 for v in x]

    def weighted(*values):
        return values[0] + 2 * values[1] + 3 * values[2] * values[3]

    return weighted(*items, items.pop(0))


@pytest.mark.parametrize(
    "program", [reversed_before_it_grows, starred_before_it_shrinks]
)
def test_what_a_list_held_when_it_was_looked_at(program) -> None:
    assert_right(program, X)
    assert_modes_agree(program, X)


def length_before_it_grows(x):
    items = [x[0], x[1]]
    n = len(items)
    items.append(x[2])
    total = 0.0
    for i in range(n):
        v = items[i]
        total = total * 2 + v
    return total


def last_before_it_grows(x):
    items = [x[0], x[1]]
    last = len(items) - 1
    alias = items
    alias += [x[2]]
    total = 0.0
    for i in range(last, -1, -1):
        v = items[i]
        total = total * 2 + v
    return total


def grown_in_the_loop(x):
    items = [x[0], x[1]]
    total = 0.0
    for i in range(len(items)):
        v = items[i]
        total = total * 2 + v
        items.append(v * x[2])
    return total * items[3]


@pytest.mark.parametrize(
    "program", [length_before_it_grows, last_before_it_grows, grown_in_the_loop]
)
def test_a_length_is_that_of_when_it_was_asked_for(program) -> None:
    assert_right(program, X)
    assert_modes_agree(program, X)


def element_of_flat(m):
    first = m.flat[2]
    m[0, 2] = 1.0
    return first * np.sum(m)


def several_of_flat(m):
    m = m * 1.0
    part = m.flat[1:4]
    m[:] = 2.0
    return np.sum(part**2) + m.flat[-1]


@pytest.mark.parametrize("program", [element_of_flat, several_of_flat])
def test_flat_is_read_by_index(program) -> None:
    m = np.array([[0.3, -0.7, 1.9], [0.5, 1.1, -0.4]])
    derivative = dpc.grad(program, branches="hard")
    for given in (m, np.asfortranarray(m), m[::-1, ::-1]):
        expected = differences.gradient(program, (given,))
        differences.assert_close(derivative(given.copy("K")), expected.gradient)


@pytest.mark.parametrize(
    "program",
    [
        lambda m: np.sum(m.flat),
        lambda m: sum(m.flat),
        lambda m: max(m.flat),
        lambda m: m.T[0, 1] if m[0, 0] < 2 else np.sum(m.base),
    ],
)
def test_other_attributes_as_values_are_refused(program) -> None:
    with pytest.raises(dpc.UnsupportedError, match="of an array, as a value"):
        dpc.grad(program, branches="hard")(np.ones((2, 3)))
