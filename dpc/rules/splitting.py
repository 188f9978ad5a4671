"""Splitting arrays, and joins that leave out, insert or repeat: `split`, `append`,
`insert`, `delete`, `block`, `meshgrid`."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact
from dpc.rules import domains as D, results, sizes
from dpc.rules.indexing import along
from dpc.rules.known import NONE, array_of, infers, one_axis, resized
from dpc.rules.nested import like_operand, unnested
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, rt

rules = RuleSet("splitting")

ZERO = F.of_constant(0)


def _bounds(size: Dim, given: Fact, equal: bool) -> list[Dim] | None:
    """The sizes of the parts of an axis."""
    cuts = results.literal(given)
    if isinstance(cuts, int) and cuts > 0:
        if isinstance(size, int):
            return [size // cuts + (k < size % cuts) for k in range(cuts)]
        return [sizes.quotient(size, cuts) if equal else None] * cuts
    if given.kind == "list" and given.items is not None:
        cuts = results.literal(Fact("tuple", items=given.items))
    if not isinstance(cuts, tuple) or not all(isinstance(cut, int) for cut in cuts):
        return None
    pairs = zip((None, *cuts), (*cuts, None), strict=True)
    return [sizes.sliced(size, lo, hi, None) for lo, hi in pairs]


def splitting(fixed: int | None, equal: bool = True) -> Any:
    """The infer of a split along an axis: an operand, or fixed by the function."""

    def fact(ary: Fact, indices_or_sections: Fact, axis: Fact = ZERO) -> Fact:
        x = array_of(ary)
        if fixed is not None:
            axis = F.of_constant(min(fixed, (x.rank or 1) - 1))
        where = one_axis(axis, x.rank)
        if x.shape is None or where is None:
            return Fact("list", element=F.array(x.dtype))
        lengths = _bounds(x.shape[where], indices_or_sections, equal)
        if lengths is None:
            part = F.array(x.dtype, resized(x.shape, where, None))
            return Fact("list", element=part)
        # A list can grow: what its elements have in common is known.
        shared = lengths[0] if len(set(lengths)) == 1 else None
        return Fact("list", element=F.array(x.dtype, resized(x.shape, where, shared)))

    return infers(fact)


def cut(places: int | None = None, *, ragged: bool = False) -> Any:
    """Calls of a split along every axis, or along the one that it has."""

    def domain(rng: Any, shape: Any) -> list[D.Call]:
        calls = []
        for axis in range(len(shape)) if places is None else [places]:
            flat = len(shape) == 1 and places is not None
            if (axis < len(shape) and not flat) or (flat and places == 1):
                named = {"axis": axis} if places is None else {}
                count = shape[min(axis, len(shape) - 1)]
                x = drawn(rng, shape)
                calls.append(D.call(x, max(count, 1), **named))
                calls.append(D.call(x, (1, 2), **named))
                if ragged:
                    calls.append(D.call(x, 2, **named))
        return calls

    return domain


def _whole(bar: Any, ary: Any) -> Any:
    """The parts of an array together have its shape."""
    if not isinstance(ary, Traced) or not ary.fact.is_array:
        return bar
    return bar.known(F.array(bar.fact.dtype, ary.fact.shape))


@rules.linear(
    "np.split",
    infer=splitting(None),
    memory="parts",
    shape_only=(0,),
    domain=cut(),
)
def split(
    g: Any, ary: Any, indices_or_sections: Any, axis: Any = 0, *, out: Any
) -> Any:
    return _whole(applied("np.concatenate", g, axis=axis), ary)


@rules.linear(
    "np.array_split",
    infer=splitting(None, equal=False),
    memory="parts",
    shape_only=(0,),
    domain=cut(ragged=True),
)
def array_split(
    g: Any, ary: Any, indices_or_sections: Any, axis: Any = 0, *, out: Any
) -> Any:
    return _whole(applied("np.concatenate", g, axis=axis), ary)


def _fixed(key: str, axis: int, join: str) -> None:
    @rules.linear(
        key,
        infer=splitting(axis),
        memory="parts",
        shape_only=(0,),
        domain=cut(axis),
    )
    def rule(g: Any, ary: Any, indices_or_sections: Any, *, out: Any) -> Any:
        return applied(join, g)


_fixed("np.vsplit", 0, "np.vstack")
_fixed("np.hsplit", 1, "np.hstack")
_fixed("np.dsplit", 2, "np.dstack")


def _append_fact(arr: Fact, values: Fact, axis: Fact = NONE) -> Fact:
    x, y = array_of(arr), array_of(values)
    dtype = F.promote(x.dtype, y.dtype)
    if x.shape is None or y.shape is None:
        return F.array(dtype)
    if axis.kind == "none":
        total = sizes.plus(sizes.product(x.shape), sizes.product(y.shape))
        return F.array(dtype, (total,))
    where = one_axis(axis, x.rank)
    if where is None or len(y.shape) != len(x.shape):
        return F.array(dtype)
    total = sizes.plus(x.shape[where], y.shape[where])
    return F.array(dtype, resized(x.shape, where, total))


def _append_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, shape)
    calls = [D.call(x, y), D.call(x, 0.5)]
    return [*calls, *(D.call(x, y, axis=k) for k in range(-len(shape), len(shape)))]


def _count(arr: Any) -> Any:
    """The number of elements, of a literal one."""
    return applied("np.size", arr) if isinstance(arr, Traced) else np.size(arr)


@rules.linear("np.append", infer=infers(_append_fact), domain=_append_domain)
def append(g: Any, arr: Any, values: Any, axis: Any = None, *, out: Any) -> Any:
    if not isinstance(axis, int | None):
        raise Refused("append along an axis that is not a literal has no rule")
    where = axis or 0
    count = _count(arr) if axis is None else arr.shape[axis]
    left, right = (
        g[along(where, slice(None, count))],
        g[along(where, slice(count, None))],
    )
    if axis is None:
        return like_operand(left, arr), like_operand(right, values)
    return left, unnested(right, values)


def _still(x: Any) -> Any:
    """The tangent of an operand that has none; of a literal, another one."""
    return tuple(map(_still, x)) if isinstance(x, tuple) else rt.zeros(x)


@rules.pushforward("np.append")
def append_tangent(
    arr_dot: Any, values_dot: Any, arr: Any, values: Any, axis: Any = None, *, out: Any
) -> Any:
    left = _still(arr) if arr_dot is None else arr_dot
    right = _still(values) if values_dot is None else values_dot
    return applied("np.append", left, right, axis)


def _delete_fact(arr: Fact, obj: Fact, axis: Fact = NONE) -> Fact:
    x = array_of(arr)
    where = one_axis(axis, x.rank)
    if axis.kind == "none":
        count = None if x.shape is None else sizes.product(x.shape)
        one = sizes.less(count, 1) if obj.kind == "int" else None
        return F.array(x.dtype, (one,))
    if x.shape is None or where is None:
        return F.array(x.dtype)
    one = sizes.less(x.shape[where], 1) if obj.kind == "int" else None
    return F.array(x.dtype, resized(x.shape, where, one))


def _delete_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    if not shape or not x.size:
        return []
    calls = [D.call(x, 0), D.call(x, -1), D.call(x, slice(None, None, 2))]
    for axis in range(len(shape)):
        calls.append(D.call(x, [0, shape[axis] - 1], axis=axis))
        calls.append(D.call(x, np.arange(shape[axis]) > 0, axis=axis - len(shape)))
    return calls


@rules.linear(
    "np.delete", infer=infers(_delete_fact), shape_only=(0,), domain=_delete_domain
)
def delete(g: Any, arr: Any, obj: Any, axis: Any = None, *, out: Any) -> Any:
    if not isinstance(axis, int | None):
        raise Refused("delete along an axis that is not a literal has no rule")
    kept = rt.kept_places(arr, obj, axis)
    if axis is None:
        flat = rt.scatter(g, np.reshape(arr, -1), kept)
        return like_operand(flat, arr)
    return rt.scatter(g, arr, along(axis, kept))


def _insert_fact(arr: Fact, obj: Fact, values: Fact, axis: Fact = NONE) -> Fact:
    x = array_of(arr)
    shape = (None,) if axis.kind == "none" or x.shape is None else x.shape
    where = one_axis(axis, x.rank)
    if axis.kind != "none" and (x.shape is None or where is None):
        return F.array(x.dtype)
    return F.array(x.dtype, resized(shape, where or 0, None))


def _insert_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    calls = [D.call(x, 0, 0.5), D.call(x, [0, 0], np.array([0.5, 1.5]))]
    if len(shape) == 1 and x.size:
        calls += [D.call(x, -1, 0.5), D.call(x, 1, np.array([0.5, 1.5, 2.5]))]
        calls += [D.call(x, [1, 0], np.array([0.5, 1.5])), D.call(x, slice(0, 2), 0.5)]
    for axis in range(len(shape)):
        row = drawn(rng, shape[:axis] + shape[axis + 1 :])
        calls.append(D.call(x, 0, row if axis == 0 else 0.5, axis=axis))
        calls.append(D.call(x, [0], drawn(rng, resized(shape, axis, 1)), axis=axis))
        calls.append(D.call(x, [0], drawn(rng, resized(shape, axis, 2)), axis=axis))
    return calls


@rules.linear("np.insert", infer=infers(_insert_fact), domain=_insert_domain)
def insert(
    g: Any, arr: Any, obj: Any, values: Any, axis: Any = None, *, out: Any
) -> Any:
    if not isinstance(axis, int | None):
        raise Refused("insert along an axis that is not a literal has no rule")
    places = rt.inserted_places(arr, obj, out, axis)
    where = axis or 0
    inserted = np.take(g, places, axis=where)
    if axis not in (None, 0):
        inserted = rt.front_if_one(inserted, obj, axis)
    kept = np.delete(g, places, axis=where)
    values_bar = rt.unbroadcast(inserted, values)
    return (like_operand(kept, arr) if axis is None else kept), None, values_bar


@rules.pushforward("np.insert")
def insert_tangent(
    arr_dot: Any,
    obj_dot: Any,
    values_dot: Any,
    arr: Any,
    obj: Any,
    values: Any,
    axis: Any = None,
    *,
    out: Any,
) -> Any:
    left = _still(arr) if arr_dot is None else arr_dot
    right = _still(values) if values_dot is None else values_dot
    return applied("np.insert", left, obj, right, axis)


def _block_domain(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2:
        return []
    x, y = drawn(rng, shape), drawn(rng, shape)
    row = drawn(rng, shape[1:])
    return [D.call([[x, y], [y, x]]), D.call([x, y]), D.call([[x], [row]])]


def _block_fact(arrays: Fact) -> Fact:
    return F.array()


@rules.linear("np.block", infer=infers(_block_fact), domain=_block_domain)
def block(g: Any, arrays: Any, *, out: Any) -> Any:
    return rt.unblock(g, arrays)


def _meshgrid_fact(
    *xi: Fact, indexing: Fact = NONE, sparse: Fact = NONE, copy: Fact = NONE
) -> Fact:
    arrays = [array_of(x) for x in xi]
    counts = [None if x.shape is None else sizes.product(x.shape) for x in arrays]
    named = results.literal(indexing) if indexing.kind != "none" else "xy"
    if sparse.kind != "none" or named not in ("xy", "ij"):
        return Fact("tuple", items=tuple(F.array(x.dtype) for x in arrays))
    if named == "xy":
        counts[:2] = counts[:2][::-1]
    return Fact("tuple", items=tuple(F.array(x.dtype, tuple(counts)) for x in arrays))


def _meshgrid_domain(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1:
        return []
    x, y, z = drawn(rng, shape), drawn(rng, (2,)), drawn(rng, (4,))
    calls = [D.call(x), D.call(x, y), D.call(x, y, z), D.call(x, y, 0.5)]
    return [*calls, D.call(x, y, indexing="ij"), D.call(x, y, sparse=True)]


@rules.linear(
    "np.meshgrid", infer=infers(_meshgrid_fact), shape_only=(), domain=_meshgrid_domain
)
def meshgrid(
    g: Any,
    *xi: Any,
    indexing: Any = "xy",
    sparse: Any = False,
    copy: Any = True,
    out: Any,
) -> Any:
    order = list(range(len(xi)))
    if indexing == "xy":
        order[:2] = order[:2][::-1]
    found = []
    for k, x in enumerate(xi):
        others = tuple(axis for axis in range(len(xi)) if axis != order[k])
        found.append(like_operand(np.sum(g[k], axis=others), x))
    return tuple(found)


@rules.pushforward("np.meshgrid")
def meshgrid_tangent(
    dots: Any,
    *xi: Any,
    indexing: Any = "xy",
    sparse: Any = False,
    copy: Any = True,
    out: Any,
) -> Any:
    pairs = zip(dots, xi, strict=True)
    whole = [rt.zeros(x) if dot is None else dot for dot, x in pairs]
    return applied("np.meshgrid", *whole, indexing=indexing, sparse=sparse)
