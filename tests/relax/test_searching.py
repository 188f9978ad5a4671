"""`any` and `all` over generators: products of the weights of each element."""

import math
import warnings

import numpy as np
import pytest

import dpc

T = 0.5
Y = np.array([0.1, 0.5, 0.9, -0.2])
X = 0.3


def every(x: float, y):
    return 1.0 * x if all(v > x for v in y) else x * x


def none(x: float, y):
    return 1.0 * x if not any(v * 2 > x for v in y if v < 3 * x) else x * x


def of_rows(x: float, y):
    found = any(a > x for r in y for a in (r, 2 * r))
    return 1.0 * x if found and x > 0 else x * x


def nested(x: float, y):
    found = all(any(a > x * r for a in y) for r in y)
    return 1.0 * x if found or x > 1 else x * x


def as_a_weight(x: float, y):
    return dpc.soft(any(a > x for a in y)) * x


def chained(x: float, y):
    return 2.0 * x if all(-1 < v - x <= 0.5 for v in y) else x * x


def failing(x: float, y):
    return 1.0 * x if all(x > 0 and math.log(x) < v for v in y) else x * x


def in_a_loop(x: float, y):
    s = x
    for k in range(4):
        if all(v > s * k for v in y):
            s = s * 1.1
        else:
            s = s * 0.5
    return s


def returning(x: float, y):
    if all(v > x for v in y):
        return x
    return 2 * x


def over_nothing(x: float, y):
    found = all(v > x for v in y[:0]) and not any(v > x for v in y[:0])
    return 1.0 * x if found else x * x


PROGRAMS = [
    every,
    none,
    of_rows,
    nested,
    as_a_weight,
    chained,
    failing,
    in_a_loop,
    returning,
    over_nothing,
]


@pytest.mark.parametrize(
    "loops", ["unrolled", pytest.param("soft", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_derivative_of_the_relaxed_program(f, loops):
    options = {"wrt": ("x", "y"), "temperature": T, "loops": loops}
    derivative = dpc.value_and_grad(f, branches="soft", **options)
    relaxed = dpc.soften(f, **options)
    forward = dpc.pushforward(f, branches="soft", temperature=T, loops=loops)
    for x in (X, -0.4):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, (x_bar, y_bar) = derivative(x, Y)
            generic, (x_generic, y_generic) = derivative.generic(x, Y)
            assert value == relaxed(x, Y)
            step = 1e-6
            slope = (relaxed(x + step, Y) - relaxed(x - step, Y)) / (2 * step)
            moves = np.eye(Y.size) * step
            rows = [
                (relaxed(x, Y + move) - relaxed(x, Y - move)) / (2 * step)
                for move in moves
            ]
        assert x_bar == pytest.approx(slope, rel=1e-7, abs=1e-9)
        np.testing.assert_allclose(y_bar, rows, rtol=1e-6, atol=1e-9)
        assert (generic, x_generic) == pytest.approx((value, x_bar), rel=1e-12)
        np.testing.assert_allclose(y_generic, y_bar, rtol=1e-12)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = forward(x, Y, tangents=(1.0,))
        assert found == pytest.approx((value, x_bar), rel=1e-10)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_hard_program_in_the_limit(f):
    cold = dpc.value_and_grad(f, branches="soft", temperature=0.0)
    hard = dpc.value_and_grad(f, branches="hard")
    near = dpc.soften(f, temperature=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for x in (X, -0.45):
            assert near(x, Y) == pytest.approx(float(f(x, Y)), rel=1e-12)
            if f is not as_a_weight:
                assert cold(x, Y) == hard(x, Y)


def test_weights_are_products():
    weights = 1 / (1 + np.exp(-(Y - X) / T))
    relaxed = dpc.soften(every, temperature=T)
    p = np.prod(weights)
    assert relaxed(X, Y) == pytest.approx(p * X + (1 - p) * X * X, rel=1e-14)
    found = dpc.soften(as_a_weight, temperature=T)
    p = 1 - np.prod(1 - weights)
    assert found(X, Y) == pytest.approx(p * X, rel=1e-14)


def test_one_weight_of_zero_keeps_the_derivatives_of_the_others():
    # Dividing the product by a weight of 0 would lose that of the element itself.
    y = np.array([0.2, -100.0, 0.4])
    slopes = dpc.grad(every, wrt="y", branches="soft", temperature=T)(X, y)
    assert np.all(slopes == 0)
    y = np.array([0.2, X - 2.0, 0.4])
    slopes = dpc.grad(every, wrt="y", branches="soft", temperature=0.1)(X, y)
    assert np.all(np.isfinite(slopes)) and slopes[1] > 0


def test_where_it_is_no_condition_it_is_the_truth_value():
    def counted(x: float, y):
        found = any(v > x for v in y)
        return found * x

    assert dpc.grad(counted, branches="soft")(X, Y) == 1.0


def test_it_decides_a_loop_only_where_loops_are_soft():
    def walked(x: float, y):
        s = x
        while any(v > s for v in y):
            s = s + 0.5
        return s * x

    derivative = dpc.value_and_grad(walked, branches="soft")
    assert "decides whether a loop goes on" in derivative.report
    assert derivative(X, Y) == dpc.value_and_grad(walked, branches="hard")(X, Y)
