"""The compilers nest: derivatives of programs that call derivatives, to order three."""

import math

import numpy as np
import pytest

import dpc
from tests import differences


def grad(function, wrt=0):
    return dpc.grad(function, wrt=wrt, branches="hard")


def cubic(x: float):
    return x**3 * 2 + math.sin(x)


def test_gradient_of_a_gradient_to_order_three():
    first = grad(cubic)
    second = grad(first)
    third = grad(second)
    x = 0.7
    assert first(x) == pytest.approx(6 * x**2 + math.cos(x))
    assert second(x) == pytest.approx(12 * x - math.sin(x))
    assert third(x) == pytest.approx(12 - math.cos(x))


slope = grad(cubic)


def uses_a_compiled_gradient(x: float):
    return slope(x * x) * x


def compiles_inside(x: float):
    return dpc.grad(cubic, branches="hard")(x) ** 2


def value_and_slope(x: float):
    value, gradient = dpc.value_and_grad(cubic, branches="hard")(x)
    return value * gradient


@pytest.mark.parametrize(
    "program", [uses_a_compiled_gradient, compiles_inside, value_and_slope]
)
def test_a_program_that_calls_a_gradient(program):
    expected = differences.gradient(program, (0.7,)).gradient
    differences.assert_close(grad(program)(0.7), expected)


def stencil(x, steps):
    y = x.copy()
    for k in range(steps):
        y[1:-1] = 0.5 * (y[2:] + y[:-2]) * y[1:-1]
        if y[k] > 100:
            break
    return np.sum(y * y)


def norm_of_the_gradient(x):
    g = dpc.grad(stencil, branches="hard")(x, 2)
    return np.sum(g * g)


def test_second_order_through_stores_and_loops():
    x = np.array([0.3, 0.7, 1.1, 0.4])
    expected = differences.gradient(norm_of_the_gradient, (x,)).gradient
    differences.assert_close(grad(norm_of_the_gradient)(x), expected)


def scalar_loop(x: float, n: int):
    total = 0.0
    while total < 2:
        x = x * 1.1 + 0.1
        total = total + x * x
        if n == 0:
            return total
        n -= 1
    return total * x


def test_order_three_of_a_loop():
    first = grad(scalar_loop)
    second = grad(first)
    third = grad(second)
    expected = differences.gradient(lambda x: first(x, 2), (0.7,)).gradient
    assert second(0.7, 2) == pytest.approx(expected, rel=1e-6)
    expected = differences.gradient(lambda x: second(x, 2), (0.7,)).gradient
    assert third(0.7, 2) == pytest.approx(expected, rel=1e-6)


def penalty(w, x):
    def loss(w):
        return np.sum(np.tanh(x * w) ** 2)

    g = dpc.grad(loss, branches="hard")(w)
    return loss(w) + 0.1 * np.sum(g * g)


def test_gradient_of_a_local_function():
    w, x = np.array([0.3, 0.7]), np.array([1.1, -0.4])
    expected = differences.gradient(penalty, (w, x), (0, 1)).gradient
    differences.assert_close(grad(penalty, (0, 1))(w, x), expected)


def train(w, rate: float):
    """Learning rates are learned through the steps of an optimiser."""
    for _ in range(3):
        w = w - rate * slope_of_bowl(w)
    return np.sum(w * w)


@dpc.grad(branches="hard")
def slope_of_bowl(w):
    return np.sum(w**4) + np.sum(w * w)


def test_hypergradient():
    w = np.array([0.3, 0.7])
    expected = differences.gradient(train, (w, 0.1), (0, 1)).gradient
    differences.assert_close(grad(train, (0, 1))(w, 0.1), expected)


def test_confused_perturbations():
    """d/dx (x * d/dy (x + y)) is 1: the inner derivative does not see x."""

    def outer(x: float):
        return x * dpc.grad(lambda y: x + y, branches="hard")(1.0)

    assert grad(outer)(1.0) == 1.0


def pulled(x):
    out, pullback = dpc.vjp(np.sin, x, branches="hard")
    return np.sum(pullback(out)[0])


def test_vjp_inside_a_program():
    x = np.array([0.3, 0.7])
    expected = differences.gradient(pulled, (x,)).gradient
    differences.assert_close(grad(pulled)(x), expected)
