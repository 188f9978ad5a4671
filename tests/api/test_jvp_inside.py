"""`dpc.jvp` in a program that is differentiated: reverse over forward, and forward
over forward."""

import numpy as np
import pytest

import dpc
from tests import differences


def wave(x: float):
    y = x
    for _ in range(10):
        y = np.sin(y) * x
        if y > 1.5:
            break
        y = y + x * x * y
    return y


def slope(x: float):
    return dpc.jvp(wave, (x,), (1.0,), branches="hard")[1]


def slope_of_slope(x: float):
    return dpc.jvp(slope, (x,), (1.0,), branches="hard")[1]


def test_orders_of_a_loop_with_a_break():
    x, step = 0.7, 1e-5
    second = (slope(x + step) - slope(x - step)) / (2 * step)
    for compiler in (dpc.grad, lambda f, **o: dpc.pushforward(f, **o)):
        compiled = compiler(slope, branches="hard")
        for run in (compiled, compiled.generic):
            if compiler is dpc.grad:
                found = run(x)
            else:
                found = run(x, tangents=1.0)[1]
            assert found == pytest.approx(second, rel=1e-7)
    exact = dpc.grad(slope, branches="hard")
    third = (exact(x + step) - exact(x - step)) / (2 * step)
    assert dpc.grad(slope_of_slope, branches="hard")(x) == pytest.approx(
        third, rel=1e-7
    )
    assert dpc.hvp(slope, branches="hard")(x, 1.0) == pytest.approx(third, rel=1e-7)


def stencil(a, rate: float):
    b = a.copy()
    for _ in range(3):
        b[1:-1] += rate * np.tanh(b[2:] - 2 * b[1:-1] + b[:-2])
    return b


def sensitivity(a, v, rate: float):
    """How far the result moves, squared: a loss on a tangent."""
    out, out_dot = dpc.jvp(stencil, (a, rate), (v, 0.5), branches="hard")
    return np.sum(out_dot * out_dot) + out[1]


def weighed(params, x):
    return {"y": params["w"] @ x + params["b"][0], "n": 1}


def through_containers(w, x):
    params = {"w": w, "b": [w[0, 0], 2]}
    params_dot = {"w": np.cos(w), "b": [1.0, None]}
    _, dots = dpc.jvp(weighed, (params, x), (params_dot, None), branches="hard")
    return np.sum(dots["y"] ** 2)


A, V = np.linspace(-1.0, 1.0, 6) ** 2, np.cos(np.arange(6.0))


@pytest.mark.parametrize(
    ("function", "args", "wrt"),
    [
        (sensitivity, (A, V, 0.3), (0, 1, 2)),
        (through_containers, (np.cos(np.arange(6.0)).reshape(2, 3), A[:3]), (0, 1)),
    ],
)
def test_gradients_of_tangents(function, args, wrt):
    gradient = dpc.grad(function, wrt=wrt, branches="hard")
    expected = differences.gradient(function, args, wrt).gradient
    differences.assert_close(gradient(*args), expected, rtol=1e-6)


def physics(w, x: float):
    """A residual of a differential equation, by two derivatives in x."""

    def model(x):
        return np.sum(w[0] * np.tanh(w[1] * x + w[2]))

    def first(x):
        return dpc.jvp(model, (x,), (1.0,), branches="hard")[1]

    second = dpc.jvp(first, (x,), (1.0,), branches="hard")[1]
    return (second + model(x)) ** 2


def test_a_loss_on_second_derivatives():
    w = np.cos(np.arange(9.0)).reshape(3, 3)
    gradient = dpc.grad(physics, branches="hard")(w, 0.4)
    expected = differences.gradient(physics, (w, 0.4)).gradient
    differences.assert_close(gradient, expected, rtol=1e-6)


def writes(a, x: float):
    a[0] = x
    return np.sum(a)


def pushes_a_writer(a, x: float):
    return dpc.jvp(writes, (a, x), (a, 1.0), branches="hard")[1]


def test_a_written_argument_is_refused():
    with pytest.raises(dpc.UnsupportedError, match="writes an argument of `jvp`"):
        dpc.grad(pushes_a_writer, branches="hard")(np.ones(2), 1.0)


def unknown_pairs(x, pairs):
    return dpc.jvp(wave, pairs, pairs)[1] * x


def test_tuples_have_to_be_written_out():
    with pytest.raises(dpc.UnsupportedError, match="`jvp` of what is not known here"):
        dpc.grad(unknown_pairs, branches="hard")
