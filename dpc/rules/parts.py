"""The blend of containers, leaf by leaf, and its derivatives of the first two orders.

`blend_parts(p, a, q, b)` is linear in the weights and in the values: what its adjoint
and its tangent change by is made of the same sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.library import Primitive
from dpc.rules.domains import REAL, Call, Shape, call, draw
from dpc.rules.gates import blends
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import rt

rules = RuleSet("parts")


def _like_both(args: Args, kwargs: Kwargs) -> Fact:
    """A container of one kind; nothing is said of what it holds."""
    kinds = {args[1].kind, args[3].kind}
    same = len(kinds) == 1 and kinds <= {"list", "dict", "tuple"}
    return Fact(kinds.pop()) if same else F.ANY


def _bars(args: Args, kwargs: Kwargs) -> Fact:
    return Fact("tuple", items=(F.SCALAR, F.ANY, F.SCALAR, F.ANY))


@rules.pullback("dpc.blend_parts", domain=blends, infer=_like_both)
def blend_parts(g: Any, p: Any, a: Any, q: Any, b: Any, *, out: Any) -> Any:
    bars = rt.unblend_parts(g, p, a, q, b)
    return bars[0], bars[1], bars[2], bars[3]


@rules.pushforward("dpc.blend_parts")
def blend_parts_tangent(
    p_dot: Any,
    a_dot: Any,
    q_dot: Any,
    b_dot: Any,
    p: Any,
    a: Any,
    q: Any,
    b: Any,
    *,
    out: Any,
) -> Any:
    return rt.push_parts(p_dot, a_dot, q_dot, b_dot, p, a, q, b)


def _unblends(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, shape, REAL), *one.args) for one in blends(rng, shape)]


@rules.pullback("dpc.unblend_parts", domain=_unblends, infer=_bars)
def unblend_parts(
    bars: Any, g: Any, p: Any, a: Any, q: Any, b: Any, *, out: Any
) -> Any:
    p_bar, a_bar, q_bar, b_bar = bars[0], bars[1], bars[2], bars[3]
    turned = rt.turned_parts(g, p_bar, a_bar, q_bar, b_bar, p, a, q, b)
    g_bar = rt.push_parts(p_bar, a_bar, q_bar, b_bar, p, a, q, b)
    return g_bar, turned[0], turned[1], turned[2], turned[3]


@rules.pushforward("dpc.unblend_parts")
def unblend_parts_tangent(
    g_dot: Any,
    p_dot: Any,
    a_dot: Any,
    q_dot: Any,
    b_dot: Any,
    g: Any,
    p: Any,
    a: Any,
    q: Any,
    b: Any,
    *,
    out: Any,
) -> Any:
    return rt.push_unblended(g_dot, p_dot, a_dot, q_dot, b_dot, g, p, a, q, b)


def _pushes(rng: np.random.Generator, shape: Shape) -> list[Call]:
    dots = [draw(rng, at, REAL) for at in ((), shape, (), shape)]
    return [call(*dots, *one.args) for one in blends(rng, shape)]


@rules.pullback("dpc.push_parts", domain=_pushes, infer=lambda args, kwargs: F.ANY)
def push_parts(
    g: Any,
    p_dot: Any,
    a_dot: Any,
    q_dot: Any,
    b_dot: Any,
    p: Any,
    a: Any,
    q: Any,
    b: Any,
    *,
    out: Any,
) -> Any:
    bars = rt.unblend_parts(g, p, a, q, b)
    turned = rt.turned_parts(g, p_dot, a_dot, q_dot, b_dot, p, a, q, b)
    return (
        bars[0],
        bars[1],
        bars[2],
        bars[3],
        turned[0],
        turned[1],
        turned[2],
        turned[3],
    )


@rules.pushforward("dpc.push_parts")
def push_parts_tangent(
    p_more: Any,
    a_more: Any,
    q_more: Any,
    b_more: Any,
    p_turn: Any,
    a_turn: Any,
    q_turn: Any,
    b_turn: Any,
    p_dot: Any,
    a_dot: Any,
    q_dot: Any,
    b_dot: Any,
    p: Any,
    a: Any,
    q: Any,
    b: Any,
    *,
    out: Any,
) -> Any:
    more = rt.push_parts(p_more, a_more, q_more, b_more, p, a, q, b)
    return rt.cross_parts(
        more,
        p_dot,
        a_dot,
        q_dot,
        b_dot,
        p_turn,
        a_turn,
        q_turn,
        b_turn,
        p,
        a,
        q,
        b,
    )


# Of the third order: they are refused where a derivative of them is asked for.
for _key in ("dpc.turned_parts", "dpc.push_unblended"):
    rules.primitives[_key] = Primitive(_key, _bars)
rules.primitives["dpc.cross_parts"] = Primitive("dpc.cross_parts")
