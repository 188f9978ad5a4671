"""Arrays in constant lists, dicts and objects to which what varies is stored.

What is read from the container afterwards varies, too.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.oracle import assert_pushed, assert_right


@dataclass
class Box:
    a: Any
    b: Any


class Pair(NamedTuple):
    a: Any
    b: Any


X = np.array([0.3, -0.7, 1.1])
DIRECTION = np.array([0.2, 0.5, -0.4])
ONE, TWO = np.array([1.2, 0.4, -0.6]), np.array([0.7, 1.3, 0.9])


def to_an_item(x, held):
    held[0][0] = x[0]
    return np.sum(held[0] * held[1])


def to_a_name(x, held):
    first, second = held
    first[0] = x[0]
    return np.sum(held[0] * second)


def in_a_loop(x, held):
    for i in range(2):
        held[i][0] = x[i] * (i + 1)
    return np.sum(held[0] * held[1])


def to_each(x, held):
    for array in held:
        array *= x
    return np.sum(held[0] * held[1])


def augmented(x, held):
    held[0] += x
    return np.sum(held[0] * held[1])


def through_a_copy_of_the_list(x, held):
    again = list(held)
    again[0][0] = x[0]
    return np.sum(held[0] * held[1])


def written(held, value):
    held[0][0] = value


def by_a_function(x, held):
    written(held, x[0])
    return np.sum(held[0] * held[1])


def by_key(x, held):
    held["a"][0] = x[0]
    return np.sum(held["a"] * held["b"])


def by_name(x, held):
    held.a[0] = x[0]
    return np.sum(held.a * held.b)


def nested(x, held):
    held["a"][0][0] = x[0]
    return np.sum(held["a"][0] * held["b"])


def numbers(x, held):
    held[0][0] = x[0]
    return held[0][0] * held[1][0] * x[1]


CASES = [
    *(
        (program, [ONE, TWO])
        for program in (
            to_an_item,
            to_a_name,
            in_a_loop,
            to_each,
            augmented,
            through_a_copy_of_the_list,
            by_a_function,
        )
    ),
    (to_an_item, (ONE, TWO)),
    (by_key, {"a": ONE, "b": TWO}),
    (by_name, Box(ONE, TWO)),
    (by_name, Pair(ONE, TWO)),
    (nested, {"a": [ONE], "b": TWO}),
    (numbers, [[0.5], [0.3]]),
]


@pytest.mark.parametrize(("program", "held"), CASES)
def test_right(program, held) -> None:
    assert_right(program, X, held)
    assert_pushed(program, X, DIRECTION, held)


HELD = [ONE.copy(), TWO.copy()]


def to_a_global(x):
    HELD[0][0] = x[0]
    return np.sum(HELD[0] * HELD[1])


def test_of_a_module() -> None:
    assert_right(to_a_global, X)
    assert_pushed(to_a_global, X, DIRECTION)
