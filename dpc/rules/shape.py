"""Functions that lay out the same elements in another shape or order.

All are linear; the adjoint lays the cotangent out as the operand was.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact, Shape
from dpc.rules import domains as D, results, sizes
from dpc.rules.known import NONE, array_of, axes_of, infers, one_axis
from dpc.rules.nested import like_operand
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import Traced, applied, rt

rules = RuleSet("shape")


def drawn(rng: Any, shape: Any) -> Any:
    """An operand of the numeric tests."""
    return D.draw(rng, shape, D.REAL)


def each(*calls: Any, least: int = 0, most: int = 9) -> Any:
    """Calls `f(x, *operands)` for arrays of a number of axes within bounds."""

    def domain(rng: Any, shape: Any) -> list[D.Call]:
        fits = least <= len(shape) <= most
        return [D.call(drawn(rng, shape), *args) for args in calls] if fits else []

    return domain


def _reshape_fact(
    a: Fact, shape: Fact = NONE, order: Fact = NONE, copy: Fact = NONE
) -> Fact:
    x, given = array_of(a), shape.items
    if shape.kind == "int":
        given = (shape,)
    if given is None:
        return F.array(x.dtype)
    count = None if x.shape is None else sizes.product(x.shape)
    others: Dim = 1
    for item in given:
        if item.value != -1:
            others = sizes.times(others, sizes.as_size(item.value))
    rest = sizes.quotient(count, others)
    out = (rest if i.value == -1 else sizes.as_size(i.value) for i in given)
    return F.array(x.dtype, tuple(out))


def _reshape_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    calls = [
        D.call(x, (1, *shape)),
        D.call(x, x.size),
        D.call(x, shape[::-1], order="F"),
    ]
    return [*calls, D.call(x, -1)] if x.size else calls


@rules.linear(
    "np.reshape",
    infer=infers(_reshape_fact),
    memory="view",
    shape_only=(0,),
    domain=_reshape_domain,
)
def reshape(g: Any, a: Any, shape: Any = None, order: Any = "C", *, out: Any) -> Any:
    if _is_plain(order):
        return like_operand(g, a)
    return np.reshape(g, a.shape, order=read_order(a, order))


def read_order(a: Any, order: Any) -> Any:
    """Whether elements are read by their index, or by it turned round; an order that
    goes by how they lie in memory is one of both, which is known when it runs."""
    if not isinstance(order, Traced) and order in ("C", "F"):
        return order
    return rt.read_order(a, order)


def _is_plain(order: Any) -> bool:
    return not isinstance(order, Traced) and order == "C"


@rules.pushforward("np.reshape")
def reshape_tangent(
    a_dot: Any, a: Any, shape: Any = None, order: Any = "C", *, out: Any
) -> Any:
    named = {} if _is_plain(order) else {"order": read_order(a, order)}
    return np.reshape(a_dot, shape, **named)


def _flat_fact(a: Fact, order: Fact = NONE) -> Fact:
    x = array_of(a)
    return F.array(x.dtype, (None if x.shape is None else sizes.product(x.shape),))


_flattened = each((), ("F",), ("K",))


@rules.linear(
    "np.ravel",
    infer=infers(_flat_fact),
    memory="view",
    shape_only=(0,),
    domain=_flattened,
)
def ravel(g: Any, a: Any, order: Any = "C", *, out: Any) -> Any:
    return reshape(g, a, order=order, out=out)


@rules.pushforward("np.ravel")
def ravel_tangent(a_dot: Any, a: Any, order: Any = "C", *, out: Any) -> Any:
    return (
        np.ravel(a_dot) if _is_plain(order) else np.ravel(a_dot, read_order(a, order))
    )


@rules.linear(
    "method.flatten", infer=infers(_flat_fact), shape_only=(0,), domain=_flattened
)
def flatten(g: Any, a: Any, order: Any = "C", *, out: Any) -> Any:
    return reshape(g, a, order=order, out=out)


@rules.pushforward("method.flatten")
def flatten_tangent(a_dot: Any, a: Any, order: Any = "C", *, out: Any) -> Any:
    named = [] if _is_plain(order) else [read_order(a, order)]
    return applied("method.flatten", a_dot, *named)


rules.constant("dpc.read_order", infer=results.fixed(F.STR), shape_only=(0,))


def _permuted(fact: Fact, axes: tuple[int, ...] | None) -> Fact:
    if fact.shape is None or axes is None:
        return F.array(fact.dtype)
    shape = fact.shape
    return F.array(fact.dtype, tuple(shape[axis] for axis in axes))


def transposed(a: Fact) -> Fact:
    """The fact of `a.T`."""
    x = array_of(a)
    return _permuted(x, None if x.rank is None else tuple(range(x.rank))[::-1])


def _transpose_fact(a: Fact, axes: Fact = NONE) -> Fact:
    if axes.kind == "none":
        return transposed(a)
    x = array_of(a)
    order = None if axes.kind != "tuple" else axes_of(axes, x.rank)
    return _permuted(x, order)


def _transpose_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, rank = drawn(rng, shape), len(shape)
    turned = (*range(1, rank), 0) if rank else ()
    return [D.call(x), D.call(x, turned), D.call(x, tuple(a - rank for a in turned))]


@rules.linear(
    "np.transpose",
    infer=infers(_transpose_fact),
    memory="view",
    shape_only=(0,),
    domain=_transpose_domain,
)
def transpose(g: Any, a: Any, axes: Any = None, *, out: Any) -> Any:
    if axes is None:
        return g.T
    if isinstance(axes, Traced):
        return np.transpose(g, applied("np.argsort", axes))
    order = [axis % len(axes) for axis in axes]
    return np.transpose(g, tuple(order.index(axis) for axis in range(len(order))))


def _last_two_fact(x: Fact) -> Fact:
    found = array_of(x)
    if found.shape is None or len(found.shape) < 2:
        return F.array(found.dtype)
    *front, m, n = found.shape
    return F.array(found.dtype, (*front, n, m))


@rules.linear(
    "np.matrix_transpose",
    "np.linalg.matrix_transpose",
    infer=infers(_last_two_fact),
    memory="view",
    shape_only=(0,),
    domain=each((), least=2),
)
def matrix_transpose(g: Any, x: Any, *, out: Any) -> Any:
    return np.matrix_transpose(g)


def _moveaxis_fact(a: Fact, source: Fact, destination: Fact) -> Fact:
    x = array_of(a)
    begin, end = axes_of(source, x.rank), axes_of(destination, x.rank)
    if x.rank is None or begin is None or end is None or len(begin) != len(end):
        return F.array(x.dtype)
    order = [axis for axis in range(x.rank) if axis not in begin]
    for place, axis in sorted(zip(end, begin, strict=True)):
        order.insert(place, axis)
    return _permuted(x, tuple(order))


@rules.linear(
    "np.moveaxis",
    infer=infers(_moveaxis_fact),
    memory="view",
    shape_only=(0,),
    domain=each((0, -1), ((0, 1), (-1, 0)), least=2),
)
def moveaxis(g: Any, a: Any, source: Any, destination: Any, *, out: Any) -> Any:
    return np.moveaxis(g, destination, source)


def _swapaxes_fact(a: Fact, axis1: Fact, axis2: Fact) -> Fact:
    x = array_of(a)
    first, second = one_axis(axis1, x.rank), one_axis(axis2, x.rank)
    if x.rank is None or first is None or second is None:
        return F.array(x.dtype)
    order = list(range(x.rank))
    order[first], order[second] = second, first
    return _permuted(x, tuple(order))


@rules.linear(
    "np.swapaxes",
    infer=infers(_swapaxes_fact),
    memory="view",
    shape_only=(0,),
    domain=each((0, -1), (1, 0), least=2),
)
def swapaxes(g: Any, a: Any, axis1: Any, axis2: Any, *, out: Any) -> Any:
    return np.swapaxes(g, axis1, axis2)


def _squeeze_fact(a: Fact, axis: Fact = NONE) -> Fact:
    x = array_of(a)
    axes = axes_of(axis, x.rank)
    if x.shape is None or axes is None:
        return F.array(x.dtype)
    if axis.kind == "none" and not all(n == 1 or F.never_one(n) for n in x.shape):
        return F.array(x.dtype)
    gone = [i for i in axes if axis.kind != "none" or x.shape[i] == 1]
    return F.array(x.dtype, tuple(n for i, n in enumerate(x.shape) if i not in gone))


def _squeeze_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, (1, *shape, 1))
    return [D.call(x), D.call(x, 0), D.call(x, axis=(0, -1))]


@rules.linear(
    "np.squeeze",
    infer=infers(_squeeze_fact),
    memory="view",
    shape_only=(0,),
    domain=_squeeze_domain,
)
def squeeze(g: Any, a: Any, axis: Any = None, *, out: Any) -> Any:
    return like_operand(g, a) if axis is None else np.expand_dims(g, axis)


def _expand_fact(a: Fact, axis: Fact) -> Fact:
    x, given = array_of(a), results.literal(axis)
    axes = given if isinstance(given, tuple) else (given,)
    if x.shape is None or not all(isinstance(axis, int) for axis in axes):
        return F.array(x.dtype)
    rank = len(x.shape) + len(axes)
    new = axes_of(axis, rank) or ()
    rest = iter(x.shape)
    return F.array(x.dtype, tuple(1 if i in new else next(rest) for i in range(rank)))


@rules.linear(
    "np.expand_dims",
    infer=infers(_expand_fact),
    memory="view",
    shape_only=(0,),
    domain=each((0,), (-1,), ((0, 1),)),
)
def expand_dims(g: Any, a: Any, axis: Any, *, out: Any) -> Any:
    return np.squeeze(g, axis)


def at_least(rank: int) -> Any:
    """The infer of `np.atleast_1d`, `2d` or `3d` of one array."""

    def fact(ary: Fact) -> Fact:
        x = array_of(ary)
        if x.shape is None:
            return F.array(x.dtype)
        shape: Shape = x.shape
        if rank == 3 and len(shape) in (1, 2):
            shape = (*(1, *shape)[-2:], 1)
        return F.array(x.dtype, (1,) * (rank - len(shape)) + shape)

    return infers(fact)


def _at_least(key: str, rank: int) -> None:
    @rules.linear(
        key, infer=at_least(rank), memory="view", shape_only=(0,), domain=each(())
    )
    def restored(g: Any, ary: Any, *, out: Any) -> Any:
        return like_operand(g, ary)


for _rank in (1, 2, 3):
    _at_least(f"np.atleast_{_rank}d", _rank)
