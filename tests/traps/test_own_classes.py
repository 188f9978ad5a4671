"""Classes of a user's own that are containers, numbers or arrays, but act otherwise."""

import copy
from collections import OrderedDict, defaultdict
from typing import NamedTuple

import numpy as np
import pytest

import dpc
from dpc.ir.plain import altered, is_named_tuple

X = np.array([0.3, -0.7])


class Scaled(list):
    def __getitem__(self, i):
        return 10 * list.__getitem__(self, i)


class Other(list):
    def __iter__(self):
        return iter((1.0, 2.0))


class Adding(list):
    def append(self, x):
        super().append(10 * x)


class Getting(dict):
    def get(self, key, other=None):
        return 10 * dict.get(self, key, other)


class Joined(tuple):
    def __add__(self, other):
        return Joined(other)


class Money(float):
    def __mul__(self, other):
        return 10 * float(self) * other


class Table(np.ndarray):
    def __mul__(self, other):
        return 10 * np.asarray(self) * other


class Pair(NamedTuple):
    a: float
    b: float

    def __add__(self, other):
        return Pair(self.a * other.a, self.b)


class Tenfold(Pair):
    def __new__(cls, a, b):
        return super().__new__(cls, 10 * a, b)


class Computed(Pair):
    @property
    def a(self):
        return 10 * self[0]


class Reversed(Pair):
    def __iter__(self):
        return iter((self.b, self.a))


class Open(dict):
    """Its items are attributes, too: they are found where no attribute is."""

    __getattr__ = dict.__getitem__


def first(s, x):
    return s[0] * x


def unpacked(s, x):
    a, b = s
    return a * x + b


def got(s, x):
    return s.get("a") * x


def joined(s, x):
    t = s + (x,)
    return t[0] * x


def grown(s, x):
    s.append(x)
    return s[-1] * x


def times(s, x):
    return np.sum(s * x)


def squared(s, x):
    return np.sum(s * s * x)


def attribute(s, x):
    return s.a * x


CASES = [
    (first, Scaled([2.0, 3.0]), "`__getitem__`"),
    (unpacked, Other([2.0, 3.0]), "`__iter__`"),
    (unpacked, Reversed(2.0, 3.0), "`__iter__`"),
    (got, Getting(a=2.0), "`get`"),
    (joined, Joined((2.0, 3.0)), "`__add__`"),
    (grown, Adding([2.0]), "`append`"),
    (times, Money(2.0), "`__mul__`"),
    (times, X.view(Table), "Table"),
    (squared, np.eye(2).view(np.matrix), "matrix"),
    (squared, np.ma.array([1.0, 2.0], mask=[True, False]), "MaskedArray"),
    (attribute, Computed(2.0, 3.0), "`a`"),
]


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize("wrt", ["s", "x"])
@pytest.mark.parametrize(("f", "value", "said"), CASES)
def test_as_arguments_they_are_refused(f, value, said, wrt, generic) -> None:
    derived = dpc.value_and_grad(f, wrt=wrt)
    derived = derived.generic if generic else derived
    with pytest.raises((dpc.UnsupportedError, dpc.ArgumentError), match=said):
        derived(copy.copy(value), 2.0)


def made_tenfold(x):
    s = Tenfold(x, 3.0)
    return s.a * s.b * x


def made_computed(x):
    s = Computed(x, 3.0)
    return s.a * x


def made_reversed(x):
    a, b = Reversed(x, 3.0)
    return a * x + b


@pytest.mark.parametrize("f", [made_tenfold, made_computed, made_reversed])
def test_made_in_a_program_they_are_refused(f) -> None:
    with pytest.raises(dpc.NoRuleError, match="no derivative is known"):
        dpc.grad(f)(2.0)


def test_an_attribute_that_is_found_elsewhere_is_not_dropped() -> None:
    s = Open(a=2.0)
    assert dpc.grad(attribute)(s, 3.0) == {"a": 3.0}
    with pytest.raises(dpc.UnsupportedError, match="computed by Open"):
        dpc.grad(attribute).generic(s, 3.0)


def operators(s, x):
    t = s + Pair(x, x)
    return t.a * t.b


def test_operators_of_a_named_tuple_are_called() -> None:
    # (a * x, b), and the product of the two.
    s_bar, x_bar = dpc.grad(operators, wrt=(0, 1))(Pair(0.7, 1.3), 0.4)
    assert s_bar == pytest.approx(Pair(0.4 * 1.3, 0.7 * 0.4))
    assert x_bar == pytest.approx(0.7 * 1.3)


def test_what_python_itself_derives_is_known() -> None:
    gradient = dpc.grad(lambda s, x: s["a"] * x)
    assert gradient(OrderedDict(a=2.0), 3.0) == OrderedDict(a=3.0)
    assert gradient(defaultdict(float, a=2.0), 3.0) == {"a": 3.0}


@pytest.mark.parametrize(
    ("cls", "method"),
    [(Pair, ""), (Open, ""), (Scaled, "__getitem__"), (Tenfold, "")],
)
def test_what_a_class_alters(cls, method) -> None:
    assert altered(cls) == method


def test_a_named_tuple_with_its_own_way_to_be_made_is_none() -> None:
    assert is_named_tuple(Pair)
    assert not is_named_tuple(Tenfold) and not is_named_tuple(tuple)
