"""Scalar adjoints do not raise where the primal does not, nor warn for nothing."""

import math

import numpy as np
import pytest

import dpc
from tests.oracle import gradient


def root_by_power(x: float):
    return x**0.5


def root_by_math(x: float):
    return math.sqrt(x)


def power_by_math(x: float):
    return math.pow(x, 0.5)


def inverse_sine(x: float):
    return math.asin(x) - math.acos(x)


def inverse_hyperbolic_cosine(x: float):
    return math.acosh(x)


@pytest.mark.parametrize(
    "function,x",
    [
        (root_by_power, 0.0),
        (root_by_math, 0.0),
        (power_by_math, 0.0),
        (inverse_sine, 1.0),
        (inverse_hyperbolic_cosine, 1.0),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_an_infinite_derivative_of_a_float_is_infinity(function, x):
    assert gradient(function, x) == math.inf


def negative_root(x: float):
    return x**-0.5


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_zero_to_a_negative_power_raises_for_floats_only():
    derivative = dpc.grad(negative_root, branches="hard")
    with pytest.raises(ZeroDivisionError):
        derivative(0.0)
    assert derivative(np.float64(0.0)) == -np.inf


def small_powers(x: float):
    return x**1.5 + x**1 + x**0 + x**2 + x**3


def test_small_powers_at_zero():
    assert gradient(small_powers, 0.0) == 1.0


def power(x, y):
    return x**y


def test_exponent_of_a_zero_base():
    assert gradient(power, 0.0, 2.0, wrt=(0, 1)) == (0.0, 0.0)
    x_bar, y_bar = gradient(power, np.float64(0.0), np.float64(2.0), wrt=(0, 1))
    assert (x_bar, y_bar) == (0.0, 0.0)


def squared(x):
    return np.sum(x**2)


def fixed_exponent(x):
    return np.sum(x**3 - x**2 + x**-1)


def exponent_argument(x, n):
    return np.sum(x**n)


def test_exponent_that_is_not_differentiated_needs_no_logarithm():
    """At zero and below, a logarithm of the base would warn, or give nan."""
    with np.errstate(all="raise"):
        assert gradient(squared, np.array([0.0, -1.0])).tolist() == [0.0, -2.0]
        found = gradient(fixed_exponent, np.array([-1.0, -2.0]))
        np.testing.assert_allclose(found, [4.0, 15.75])
        found = gradient(exponent_argument, np.array([-1.0, -2.0]), 3.0)
        np.testing.assert_allclose(found, [3.0, 12.0])
        assert gradient(exponent_argument, np.array([0.0]), 2).tolist() == [0.0]


def quotient(x: float, y: float):
    return x / y


def test_quotient_whose_squared_denominator_under_or_overflows():
    x_bar, y_bar = gradient(quotient, 1e-200, 1e-200, wrt=(0, 1))
    assert math.isclose(x_bar, 1e200)
    assert math.isclose(y_bar, -1e200)
    x_bar, y_bar = gradient(quotient, 1e200, 1e200, wrt=(0, 1))
    assert math.isclose(x_bar, 1e-200)
    assert math.isclose(y_bar, -1e-200)


def product_with_itself(x: float):
    return x * x


def square(x: float):
    return x**2


def test_the_forward_half_keeps_the_operator():
    """`x * x` overflows to infinity where `x**2` raises."""
    value, _ = dpc.value_and_grad(product_with_itself, branches="hard")(1e200)
    assert value == math.inf
    with pytest.raises(OverflowError):
        dpc.value_and_grad(square, branches="hard")(1e200)


def large_tangent_hyperbolic(x: float):
    return math.tanh(x) + math.atan(x) + np.tanh(x) + math.erf(x)


def test_saturated_functions_have_derivative_zero():
    assert gradient(large_tangent_hyperbolic, 800.0) == pytest.approx(1 / 640001)


def logarithm_of_a_sum(x: float):
    return math.log(math.exp(x) + 1)


def test_derivatives_at_the_edge_of_overflow():
    assert gradient(logarithm_of_a_sum, 700.0) == pytest.approx(1.0)
    assert gradient(logarithm_of_a_sum, -745.0) == pytest.approx(0.0, abs=1e-300)


def weighted(x, w):
    return np.sum(x * w) + np.sum(np.exp(-x))


def test_nan_and_infinity_pass_through():
    x = np.array([np.nan, np.inf, 1.0])
    w = np.array([1.0, 2.0, np.inf])
    x_bar, w_bar = gradient(weighted, x, w, wrt=(0, 1))
    np.testing.assert_array_equal(x_bar[:2], [np.nan, 2.0])
    np.testing.assert_array_equal(w_bar, x)
    assert x_bar[2] == np.inf


def steps_of_floats(x: float, y: float):
    if x < y:
        x = x + y
    return x * y


def test_nan_in_a_test_takes_the_same_branch_as_the_primal():
    value, found = dpc.value_and_grad(steps_of_floats, wrt=(0, 1), branches="hard")(
        math.nan, 2.0
    )
    assert math.isnan(value)
    assert found[0] == 2.0
    assert math.isnan(found[1])
