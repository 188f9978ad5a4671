"""Partial derivatives that must not raise where the primal does not.

For Python floats `0.0 ** -0.5` and `1 / 0.0` raise, for arrays they are infinite. Code
that is written for both, and code for floats alone, calls these where it matters.
"""

from __future__ import annotations

import math
from typing import Any

from dpc.runtime.arrays import array_module


def quotient(a: Any, b: Any) -> Any:
    """`a / b`, where dividing floats by zero gives infinity or NaN, as for arrays."""
    if isinstance(b, float | int) and b == 0 and isinstance(a, float | int):
        signs = math.copysign(1.0, a) * math.copysign(1.0, b)
        return signs * math.inf if abs(a) > 0 else math.nan
    return a / b


def ratio(a: Any, b: Any) -> Any:
    """`a / b`, and 0 where `b` is 0: the slope of a norm at its kink."""
    if isinstance(b, float | int) and isinstance(a, float | int):
        return a / b if b else 0.0
    if isinstance(b, float | int):
        return a / b if b else 0 * a
    xp = array_module(a, b)
    zero = b == 0
    return xp.where(zero, 0, a / xp.where(zero, 1, b))


def portion(a: Any, b: Any) -> Any:
    """`a / b`, and 0 for `0 / 0`: the slope of what nothing of it is taken."""
    if isinstance(b, float | int) and isinstance(a, float | int):
        return quotient(a, b) if a or b else 0.0
    xp = array_module(a, b)
    return a / xp.where((a == 0) & (b == 0), 1, b)


def power(x: Any, y: Any) -> Any:
    """`x**y`, where floats give infinity or NaN: they never raise nor turn complex."""
    if not (isinstance(x, float | int) and isinstance(y, float | int)):
        return x**y
    try:
        out = x**y
    except (ZeroDivisionError, OverflowError):
        return math.inf
    return math.nan if isinstance(out, complex) else out


def power_slope(x: Any, y: Any) -> Any:
    """The derivative of `x**y` in `x`: `y * x**(y - 1)`, and 0 where `y` is 0."""
    if isinstance(y, float | int):
        return y * power(x, y - 1) if y else x * 0.0
    xp = array_module(x, y)
    zero = y == 0
    return xp.where(zero, 0, y) * x ** xp.where(zero, 1, y - 1)


def power_log(x: Any, power: Any) -> Any:
    """The derivative of `power = x**y` in `y`: `power * log(x)`, 0 where `power` is."""
    if isinstance(x, float | int) and isinstance(power, float | int):
        if power == 0 or x <= 0:
            return 0.0 if power == 0 else -math.inf * power if x == 0 else math.nan
        return power * math.log(x)
    xp = array_module(x, power)
    base = xp.where(power == 0, 1, x)
    # The number 1 has widened a Python float; the power has the dtype of both operands.
    dtype = getattr(power, "dtype", base.dtype)
    return power * xp.log(base if dtype.kind == "b" else base.astype(dtype))
