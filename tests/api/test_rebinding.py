"""What a program rests on is looked at before every call, and compiled anew if it is
not what it was: classes and what they have, closure variables, globals.
"""

import numpy as np
import pytest

import dpc
from tests.written import load


def cube(x):
    return x**3


def square(x):
    return x**2


class Attributes:
    """One of everything that a class can have, and a class inside it."""

    factor = 2.0

    class Inner:
        def term(self, x):
            return x * 13

    @property
    def doubled(self):
        return self.factor * 2

    @classmethod
    def by_class(cls, x):
        return x * cls.factor

    @staticmethod
    def static(x):
        return x * 5

    def method(self, x):
        return x * 7

    def __call__(self, x):
        return x * 11


class Heir(Attributes):
    def method(self, x):
        return super().method(x) * 2


def reads_a_property(x: float, thing):
    return x * thing.doubled


def calls_a_class_method(x: float, thing):
    return thing.by_class(x)


def calls_a_static_method(x: float, thing):
    return thing.static(x)


def calls_a_method(x: float, thing):
    return thing.method(x)


def calls_the_object(x: float, thing):
    return thing(x)


def makes_an_inner_one(x: float, thing):
    return Attributes.Inner().term(x) + 0.0 * thing.factor


READERS = [
    (reads_a_property, "doubled", property(lambda self: 40.0), 4.0, 40.0),
    (calls_a_class_method, "by_class", classmethod(lambda cls, x: x * 20), 2.0, 20.0),
    (calls_a_static_method, "static", staticmethod(lambda x: x * 50), 5.0, 50.0),
    (calls_a_method, "method", lambda self, x: x * 70, 7.0, 70.0),
    (calls_the_object, "__call__", lambda self, x: x * 110, 11.0, 110.0),
]


@pytest.mark.parametrize(("function", "name", "other", "before", "after"), READERS)
def test_what_is_replaced_on_a_class_is_noticed(
    function, name, other, before, after, monkeypatch
):
    derivative = dpc.grad(function, branches="hard")
    assert derivative(1.0, Attributes()) == before
    kept = derivative.specialize(1.0, Attributes())
    assert derivative.specialize(1.0, Attributes()) is kept
    with monkeypatch.context() as patch:
        patch.setattr(Attributes, name, other)
        assert derivative(1.0, Attributes()) == after
    assert derivative(1.0, Attributes()) == before


@pytest.mark.parametrize(("function", "name", "other", "before", "after"), READERS)
def test_what_a_class_gets_in_front_of_its_base_is_noticed(
    function, name, other, before, after, monkeypatch
):
    class Local(Attributes):
        pass

    derivative = dpc.grad(function, branches="hard")
    assert derivative(1.0, Local()) == before
    setattr(Local, name, other)
    assert derivative(1.0, Local()) == after
    assert derivative(1.0, Attributes()) == before


def test_what_super_leads_to_is_noticed(monkeypatch):
    derivative = dpc.grad(calls_a_method, branches="hard")
    assert derivative(1.0, Heir()) == 14.0
    monkeypatch.setattr(Attributes, "method", lambda self, x: x * 3)
    assert derivative(1.0, Heir()) == 6.0


def test_a_class_inside_a_class_is_compiled_once():
    derivative = dpc.grad(makes_an_inner_one, branches="hard")
    assert derivative(1.0, Attributes()) == 13.0
    kept = derivative.specialize(1.0, Attributes())
    assert derivative.specialize(1.0, Attributes()) is kept


def test_an_attribute_of_the_object_comes_before_its_class():
    thing = Attributes()
    thing.method = lambda x: x * 9
    derivative = dpc.grad(calls_a_method, branches="hard")
    assert derivative(1.0, thing) == derivative.generic(1.0, thing) == 9.0


def test_closure_variables_are_looked_at_not_compiled_again():
    rate, function = 2.0, square

    def program(x: float):
        return function(x) * rate

    derivative = dpc.grad(program, branches="hard")
    assert derivative(3.0) == 12.0
    kept = derivative.specialize(3.0)
    rate = 3.0
    assert derivative(3.0) == 18.0
    assert derivative.specialize(3.0) is kept
    function = cube
    assert derivative(3.0) == 81.0


def scattered(x, places):
    total = np.zeros(3)
    np.add.at(total, places, x)
    return np.sum(total**2)


def test_the_method_of_a_ufunc_is_another_object_at_every_look():
    derivative = dpc.grad(scattered, branches="hard")
    args = np.array([1.0, 2.0]), np.array([1, 1])
    kept = derivative.specialize(*args)
    assert kept.current and derivative.generic.current
    assert derivative.specialize(*args) is kept


DATA = """
import dpc

@dpc.grad(branches="hard")
def early(x: float):
    return rate * x
"""


def test_a_global_that_does_not_exist_is_a_name_error(tmp_path):
    module = load(tmp_path, DATA)
    with pytest.raises(NameError) as raised:
        module.early(2.0)
    assert "rate" in str(raised.value)
    module.rate = 3.0
    assert module.early(2.0) == 3.0
