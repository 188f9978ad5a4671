"""The weighted mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import REAL, Call, Shape, call, draw, reduced
from dpc.rules.reductions import MEAN, lowered
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import rt

rules = RuleSet("average")


def _weights(rng: np.random.Generator, shape: Shape) -> list[Call]:
    calls = reduced()(rng, shape) if all(shape) else []
    for one in tuple(calls):
        same = draw(rng, shape, (0.5, 1.5))
        calls.append(call(*one.args, weights=same, **one.kwargs))
        axis = one.kwargs["axis"]
        if isinstance(axis, int):
            line = draw(rng, (shape[axis],), (0.5, 1.5))
            calls.append(call(*one.args, weights=line, **one.kwargs))
    return calls


def _averaged(args: Args, kwargs: Kwargs) -> Fact:
    given = {k: v for k, v in kwargs.items() if k in ("axis", "keepdims")}
    fact = MEAN(args, given)
    weights = kwargs.get("weights")
    if weights is None or weights.kind == "none":
        return fact
    both = results.floating((fact, weights), {}).dtype if weights.is_number else ""
    return replace(fact, dtype=both)


@rules.pullback("np.average", domain=_weights, infer=_averaged)
def average(
    g: Any,
    a: Any,
    axis: Any = None,
    weights: Any = None,
    *,
    keepdims: Any = False,
    out: Any,
) -> Any:
    h = lowered(g, a, axis, keepdims)
    if weights is None:
        return h / rt.count_along(a, axis)
    w = rt.weights_along(weights, a, axis)
    slope = h / _norm(w, a, axis)
    off = a - lowered(out, a, axis, keepdims)
    return (
        slope * w,
        None,
        np.reshape(rt.unbroadcast(slope * off, w), np.shape(weights)),
    )


@rules.pushforward("np.average")
def average_tangent(
    a_dot: Any,
    axis_dot: Any,
    weights_dot: Any,
    a: Any,
    axis: Any = None,
    weights: Any = None,
    *,
    keepdims: Any = False,
    out: Any,
) -> Any:
    if weights is None:
        return np.mean(a_dot, axis=axis, keepdims=keepdims)
    w = rt.weights_along(weights, a, axis)
    moved = 0.0 if a_dot is None else a_dot * w
    if weights_dot is not None:
        off = a - lowered(out, a, axis, keepdims)
        moved = moved + off * rt.weights_along(weights_dot, a, axis)
    return np.sum(moved / _norm(w, a, axis), axis=axis, keepdims=keepdims)


def _norm(w: Any, a: Any, axis: Any) -> Any:
    """The sum of the weights, in a shape that broadcasts against `a`."""
    return lowered(np.sum(rt.full_like(w, a), axis=axis), a, axis, False)


def _lines(rng: np.random.Generator, shape: Shape) -> list[Call]:
    axes = range(-1, len(shape)) if shape else ()
    x = np.zeros(shape)
    return [call(draw(rng, (shape[axis],), REAL), x, axis) for axis in axes]


@rules.linear("dpc.weights_along", domain=_lines, shape_only=(1,), constant=("a",))
def weights_along(g: Any, weights: Any, a: Any, axis: Any = None, *, out: Any) -> Any:
    return np.reshape(g, np.shape(weights))
