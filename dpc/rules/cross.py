"""`np.cross`: the adjoint of a product of vectors is such a product again."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D
from dpc.rules.known import NONE, array_of, infers
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, rt

rules = RuleSet("cross")

Axes = tuple[int, int, int]
LAST: Axes = (-1, -1, -1)


def _cross_fact(
    a: Fact,
    b: Fact,
    axisa: Fact = NONE,
    axisb: Fact = NONE,
    axisc: Fact = NONE,
    axis: Fact = NONE,
) -> Fact:
    x, y = array_of(a), array_of(b)
    dtype = F.promote(x.dtype, y.dtype)
    plain = all(fact.kind == "none" for fact in (axisa, axisb, axisc, axis))
    if plain and x.shape == y.shape and x.shape and x.shape[-1] == 3:
        return F.array(dtype, x.shape)
    return F.array(dtype)


def _cross_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, (*shape, 3)), drawn(rng, (*shape, 3))
    calls = [D.call(x, y), D.call(x, drawn(rng, (3,))), D.call(drawn(rng, (3,)), y)]
    turned = np.moveaxis(x, -1, 0), np.moveaxis(y, -1, 0)
    calls += [D.call(*turned, axis=0), D.call(drawn(rng, (3,)), turned[1], axis=0)]
    return [*calls, D.call(x, turned[1], -1, 0, 0), D.call(x, turned[1], axisb=0)]


def _axes(axisa: Any, axisb: Any, axisc: Any, axis: Any) -> Axes:
    """Along which the vectors of the factors and of the product lie."""
    axes = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    if any(isinstance(k, Traced) for k in axes):
        raise Refused("np.cross along an axis that is not a literal has no rule")
    return axes


@rules.linear("np.cross", infer=infers(_cross_fact), domain=_cross_domain)
def cross(
    g: Any,
    a: Any,
    b: Any,
    axisa: Any = -1,
    axisb: Any = -1,
    axisc: Any = -1,
    axis: Any = None,
    *,
    out: Any,
) -> Any:
    of_a, of_b, of_g = _axes(axisa, axisb, axisc, axis)
    return (
        _turned(b, g, a, (of_b, of_g, of_a)),
        _turned(g, a, b, (of_g, of_a, of_b)),
    )


def _turned(x: Any, y: Any, like: Any, axes: Axes) -> Any:
    return rt.cross_as(x, y, like) if axes == LAST else rt.cross_as(x, y, like, axes)


def _three(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, (*shape, 3)), drawn(rng, (*shape, 3))
    one = drawn(rng, (3,))
    calls = [D.call(x, y, x), D.call(x, y, one), D.call(x, one, y)]
    return [*calls, D.call(np.moveaxis(x, -1, 0), y, one, (0, -1, -1))]


@rules.linear("dpc.cross_as", domain=_three, shape_only=(2,), constant=("like",))
def cross_as(h: Any, x: Any, y: Any, like: Any, axes: Any = LAST, *, out: Any) -> Any:
    of_x, of_y, of_like = axes
    return (
        _turned(y, h, x, (of_y, of_like, of_x)),
        _turned(h, x, y, (of_like, of_x, of_y)),
    )
