"""Selecting elements: `x[index]`, `take`, `choose` and their kind.

All are linear in what they select from; the adjoint adds to the selected places.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D
from dpc.rules.known import (
    NONE,
    array_of,
    infers,
    one_axis,
    resized,
    scalar_or_array,
)
from dpc.rules.nested import items_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.subscripts import adds_at, item_fact
from dpc.rules.trace import Traced, applied, rt
from dpc.runtime.indexing import index_along

__all__ = ["adds_at", "rules"]

rules = RuleSet("indexing")

LAST = F.of_constant(-1)


def getitem_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    indices: list[Any] = [(), Ellipsis, None, (None, Ellipsis, None), x > 0]
    if shape:
        n = shape[0]
        indices += [slice(1, -1), slice(None, None, -2), (Ellipsis, slice(1, None))]
        indices += [slice(-2, None), slice(None, 2), slice(-3, -1), slice(1, 2)]
        indices += [np.zeros(0, int), np.arange(n) > 0, (np.arange(n), None)]
        if n:
            many = rng.integers(-n, n, (2, 3))
            indices += [0, -1, (-1, Ellipsis), many, [0, 0, -1], (many[0], Ellipsis)]
    if len(shape) > 1 and x.size:
        rows, columns = rng.integers(0, shape[0], 3), rng.integers(0, shape[1], 3)
        indices += [(0, -1), (slice(None), 0), (rows, columns), (rows, slice(1))]
        indices += [np.ix_(rows, columns), (slice(None), columns), (rows, -1)]
        indices += [(rows[:, None], columns), (np.arange(shape[0]) > 0, 0)]
    if len(shape) > 2:
        indices += [(0, slice(None), [1, 1]), ([1, 0], slice(None), [1, 0]), (0, 0, 0)]
        indices += [(slice(None), [0, 0], [1, 0]), (Ellipsis, 0), (x[:, :, 0] > 0, 1)]
    return [D.call(x, index) for index in indices]


@rules.linear(
    "getitem",
    infer=infers(item_fact),
    memory="view",
    trivial=True,
    domain=getitem_domain,
)
def getitem(g: Any, x: Any, index: Any, *, out: Any) -> Any:
    return rt.scatter(g, x, index)


def _take_fact(
    a: Fact, indices: Fact, axis: Fact = NONE, out: Fact = NONE, mode: Fact = NONE
) -> Fact:
    x, at = array_of(a), array_of(indices)
    if axis.kind == "none":
        return scalar_or_array(x.dtype, at.shape)
    along = one_axis(axis, x.rank)
    if along is None or x.shape is None or at.shape is None:
        return Fact("number", x.dtype)
    return scalar_or_array(x.dtype, resized(x.shape, along, *at.shape))


def along(axis: int, index: Any) -> Any:
    """The index that selects along one axis."""
    return index_along(axis, index) if axis else index


def _take_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    calls = [D.call(x, rng.integers(0, x.size, (2, 2)))] if x.size else []
    for axis in range(len(shape)):
        if x.size:
            places = rng.integers(-shape[axis], shape[axis], 3)
            calls += [D.call(x, places, axis=axis), D.call(x, 0, axis - len(shape))]
    return calls


@rules.linear("np.take", infer=infers(_take_fact), domain=_take_domain)
def take(
    g: Any, a: Any, indices: Any, axis: Any = None, *, mode: Any = "raise", out: Any
) -> Any:
    if mode != "raise":
        raise Refused("take with mode= has no derivative rule: reduce the indices")
    if axis is None:
        return np.reshape(rt.scatter(g, np.reshape(a, -1), indices), a.shape)
    if isinstance(axis, Traced):
        return rt.scatter(g, a, rt.index_along(axis, indices))
    return rt.scatter(g, a, along(axis, indices))


def _along_axis_fact(arr: Fact, indices: Fact, axis: Fact = LAST) -> Fact:
    x, at = array_of(arr), array_of(indices)
    if axis.kind == "none":
        return F.array(x.dtype, at.shape)
    along = one_axis(axis, x.rank)
    if along is None or x.shape is None or at.shape is None or x.rank != at.rank:
        return F.array(x.dtype)
    shape = F.broadcast((x.shape, at.shape)) or ()
    return F.array(x.dtype, resized(shape, along, at.shape[along]))


def along_axis_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    calls = []
    for axis in range(len(shape)):
        if x.size:
            places = rng.integers(0, shape[axis], resized(shape, axis, 3))
            calls.append(D.call(x, places, axis=axis))
            calls.append(D.call(x, np.argsort(x, axis), axis - len(shape)))
    return [*calls, D.call(x, np.argsort(x, None), axis=None)] if shape else []


@rules.linear(
    "np.take_along_axis", infer=infers(_along_axis_fact), domain=along_axis_domain
)
def take_along_axis(g: Any, arr: Any, indices: Any, axis: Any = -1, *, out: Any) -> Any:
    return rt.scatter_along_axis(g, arr, indices, axis)


def _compress_fact(condition: Fact, a: Fact, axis: Fact = NONE) -> Fact:
    x = array_of(a)
    if axis.kind == "none":
        return F.array(x.dtype, (None,))
    along = one_axis(axis, x.rank)
    if along is None or x.shape is None:
        return F.array(x.dtype)
    return F.array(x.dtype, resized(x.shape, along, None))


def _compress_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    calls = [D.call(rng.random(x.size) > 0.5, x)]
    for axis in range(len(shape)):
        calls.append(D.call(rng.random(shape[axis]) > 0.5, x, axis=axis))
    return calls


@rules.linear("np.compress", infer=infers(_compress_fact), domain=_compress_domain)
def compress(g: Any, condition: Any, a: Any, axis: Any = None, *, out: Any) -> Any:
    places = np.flatnonzero(condition)
    return None, take(g, a, places, axis, out=out)


def _extract_fact(condition: Fact, arr: Fact) -> Fact:
    return F.array(array_of(arr).dtype, (None,))


def _extract_domain(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(rng.random(shape) > 0.5, drawn(rng, shape))]


@rules.linear("np.extract", infer=infers(_extract_fact), domain=_extract_domain)
def extract(g: Any, condition: Any, arr: Any, *, out: Any) -> Any:
    return None, take(g, arr, np.flatnonzero(condition), out=out)


def _choose_fact(a: Fact, choices: Fact, out: Fact = NONE, mode: Fact = NONE) -> Fact:
    if choices.items is None:
        return F.NUMBER
    facts = [array_of(item) for item in (a, *choices.items)]
    dtype = F.elementwise(choices.items).dtype
    return scalar_or_array(dtype, F.broadcast(fact.shape for fact in facts))


def _choose_domain(rng: Any, shape: Any) -> list[D.Call]:
    places = rng.integers(0, 3, (2, *shape))
    x, y = drawn(rng, shape), drawn(rng, (2, *shape))
    return [D.call(places, [x, y, x]), D.call(places, (x, 0.5, y))]


@rules.linear("np.choose", infer=infers(_choose_fact), domain=_choose_domain)
def choose(g: Any, a: Any, choices: Any, *, mode: Any = "raise", out: Any) -> Any:
    if mode != "raise":
        raise Refused("choose with mode= has no derivative rule; reduce `a` first")
    items = items_of(choices)
    if items is None:
        return None, rt.unchoose(g, a, choices)
    parts = [rt.unbroadcast(np.where(a == k, g, 0.0), x) for k, x in enumerate(items)]
    return None, parts


def _select_fact(condlist: Fact, choicelist: Fact, default: Fact = F.INT) -> Fact:
    if condlist.items is None or choicelist.items is None:
        return F.array()
    facts = [*condlist.items, *choicelist.items, default]
    shape = F.broadcast(array_of(fact).shape for fact in facts)
    return F.array(F.elementwise((*choicelist.items, default)).dtype, shape)


def _select_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, (2, *shape))
    tests = [rng.random((2, *shape)) > 0.5, rng.random(shape) > 0.5]
    return [D.call(tests, [x, y]), D.call(tests, [y, 0.5], 2.5)]


@rules.pullback("np.select", infer=infers(_select_fact), domain=_select_domain)
def select(
    g: Any, condlist: Any, choicelist: Any, default: Any = 0, *, out: Any
) -> Any:
    tests, choices = items_of(condlist), items_of(choicelist)
    if tests is None or choices is None:
        both = rt.unselect(g, condlist, choicelist, default)
        return None, both[0], both[1]
    parts = []
    for test, choice in zip(tests, choices, strict=True):
        parts.append(rt.unbroadcast(np.where(test, g, 0.0), choice))
        g = np.where(test, 0.0, g)
    return None, parts, rt.unbroadcast(g, default)


@rules.pushforward("np.select")
def select_forward(
    tests_dot: Any,
    choices_dot: Any,
    default_dot: Any,
    condlist: Any,
    choicelist: Any,
    default: Any = 0,
    *,
    out: Any,
) -> Any:
    if choices_dot is None:
        choices_dot = rt.zeros(choicelist)
    if default_dot is None:
        default_dot = 0.0
    return applied("np.select", condlist, choices_dot, default_dot)
