"""Returns in nested branches: the rest is for those that go on, by their weights."""

import math
import warnings

import numpy as np
import pytest

import dpc
from tests.compiled import compiled

T = 0.5


def sigmoid(u):
    return 1 / (1 + math.exp(-u / T))


def early(x: float, c: float, d: float):
    if x > c:
        if x > d:
            return 10.0 * x
        a = x
    else:
        a = 2.0
    return a * a


def early_means(x, c, d):
    p, r = sigmoid(x - c), sigmoid(x - d)
    left = p * (1 - r) + 1 - p
    a = (p * (1 - r) * x + (1 - p) * 2.0) / left
    return p * r * 10 * x + left * a * a


def named_before(x: float, c: float, d: float):
    a = 7.0
    if x > c:
        a = 5.0 * x
        if x > d:
            return a
        a = x
    else:
        a = a - 5.0
    return a * a


def named_before_means(x, c, d):
    p, r = sigmoid(x - c), sigmoid(x - d)
    left = p * (1 - r) + 1 - p
    a = (p * (1 - r) * x + (1 - p) * 2.0) / left
    return p * r * 5 * x + left * a * a


def twice(x: float, c: float, d: float):
    a = x
    if x > c:
        if x > d:
            return 3.0
        a = 2 * a
    if a > d:
        if x < c:
            return 5.0 * a
        a = a + 1
    return a * x


def twice_means(x, c, d):
    p, r = sigmoid(x - c), sigmoid(x - d)
    left = p * (1 - r) + 1 - p
    a = (p * (1 - r) * 2 * x + (1 - p) * x) / left
    total = p * r * 3.0
    s, u = sigmoid(a - d), sigmoid(c - x)
    on = s * (1 - u) + 1 - s
    b = (s * (1 - u) * (a + 1) + (1 - s) * a) / on
    return total + left * (s * u * 5.0 * a + on * b * x)


def both_in_part(x: float, c: float, d: float):
    if x > c:
        if x > d:
            return x
        a = 3.0 * x
    elif x > d - 1:
        return -x
    else:
        a = x * x
    return a + d


def both_in_part_means(x, c, d):
    p, r, s = sigmoid(x - c), sigmoid(x - d), sigmoid(x - d + 1)
    left = p * (1 - r) + (1 - p) * (1 - s)
    a = (p * (1 - r) * 3 * x + (1 - p) * (1 - s) * x * x) / left
    return p * r * x - (1 - p) * s * x + left * (a + d)


def in_memory(x: float, c: float, d: float):
    v = np.ones(3) * x
    w = v[1:]
    if x > c:
        v[0] = 4.0
        if x > d:
            w[0] = 9.0
            return np.sum(v)
        w[1] = x * x
    return np.sum(v * v)


def in_memory_means(x, c, d):
    p, r = sigmoid(x - c), sigmoid(x - d)
    left = p * (1 - r) + 1 - p
    q = (1 - p) / left
    v = (1 - q) * np.array([4.0, x, x * x]) + q * np.ones(3) * x
    return p * r * (13.0 + x) + left * np.sum(v * v)


PROGRAMS = [
    (early, early_means),
    (named_before, named_before_means),
    (twice, twice_means),
    (both_in_part, both_in_part_means),
    (in_memory, in_memory_means),
]
NAMES = [f.__name__ for f, _ in PROGRAMS]
POINTS = [(1.1, 0.9, 1.3), (1.5, 0.9, 1.3), (0.4, 0.9, 1.3), (1.2, 1.4, 0.8)]


@pytest.mark.parametrize(("f", "means"), PROGRAMS, ids=NAMES)
@pytest.mark.parametrize("args", POINTS)
@pytest.mark.parametrize("form", ["specialised", "generic"])
def test_the_rest_is_for_those_that_go_on(f, means, args, form):
    derivative = compiled(dpc.value_and_grad, f, wrt=("x", "c", "d"), temperature=T)
    value, gradient = (derivative if form == "specialised" else derivative.generic)(
        *args
    )
    assert value == pytest.approx(means(*args), rel=1e-12)
    h = 1e-6
    for place, bar in enumerate(gradient):
        up, down = (
            means(*(a + s * (i == place) for i, a in enumerate(args))) for s in (h, -h)
        )
        assert bar == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("f", [f for f, _ in PROGRAMS], ids=NAMES)
@pytest.mark.parametrize("args", POINTS)
def test_without_temperature_it_is_the_program(f, args):
    assert compiled(dpc.soften, f, temperature=0.0)(*args) == f(*args)


def written_for_the_caller(v, x: float):
    if x > 0:
        v[0] = 4.0
        if x > 1:
            v[1] = 9.0
            return v[0]
        v[2] = x
    return np.sum(v)


@pytest.mark.parametrize("x", [-0.5, 0.5, 1.5])
def test_without_temperature_the_caller_sees_what_was_written(x):
    exact, seen = np.ones(3), np.ones(3)
    value = written_for_the_caller(exact, x)
    soft = dpc.soften(written_for_the_caller, wrt="x", temperature=0.0)
    assert soft(seen, x) == value
    np.testing.assert_array_equal(seen, exact)


def logarithm_returned(x: float, c: float):
    a = 0.5
    if x > c:
        if x > 0:
            return math.log(x)
        a = 1.0
    else:
        a = 2.0
    return a * a


def root_beside(x: float, c: float):
    a = 0.5
    if x > c + 1.2:
        a = math.sqrt(x)
        if a > 1:
            return a
        a = 1.0 + x
    else:
        a = 2.0
    return math.log(a)


def rest_that_fails(x: float, c: float):
    if x > c:
        if x > 0:
            return 1.0 - x
        a = x
    else:
        a = 2.0 * x
    return math.log(a - 5.0)


def not_finite(x: float, c: float):
    v = np.array([x, 2.0])
    if x > c:
        if x > 0.6:
            return np.sum(np.log(v - 0.5) * x)
        v = v * x
    return np.sum(v)


FAILING = [
    (logarithm_returned, (-0.5, -1.0)),
    (root_beside, (-0.5, -1.0)),
    (rest_that_fails, (1.5, 0.5)),
    (not_finite, (0.3, 0.1)),
]


@pytest.mark.parametrize(("f", "args"), FAILING, ids=[f.__name__ for f, _ in FAILING])
@pytest.mark.parametrize("form", ["specialised", "generic"])
def test_a_branch_of_little_weight_may_fail(f, args, form):
    derivative = dpc.value_and_grad(f, wrt=("x", "c"), temperature=T)
    run = derivative if form == "specialised" else derivative.generic
    with pytest.warns(RuntimeWarning, match="not taken|not finite") as caught:
        value, gradient = run(*args)
    assert len(caught) == 1
    assert np.isfinite(value) and np.all(np.isfinite(gradient))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for place, bar in enumerate(gradient):
            ends = []
            for h in (1e-6, -1e-6):
                moved = [a + h * (i == place) for i, a in enumerate(args)]
                ends.append(derivative(*moved)[0])
            assert bar == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-6)
