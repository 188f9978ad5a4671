"""Methods, pickling, late binding, and what happens when things are rebound."""

import copy
import pickle
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

import dpc
from tests.written import load


@dataclass
class Model:
    w: np.ndarray
    rate: float
    steps: int = 3

    @dpc.grad(branches="hard")
    def of_x(self, x):
        return np.sum(self.w * x) * self.rate

    @dpc.grad(wrt=1, branches="hard")
    def of_scale(self, x, scale: float):
        return np.sum(x) * scale**2

    @dpc.grad(wrt="self", branches="hard")
    def of_itself(self, x):
        return np.sum(self.w * x) * self.rate

    @dpc.value_and_grad(wrt=("self", "x"), branches="hard")
    def of_both(self, x):
        total = 0.0
        for _ in range(self.steps):
            total = total + np.sum(self.w * x)
        return total

    @staticmethod
    @dpc.grad(branches="hard")
    def static(x: float):
        return x * x

    def plain(self, x):
        return np.sum(self.w * x * x)


MODEL = Model(np.array([1.0, 2.0]), 0.5)
X = np.array([3.0, 4.0])


def test_positions_count_after_self():
    assert MODEL.of_x(X).tolist() == [0.5, 1.0]
    assert MODEL.of_scale(X, 2.0) == 28.0


def test_wrt_self_differentiates_the_fields_of_a_dataclass():
    found = MODEL.of_itself(X)
    assert type(found) is Model
    assert found.w.tolist() == [1.5, 2.0]
    assert (found.rate, found.steps) == (11.0, None)


def test_self_beside_other_arguments():
    value, (model, x) = MODEL.of_both(X)
    assert value == 33.0
    assert model.w.tolist() == [9.0, 12.0]
    assert x.tolist() == [3.0, 6.0]


def test_static_methods():
    assert Model.static(3.0) == MODEL.static(3.0) == 6.0


def test_a_method_called_through_the_class():
    assert Model.of_x(MODEL, X).tolist() == [0.5, 1.0]


def test_a_bound_method_is_compiled():
    derivative = dpc.grad(MODEL.plain, branches="hard")
    assert derivative(X).tolist() == [6.0, 16.0]


def test_a_bound_derivative_has_source_and_variants():
    assert "def" in MODEL.of_x.source
    assert "def" in MODEL.of_x.specialize(X).source


class Scaled:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, x: float):
        return self.scale * x * x


def test_a_callable_object_is_compiled():
    assert dpc.grad(Scaled(3.0), branches="hard")(2.0) == 12.0


def powered(x: float, y: float, n: int = 2):
    return x * y**n


def test_a_partial_is_compiled():
    derivative = dpc.grad(partial(powered, 2.0, n=3), branches="hard")
    assert derivative(2.0) == 24.0


@dpc.grad(branches="hard")
def decorated(x: float):
    return x * x


def plain(x: float):
    return x**3


undecorated = dpc.grad(plain, branches="hard")
of_two = dpc.value_and_grad(powered, wrt=("x", "y"), branches="hard")


def test_pickle_by_import_path():
    again = pickle.loads(pickle.dumps(decorated))
    assert again is decorated


def test_pickle_of_a_derivative_beside_its_function():
    again = pickle.loads(pickle.dumps(undecorated))
    assert again(2.0) == 12.0
    assert again.primal is plain
    again = pickle.loads(pickle.dumps(of_two))
    assert again(2.0, 3.0) == (18.0, (9.0, 12.0))


def test_deepcopy_gives_the_same():
    assert copy.deepcopy(undecorated)(2.0) == 12.0


def test_compiled_form_is_kept_with_the_function():
    first = dpc.grad(plain, branches="hard")
    second = dpc.grad(plain, branches="hard")
    assert first.source is second.source or first.source == second.source


LATE = """
import numpy as np
import dpc

@dpc.grad(branches="hard")
def early(x: float):
    return later(x) * x

def call():
    return early(2.0)
"""


def test_what_is_not_bound_yet_is_a_named_call_in_the_source(tmp_path):
    module = load(tmp_path, LATE)
    assert "later" in module.early.source
    with pytest.raises(NameError):
        module.early(2.0)
    module.later = cube
    assert module.early(2.0) == 32.0


def cube(x):
    return x**3


def square(x):
    return x**2


def test_a_function_that_is_rebound_is_compiled_again(tmp_path):
    module = load(tmp_path, LATE)
    module.later = cube
    assert module.early(2.0) == 32.0
    module.later = square
    assert module.early(2.0) == 12.0
    module.later = np.sin
    assert module.early(2.0) == pytest.approx(np.sin(2.0) + 2 * np.cos(2.0))


def refused(x):
    try:
        return x * x
    except ValueError:
        return x


def test_errors_of_a_late_function_are_raised_when_it_is_reached(tmp_path):
    module = load(tmp_path, LATE)
    module.later = refused
    with pytest.raises(dpc.UnsupportedError) as raised:
        module.early(2.0)
    assert "try" in str(raised.value)


def uses_refused(x: float):
    return refused(x)


def test_errors_of_a_bound_function_are_raised_at_decoration():
    with pytest.raises(dpc.UnsupportedError):
        dpc.grad(uses_refused, branches="hard")


class Base:
    def term(self, x):
        return x * x


class Derived(Base):
    def term(self, x):
        return super().term(x) * 3


def takes_an_object(x: float, thing):
    return thing.term(x) + x


def test_methods_are_bound_by_the_object_of_the_call():
    derivative = dpc.grad(takes_an_object, branches="hard")
    assert derivative(2.0, Base()) == 5.0
    assert derivative(2.0, Derived()) == 13.0
    assert derivative(2.0, Base()) == 5.0


def test_a_method_that_is_rebound():
    derivative = dpc.grad(takes_an_object, branches="hard")

    class Changing:
        def term(self, x):
            return x * 2

    thing = Changing()
    assert derivative(2.0, thing) == 3.0
    Changing.term = lambda self, x: x * 10
    assert derivative(2.0, thing) == 11.0


def own_name(x: float, n: int):
    return x if n == 0 else x * own_name(x, n - 1)


own_name_gradient = dpc.grad(own_name, branches="hard")


@dpc.grad(branches="hard")
def decorated_recursion(x: float, n: int):
    return x if n == 0 else x * decorated_recursion(x, n - 1)


def test_inside_a_decorated_function_its_own_name_means_the_function():
    assert own_name_gradient(2.0, 2) == 12.0
    assert decorated_recursion(2.0, 2) == 12.0
