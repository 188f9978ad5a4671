"""Containers over a batch: their rows, bases of cotangents, whole Jacobians."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module
from dpc.runtime.containers import each_part, keys_of, part_at
from dpc.runtime.rows import unbroadcast_rows
from dpc.runtime.trees import fields_of, is_array


def row_of(x: Any, row: int) -> Any:
    """One row of a container, all arrays of which have the axis of the rows."""
    return x[row] if is_array(x) else each_part(x, lambda _, part: row_of(part, row), x)


def stack_rows(rows: list[Any]) -> Any:
    """The inverse of `row_of`: one container of several rows."""
    first = rows[0]
    if first is None or isinstance(first, str):
        return first
    if keys_of(first) is None:
        return array_module(first).stack([np.asarray(row) for row in rows])
    return each_part(
        first, lambda key, _: stack_rows([part_at(row, key) for row in rows]), first
    )


def spread_rows(g: Any, items: Any) -> list[Any]:
    """The cotangents of the items of `sum(items)` in every row."""
    return [unbroadcast_rows(g, item) for item in items]


def share_rows(g: Any, items: Any, out: Any) -> list[Any]:
    """The cotangents of the items of `max(items)` in every row, shared by ties."""
    xp = array_module(out)
    count = sum(item == out for item in items)
    return [xp.where(item == out, g / count, 0.0) for item in items]


def count_elements(x: Any) -> int:
    """The number of floating elements of a container."""
    return sum(leaf.size for leaf in float_leaves(x))


def float_leaves(x: Any) -> list[Any]:
    """The floating leaves of a container as arrays, in order."""
    if isinstance(x, float | np.floating) or is_array(x):
        found = np.asarray(x) if not is_array(x) else x
        return [found] if found.dtype.kind in "fc" else []
    if isinstance(x, list | tuple):
        return [leaf for item in x for leaf in float_leaves(item)]
    if isinstance(x, dict):
        return [leaf for item in x.values() for leaf in float_leaves(item)]
    return [leaf for n in fields_of(x) or () for leaf in float_leaves(getattr(x, n))]


def unit_rows(x: Any) -> Any:
    """The cotangents of a container: one row for each element, 1 there and 0 elsewhere.

    It has the structure of `x` and arrays whose first axis counts the elements.
    """
    rows, done = count_elements(x), [0]

    def block(leaf: Any) -> Any:
        begin = done[0]
        done[0] += leaf.size
        xp = array_module(leaf)
        whole = xp.eye(rows, leaf.size, -begin, dtype=leaf.dtype)
        return whole.reshape((rows, *leaf.shape))

    return each_leaf(x, block)


def each_leaf(x: Any, change: Any) -> Any:
    """A container over changed floating leaves, None in the place of all others."""
    if isinstance(x, float | np.floating):
        return change(np.asarray(x))
    if is_array(x):
        return change(x) if x.dtype.kind in "fc" else None
    return each_part(x, lambda _, part: each_leaf(part, change), None)


def jacobian_of(out: Any, bars: Any, rows: int, x: Any = None) -> Any:
    """The Jacobian from its rows: of shape `out.shape` and then the argument's.

    out: the result, an array or a container; a container gives one of Jacobians.
    bars: for each element of the result the cotangent of the argument, which has the
      argument's structure.
    x: the argument, if some of `bars` are the same for all elements.
    """
    done = [0]
    if x is not None:
        bars = _in_rows(bars, x, rows)

    def part_of(leaf: Any) -> Any:
        begin = done[0]
        done[0] += leaf.size
        return each_leaf_or_zero(bars, slice(begin, done[0]), leaf.shape)

    return each_leaf(out, part_of)


def _in_rows(bars: Any, x: Any, rows: int) -> Any:
    """Cotangents of `x` all of which have the axis of the rows.

    What has none is the same for all rows: the zero of what the result is not made of.
    """
    if bars is None:
        return None
    if keys_of(x) is not None:
        return each_part(x, lambda key, a: _in_rows(part_at(bars, key), a, rows), x)
    if np.ndim(bars) > np.ndim(x):
        return bars
    return np.repeat(array_module(bars).asarray(bars)[None], rows, axis=0)


def each_leaf_or_zero(bars: Any, rows: slice, shape: tuple[int, ...]) -> Any:
    """Some rows of cotangents, in the shape of the part of the result they are for."""

    def laid_out(leaf: Any) -> Any:
        return leaf[rows].reshape((*shape, *leaf.shape[1:]))

    return each_leaf(bars, laid_out)


def jacobian_along(out: Any, dots: Any, points: Any, rows: int) -> Any:
    """The Jacobian from its columns: of shape `out.shape` and then the argument's.

    dots: the tangents of the result for each element of the arguments `points`, in the
      structure of the result; one that does not vary has no axis for them.
    """
    found = []
    done = [0]
    for point in points:
        begin = done[0]

        def part(leaf: Any, dot: Any, point: Any = point, begin: int = begin) -> Any:
            done[0] = begin
            return each_leaf(point, lambda x: columns_of(leaf, dot, x, done, rows))

        found.append(each_pair(out, dots, part))
    return tuple(found)


def columns_of(leaf: Any, dot: Any, x: Any, done: list[int], rows: int) -> Any:
    """The derivative of one leaf of the result in one leaf of an argument."""
    begin = done[0]
    done[0] += x.size
    xp = array_module(x)
    whole = xp.zeros((rows, *leaf.shape), leaf.dtype)
    if dot is not None:
        whole[...] = dot
    part = xp.moveaxis(whole[begin : begin + x.size], 0, -1)
    return part.reshape((*leaf.shape, *x.shape))


def each_pair(x: Any, y: Any, change: Any) -> Any:
    """`each_leaf` of two containers of one structure."""
    if isinstance(x, float | np.floating):
        return change(np.asarray(x), y)
    if is_array(x):
        return change(x, y) if x.dtype.kind in "fc" else None
    return each_part(x, lambda key, a: each_pair(a, part_at(y, key), change), None)
