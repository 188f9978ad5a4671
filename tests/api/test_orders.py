"""Higher orders: third derivatives, Hessians by reverse over reverse, training."""

import math
from types import FunctionType

import numpy as np
import pytest

import dpc
from tests import differences


def grad(function, wrt=0):
    return dpc.grad(function, wrt=wrt, branches="hard")


def product_of_both(x: float):
    return math.sin(x) * math.exp(x * x)


def loop_with_a_break(x: float):
    total = 0.0
    while True:
        x = x * x + 0.1
        total = total + math.sin(x)
        if total > 2:
            break
    return total * x


def loop_in_a_loop(x: float):
    total = 0.0
    for i in range(4):
        for _ in range(i):
            x = math.sin(x) * 1.1
            total = total + x * x
        if total > 1.0:
            total = total * x
    return total


@pytest.mark.parametrize(
    "program", [product_of_both, loop_with_a_break, loop_in_a_loop]
)
def test_third_derivatives(program):
    second = grad(grad(program))
    expected = differences.gradient(second, (0.7,)).gradient
    assert grad(second)(0.7) == pytest.approx(expected, rel=1e-6)


# Hessians: the gradient of `sum(v * gradient)` is one times a direction.


def along(program):
    """The Hessian of a program of one array times a direction, reverse over reverse."""
    slope = grad(program)

    def slope_along(x, v):
        return np.sum(slope(x) * v)

    return slope_along


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


rng = np.random.default_rng(0)
POINTS = rng.normal(size=(20, 4))
LABELS = (rng.random(20) > 0.5) * 1.0
SERIES = rng.normal(size=(6, 2))


def logistic(w):
    z = POINTS @ w
    return np.mean(np.logaddexp(0, z) - LABELS * z) + 0.1 * np.sum(w * w)


def recurrent(w):
    state, recur = np.zeros(2), w[:4].reshape(2, 2)
    for t in range(6):
        state = np.tanh(recur @ state + w[4:] * SERIES[t])
    return np.sum(state * state)


def diffusion(x):
    y = x.copy()
    for _ in range(3):
        y[1:-1] = 0.5 * (y[2:] + y[:-2]) * y[1:-1]
        y[0] = y[-1] * x[1]
    return np.sum(y * y)


def collected(x):
    found = []
    state = 1.0
    for i in range(3):
        state = state * x[i]
        found.append(state)
    return found[-1] * found[0] + sum(found)


def views_written(x):
    y = x * 2
    part = y[1:]
    part[0] = part[0] * x[0]
    table = y.reshape(2, 2)
    table[0, 0] = x[3] * table[1, 1]
    return np.sum(y**3)


@pytest.mark.parametrize(
    ("program", "size"),
    [
        (rosenbrock, 50),
        (logistic, 4),
        (recurrent, 6),
        (diffusion, 7),
        (collected, 4),
        (views_written, 4),
    ],
)
def test_hessians_by_reverse_over_reverse(program, size):
    draw = np.random.default_rng(1)
    x, v = draw.normal(size=size), draw.normal(size=size)
    expected = differences.gradient(along(program), (x, v)).gradient
    found = grad(along(program))(x, v)
    scale = np.max(np.abs(expected))
    assert np.max(np.abs(found - expected)) < 1e-6 * scale


@pytest.mark.parametrize(
    ("program", "size"), [(rosenbrock, 50), (logistic, 4), (recurrent, 6)]
)
def test_a_hessian_is_symmetric_and_that_of_autograd(program, size):
    """Stores in place are not for autograd: the others are run on its own NumPy."""
    autograd = pytest.importorskip("autograd")
    theirs = {**program.__globals__, "np": pytest.importorskip("autograd.numpy")}
    peer = FunctionType(program.__code__, theirs)
    x = np.random.default_rng(2).normal(size=size)
    expected = autograd.hessian(peer)(x)
    times = grad(along(program))
    found = np.array([times(x, row) for row in np.eye(size)])
    np.testing.assert_allclose(found, found.T, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    whole = dpc.hessian(program, branches="hard")(x)
    np.testing.assert_allclose(whole, expected, rtol=1e-9, atol=1e-9)


# How it looks


def cubic(x: float):
    return x**3 * 2 + math.sin(x)


def test_the_second_derivative_of_a_polynomial_is_a_line():
    source = grad(grad(cubic)).source
    assert source.endswith("    return 2 * (6.0 * x) - math.sin(x)\n")


slope_of_rosenbrock = grad(rosenbrock)


def descended(rate: float, w):
    for _ in range(20):
        w = w - rate * slope_of_rosenbrock(w)
    return rosenbrock(w)


def test_twenty_steps_of_gradient_descent():
    args = 1e-4, np.array([0.3, -0.2, 0.5])
    expected = differences.gradient(descended, args, (0, 1), step=1e-6).gradient
    found = grad(descended, (0, 1))(*args)
    assert found[0] == pytest.approx(expected[0], rel=1e-5)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5)
