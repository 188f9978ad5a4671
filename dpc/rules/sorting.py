"""Sorting, partial sorting and running extrema.

A sort is a permutation, the one that a stable sort would choose: equal elements keep
their order. A running extremum is the first of the elements that it equals.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D, sizes
from dpc.rules.known import NONE, array_of, infers
from dpc.rules.ruleset import RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import rt

rules = RuleSet("sorting")

FIRST, LAST = F.of_constant(0), F.of_constant(-1)


def places(a: Any, axis: Any) -> Any:
    """Where the elements of a stable sort come from."""
    return np.argsort(a, axis=axis, kind="stable")


def _sorted_fact(
    a: Fact,
    axis: Fact = LAST,
    kind: Fact = NONE,
    order: Fact = NONE,
    stable: Fact = NONE,
) -> Fact:
    x = array_of(a)
    if axis.kind != "none":
        return x
    return F.array(x.dtype, (None if x.shape is None else sizes.product(x.shape),))


def _sort_domain(rng: Any, shape: Any) -> list[D.Call]:
    if not shape:
        return []
    calls = [D.call(drawn(rng, shape)), D.call(drawn(rng, shape), axis=None)]
    return [*calls, *(D.call(drawn(rng, shape), axis=k) for k in range(len(shape)))]


@rules.pullback("np.sort", infer=infers(_sorted_fact), domain=_sort_domain)
def sort(
    g: Any,
    a: Any,
    axis: Any = -1,
    kind: Any = None,
    order: Any = None,
    *,
    stable: Any = None,
    out: Any,
) -> Any:
    return rt.scatter_along_axis(g, a, places(a, axis), axis)


@rules.pushforward("np.sort")
def sort_tangent(
    a_dot: Any,
    a: Any,
    axis: Any = -1,
    kind: Any = None,
    order: Any = None,
    *,
    stable: Any = None,
    out: Any,
) -> Any:
    return np.take_along_axis(a_dot, places(a, axis), axis)


def _partition_domain(rng: Any, shape: Any) -> list[D.Call]:
    if not shape or not shape[-1]:
        return []
    x = drawn(rng, shape)
    return [D.call(x, 0), D.call(x, shape[-1] // 2), D.call(x, -1, axis=None)]


def _partition_fact(
    a: Fact, kth: Fact, axis: Fact = LAST, kind: Fact = NONE, order: Fact = NONE
) -> Fact:
    return _sorted_fact(a, axis)


@rules.pullback("np.partition", infer=infers(_partition_fact), domain=_partition_domain)
def partition(g: Any, a: Any, kth: Any, axis: Any = -1, *, out: Any) -> Any:
    return rt.scatter_along_axis(g, a, taken(a, out, axis), axis)


@rules.pushforward("np.partition")
def partition_tangent(a_dot: Any, a: Any, kth: Any, axis: Any = -1, *, out: Any) -> Any:
    return np.take_along_axis(a_dot, taken(a, out, axis), axis)


def taken(a: Any, out: Any, axis: Any) -> Any:
    """Where the elements of `out`, a permutation of those of `a`, come from."""
    ranks = places(places(out, -1 if axis is None else axis), axis)
    return np.take_along_axis(places(a, axis), ranks, axis)


def _running_fact(array: Fact, axis: Fact = FIRST, dtype: Fact = NONE) -> Fact:
    return array_of(array)


def _running_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(x, axis=k) for k in range(-len(shape), len(shape))]


def _running(key: str, sign: int) -> None:
    @rules.pullback(key, infer=infers(_running_fact), domain=_running_domain)
    def extremum(g: Any, array: Any, axis: Any = 0, *, out: Any) -> Any:
        return rt.scatter_along_axis(g, array, rt.leaders(array, axis, sign), axis)

    @rules.pushforward(key)
    def tangent(array_dot: Any, array: Any, axis: Any = 0, *, out: Any) -> Any:
        return np.take_along_axis(array_dot, rt.leaders(array, axis, sign), axis)


_running("np.maximum.accumulate", 1)
_running("np.minimum.accumulate", -1)
rules.constant("dpc.leaders", effect="")
