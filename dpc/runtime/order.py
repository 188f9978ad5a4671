"""Adjoints and tangents of quantiles, places of running extrema."""

from __future__ import annotations

import math
from typing import Any

from dpc.runtime.arrays import array_module, shape_of
from dpc.runtime.joining import laid_out


def quantile_lines(x: Any, axis: Any) -> Any:
    """`x` with the axes in question as one, at the end; all for None."""
    rank = len(shape_of(x))
    axes = tuple(range(rank)) if axis is None else axis
    axes = axes if isinstance(axes, tuple) else (axes,)
    moved = array_module(x).moveaxis(x, axes, range(rank - len(axes), rank))
    kept = moved.shape[: rank - len(axes)]
    return moved.reshape((*kept, math.prod(moved.shape[len(kept) :])))


def quantile_points(count: int, q: Any) -> list[tuple[int, int, float]]:
    """For each quantile, the two sorted elements it lies between, and how far along."""
    points = []
    shares = q.ravel().tolist() if hasattr(q, "ravel") else q
    for share in shares if isinstance(shares, list | tuple) else [shares]:
        low = min(int(share * (count - 1)), max(count - 2, 0))
        points.append((low, min(low + 1, count - 1), share * (count - 1) - low))
    return points


def quantile_along(
    x: Any, a: Any, q: Any, axis: Any = None, keepdims: Any = False
) -> Any:
    """`np.quantile(x, q, axis)`, but in the order that sorts the elements of `a`."""
    xp = array_module(a)
    order = xp.argsort(quantile_lines(a, axis), axis=-1, kind="stable")
    lines = xp.take_along_axis(quantile_lines(x, axis), order, axis=-1)
    points = quantile_points(lines.shape[-1], q)
    parts = [(1 - t) * lines[..., lo] + t * lines[..., hi] for lo, hi, t in points]
    out = xp.stack(parts).reshape(laid_out(q) + lines.shape[:-1])
    if keepdims:
        axes = tuple(range(len(shape_of(a)))) if axis is None else axis
        axes = axes if isinstance(axes, tuple) else (axes,)
        shape = [
            1 if k in [i % len(shape_of(a)) for i in axes] else n
            for k, n in enumerate(a.shape)
        ]
        out = out.reshape(laid_out(q) + tuple(shape))
    return out[()]


def unquantile(g: Any, a: Any, q: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """The adjoint of `np.quantile(a, q, axis)`: what each element of `a` receives."""
    xp = array_module(a)
    lines = quantile_lines(a, axis)
    points = quantile_points(lines.shape[-1], q)
    parts = xp.asarray(g).reshape((len(points), *lines.shape[:-1]))
    sums = xp.zeros(lines.shape, a.dtype)
    for part, (lo, hi, t) in zip(parts, points, strict=True):
        sums[..., lo] += (1 - t) * part
        sums[..., hi] += t * part
    ranks = xp.argsort(xp.argsort(lines, axis=-1, kind="stable"), axis=-1)
    found = xp.take_along_axis(sums, ranks, axis=-1)
    axes = tuple(range(a.ndim)) if axis is None else axis
    axes = axes if isinstance(axes, tuple) else (axes,)
    moved = xp.moveaxis(a, axes, range(a.ndim - len(axes), a.ndim))
    return xp.moveaxis(
        found.reshape(moved.shape), range(a.ndim - len(axes), a.ndim), axes
    )


def leaders(x: Any, axis: int, sign: int) -> Any:
    """The place along `axis` of the largest element so far, or the smallest for -1."""
    xp = array_module(x)
    accumulate = xp.maximum.accumulate
    rows = sign * xp.moveaxis(x, axis, 0)
    best = accumulate(rows, axis=0)
    index = xp.arange(len(rows)).reshape((-1, *(1,) * (rows.ndim - 1)))
    new = xp.ones(rows.shape, bool)
    new[1:] = rows[1:] > best[:-1]
    return xp.moveaxis(accumulate(xp.where(new, index, 0), axis=0), 0, axis)
