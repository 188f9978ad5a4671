"""The relaxed program itself, what is measured on it, and the modes beside it."""

import math

import numpy as np
import pytest

import dpc


def two_tests(x: float, c: float):
    y = x * x if x > c else 3 * x
    if y > 2 and x > 0:
        y = y + 1
    return y


def test_soften_is_what_is_differentiated():
    relaxed = dpc.soften(two_tests, wrt=("x", "c"), temperature=0.3)
    run = dpc.value_and_grad(
        two_tests, wrt=("x", "c"), branches="soft", temperature=0.3
    )
    value, (x_bar, c_bar) = run(1.2, 1.0)
    assert relaxed(1.2, 1.0) == value
    step = 1e-6
    above, below = relaxed(1.2 + step, 1.0), relaxed(1.2 - step, 1.0)
    assert x_bar == pytest.approx((above - below) / (2 * step), rel=1e-7)
    above, below = relaxed(1.2, 1.0 + step), relaxed(1.2, 1.0 - step)
    assert c_bar == pytest.approx((above - below) / (2 * step), rel=1e-7)
    assert "y = blend(x_gt_c, y, x_le_c, y_1)" in relaxed.source


def test_check_grad_compares_with_the_relaxed_program():
    assert dpc.check_grad(two_tests, 1.2, 1.0, wrt=("x", "c"), branches="soft") < 1e-8


def test_the_gap_is_soft_minus_hard():
    soft = dpc.soften(two_tests, temperature=0.1)(1.2, 1.0)
    hard = two_tests(1.2, 1.0)
    assert dpc.gap(two_tests, 1.2, 1.0, temperature=0.1) == soft - hard
    compiled = dpc.value_and_grad(two_tests, branches="soft", temperature=0.1)
    assert dpc.gap(compiled, 1.2, 1.0) == soft - hard
    assert dpc.gap(two_tests, 1.2, 1.0, temperature=0.0) == 0


def test_straight_through_is_the_hard_value_with_the_soft_derivative():
    args = 1.2, 1.0
    soft = dpc.value_and_grad(two_tests, branches="soft")(*args)
    through = dpc.value_and_grad(two_tests, branches="straight-through")(*args)
    assert through == (two_tests(*args), soft[1])
    assert dpc.grad(two_tests, branches="straight-through")(*args) == soft[1]


def test_straight_through_runs_on_what_the_caller_passed():
    def writes(x):
        x[0] = x[0] * 2 if x[0] > 0 else x[0]
        return np.sum(x)

    run = dpc.value_and_grad(writes, branches="straight-through")
    soft = dpc.value_and_grad(writes, branches="soft")
    x = np.array([1.0, 2.0])
    value, gradient = run(x)
    assert value == 4.0 and x[0] == 2.0
    np.testing.assert_array_equal(gradient, soft(np.array([1.0, 2.0]))[1])


def swapped_arms(x: float):
    if not x > 0.3:
        y = math.sin(x)
    else:
        y = x * x
    return y


def as_written(x: float):
    if x > 0.3:
        y = x * x
    else:
        y = math.sin(x)
    return y


def as_expression(x: float):
    y = x * x if x > 0.3 else math.sin(x)
    return y


def as_returns(x: float):
    if x > 0.3:
        return x * x
    return math.sin(x)


@pytest.mark.parametrize("x", [-0.7, 0.2, 0.3, 1.1])
def test_forms_of_one_decision_agree_to_the_bit(x):
    runs = [
        dpc.value_and_grad(f, branches="soft", temperature=0.4)(x)
        for f in (as_written, as_expression, as_returns, swapped_arms)
    ]
    assert runs[0] == runs[1] == runs[2]
    np.testing.assert_allclose(runs[3], runs[0], rtol=1e-15)


@pytest.mark.parametrize("t", [0.1, 0.05, 0.02])
def test_the_error_falls_as_the_temperature_does(t):
    x, distance = 0.8, 0.5
    soft = dpc.soften(as_written, temperature=t)(x)
    bound = abs(math.sin(x) - x * x)
    assert abs(soft - as_written(x)) <= bound * math.exp(-distance / t)


def test_at_temperature_zero_it_is_the_hard_program():
    for x in (-0.7, 0.2, 0.3, 1.1):
        run = dpc.value_and_grad(as_written, branches="soft", temperature=0.0)
        assert run(x) == dpc.value_and_grad(as_written, branches="hard")(x)


def decided(x: float, c: float):
    y = x * x if x > c else 3 * x
    if y == 2:
        y = y + 1
    if dpc.hard(y < 5):
        y = 2 * y
    for _ in range(5):
        if y > 100:
            break
        y = y * 1.5
        if y < 0:
            raise ValueError
    return y


def test_the_report_says_which_tests_are_relaxed_and_why_others_are_not():
    report = dpc.grad(decided, branches="soft").report
    lines = [line.partition(": ")[2] for line in report.splitlines()]
    assert lines[:5] == [
        "the test is relaxed, and blends y",
        "the test stays hard: an equality is relaxed only in dpc.soft(...)",
        "the test stays hard: dpc.hard says so",
        "the test stays hard: it decides whether a loop goes on",
        "the test stays hard: a branch raises",
    ]
