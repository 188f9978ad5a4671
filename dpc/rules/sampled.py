"""Functions given by samples: integrals and phases."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import REAL, Call, Shape, call, draw
from dpc.rules.reductions import lowered, summed_dtype
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.scans import part
from dpc.rules.trace import rt

rules = RuleSet("sampled")


def _first(args: Args, kwargs: Kwargs) -> Fact:
    return results.numpys(results.floating)(args[:1], {})


def _integral(args: Args, kwargs: Kwargs) -> Fact:
    y = args[0]
    axis = results.literal(results.operand(args, kwargs, 3, "axis"), -1)
    dtype = results.float_dtype(summed_dtype(y.dtype))
    if y.shape is None or axis is results.UNKNOWN:
        return Fact("number", dtype)
    return results.shaped("number", dtype, results.reduced_shape(y.shape, axis, False))


def _curves(rng: np.random.Generator, shape: Shape) -> list[Call]:
    calls = []
    for axis in range(-1, len(shape)) if shape else ():
        if shape[axis]:
            y = draw(rng, shape, REAL)
            line = np.sort(draw(rng, (shape[axis],), REAL))
            calls += [call(y, axis=axis), call(y, dx=0.7, axis=axis)]
            calls += [call(y, x=draw(rng, shape, REAL), axis=axis)]
            calls += [call(y, line, axis=axis)]
    return calls


@rules.pullback("np.trapezoid", domain=_curves, infer=_integral)
def trapezoid(
    g: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1, *, out: Any
) -> Any:
    if not isinstance(axis, int):
        raise Refused("np.trapezoid along an axis that is not a literal has no rule")
    middles = 0.5 * (part(y, 1, None, axis) + part(y, None, -1, axis))
    h = lowered(g, middles, axis, False)
    if x is None:
        y_bar = rt.unpair(rt.full_like(h * dx, middles), axis)
        return y_bar, None, rt.unbroadcast(h * middles, dx)
    wide = rt.weights_along(x, y, axis)
    y_bar = rt.unpair(rt.full_like(h * np.diff(wide, axis=axis), middles), axis)
    x_bar = rt.undiff(h * middles, rt.count_along(y, axis), 1, axis)
    return y_bar, np.reshape(rt.unbroadcast(x_bar, wide), np.shape(x))


@rules.pushforward("np.trapezoid")
def trapezoid_tangent(
    y_dot: Any,
    x_dot: Any,
    dx_dot: Any,
    y: Any,
    x: Any = None,
    dx: Any = 1.0,
    axis: Any = -1,
    *,
    out: Any,
) -> Any:
    total: Any = 0.0
    if y_dot is not None:
        total = np.trapezoid(y_dot, x=x, dx=dx, axis=axis)
    if x_dot is not None:
        total = total + np.trapezoid(y, x=x_dot, axis=axis)
    if dx_dot is not None and x is None:
        total = total + np.trapezoid(y, dx=dx_dot, axis=axis)
    return total


def _lines(rng: np.random.Generator, shape: Shape) -> list[Call]:
    axes = range(-1, len(shape)) if shape else ()
    return [call(np.asarray(draw(rng, shape, REAL)), axis) for axis in axes]


@rules.linear("dpc.unpair", domain=_lines)
def unpair(g: Any, x: Any, axis: Any, *, out: Any) -> Any:
    return 0.5 * (part(g, 1, None, axis) + part(g, None, -1, axis))


def _phases(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(np.asarray(draw(rng, shape, (0.0, 9.0))))] if shape else []


@rules.elementwise("np.unwrap", domain=_phases, infer=_first)
def unwrap(p: Any, discont: Any = None, axis: Any = -1, *, out: Any) -> Any:
    return 1
