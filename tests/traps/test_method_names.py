"""Methods of a user's classes that are named like those of arrays, lists and dicts.

When the decorator runs, nothing is known of an argument: `o.get(key)` is taken for that
of a dict, and the derivative asks for its class when it is called. `o.get()` is none.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import dpc


@dataclass
class Cell:
    value: Any

    def get(self):
        return self.value * self.value

    def fill(self):
        return self.value + 1

    def insert(self, amount):
        return self.value * amount

    def swapaxes(self, one):
        return self.value * one

    def put(self, amount):
        return self.value - amount

    def sort(self, *, by):
        return self.value * by

    def items(self, amount):
        return self.value * amount


PROGRAMS = [
    lambda x, o: np.sum(x * o.get()),
    lambda x, o: np.sum(x * o.fill()),
    lambda x, o: np.sum(o.insert(x)),
    lambda x, o: np.sum(o.swapaxes(x)),
    lambda x, o: np.sum(o.put(x)),
    lambda x, o: np.sum(o.sort(by=x)),
    lambda x, o: np.sum(o.items(x)),
]
SLOPES = [4.0, 3.0, 2.0, 2.0, -1.0, 2.0, 2.0]


@pytest.mark.parametrize(("program", "slope"), [*zip(PROGRAMS, SLOPES, strict=True)])
def test_other_arguments_than_those_of_an_array(program, slope) -> None:
    derived = dpc.grad(program)
    for variant in (derived, derived.generic):
        gradient = variant(np.array([0.3, -0.7]), Cell(2.0))
        np.testing.assert_allclose(gradient, [slope, slope])


def pushed(x, o):
    o.append(x)
    return o.get(0)


def test_the_arguments_of_a_list_are_taken_for_a_list_and_asked_for() -> None:
    class Own:
        def append(self, x):
            self.x = 10 * x

        def get(self, _):
            return self.x

    with pytest.raises(dpc.DpcError):
        dpc.grad(pushed).generic(2.0, Own())
