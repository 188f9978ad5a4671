"""Functions that select one of their operands, or its sign: max, min, where, clip, abs.

Ties share equally; a selection passes exactly zero to what was not selected.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import REAL, call, draw
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import (
    Selected,
    Traced,
    as_int,
    is_complex,
    is_float,
    is_real,
    rt,
    typed,
)

rules = RuleSet("selection")


def _signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    x, y = draw(rng, shape, REAL), draw(rng, shape, REAL)
    return [call(x), call(np.asarray(x + 1j * y))]


def _sign_fact(args: Args, kwargs: Kwargs) -> Fact:
    return results.numpys(results.arithmetic)(args, kwargs)


@rules.pullback("np.sign", domain=_signs, infer=_sign_fact, can_fail=False)
def sign_of(g: Any, x: Any, *, out: Any) -> Any:
    """`z / abs(z)` turns with the angle of `z`; of a real number it is constant."""
    if is_real(x):
        return None
    bar = rt.ratio(1j * np.imag(g * out), x)
    return bar if is_complex(x) else rt.unbroadcast(bar, x)


@rules.pushforward("np.sign")
def sign_tangent(x_dot: Any, x: Any, *, out: Any) -> Any:
    if is_real(x):
        return np.zeros_like(out)
    dot = 1j * out * np.imag(rt.ratio(x_dot, x))
    return dot if is_complex(x) else rt.real_as(dot, out)


def sign(x: Any) -> Any:
    """The sign of a number, without NumPy's functions."""
    # As integers: NumPy's truth values cannot be subtracted.
    return as_int(x > 0) - as_int(x < 0)


def share(first: Any, tie: Any, like: Any) -> Any:
    """The share of an operand: 1 where it comes first, 1/2 where both tie."""
    if is_float(tie):
        return first - 0.5 * tie
    return typed(np.where(tie, 0.5, first), like)


@rules.elementwise("np.maximum", domain=REAL, infer=results.arithmetic)
def maximum(x: Any, y: Any, *, out: Any) -> Any:
    return share(x > y, x == y, out), share(y > x, x == y, out)


@rules.elementwise("np.minimum", domain=REAL, infer=results.arithmetic)
def minimum(x: Any, y: Any, *, out: Any) -> Any:
    return share(x < y, x == y, out), share(y < x, x == y, out)


@rules.elementwise("np.fmax", "np.fmin", domain=REAL, infer=results.arithmetic)
def fmax(x: Any, y: Any, *, out: Any) -> Any:
    # Where one operand is NaN, no comparison between the two holds.
    return share(out == x, x == y, out), share(out == y, x == y, out)


@rules.elementwise(
    "abs",
    "np.abs",
    "np.fabs",
    "math.fabs",
    "operator.abs",
    domain=REAL,
    infer=results.real_part,
    real=True,
)
def absolute(x: Any, *, out: Any) -> Any:
    if is_float(x):
        return sign(x)
    if isinstance(x, Traced) and x.fact.dtype[:1] == "c":
        return rt.ratio(np.conj(x), out)
    slope = np.sign(x)
    return slope if isinstance(x, Traced) and x.fact.dtype else np.conj(slope)


@rules.elementwise("np.copysign", "math.copysign", domain=REAL)
def copysign(x: Any, y: Any, *, out: Any) -> Any:
    if is_float(out):
        return sign(x) * np.copysign(1.0, y), None
    return np.sign(x) * np.sign(out), None


def _bounded(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    x, low = draw(rng, shape, REAL), draw(rng, shape, (-1.5, -0.5))
    return [
        call(x, -0.71, 0.83),
        call(x, low, None),
        call(x, None, -low),
        call(x, low, 1),
    ]


def _clipped(args: Args, kwargs: Kwargs) -> Fact:
    given = (*args, *kwargs.values())
    return results.arithmetic(tuple(f for f in given if f.kind != "none"), {})


@rules.elementwise("np.clip", domain=_bounded, infer=_clipped)
def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    min: Any = None,
    max: Any = None,
    *,
    out: Any,
) -> Any:
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    below = None if low is None else a < low
    above = None if high is None else a > high
    if low is not None and high is not None:
        # Where the bounds have changed sides, it is the upper one that counts.
        below, above = below & (out == low), above | (low > high)
    below, above = (None if x is None else Selected(x) for x in (below, above))
    inside = Selected(out == a)
    if min is None and max is None:
        return inside, below, above
    return inside, None, None, below, above


def _chosen(args: Args, kwargs: Kwargs) -> Fact:
    if len(args) != 3:
        return Fact("tuple", element=F.array("i8", (None,)))
    branches = F.elementwise(args[1:])
    if not all(fact.is_number for fact in args):
        return F.NUMBER
    shape = F.broadcast(fact.shape for fact in args)
    return F.array(branches.dtype, shape)


def _two_sides(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    x, y = draw(rng, shape, REAL), draw(rng, shape, REAL)
    return [call(rng.random(shape) > 0.5, x, y), call(rng.random(shape) > 0.5, x, 1.5)]


@rules.elementwise("np.where", domain=_two_sides, infer=_chosen)
def where(condition: Any, x: Any = None, y: Any = None, *, out: Any) -> Any:
    return None, Selected(condition), Selected(condition, otherwise=True)


@rules.pushforward("np.where")
def where_tangent(
    condition_dot: Any,
    x_dot: Any,
    y_dot: Any,
    condition: Any,
    x: Any,
    y: Any,
    *,
    out: Any,
) -> Any:
    zero = 0.0
    return np.where(
        condition,
        zero if x_dot is None else x_dot,
        zero if y_dot is None else y_dot,
    )


def _finite(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    x = draw(rng, shape, REAL)
    holed = np.where(x > 0.5, np.nan, np.where(x < -0.5, -np.inf, x))
    return [call(x), call(x, nan=1.5), call(holed, nan=1.5, posinf=0.5, neginf=2.5)]


def _first_only(args: Args, kwargs: Kwargs) -> Fact:
    return results.arithmetic(args[:1], {})


@rules.elementwise("np.nan_to_num", domain=_finite, infer=_first_only)
def nan_to_num(
    x: Any,
    copy: Any = True,
    nan: Any = 0.0,
    posinf: Any = None,
    neginf: Any = None,
    *,
    out: Any,
) -> Any:
    replaced = Selected(np.isnan(x)), Selected(x == np.inf), Selected(x == -np.inf)
    return Selected(np.isfinite(x)), None, *replaced


@rules.elementwise("np.heaviside", domain=REAL)
def heaviside(x1: Any, x2: Any, *, out: Any) -> Any:
    return None, Selected(x1 == 0)


@rules.elementwise("np.fmod", "math.fmod", domain=((0.55, 0.6), (0.4, 0.5)))
def fmod(x: Any, y: Any, *, out: Any) -> Any:
    return 1, -((x - out) / y)


@rules.elementwise("math.remainder", domain=((0.55, 0.6), (0.4, 0.5)))
def remainder(x: Any, y: Any, *, out: Any) -> Any:
    return 1, -((x - out) / y)


@rules.elementwise("np.nextafter", "math.nextafter", domain=REAL)
def nextafter(x: Any, y: Any, *, out: Any) -> Any:
    return 1, None
