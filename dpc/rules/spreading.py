"""Rules of the runtime functions that spread cotangents out and sum them up again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import REAL, Call, Shape, call, choices, draw
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import applied, rt

rules = RuleSet("spreading")


def _like_second(args: Args, kwargs: Kwargs) -> Fact:
    """A number in the shape of the second operand."""
    g, like = args[:2]
    if not like.is_number:
        return F.ANY if like.kind in ("list", "tuple", "any") else F.NUMBER
    dtype = like.dtype if g.kind in results.PYTHON else g.dtype
    if like.is_scalar or like.shape == ():
        return Fact("number", dtype, ())
    return replace(like, dtype=dtype, value=None)


def _broadcasts(rng: np.random.Generator, shape: Shape) -> list[Call]:
    x = draw(rng, shape, REAL)
    calls = [call(x, draw(rng, shape, REAL)), call(x, 0.5)]
    if shape:
        calls.append(call(x, draw(rng, shape[1:], REAL)))
        calls.append(call(x, draw(rng, (1, *shape[1:]), REAL)))
    return calls


def _crosses(rng: np.random.Generator, shape: Shape) -> list[Call]:
    calls = _broadcasts(rng, shape)
    if shape:
        x = draw(rng, shape, REAL)
        calls += [
            call(draw(rng, (1, *shape[1:]), REAL), x),
            call(draw(rng, shape[1:], REAL), x),
        ]
    if len(shape) > 1:
        row, column = (draw(rng, s, REAL) for s in (shape[1:], (*shape[:-1], 1)))
        calls.append(call(row, column))
    return calls


def _spreads(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(one.args[1], one.args[0]) for one in _broadcasts(rng, shape)]


@rules.linear(
    "dpc.unbroadcast",
    constant=("like",),
    domain=_crosses,
    infer=_like_second,
    memory="view",
    shape_only=(1,),
)
def unbroadcast(h: Any, g: Any, like: Any, *, out: Any) -> Any:
    return rt.unbroadcast(h, g)


@rules.linear(
    "dpc.full_like",
    constant=("like",),
    domain=_spreads,
    infer=_like_second,
    memory="view",
    shape_only=(1,),
)
def full_like(h: Any, g: Any, like: Any, *, out: Any) -> Any:
    return rt.unbroadcast(h, g)


def _unreduced(rng: np.random.Generator, shape: Shape) -> list[Call]:
    x = draw(rng, shape, REAL)
    kinds = [(axis, keep) for axis in choices(len(shape)) for keep in (False, True)]
    return [
        call(np.sum(x, axis=axis, keepdims=keep), x, axis, keep) for axis, keep in kinds
    ]


@rules.linear(
    "dpc.unreduce",
    constant=("x",),
    domain=_unreduced,
    infer=_like_second,
    memory="view",
    shape_only=(1,),
)
def unreduce(
    h: Any, g: Any, x: Any, axis: Any = None, keepdims: Any = False, *, out: Any
) -> Any:
    return np.sum(h, axis=axis, keepdims=keepdims)


rules.constant(
    "dpc.count_along", infer=results.fixed(F.INT), shape_only=(0,), trivial=True
)


def _numbers(rng: np.random.Generator, shape: Shape) -> list[Call]:
    x = draw(rng, shape, REAL)
    return [call(1.5, list(map(float, x))), call(1.5, x)] if len(shape) == 1 else []


def _like_items(args: Args, kwargs: Kwargs) -> Fact:
    items = args[1]
    return replace(items, value=None) if items.is_array else F.ANY


@rules.linear(
    "dpc.spread",
    domain=_numbers,
    infer=_like_items,
    shape_only=(1,),
    constant=("items",),
)
def spread(h: Any, g: Any, items: Any, *, out: Any) -> Any:
    return rt.unbroadcast(applied("sum", h), g)


def _tied(rng: np.random.Generator, shape: Shape) -> list[Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    x = draw(rng, shape, REAL)
    return [call(1.5, list(map(float, x)), float(x.max())), call(1.5, x, x.max())]


def _tied_dots(rng: np.random.Generator, shape: Shape) -> list[Call]:
    tied = _tied(rng, shape)
    dots = list(map(float, rng.normal(size=shape))) if tied else []
    return [call(dots, *one.args[1:]) for one in tied[:1]]


@rules.linear(
    "dpc.share_ties", domain=_tied, infer=_like_items, constant=("items", "extreme")
)
def share_ties(h: Any, g: Any, items: Any, extreme: Any, *, out: Any) -> Any:
    return rt.mean_of_ties(h, items, extreme)


@rules.linear("dpc.mean_of_ties", domain=_tied_dots, constant=("items", "extreme"))
def mean_of_ties(h: Any, dots: Any, items: Any, extreme: Any, *, out: Any) -> Any:
    return rt.share_ties(h, items, extreme)


def _sorted_pair(rng: np.random.Generator, shape: Shape) -> list[Call]:
    if len(shape) != 1:
        return []
    g, x = (list(map(float, draw(rng, shape, REAL))) for _ in range(2))
    return [call(g, x), call(g, x, True)]


@rules.linear(
    "dpc.unsort", domain=_sorted_pair, infer=results.first, constant=("items",)
)
def unsort(h: Any, g: Any, items: Any, reverse: Any = False, *, out: Any) -> Any:
    return rt.sort_like(h, items, reverse)


@rules.linear(
    "dpc.sort_like", domain=_sorted_pair, infer=results.first, constant=("items",)
)
def sort_like(h: Any, dots: Any, items: Any, reverse: Any = False, *, out: Any) -> Any:
    return rt.unsort(h, items, reverse)


def _rounded_pair(rng: np.random.Generator, shape: Shape) -> list[Call]:
    g = np.asarray(draw(rng, shape, REAL))
    return [call(g, np.zeros(shape)), call(g, np.zeros(shape, int))]


@rules.linear(
    "dpc.if_floating", domain=_rounded_pair, infer=results.first, constant=("like",)
)
def if_floating(h: Any, g: Any, like: Any, *, out: Any) -> Any:
    return rt.if_floating(h, like)
