"""`dpc.grad` and `dpc.value_and_grad`: forms of use, `wrt`, results, `has_aux`."""

import inspect

import numpy as np
import pytest

import dpc


def loss(w, x, scale: float = 2.0):
    """Squares of the differences."""
    return scale * np.sum((w - x) ** 2)


W, X = np.array([1.0, 2.0]), np.array([0.5, 4.0])
W_BAR = 4 * (W - X)


@dpc.grad
def bare(w, x):
    return np.sum((w - x) ** 2)


@dpc.grad(wrt="x", branches="hard")
def with_options(w, x):
    return np.sum((w - x) ** 2)


@dpc.value_and_grad
def both(w, x):
    return np.sum((w - x) ** 2)


def test_decorator_without_arguments():
    np.testing.assert_allclose(bare(W, X), 2 * (W - X))


def test_decorator_with_options():
    np.testing.assert_allclose(with_options(W, X), 2 * (X - W))


def test_function_call():
    np.testing.assert_allclose(dpc.grad(loss, branches="hard")(W, X), W_BAR)


def test_value_and_grad_returns_a_pair():
    value, gradient = both(W, X)
    assert value == np.sum((W - X) ** 2)
    np.testing.assert_allclose(gradient, 2 * (W - X))


@pytest.mark.parametrize("wrt", [1, "x"])
def test_wrt_is_a_position_or_a_name(wrt):
    np.testing.assert_allclose(dpc.grad(loss, wrt=wrt, branches="hard")(W, X), -W_BAR)


def test_wrt_is_a_tuple_of_them():
    found = dpc.grad(loss, wrt=("scale", 0), branches="hard")(W, X, 3.0)
    assert type(found) is tuple
    assert found[0] == pytest.approx(np.sum((W - X) ** 2))
    np.testing.assert_allclose(found[1], 6 * (W - X))


def test_a_tuple_of_one_gives_a_tuple_of_one():
    found = dpc.grad(loss, wrt=(0,), branches="hard")(W, X)
    assert type(found) is tuple
    assert len(found) == 1


def test_arguments_by_keyword():
    derivative = dpc.grad(loss, wrt=("w", "x"), branches="hard")
    w_bar, x_bar = derivative(x=X, scale=1.0, w=W)
    np.testing.assert_allclose(w_bar, 2 * (W - X))
    np.testing.assert_allclose(x_bar, 2 * (X - W))


def test_a_default_is_differentiated_at_its_value():
    found = dpc.grad(loss, wrt="scale", branches="hard")(W, X)
    assert type(found) is float
    assert found == pytest.approx(np.sum((W - X) ** 2))


def star(*xs, **named):
    return np.sum(xs[0] * xs[1]) * named["k"]


def test_wrt_of_star_parameters():
    derivative = dpc.grad(star, wrt=("xs", "named"), branches="hard")
    (a, b), named = derivative(W, X, k=3.0)
    np.testing.assert_allclose(a, 3 * X)
    np.testing.assert_allclose(b, 3 * W)
    assert named == {"k": pytest.approx(np.sum(W * X))}


def test_wrong_calls_raise_as_the_function_does():
    derivative = dpc.grad(loss, branches="hard")
    for call in ((), (W,), (W, X, 1.0, 2.0)):
        with pytest.raises(TypeError):
            derivative(*call)
    with pytest.raises(TypeError):
        derivative(W, X, rate=1.0)


def test_name_signature_and_docstring_are_kept():
    derivative = dpc.grad(loss, branches="hard")
    assert derivative.__name__ == "loss"
    assert derivative.__qualname__ == loss.__qualname__
    assert derivative.__module__ == loss.__module__
    assert derivative.__doc__ == loss.__doc__
    assert inspect.signature(derivative) == inspect.signature(loss)


def python_float(x):
    return float(x[0]) ** 2


def numpy_scalar(x):
    return x[0] ** 2


def zero_dimensional(x):
    return np.array(x[0] ** 2)


@pytest.mark.parametrize("function", [python_float, numpy_scalar, zero_dimensional])
def test_what_counts_as_a_scalar(function):
    assert dpc.grad(function, branches="hard")(W).tolist() == [2.0, 0.0]


def one_element(x):
    return x[:1]


def vector(x):
    return x * 2


def integer(x):
    return int(x[0]) * 3


def count(x):
    return np.sum(x > 1)


def complex_number(x):
    return np.sum(x) * 1j


def nothing(x):
    x * 2


def pair(x):
    return np.sum(x), 1.0


RESULTS = [one_element, vector, integer, count, complex_number, nothing, pair]


@pytest.mark.parametrize("function", RESULTS)
def test_what_does_not_count_as_a_scalar(function):
    with pytest.raises(dpc.ArgumentError):
        dpc.grad(function, branches="hard")(W)


def constant(x, y: float):
    return y * 2


def test_a_result_that_does_not_depend_on_wrt_has_gradient_zero():
    derivative = dpc.value_and_grad(constant, branches="hard")
    value, found = derivative(W, 3.0)
    assert value == 6.0
    assert found.tolist() == [0.0, 0.0]
    assert "x" in str(derivative.report)


def with_aux(w, x):
    difference = w - x
    return np.sum(difference**2), {"difference": difference, "name": "loss", "w": w}


def test_has_aux_returns_what_the_function_returns_beside_the_value():
    derivative = dpc.value_and_grad(with_aux, has_aux=True, branches="hard")
    (value, aux), found = derivative(W, X)
    assert value == np.sum((W - X) ** 2)
    assert aux["difference"].tolist() == (W - X).tolist()
    assert aux["name"] == "loss"
    np.testing.assert_allclose(found, 2 * (W - X))


def test_has_aux_with_several_gradients():
    derivative = dpc.value_and_grad(with_aux, wrt=(1, 0), has_aux=True, branches="hard")
    (_, aux), (x_bar, w_bar) = derivative(W, X)
    assert aux["w"] is W
    np.testing.assert_allclose(x_bar, -w_bar)


def aux_is_written_later(x):
    y = x * x
    value = np.sum(y)
    y[0] = 7.0
    return value, y


def test_aux_is_what_it_is_at_the_end():
    derivative = dpc.value_and_grad(aux_is_written_later, has_aux=True, branches="hard")
    (value, aux), found = derivative(W)
    assert (value, aux.tolist(), found.tolist()) == (5.0, [7.0, 4.0], [2.0, 4.0])


def test_has_aux_needs_a_pair():
    with pytest.raises(dpc.ArgumentError):
        dpc.value_and_grad(vector, has_aux=True, branches="hard")(W)


def stopped(x: float):
    return dpc.stop_gradient(x * x) * x + dpc.stop_gradient([x, 2.0])[0]


def test_stop_gradient():
    assert dpc.grad(stopped, branches="hard")(3.0) == 9.0
    assert stopped(3.0) == 30.0
    array = np.ones(2)
    assert dpc.stop_gradient(array) is array
