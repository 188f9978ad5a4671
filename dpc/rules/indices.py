"""Real indices: lines between neighbours, and selection by weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import REAL, Call, Shape, call, draw
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import rt

rules = RuleSet("indices")


def _picked(args: Args, kwargs: Kwargs) -> Fact:
    """An element, or an array of them."""
    a, i = args[:2]
    if not a.is_array or not i.is_scalar or a.rank is None:
        return F.ANY if a.kind in ("list", "tuple") else Fact("number", a.dtype)
    return results.shaped("array", a.dtype, (a.shape or ())[1:])


def _real_indices(rng: np.random.Generator, shape: Shape) -> list[Call]:
    a = draw(rng, (3, *shape), REAL)
    return [call(a, 1.3), call(a, np.array([0.2, 1.6]))]


@rules.linear("dpc.index", domain=_real_indices, infer=_picked, constant=("i",))
def index(
    g: Any, a: Any, i: Any, kernel: Any = "linear", temperature: Any = None, *, out: Any
) -> Any:
    return rt.scatter(g, a, rt.nearest(a, i)), None, None, None


rules.constant("dpc.nearest", "dpc.is_within", effect="")


def _temperatures(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [] if shape else [call(float(draw(rng, shape, (0.5, 2.0))))]


@rules.elementwise("dpc.inverse", domain=_temperatures)
def inverse(t: Any, *, out: Any) -> Any:
    return -out * out


def _pair(args: Args, kwargs: Kwargs) -> Fact:
    i = args[0]
    if i.is_scalar:
        return Fact("tuple", items=(F.INT, F.INT))
    one = Fact(i.kind, "i8", i.shape) if i.is_number else F.NUMBER
    return Fact("tuple", items=(one, one))


rules.constant("dpc.neighbours", infer=_pair, effect="")


def _places(rng: np.random.Generator, shape: Shape) -> list[Call]:
    # Within a cell, and beyond the last element.
    return [call(draw(rng, shape, (lo, lo + 0.8)), 4) for lo in (0.1, 2.1, 3.1)]


def _like_index(args: Args, kwargs: Kwargs) -> Fact:
    return results.floating(args[:1], {})


@rules.elementwise("dpc.share_above", domain=_places, infer=_like_index)
def share_above(i: Any, n: Any, *, out: Any) -> Any:
    return rt.is_within(i, n), None


def _weights(rng: np.random.Generator, shape: Shape) -> list[Call]:
    if not shape:
        return []
    return [call(draw(rng, shape, REAL), np.ones((*shape, 2)), len(shape))]


def _wide(args: Args, kwargs: Kwargs) -> Fact:
    x, a, axes = args
    if x.is_scalar:
        return x
    if x.shape is None or a.rank is None or not isinstance(axes.value, int):
        return Fact("number", x.dtype)
    return Fact("array", x.dtype, x.shape + (1,) * (a.rank - axes.value))


@rules.linear("dpc.aligned", domain=_weights, infer=_wide, shape_only=(1,))
def aligned(g: Any, x: Any, a: Any, axes: Any, *, out: Any) -> Any:
    return rt.unaligned(g, x), None, None


def _narrow(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, (*shape, 1), REAL), np.ones(shape))] if shape else []


def _like_second(args: Args, kwargs: Kwargs) -> Fact:
    return args[1]


@rules.linear("dpc.unaligned", domain=_narrow, infer=_like_second, shape_only=(1,))
def unaligned(g: Any, x: Any, like: Any, *, out: Any) -> Any:
    return np.reshape(g, x.shape), None


def _scores(rng: np.random.Generator, shape: Shape) -> list[Call]:
    if not shape or 0 in shape:
        return []
    s = draw(rng, shape, REAL)
    return [call(s, 0.5), call(s, 2.0, 0)]


def _as_array(args: Args, kwargs: Kwargs) -> Fact:
    s = args[0]
    return Fact("array", s.dtype if s.is_array else "", s.shape if s.is_array else None)


@rules.pullback("dpc.selection", domain=_scores, infer=_as_array)
def selection(g: Any, s: Any, t: Any, axis: Any = -1, *, out: Any) -> Any:
    h = out * (g - np.sum(g * out, axis=axis, keepdims=True)) * rt.inverse(t)
    return h, -np.sum(h * s) * rt.inverse(t), None


@rules.pushforward("dpc.selection")
def selection_tangent(
    s_dot: Any, t_dot: Any, s: Any, t: Any, axis: Any = -1, *, out: Any
) -> Any:
    u = 0.0 if s_dot is None else s_dot
    if t_dot is not None:
        u = u - s * (t_dot * rt.inverse(t))
    h = u * rt.inverse(t)
    return out * (h - np.sum(out * h, axis=axis, keepdims=True))
