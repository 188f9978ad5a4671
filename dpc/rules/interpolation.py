"""`np.interp`: lines between knots, differentiated in the points, knots and values.

At a knot it follows the segment to its right."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.rules import domains as D
from dpc.rules.known import NONE, array_of, infers, scalar_or_array
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, rt

rules = RuleSet("interpolation")


def _interp_fact(
    x: Fact,
    xp: Fact,
    fp: Fact,
    left: Fact = NONE,
    right: Fact = NONE,
    period: Fact = NONE,
) -> Fact:
    dtype = {"c": "c16", "": ""}.get(array_of(fp).dtype[:1], "f8")
    return scalar_or_array(dtype, array_of(x).shape)


def _interp_domain(rng: Any, shape: Any) -> list[D.Call]:
    knots = np.array([-1.5, -0.4, 0.3, 1.2])
    values = rng.normal(size=4)
    x = drawn(rng, shape)
    calls = [D.call(x, knots, values), D.call(3 * x, knots, values)]
    return [*calls, D.call(3 * x, knots, values, 0.5, 1.5)]


@rules.pullback("np.interp", infer=infers(_interp_fact), domain=_interp_domain)
def interp(
    g: Any,
    x: Any,
    xp: Any,
    fp: Any,
    left: Any = None,
    right: Any = None,
    period: Any = None,
    *,
    out: Any,
) -> Any:
    x, xp, fp = _arrays(g, x, xp, fp)
    place, share, slope = segments(x, xp, fp, period)
    below, above = x < xp[0], x > xp[-1]
    inner = g
    if left is not None:
        inner = np.where(below, 0.0, inner)
    if right is not None:
        inner = np.where(above, 0.0, inner)
    low, high = inner * (1 - share), inner * share
    fp_bar = rt.scatter(low, fp, place) + rt.scatter(high, fp, place + 1)
    low, high = g * slope * (1 - share), g * slope * share
    xp_bar = -rt.scatter(low, xp, place) - rt.scatter(high, xp, place + 1)
    ends = np.sum(np.where(below, g, 0.0)), np.sum(np.where(above, g, 0.0))
    return g * slope, xp_bar, fp_bar, *ends


@rules.pushforward("np.interp")
def interp_tangent(
    x_dot: Any,
    xp_dot: Any,
    fp_dot: Any,
    left_dot: Any,
    right_dot: Any,
    x: Any,
    xp: Any,
    fp: Any,
    left: Any = None,
    right: Any = None,
    period: Any = None,
    *,
    out: Any,
) -> Any:
    x, xp, fp = _arrays(out, x, xp, fp)
    place, share, slope = segments(x, xp, fp, period)
    rate = np.zeros_like(out)
    if x_dot is not None:
        rate = rate + slope * x_dot
    if xp_dot is not None:
        rate = rate - slope * ((1 - share) * xp_dot[place] + share * xp_dot[place + 1])
    if fp_dot is not None:
        rate = rate + (1 - share) * fp_dot[place] + share * fp_dot[place + 1]
    if left is not None:
        rate = np.where(x < xp[0], 0.0 if left_dot is None else left_dot, rate)
    if right is not None:
        rate = np.where(x > xp[-1], 0.0 if right_dot is None else right_dot, rate)
    return rate


def _arrays(like: Any, *operands: Any) -> list[Any]:
    """The operands; those that may be lists as arrays."""
    kinds = ("list", "tuple")
    return [
        like.apply("np.asarray", x)
        if isinstance(x, list | tuple)
        or (isinstance(x, Traced) and x.fact.kind in kinds)
        else x
        for x in operands
    ]


def segments(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """The segment of each `x`, how far along it `x` lies, and its slope (0 outside)."""
    if period is not None:
        raise Refused("interp with period= has no derivative rule: reduce x first")
    place = np.searchsorted(xp, x, side="right") - 1
    place = np.clip(place, 0, xp.shape[0] - 2)
    width = xp[place + 1] - xp[place]
    share = np.clip((x - xp[place]) / width, 0.0, 1.0)
    inside = (x >= xp[0]) & (x <= xp[-1])
    return place, share, np.where(inside, (fp[place + 1] - fp[place]) / width, 0.0)
