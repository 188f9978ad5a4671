"""Nested compilers: each keeps its own options, and says what does not fit."""

import math

import numpy as np
import pytest

import dpc
from tests import differences


def grad(function, wrt=0):
    return dpc.grad(function, wrt=wrt, branches="hard")


def cubic(x: float):
    return x**3 * 2 + math.sin(x)


# Options: each compiler keeps its own


def bent(x: float, t: float):
    if x > 0.3:
        y = x * x * t
    else:
        y = 2 * x + math.sin(t)
    return y


def soft_inside(x: float, t: float):
    g = dpc.grad(bent, branches="soft", temperature="t")(x, t)
    if g > 0.2:
        g = g * g
    return g * x


def hard_inside(x: float, t: float):
    g = dpc.grad(bent, branches="hard")(x, t)
    if g > 0.2:
        g = g * g
    return g * x


def straight_inside(x: float, t: float):
    value, g = dpc.value_and_grad(bent, branches="straight-through")(x, t)
    return value * g


def under_a_temperature(x: float, t: float):
    with dpc.temperature(t):
        return dpc.grad(bent, branches="soft")(x, 1.0)


@pytest.mark.parametrize("outer", ["hard", "soft"])
@pytest.mark.parametrize(
    "program", [soft_inside, hard_inside, straight_inside, under_a_temperature]
)
def test_relaxed_inside_and_outside(program, outer):
    args = 0.4, 0.7
    shown = dpc.soften(program, wrt=(0, 1)) if outer == "soft" else program
    expected = differences.gradient(shown, args, (0, 1)).gradient
    found = dpc.grad(program, wrt=(0, 1), branches=outer)(*args)
    differences.assert_close(found, expected)


def test_a_relaxed_gradient_of_a_relaxed_gradient():
    first = dpc.grad(bent, branches="soft")
    expected = differences.gradient(first, (0.4, 0.7)).gradient
    differences.assert_close(grad(first)(0.4, 0.7), expected)


# What does not fit


def not_a_scalar(x):
    return np.sum(dpc.grad(lambda y: y * 2, branches="hard")(x))


def an_integer(x: float):
    return dpc.grad(lambda y: y * x, branches="hard")(2)


def no_parameter(x: float):
    return dpc.grad(cubic, wrt="z", branches="hard")(x)


@pytest.mark.parametrize(
    ("program", "argument", "what"),
    [
        (not_a_scalar, np.ones(2), "only a floating scalar has a gradient"),
        (an_integer, 1.0, "nothing to differentiate: it is an int"),
        (no_parameter, 1.0, "no parameter is named 'z'"),
    ],
)
def test_arguments_of_inner_compilers(program, argument, what):
    with pytest.raises(dpc.ArgumentError, match=what):
        grad(program)(argument)
