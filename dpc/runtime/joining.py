"""Cutting a cotangent into parts for arrays that were joined, or nested in lists."""

from __future__ import annotations

import math
from typing import Any

from dpc.runtime.arrays import array_module, shape_of


def split_like(g: Any, arrays: Any, axis: int) -> Any:
    """`g` cut along `axis` into parts with the sizes and shapes of `arrays`."""
    axis = min(axis, g.ndim - 1)
    row = math.prod(g.shape) // max(g.shape[axis], 1)
    parts, begin = [], 0
    for array in arrays:
        end = begin + math.prod(laid_out(array)) // max(row, 1)
        cut = [slice(None)] * g.ndim
        cut[axis] = slice(begin, end)
        parts.append(g[tuple(cut)].reshape(laid_out(array))[()])
        begin = end
    return gathered(parts, arrays)


def join_like(parts: Any, g: Any, axis: int) -> Any:
    """The parts, joined along `axis` like `g` is: the inverse of `split_like`."""
    axis = min(axis, g.ndim - 1)
    row = math.prod(g.shape) // max(g.shape[axis], 1)
    shaped = []
    for part in parts:
        shape = list(shape_of(part))
        if len(shape) < g.ndim:
            shape = list(g.shape)
            shape[axis] = math.prod(shape_of(part)) // max(row, 1)
        shaped.append(array_module(g).reshape(part, shape))
    return array_module(g).concatenate(shaped, axis)


def unstack_like(g: Any, arrays: Any, axis: int) -> Any:
    """The parts of `g` along `axis`, in a container like `arrays`."""
    return gathered(list(array_module(g).moveaxis(g, axis, 0)), arrays)


def nested_like(g: Any, x: Any) -> Any:
    """The parts of `g` in nested lists like `x`; `g` itself where `x` is an array."""
    if not isinstance(x, list | tuple):
        return g
    return gathered(
        [nested_like(part, item) for part, item in zip(g, x, strict=True)], x
    )


def laid_out(x: Any) -> tuple[int, ...]:
    """The shape of an array, a number or nested lists of them."""
    if isinstance(x, list | tuple):
        return (len(x), *laid_out(x[0])) if x else (0,)
    return shape_of(x)


def gathered(parts: list[Any], like: Any) -> Any:
    """The parts as an array if `like` is one, as a list for a list or tuple."""
    if isinstance(like, list | tuple):
        return parts
    return array_module(parts[0]).stack(parts)


def kept_places(x: Any, obj: Any, axis: Any = None) -> Any:
    """The places along `axis` that `np.delete(x, obj, axis)` keeps."""
    xp = array_module(x)
    count = math.prod(x.shape) if axis is None else x.shape[axis]
    return xp.delete(xp.arange(count), obj)


def inserted_places(x: Any, obj: Any, out: Any, axis: Any = None) -> Any:
    """Where `out = np.insert(x, obj, values, axis)` has the values, in their order."""
    xp = array_module(x)
    shape = shape_of(x)
    count = math.prod(shape) if axis is None else shape[axis]
    total = out.shape[axis or 0]
    labels = xp.insert(xp.full(count, -1), obj, xp.arange(total - count))
    return xp.argsort(labels, kind="stable")[count:]


def front_if_one(inserted: Any, obj: Any, axis: int) -> Any:
    """What was inserted, laid out as `np.insert` takes the values: for a place that is
    a number, their first axis is the one along which they were inserted."""
    is_number = not isinstance(obj, slice | list | tuple) and not shape_of(obj)
    return array_module(inserted).moveaxis(inserted, axis, 0) if is_number else inserted


def unblock(g: Any, arrays: Any) -> Any:
    """The parts of `g` in nested lists like the `arrays` that `np.block` joined."""
    if not isinstance(arrays, list):
        part = g.reshape(shape_of(arrays))[()]
        dtype = getattr(arrays, "dtype", part.dtype)
        # What was joined with numbers of higher precision has come in that.
        return part.astype(dtype) if dtype.kind == part.dtype.kind != "O" else part
    depth = 0
    inner: Any = arrays
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]
    parts, begin = [], 0
    for item in arrays:
        shape = shape_of(array_module(g).block(item))
        end = begin + ((1,) * depth + shape)[-depth]
        parts.append(
            unblock(g[(..., slice(begin, end)) + (slice(None),) * (depth - 1)], item)
        )
        begin = end
    return parts
