"""Tests that decide exactly: by what they compare, or by what their branches do."""

import itertools
import math

import numpy as np
import pytest

import dpc

INF, NAN = math.inf, math.nan


def below(x: float, y: float):
    return 1.0 if x < y else 2.0


def at_most(x: float, y: float):
    return 1.0 if x <= y else 2.0


def above(x: float, y: float):
    return 1.0 if x > y else 2.0


def at_least(x: float, y: float):
    return 1.0 if x >= y else 2.0


def not_at_most(x: float, y: float):
    return 1.0 if not x <= y else 2.0


def between(x: float, y: float):
    return 1.0 if -1 < x <= y else 2.0


@pytest.mark.parametrize(
    "f",
    [below, at_most, above, at_least, not_at_most, between],
    ids=lambda f: f.__name__,
)
def test_infinities_and_nan_compare_exactly(f):
    derivative = dpc.value_and_grad(f, wrt=("x", "y"), branches="soft", temperature=0.5)
    odd = (INF, -INF, NAN)
    for x, y in itertools.product((*odd, 0.3), repeat=2):
        if x in odd[:2] or y in odd[:2] or x != x or y != y:
            value, slopes = derivative(x, y)
            if f is between and math.isfinite(x):
                continue  # The first half of the chain is a gate.
            assert value == f(x, y)
            assert slopes == (0.0, 0.0)
            generic = derivative.generic(np.float64(x), np.float64(y))
            assert generic == (f(x, y), (0.0, 0.0))


@pytest.mark.filterwarnings("ignore:invalid value")
def test_elements_that_are_not_finite_compare_exactly():
    def counted(x, y):
        return np.sum(dpc.soft(x <= y))

    x, y = np.array([INF, NAN, -INF, 1.0]), np.array([INF, 1.0, 2.0, 1.0])
    value, (x_bar, _) = dpc.value_and_grad(counted, wrt=("x", "y"), branches="soft")(
        x, y
    )
    assert value == 1 + 0 + 1 + 0.5
    np.testing.assert_array_equal(x_bar, [0, 0, 0, -0.25])


def test_the_smallest_of_many_begins_at_infinity():
    def smallest(v):
        best = INF
        for e in v:
            if e <= best:
                best = e
        return best

    derivative = dpc.value_and_grad(smallest, branches="soft", temperature=0.1)
    value, slopes = derivative(np.array([3.0, 1.0, INF, 2.0]))
    assert value == pytest.approx(1.0, abs=1e-3)
    assert np.all(np.isfinite(slopes))
    assert np.sum(slopes) == pytest.approx(1.0, abs=2e-3)


def guarded(x: float):
    if x > 1:
        if x > 2:
            raise ValueError("far too large")
        else:
            raise ValueError("too large")
    return x * x


def asserted(x: float):
    if x > 0:
        y = 2 * x
        assert y > 0
    else:
        y = x
    return y * y


def appended(x: float):
    history = [x]
    if x > 0:
        history.append(2 * x)
    return sum(history)


def popped(x: float):
    history = [x, 1.0]
    if x < 0:
        history.pop()
    return sum(history)


def random(x: float):
    y = x + np.random.normal() if x > 5 else x
    return y * y


def printed(x: float):
    if x > 0:
        print("above")
        y = 2 * x
    else:
        y = x
    return y * y


def left(x: float):
    total = x
    for k in range(5):
        if total > 1:
            break
        total = total + x * k
    return total


def equal(x: float):
    return x if x == 1 else 2 * x


def said(x: float):
    return x if dpc.hard(x > 1) else 2 * x


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (guarded, "a branch raises"),
        (asserted, "a branch raises"),
        (appended, "a branch changes `history` by append, and it outlives it"),
        (popped, "a branch changes `history` by pop, and it outlives it"),
        (random, "a branch draws random numbers"),
        (printed, "a branch prints"),
        (left, "it decides whether a loop goes on"),
        (equal, "an equality is relaxed only in dpc.soft(...)"),
        (said, "dpc.hard says so"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_report_says_why_a_test_stays_hard(f, why):
    derivative = dpc.value_and_grad(f, branches="soft")
    assert f"the test stays hard: {why}" in derivative.report
    assert "the test is relaxed" not in derivative.report
    assert derivative(0.7) == dpc.value_and_grad(f, branches="hard")(0.7)
    assert derivative(0.7)[0] == f(0.7)


def test_a_list_that_does_not_outlive_its_branch_may_grow():
    def summed(x: float):
        parts = []
        if x > 0:
            inner = []
            for k in range(3):
                inner.append(k * x)
            y = sum(inner)
        else:
            y = x
        parts.append(y)
        return parts[0] * y

    assert "the test is relaxed, and blends y" in dpc.soften(summed).report


def by_shape(x: np.ndarray):
    if x.shape[0] > 2 and x.ndim == 1:
        x = x[: x.shape[0] // 2]
    return np.sum(x * x) * x.shape[0]


@pytest.mark.parametrize("loops", ["unrolled", "soft"])
def test_a_shape_does_not_vary(loops):
    x = np.array([0.3, -0.2, 0.5, 0.7])
    soft = dpc.value_and_grad(by_shape, loops=loops)
    hard = dpc.value_and_grad(by_shape, branches="hard")
    assert soft.specialize(x).source == hard.specialize(x).source
    assert soft(x)[0] == by_shape(x)
