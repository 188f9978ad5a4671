"""Fixed points and roots: the derivative of the solution, however it was found."""

import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest

import dpc
from dpc.errors import ConvergenceError
from tests import differences, trees
from tests.oracle import assert_right

W = np.array([[0.4, -0.2, 0.1], [0.3, 0.2, -0.5], [-0.3, 0.2, 0.1]])
B = np.array([0.1, 0.2, -0.3])


def babylon(a: float):
    x = dpc.fixed_point(lambda x: 0.5 * (x + a / x), 1.0)
    return x * x * x


def cell(x, w, b):
    return np.tanh(w @ x + b)


def layer(w, b):
    x = dpc.fixed_point(cell, np.zeros(3), w, b, tol=1e-12)
    return np.sum(x * x)


def pair(a, b):
    """Two coupled quantities, a float and an array, in a dict."""

    def step(s, a):
        return {
            "t": 0.3 * np.cos(s["t"]) + 0.1 * np.sum(s["v"]),
            "v": 0.2 * s["v"] * b + a,
        }

    s = dpc.fixed_point(step, {"t": 0.0, "v": np.zeros(3)}, a, tol=1e-12)
    return s["t"] * np.sum(s["v"] ** 2)


def branching(a: float, n):
    """A step with a branch and a loop."""

    def step(x):
        if a > 1.0:
            x = 0.5 * np.cos(x)
        for k in range(n):
            x = 0.7 * x + 0.1 * a * np.sin(x + k)
        return x

    return dpc.fixed_point(step, 0.5, tol=1e-12) ** 2


def in_a_loop(w, b):
    total = 0.0
    x = np.zeros(3)
    for k in range(3):
        if k != 1:
            x = dpc.fixed_point(cell, x, w, b * (k + 1.0), tol=1e-12)
        total = total + np.sum(np.sin(x))
        b = b + 0.1 * x
    return total


def nested(a: float):
    def outer(y):
        inner = dpc.fixed_point(lambda x: 0.4 * np.cos(x + y) + 0.1 * a, 0.0, tol=1e-13)
        return 0.5 * np.sin(inner) + 0.2 * a * y

    return dpc.fixed_point(outer, 0.3, tol=1e-12)


def kepler(e: float, m: float):
    anomaly = dpc.root(lambda u: u - e * np.sin(u) - m, m)
    return np.cos(anomaly)


def system(a):
    def residual(x, a):
        return np.array([x[0] ** 2 + x[1] - a[0], x[0] - x[1] ** 2 + a[1]])

    x = dpc.root(residual, np.ones(2), a)
    return x[0] + 2.0 * x[1] ** 2


def implicit_euler(y, k, n):
    """A stiff pair of equations."""
    for _ in range(n):
        y = dpc.root(lambda z: z - y - 0.1 * np.array([-k * z[0] * z[1], z[0]]), y)
    return np.sum(y * y)


def system_in_containers(a: float, b):
    def residual(s):
        x, v = s
        return [x**3 - a * np.sum(v), v + 0.3 * np.sin(v) * x - b]

    x, v = dpc.root(residual, (1.0, np.zeros(2)))
    return x * np.sum(v * v)


@dataclass
class Model:
    gain: float
    bias: np.ndarray


def of_an_object(model, x0):
    x = dpc.fixed_point(lambda x: np.sin(model.gain * x) + model.bias, x0, tol=1e-12)
    return np.sum(x)


def written_later(w, b):
    start = np.zeros(3)
    start[1] = 0.3
    x = dpc.fixed_point(cell, start, w, b, tol=1e-12)
    y = dpc.root(lambda y: y + 0.1 * y**3 - x, start)
    x[0] *= 2.0
    y[1:] += x[:2]
    start[:] = b
    return np.sum(x * y) + np.sum(start)


PROGRAMS = [
    (babylon, (3.0,), 0),
    (layer, (W, B), (0, 1)),
    (written_later, (W, B), (0, 1)),
    (pair, (B, 0.7), (0, 1)),
    (branching, (1.4, 3), 0),
    (in_a_loop, (W, B), (0, 1)),
    (nested, (0.8,), 0),
    (kepler, (0.3, 0.9), (0, 1)),
    (system, (np.array([2.0, 0.5]),), 0),
    (implicit_euler, (np.array([1.0, 0.5]), 3.0, 4), (0, 1)),
    (system_in_containers, (1.2, np.array([0.4, 0.9])), (0, 1)),
    (of_an_object, (Model(0.5, B), np.zeros(3)), 0),
]


@pytest.mark.parametrize(
    ("function", "args", "wrt"), PROGRAMS, ids=[f.__name__ for f, _, _ in PROGRAMS]
)
def test_against_differences(function, args, wrt):
    assert_right(function, *args, wrt=wrt)


def unrolled(w, b):
    x = np.zeros(3)
    for _ in range(80):
        x = np.tanh(w @ x + b)
    return np.sum(x * x)


def test_same_as_unrolled():
    implicit = dpc.grad(layer, wrt=(0, 1), branches="hard")(W, B)
    expected = dpc.grad(unrolled, wrt=(0, 1), branches="hard")(W, B)
    differences.assert_close(implicit, expected, rtol=1e-8)


