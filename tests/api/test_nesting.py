"""The compilers nest: derivatives of programs that call derivatives, to order three."""

import math
from typing import NamedTuple

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


rng = np.random.default_rng(0)
POINTS = rng.normal(size=(20, 4))
LABELS = (rng.random(20) > 0.5) * 1.0
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
    x, slopes = np.array([0.3, 0.7, 1.1, 0.4]), grad(stencil)
    expected = differences.gradient(lambda x: np.sum(slopes(x, 2) ** 2), (x,)).gradient
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


# What is differentiated inside


def of_containers(params, x):
    return np.sum(np.tanh(params["w"] * x + params["b"])) * params["scale"][0]


slopes_of_containers = grad(of_containers)


def uses_containers(params, x):
    g = slopes_of_containers(params, x)
    return np.sum(g["w"] ** 2) * g["scale"][0] + np.sum(g["b"])


def test_gradients_of_containers():
    params = {"w": np.array([0.3, -0.7]), "b": np.array([0.1, 0.2]), "scale": (1.5, 2)}
    x = np.array([1.1, -0.4])
    expected = differences.gradient(uses_containers, (params, x), (0, 1)).gradient
    differences.assert_close(grad(uses_containers, (0, 1))(params, x), expected)


def fitted(w, rate: float):
    def loss(w, *, scale=2.0, shift):
        residual = POINTS @ (w * scale) - shift
        return np.sum(residual**2), {"residual": residual}

    total = 0.0
    for _ in range(2):
        (value, aux), g = dpc.value_and_grad(loss, has_aux=True, branches="hard")(
            w, shift=LABELS * rate
        )
        w = w - rate * g
        total = total + value + np.sum(aux["residual"] ** 3)
    return total + np.sum(w)


def test_auxiliary_values_and_keywords():
    args = np.array([0.1, -0.2, 0.3, 0.05]), 0.01
    expected = differences.gradient(fitted, args, (0, 1)).gradient
    differences.assert_close(grad(fitted, (0, 1))(*args), expected, rtol=1e-5)


def written_inside(x):
    def fill(x, out):
        out[:] = x * x
        out[0] = out[1] * x[2]
        return np.sum(out**2)

    buffer = np.zeros(3)
    g = dpc.grad(fill, branches="hard")(x, buffer)
    return np.sum(g * g) + np.sum(buffer)


def test_an_inner_function_that_writes():
    x = np.array([0.3, -0.7, 1.1])
    expected = differences.gradient(written_inside, (x,)).gradient
    differences.assert_close(grad(written_inside)(x), expected)


class Model:
    def __init__(self, scale):
        self.scale = scale

    def loss(self, w):
        return np.sum(np.tanh(w * self.scale) ** 2)

    @dpc.grad(branches="hard")
    def slope(self, w):
        return np.sum(np.tanh(w * self.scale) ** 2)

    def meta(self, w):
        g = dpc.grad(self.loss, branches="hard")(w)
        return np.sum(g * g) + np.sum(self.slope(w) ** 3)


def test_methods():
    model, w = Model(1.3), np.array([0.3, -0.7])
    expected = differences.gradient(model.meta, (w,)).gradient
    differences.assert_close(grad(model.meta)(w), expected)


def handed_on(f, w):
    return np.sum(dpc.grad(f, branches="hard")(w) ** 2)


def given_a_function(w):
    return handed_on(lambda v: np.sum(v**3 * w), w)


def test_an_argument_that_the_inner_function_reads_as_well():
    """In `dpc.grad(lambda v: v**3 * w)(w)` only `v` varies for the inner one."""
    w = np.array([0.3, -0.7])
    expected = differences.gradient(given_a_function, (w,)).gradient
    differences.assert_close(grad(given_a_function)(w), expected)


def pulled_in_a_loop(x):
    out, pullback = dpc.vjp(lambda y: np.tanh(POINTS @ y), x, branches="hard")
    total = np.sum(pullback(out)[0] ** 2)
    for i in range(3):
        row = np.zeros(20)
        row[i] = 1.0
        total = total + np.sum(pullback(row)[0] ** 2)
    return total


def test_a_pullback_that_is_called_often():
    x = np.array([0.3, -0.7, 0.2, 0.1])
    expected = differences.gradient(pulled_in_a_loop, (x,)).gradient
    differences.assert_close(grad(pulled_in_a_loop)(x), expected)


def uses_a_name_that_comes_later(x: float):
    return dpc.grad(comes_later, branches="hard")(x) * x


later = grad(uses_a_name_that_comes_later)


def comes_later(x: float):
    return x**3


def test_a_function_that_is_bound_late():
    assert later(0.7) == pytest.approx(9 * 0.7**2)


def powers(x: float, n: int):
    return x if n == 0 else powers(x * x, n - 1) + x


def slope_of_powers(x: float):
    return dpc.grad(powers, branches="hard")(x, 2)


def test_the_derivative_of_a_recursion_is_refused_twice():
    with pytest.raises(dpc.UnsupportedError, match="write a recursion as"):
        grad(slope_of_powers)(0.7)


def powers_of(x: float, c: float, n: int):
    return x * c if n == 0 else powers_of(x * x * c, c, n - 1) + x


@pytest.mark.parametrize("compiler", [grad, dpc.hessian])
def test_so_it_is_where_a_number_stays(compiler):
    with pytest.raises(dpc.UnsupportedError, match="write a recursion as") as raised:
        compiler(grad(powers_of))(0.7, 0.3, 2)
    assert "test_nesting.py" in str(raised.value)


class Wave(NamedTuple):
    x: np.ndarray
    k: float


class Setup(NamedTuple):
    wave: Wave
    n: int
    y: float


def height(setup, x):
    return (np.sin(setup.wave.x * x) * setup.wave.k).sum() * setup.y * setup.n


def fields_of_a_gradient(setup, x):
    g = dpc.grad(height, branches="hard")(setup, x)
    return (g.wave.x * x).sum() * g.wave.k + g.y


def unpacked_gradient(setup, x):
    wave, _, y = dpc.grad(height, branches="hard")(setup, x)
    slopes, k = wave
    return (slopes * x).sum() * k + y


@pytest.mark.parametrize("f", [fields_of_a_gradient, unpacked_gradient])
def test_the_gradient_of_a_named_tuple_is_differentiated(f):
    x = np.array([0.7, -0.4])
    setup = Setup(Wave(x * 2, 0.6), 3, 0.5)
    expected = differences.gradient(f, (setup, x), (0, 1)).gradient
    differences.assert_close(grad(f, (0, 1))(setup, x), expected)
