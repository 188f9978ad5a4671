"""Attributes that a class reads or writes in a way of its own: right, or refused."""

import functools
from dataclasses import dataclass

import pytest

import dpc
from tests.oracle import assert_right


class Finding:
    def __init__(self, v):
        self.v = v

    def __getattr__(self, name):
        if name != "foo":
            raise AttributeError(name)
        return self.v * 3


class Getting:
    def __init__(self, v):
        self.v = v

    def __getattribute__(self, name):
        value = object.__getattribute__(self, name)
        return value * 2 if name == "v" else value


class Setting:
    def __init__(self, v):
        self.v = v

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2)


class Fourfold:
    def __get__(self, instance, owner):
        return instance.v * 4

    def __set__(self, instance, value):
        instance.v = value * 5


class Described:
    d = Fourfold()

    def __init__(self, v):
        self.v = v


class Caching:
    def __init__(self, v):
        self.v = v

    @functools.cached_property
    def c(self):
        return self.v * 2


class Walked:
    def __init__(self, v):
        self.v = v

    def __getitem__(self, i):
        if i >= 2:
            raise IndexError
        return self.v * (i + 1)


@dataclass(frozen=True)
class Frozen:
    v: float


def found(x: float):
    return Finding(x).foo


def got(x: float):
    return Getting(x).v


def stored(x: float):
    return Setting(x).v


def read_by_a_descriptor(x: float):
    return Described(x).d


def written_by_a_descriptor(x: float):
    s = Described(x)
    s.d = x * x
    return s.v


def added_by_a_descriptor(x: float):
    s = Described(x)
    s.d += x * x
    return s.v


def set_by_a_descriptor(x: float):
    s = Described(x)
    setattr(s, "d", x * x)  # noqa: B010
    return s.v


def cached(x: float):
    s = Caching(x)
    first = s.c
    s.v = x * x
    return first * s.c


def unpacked(x: float):
    a, b = Walked(x)
    return a * b * b


def listed(x: float):
    return list(Walked(x))[1]


REFUSED = [
    (found, "`__getattr__`"),
    (got, "`__getattribute__`"),
    (stored, "`__setattr__`"),
    (read_by_a_descriptor, "`Fourfold`"),
    (written_by_a_descriptor, "`Fourfold`"),
    (added_by_a_descriptor, "`Fourfold`"),
    (set_by_a_descriptor, "`Fourfold`"),
    (cached, "`cached_property`"),
    (unpacked, "walked over"),
    (listed, "walked over"),
]


@pytest.mark.parametrize(("program", "said"), REFUSED)
def test_refused_by_both_modes(program, said) -> None:
    with pytest.raises(dpc.UnsupportedError, match=said):
        dpc.grad(program)(0.7)
    with pytest.raises(dpc.UnsupportedError, match=said):
        dpc.jvp(program, (0.7,), (1.0,))


def attribute_foo(s, x):
    return s.foo * x


def attribute_v(s, x):
    return s.v * x


def attribute_d(s, x):
    return s.d * x


def attribute_c(s, x):
    return s.c * x


def attribute_stored(s, x):
    s.v = x
    return s.v * x


ARGUMENTS = [
    (attribute_foo, Finding, "`__getattr__`"),
    (attribute_v, Getting, "`__getattribute__`"),
    (attribute_d, Described, "`Fourfold`"),
    (attribute_c, Caching, "`cached_property`"),
    (attribute_stored, Setting, "`__setattr__`"),
]


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize(("program", "cls", "said"), ARGUMENTS)
def test_refused_of_an_argument(program, cls, said, generic) -> None:
    derived = dpc.grad(program, wrt=(0, 1))
    derived = derived.generic if generic else derived
    with pytest.raises(dpc.UnsupportedError, match=said):
        derived(cls(0.7), 2.0)
    pushed = dpc.pushforward(program, wrt=(0, 1))
    pushed = pushed.generic if generic else pushed
    with pytest.raises(dpc.UnsupportedError, match=said):
        pushed(cls(0.7), 2.0, tangents=({"v": 1.0}, 1.0))


def test_a_field_beside_such_a_method_is_a_field() -> None:
    def program(x: float):
        return Finding(x).v * Described(x).v * Caching(x).v * Frozen(x).v

    assert_right(program, 0.7)


def test_a_frozen_dataclass_refuses_for_itself() -> None:
    def program(x: float):
        s = Frozen(x)
        s.v = x * x
        return s.v

    with pytest.raises(AttributeError, match="cannot assign to field"):
        dpc.grad(program)(0.7)
