"""Compiled functions share no mutable state; recursion has a tape a call."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import dpc
from tests.oracle import assert_right


def loop(x, n):
    y = x.copy()
    for k in range(n):
        y[k % 3] = np.sin(y[k % 3]) + y[k % 3 - 1] * 0.1
        if y[0] > 2:
            break
    return np.sum(y * y)


def test_threads_share_no_state():
    derivative = dpc.grad(loop, branches="hard")
    points = [(np.arange(3.0) * k / 10 + 0.1, k % 7 + 1) for k in range(40)]
    expected = [derivative(x, n).tolist() for x, n in points]
    together = threading.Barrier(8)

    def run(k):
        if k < 8:
            together.wait()
        return [derivative(x, n).tolist() for x, n in points]

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(run, range(16)):
            assert found == expected


def test_threads_compile_one_function_at_once():
    together = threading.Barrier(8)

    def build(_):
        together.wait()
        return dpc.grad(loop, branches="hard")(np.ones(3), 3).tolist()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(build, range(8)))
    assert all(result == found[0] for result in found)


def later(y, k):
    return np.sin(y) * k


def of_any_kind(x, k):
    total = 0.0
    for _ in range(k):
        total = total + np.sum(LATE["f"](x, k))
    return total


LATE = {"f": later}


def test_threads_make_the_variants_of_one_derivative_at_once():
    """The first calls, with arguments of several kinds, and the generic program."""
    points = [0.5, np.ones(3), np.ones((2, 2)), np.ones(2, np.float32), np.array(1.5)]
    derivative = dpc.grad(of_any_kind, branches="hard")
    together = threading.Barrier(8)

    def run(k):
        together.wait()
        for place in range(len(points)):
            x = points[(place + k) % len(points)]
            for derived in (derivative, derivative.generic):
                assert np.allclose(derived(x, 2), 4 * np.cos(x))
            _, pullback = dpc.vjp(of_any_kind, x, 2, branches="hard")
            assert np.allclose(pullback(1.0)[0], 4 * np.cos(x))
        return True

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(run, range(8)))
    finally:
        sys.setswitchinterval(interval)


def test_pullbacks_share_no_state():
    _, first = dpc.vjp(loop, np.ones(3), 3, branches="hard")
    _, second = dpc.vjp(loop, np.zeros(3) + 0.5, 5, branches="hard")
    before = first(1.0)[0].tolist()
    second(2.0)
    assert first(1.0)[0].tolist() == before


def tree(x, depth):
    """Every call has its own loop, tape and buffers."""
    y = x * 1.0
    for k in range(depth):
        y[k % 2] *= y[k % 2 - 1] + k
    if depth == 0:
        return np.sum(y)
    return tree(np.sin(y), depth - 1) * 0.5 + tree(y[::-1] * 0.5, depth - 1)


def test_recursion_has_a_tape_a_call():
    assert_right(tree, np.array([0.4, 0.9]), 3)


def ackermann_like(x: float, m: int, n: int):
    if m == 0:
        return x * (n + 1)
    if n == 0:
        return ackermann_like(np.sin(x), m - 1, 1)
    return ackermann_like(x, m - 1, n - 1) * ackermann_like(x * 0.9, m, n - 1)


def test_recursion_in_several_places():
    assert_right(ackermann_like, 0.7, 2, 3)


def _call(f, x):
    return f(x) * x


def calls_itself_through_another(x: float, n: int):
    if n == 0:
        return x * x
    return _call(lambda v: calls_itself_through_another(v * 0.9, n - 1), x)


def test_recursion_through_a_function_argument():
    assert_right(calls_itself_through_another, 0.8, 3)


def deep(x: float, n: int):
    return x if n == 0 else deep(x * 1.001, n - 1) + x


def test_recursion_is_as_deep_as_the_primal_allows():
    assert_right(deep, 0.7, 150)