def test_the_start_has_no_derivative():
    def f(x0, a):
        return np.sum(dpc.fixed_point(lambda x: 0.5 * np.cos(x) * a, x0))

    g = dpc.grad(f, wrt=(0, 1), branches="hard")
    trees.assert_same(g(np.ones(2), 0.7)[0], np.zeros(2))
    # Also where the start is the solution.
    solution = dpc.fixed_point(lambda x: 0.5 * np.cos(x) * 0.7, np.ones(2), tol=1e-15)
    first, second = g(np.ones(2), 0.7)[1], g(solution, 0.7)[1]
    assert first == pytest.approx(second, rel=1e-8)


def test_small_cotangents_keep_their_digits():
    def f(a: float, scale: float):
        return scale * dpc.fixed_point(lambda x: 0.9 * np.cos(x) * a, 0.5)

    g = dpc.grad(f, branches="hard")
    assert g(0.8, 1e-12) * 1e12 == pytest.approx(g(0.8, 1.0), rel=1e-8)


def test_single_precision():
    w, b = W.astype(np.float32), B.astype(np.float32)

    def f(w, b):
        return np.sum(dpc.fixed_point(cell, np.zeros(3, np.float32), w, b))

    found = dpc.grad(f, branches="hard")(w, b)
    assert found.dtype == np.float32
    expected = dpc.grad(lambda w, b: np.sum(dpc.fixed_point(cell, 0 * b, w, b)))(W, B)
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-6)


def late(a, step):
    return np.sum(dpc.fixed_point(step, np.zeros(3), a, tol=1e-12))


def drift(x, a):
    return 0.4 * np.sin(x) + a


def test_a_step_that_is_compiled_when_it_is_reached():
    assert_right(late, B, drift)


def test_relaxed_and_checkpointed():
    def f(a: float):
        if a > 0.5:
            a = a * 2.0
        for _ in range(5):
            a = dpc.fixed_point(lambda x: 0.3 * np.cos(x) + 0.5 * a, 0.0, tol=1e-13)
        return a

    dpc.check_grad(f, 0.6, branches="soft")
    plain = dpc.grad(f, branches="hard")(0.6)
    assert plain == dpc.grad(f, branches="hard", checkpoint=("revolve", 2))(0.6)


def test_pullback_called_again():
    x, pullback = dpc.vjp(lambda w, b: dpc.fixed_point(cell, 0 * b, w, b), W, B)
    first, second = pullback(B), pullback(B)
    trees.assert_same(first, second)
    trees.assert_same(x, dpc.fixed_point(cell, 0 * B, W, B), ulps=4)


def test_outside_compiled_code():
    assert dpc.fixed_point(np.cos, 1.0) == pytest.approx(0.7390851332)
    x = dpc.fixed_point(cell, np.zeros(3), W, B)
    assert np.allclose(x, cell(x, W, B), atol=1e-9)
    assert dpc.root(lambda x, a: x * x - a, 1.0, 2.0) == pytest.approx(2.0**0.5)
    s = dpc.root(lambda s: (s[0] - 1.0, s[1] - s[0]), (0, [5.0][0]))
    assert s == pytest.approx((1.0, 1.0))


def leading_away(a: float):
    return dpc.fixed_point(lambda x: 3.0 * x + a, -0.5)


@pytest.mark.parametrize("compiled", [False, True])
def test_not_reached(compiled):
    def diverging(a: float):
        return dpc.fixed_point(lambda x: 2.0 * x + a, 1.0, max_steps=7)

    def no_root(a: float):
        return dpc.root(lambda x: x * x + a, 1.0, max_steps=7)

    def adjoint(a: float):
        # From the fixed point itself; a step leads away from it.
        return dpc.fixed_point(lambda x: 3.0 * x * a, 0.0)

    def run(f):
        return dpc.grad(f, branches="hard") if compiled else f

    for f in (diverging, no_root):
        with pytest.raises(ConvergenceError, match="7 steps"):
            run(f)(1.0)
    if compiled:
        with pytest.raises(ConvergenceError, match="1000 steps"):
            run(adjoint)(1.0)
        with pytest.raises(ConvergenceError, match="1000 steps"):
            dpc.jvp(
                lambda a: dpc.fixed_point(lambda x: 3.0 * x + a, -0.5), (1.0,), (1.0,)
            )
    else:
        with pytest.raises(ConvergenceError, match="singular"):
            dpc.root(lambda x: 0.0 * x + 1.0, 1.0)
        with pytest.raises(ConvergenceError, match="as many numbers"):
            dpc.root(lambda x: np.ones(3) * x, 1.0)


def test_memory_does_not_grow_with_the_steps():
    def slow(a, rate):
        x = dpc.fixed_point(
            lambda x: x + rate * (np.cos(x) * a - x), 0 * a, tol=1e-6, max_steps=100_000
        )
        return np.sum(x)

    a = np.linspace(0.1, 0.9, 1000)
    gradient = dpc.grad(slow, branches="hard")
    pushed = dpc.pushforward(slow, branches="hard")
    for run in (gradient, lambda a, rate: pushed(a, rate, tangents=a)):
        peaks = []
        for rate in (0.5, 0.01):
            run(a, rate)
            tracemalloc.start()
            run(a, rate)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < 1.1 * peaks[0]


def test_export(tmp_path):
    path = tmp_path / "exported.py"
    derivative = dpc.grad(system, branches="hard")
    derivative.export(path)
    namespace = {}
    exec(path.read_text(), namespace)
    a = np.array([2.0, 0.5])
    trees.assert_same(namespace["system_grad"](a), derivative.generic(a))
