"""Objects that define what operators, loops and contexts do: right, or refused."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

import dpc
from tests import differences

X = np.array([0.7, -1.3, 0.4, 1.9])


@dataclass
class Layer:
    w: Any
    b: float = 0.5

    def __iter__(self):
        return iter(self.w)

    def __enter__(self):
        self.b *= 2
        return self

    def __exit__(self, *error):
        self.b += 1

    @property
    def double(self):
        return self.w * 2

    @double.setter
    def double(self, value):
        self.w = value / 2
        self.b = self.b + 1


class Items:
    def __init__(self, w):
        self.w = w

    def __len__(self):
        return len(self.w)

    def __getitem__(self, i):
        return self.w[i]


def walked(x):
    layer = Layer(x * 1)
    total = 0.0
    for value in layer:
        total = total + value * value * layer.b
    return total + sum(v * v for v in layer)


def attribute_or_default(x):
    layer = Layer(x * 1)
    setattr(layer, "b", x[1] * 2)  # noqa: B010
    found = getattr(layer, "b", 7.0) * getattr(layer, "absent", 3.0)
    return found * np.sum(layer.w)


@pytest.mark.parametrize("program", [walked, attribute_or_default])
def test_right(program):
    derivative = dpc.grad(program, branches="hard")
    expected = differences.gradient(program, (X,)).gradient
    differences.assert_close(derivative(X), expected)
    differences.assert_close(derivative.generic(X), expected)


def entered(x):
    layer = Layer(x * 1)
    with layer as same:
        y = np.sum(same.w * same.b)
    return y * layer.b


def walked_by_index(x):
    total = 0.0
    for value in Items(x * 1):
        total = total + value * value
    return total


def fields_as_a_dict(x):
    layer = Layer(x * 1)
    layer.__dict__["b"] = x[0]
    return np.sum(layer.w) * layer.b


def any_attribute(x, name="b"):
    layer = Layer(x * 1, x[0])
    return getattr(layer, name) * 2


@pytest.mark.parametrize(
    "program", [entered, walked_by_index, fields_as_a_dict, any_attribute]
)
def test_refused(program):
    with pytest.raises(dpc.UnsupportedError) as raised:
        dpc.grad(program, branches="hard")
    assert "test_objects.py" in str(raised.value)


def walks(layer):
    total = 0.0
    for value in layer:
        total = total + value * value
    return total


def sets_a_property(layer):
    layer.double = layer.w * 3
    return np.sum(layer.w) * layer.b


@pytest.mark.parametrize("program", [walks, sets_a_property])
def test_the_class_is_known_to_the_variant_and_asked_for_by_the_generic(program):
    derivative = dpc.grad(program, branches="hard")
    expected = differences.gradient(lambda x: program(Layer(x.copy())), (X,)).gradient
    differences.assert_close(derivative(Layer(X.copy())).w, expected)
    with pytest.raises(dpc.UnsupportedError) as raised:
        derivative.generic(Layer(X.copy()))
    assert "was not compiled for" in str(raised.value)


def other(layer, x):
    return replace(layer, b=layer.b * 1.1).b * x


def test_what_replaces_a_field_of_an_unknown_object_is_found():
    assert dpc.grad(other)(Layer(X, 0.7), 0.4).b == pytest.approx(0.44)
    # The source of `replace` asks for names that are only known when it runs.
    with pytest.raises(dpc.UnsupportedError, match="attribute"):
        dpc.grad(other).generic(Layer(X, 0.7), 0.4)
