"""Circular and hyperbolic functions, their inverses, angles."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import POSITIVE, REAL, UNIT, Call, Shape, call, draw
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import is_float, is_real, over, over_zero, rt

rules = RuleSet("trigonometric")


@rules.elementwise("np.sin", "math.sin", domain=REAL)
def sin(x: Any, *, out: Any) -> Any:
    return np.cos(x)


@rules.elementwise("np.cos", "math.cos", domain=REAL)
def cos(x: Any, *, out: Any) -> Any:
    return -np.sin(x)


@rules.elementwise("np.tan", "math.tan", domain=(-1.2, 1.2))
def tan(x: Any, *, out: Any) -> Any:
    return 1 + out * out


@rules.elementwise(
    "np.arcsin", "math.asin", domain=UNIT, partial_can_fail=True, can_fail=True
)
def arcsin(x: Any, *, out: Any) -> Any:
    return over_zero(1, np.sqrt(1 - x * x))


@rules.elementwise(
    "np.arccos", "math.acos", domain=UNIT, partial_can_fail=True, can_fail=True
)
def arccos(x: Any, *, out: Any) -> Any:
    return -over_zero(1, np.sqrt(1 - x * x))


@rules.elementwise("np.arctan", "math.atan", domain=REAL)
def arctan(x: Any, *, out: Any) -> Any:
    return over(1, 1 + x * x)


@rules.elementwise("np.arctan2", "math.atan2", domain=REAL, partial_can_fail=True)
def arctan2(y: Any, x: Any, *, out: Any) -> Any:
    square = x * x + y * y
    return over_zero(x, square), -over_zero(y, square)


@rules.elementwise("np.sinh", "math.sinh", domain=REAL, can_fail=True)
def sinh(x: Any, *, out: Any) -> Any:
    return np.cosh(x)


@rules.elementwise("np.cosh", "math.cosh", domain=REAL, can_fail=True)
def cosh(x: Any, *, out: Any) -> Any:
    return np.sinh(x)


@rules.elementwise("np.tanh", "math.tanh", domain=REAL)
def tanh(x: Any, *, out: Any) -> Any:
    return 1 - out * out


@rules.elementwise("np.arcsinh", "math.asinh", domain=REAL)
def arcsinh(x: Any, *, out: Any) -> Any:
    return over(1, np.sqrt(1 + x * x))


@rules.elementwise(
    "np.arccosh", "math.acosh", domain=(1.2, 3.0), partial_can_fail=True, can_fail=True
)
def arccosh(x: Any, *, out: Any) -> Any:
    if is_real(x) or is_float(x):
        return over_zero(1, np.sqrt(x * x - 1))
    # One root of the product lies on another branch for half of the complex numbers.
    return over_zero(1, np.sqrt(x - 1) * np.sqrt(x + 1))


@rules.elementwise(
    "np.arctanh", "math.atanh", domain=UNIT, partial_can_fail=True, can_fail=True
)
def arctanh(x: Any, *, out: Any) -> Any:
    return over(1, 1 - x * x)


@rules.elementwise("np.hypot", domain=REAL, partial_can_fail=True)
def hypot(x: Any, y: Any, *, out: Any) -> Any:
    return rt.ratio(x, out), rt.ratio(y, out)


@rules.elementwise("math.hypot", domain=(REAL, REAL, REAL))
def hypot_of_many(*coordinates: Any, out: Any) -> Any:
    return tuple(rt.ratio(x, out) for x in coordinates)


@rules.elementwise("np.deg2rad", "np.radians", "math.radians", domain=REAL)
def deg2rad(x: Any, *, out: Any) -> Any:
    return pi / 180


@rules.elementwise("np.rad2deg", "np.degrees", "math.degrees", domain=REAL)
def rad2deg(x: Any, *, out: Any) -> Any:
    return 180 / pi


@rules.elementwise("np.sinc", domain=REAL)
def sinc(x: Any, *, out: Any) -> Any:
    # The quotient cancels near 0, where the series has all digits.
    near = np.abs(x) < 0.03
    square = (np.pi * x) * (np.pi * x)
    series = 1 - square / 10 * (1 - square / 28 * (1 - square / 54))
    away = (np.cos(np.pi * x) - out) / np.where(near, 1, x)
    return np.where(near, -(np.pi**2) / 3 * x * series, away)


@rules.elementwise(
    "np.angle",
    domain=POSITIVE,
    infer=results.real_part,
    partial_can_fail=True,
    real=True,
)
def angle(z: Any, *, out: Any) -> Any:
    # That of real numbers is a step, from 0 to pi.
    return None if is_real(z) else over(-1j, z)


def _always_array(args: Args, kwargs: Kwargs) -> Fact:
    x = results.floating(args, kwargs)
    return Fact("array", x.dtype, x.shape)


@rules.elementwise("np.i0", domain=REAL, infer=_always_array)
def i0(x: Any, *, out: Any) -> Any:
    return rt.bessel_i(1, x)


def _of_order(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(n, np.asarray(draw(rng, shape, REAL))) for n in (0, 1, 2)]


@rules.elementwise("dpc.bessel_i", domain=_of_order)
def bessel_i(n: Any, x: Any, *, out: Any) -> Any:
    return None, 0.5 * (rt.bessel_i(n - 1, x) + rt.bessel_i(n + 1, x))
