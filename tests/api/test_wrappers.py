"""What `functools.wraps` has wrapped: its program, the signature of what is wrapped."""

import inspect
from functools import wraps

import numpy as np

import dpc


def scaled(by):
    def decorate(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            return by * function(*args, **kwargs)

        return wrapper

    return decorate


def swapped(function):
    @wraps(function)
    def wrapper(a, b, *, extra=2.0):
        return function(b, a) * extra

    return wrapper


@scaled(2.0)
@scaled(3.0)
def twice(x, y=2.0, *, k=1, table={"a": 5.0}):  # noqa: B006
    """What is said of it."""
    return np.sum(x * y**k) * table["a"]


@scaled(2.0)
def packed(x: float, *rest, **named):
    return x * sum(rest) * named.get("z", 1.0)


@swapped
def renamed(x: float, y: float):
    return x * y * y


class Model:
    @scaled(2.0)
    def method(self, x: float):
        return x * x


X = np.ones(2)


def test_parameters_are_those_of_what_is_wrapped():
    derivative = dpc.grad(twice, branches="hard")
    assert inspect.signature(derivative) == inspect.signature(twice)
    assert derivative.__doc__ == "What is said of it."
    for derived in (derivative, derivative.generic):
        assert derived(X).tolist() == [60.0, 60.0]
        assert derived(X, 3.0, k=2).tolist() == [270.0, 270.0]
        assert derived(X, table={"a": 1.0}).tolist() == [12.0, 12.0]


def test_wrt_names_a_parameter_of_what_is_wrapped():
    assert dpc.grad(twice, wrt="y", branches="hard")(X) == 60.0
    assert dpc.grad(twice, wrt=(1, "x"), branches="hard")(X)[0] == 60.0


def test_stars_of_what_is_wrapped():
    assert dpc.grad(packed, branches="hard")(2.0, 3.0, 4.0, z=5.0) == 70.0


def test_names_of_the_wrapper_are_its_own():
    derivative = dpc.grad(renamed, wrt=("x", "y"), branches="hard")
    assert derivative(2.0, 3.0) == derivative.generic(2.0, 3.0) == (24.0, 8.0)


def test_methods():
    assert dpc.grad(Model().method, branches="hard")(3.0) == 12.0


def test_pullbacks():
    out, pullback = dpc.vjp(twice, X, branches="hard")
    assert out == 120.0
    assert pullback(1.0)[0].tolist() == [60.0, 60.0]
