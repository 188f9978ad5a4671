"""Adjoints and tangents of quantiles that leave out NaN."""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module, shape_of
from dpc.runtime.joining import laid_out
from dpc.runtime.order import quantile_lines


def nan_places(lines: Any, share: float) -> tuple[Any, Any, Any]:
    """Where in each line the two elements around a quantile are, and how far along."""
    xp = array_module(lines)
    order = xp.argsort(lines, axis=-1, kind="stable")  # NaN comes last.
    count = xp.sum(lines == lines, axis=-1, keepdims=True)
    place = share * xp.maximum(count - 1, 0)
    low = xp.floor(place).astype(int)
    high = xp.minimum(low + 1, xp.maximum(count - 1, 0))
    along = (place - low).astype(lines.dtype)
    pair = [xp.take_along_axis(order, k, axis=-1) for k in (low, high)]
    return pair[0], pair[1], along


def shares_of(q: Any) -> list[float]:
    """The quantiles that are asked for, one after another."""
    found = q.ravel().tolist() if hasattr(q, "ravel") else q
    return list(found) if isinstance(found, list | tuple) else [found]


def nan_quantile_along(
    x: Any, a: Any, q: Any, axis: Any = None, keepdims: Any = False
) -> Any:
    """`np.nanquantile(x, q, axis)`, but of the elements that it takes of `a`."""
    xp = array_module(a)
    lines, among = quantile_lines(x, axis), quantile_lines(a, axis)
    parts = []
    for share in shares_of(q):
        low, high, t = nan_places(among, share)
        ends = [xp.take_along_axis(lines, k, axis=-1) for k in (low, high)]
        parts.append(((1 - t) * ends[0] + t * ends[1])[..., 0])
    front = laid_out(q)
    if not keepdims:
        return xp.stack(parts).reshape(front + among.shape[:-1])[()]
    axes = tuple(range(a.ndim)) if axis is None else axis
    axes = [k % a.ndim for k in (axes if isinstance(axes, tuple) else (axes,))]
    shape = tuple(1 if k in axes else n for k, n in enumerate(a.shape))
    return xp.stack(parts).reshape(front + shape)


def nan_unquantile(
    g: Any, a: Any, q: Any, axis: Any = None, keepdims: Any = False
) -> Any:
    """The adjoint of `np.nanquantile(a, q, axis)`."""
    xp = array_module(a)
    places = xp.arange(a.size).reshape(shape_of(a))
    lines, among = quantile_lines(places, axis), quantile_lines(a, axis)
    out = xp.zeros(a.size, a.dtype)
    shares = shares_of(q)
    parts = xp.asarray(g).reshape((len(shares), *among.shape[:-1], 1))
    for part, share in zip(parts, shares, strict=True):
        low, high, t = nan_places(among, share)
        xp.add.at(out, xp.take_along_axis(lines, low, axis=-1), (1 - t) * part)
        xp.add.at(out, xp.take_along_axis(lines, high, axis=-1), t * part)
    return out.reshape(shape_of(a))
