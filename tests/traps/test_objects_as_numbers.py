"""Objects that are given to functions of numbers: their methods, or refused."""

import functools
import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.oracle import assert_right


class Own:
    scale = 2.0

    def __init__(self, v, w=1.0):
        self.v = v
        self.w = w

    def __add__(self, other):
        return Own(self.v * other.v * 3, self.w)

    def __lt__(self, other):
        return self.v > other.v

    def __gt__(self, other):
        return self.v < other.v

    def __float__(self):
        return self.v * 3.0

    def __round__(self, digits=0):
        return self.v * 5

    def __floor__(self):
        return self.v * 7

    def __divmod__(self, other):
        return (self.v * 2, other)

    def __reversed__(self):
        return [self.v * 2, self.w]

    def __array__(self, dtype=None, copy=None):
        return np.array([self.v * 2, self.w])


class Squaring(type):
    def __call__(cls, v):
        made = super().__call__(v)
        made.v = v * v
        return made


class Squared(metaclass=Squaring):
    def __init__(self, v):
        self.v = v


class Anything(type):
    def __instancecheck__(cls, instance):
        return True


class Whatever(metaclass=Anything):
    pass


@runtime_checkable
class HasWeight(Protocol):
    w: float


@dataclass(order=True)
class Ordered:
    a: float
    b: float


class Pair(NamedTuple):
    a: float
    b: float


def summed(x: float):
    return sum([Own(x), Own(x * x)], Own(2.0 * x)).v


def reduced(x: float):
    return functools.reduce(lambda a, b: a + b, [Own(x), Own(x * x)]).v


def largest(x: float):
    return max([Own(x), Own(x * x)]).v * min(Own(2.0 * x), Own(x * x)).v


def largest_by_the_order_of_a_dataclass(x: float):
    return (
        max(Ordered(x, 1.0), Ordered(x, x * x)).b
        * max([Ordered(x, x), Ordered(2 * x, x * x)]).b
    )


def largest_tuple(x: float):
    return max([(x * x, 1), (x, 2)])[0] * min((1.0, x * x), (1.0, x))[1]


def largest_list(x: float):
    return max([[x * x, 1], [x, 2]], default=[x])[0]


def joined_lists(x: float):
    return sum([[x], [x * x]], [])[1]  # noqa: RUF017


def converted(x: float):
    return float(Own(x)) + round(Own(x * x)) + math.floor(Own(x))


def divided(x: float):
    return divmod(Own(x), x * x)[0] * divmod(Own(x), x * x)[1]


def backwards(x: float):
    return list(reversed(Own(x)))[0]


def instances(x: float):
    return (x if isinstance(Own(x), Whatever) else x * x) * (
        x if isinstance(Own(x), HasWeight) else x * x
    )


def fields_of_a_tuple(x: float):
    p = Pair(x, x * x)
    return sum(p) * max(p) * p.a + np.sum(p) * min(p)


def attribute_of_the_class(x: float):
    s = Own(x)
    s.scale *= x
    return s.scale * Own.scale * s.v


@pytest.mark.parametrize(
    "program",
    [
        summed,
        reduced,
        largest,
        largest_by_the_order_of_a_dataclass,
        largest_tuple,
        largest_list,
        joined_lists,
        converted,
        divided,
        backwards,
        instances,
        fields_of_a_tuple,
        attribute_of_the_class,
    ],
)
def test_right(program) -> None:
    assert_right(program, 0.7)
    assert_modes_agree(program, 0.7)


REFUSED = [
    lambda x: math.sin(Own(x)),
    lambda x: np.sum(Own(x)),
    lambda x: np.asarray(Own(x))[0],
    lambda x: np.add(Own(x), 1.0)[0],
    lambda x: Squared(x).v,
    lambda x: (Pair(x, x * x) + (x, x))[3],
]


@pytest.mark.parametrize("program", REFUSED)
def test_refused_by_both_modes(program) -> None:
    with pytest.raises((dpc.UnsupportedError, dpc.NoRuleError)):
        dpc.grad(program)(0.7)
    with pytest.raises((dpc.UnsupportedError, dpc.NoRuleError)):
        dpc.jvp(program, (0.7,), (1.0,))


def first_of_objects(items):
    return max(items).v


def sum_of_objects(items):
    return sum(items[1:], items[0]).v


@pytest.mark.parametrize("program", [first_of_objects, sum_of_objects])
def test_refused_where_the_class_is_not_known(program) -> None:
    with pytest.raises(dpc.UnsupportedError):
        dpc.grad(program).generic([Own(0.7), Own(0.3)])


def test_a_method_of_a_builtin_class() -> None:
    def program(x: float):
        return x * x * float.fromhex("0x1p1")

    assert_right(program, 0.7)
