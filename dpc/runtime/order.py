"""Adjoints and tangents of quantiles, places of running extrema."""

from __future__ import annotations

import math
from typing import Any

from dpc.runtime.arrays import array_module, real_as, shape_of
from dpc.runtime.joining import laid_out
from dpc.runtime.refused import RefusedError


def quantile_lines(x: Any, axis: Any) -> Any:
    """`x` with the axes in question as one, at the end; all for None."""
    rank = len(shape_of(x))
    axes = tuple(range(rank)) if axis is None else axis
    axes = axes if isinstance(axes, tuple) else (axes,)
    moved = array_module(x).moveaxis(x, axes, range(rank - len(axes), rank))
    kept = moved.shape[: rank - len(axes)]
    return moved.reshape((*kept, math.prod(moved.shape[len(kept) :])))


def quantile_points(
    count: int, q: Any, method: str = "linear"
) -> list[tuple[int, int, float]]:
    """For each quantile, the two sorted elements it lies between, and how far along."""
    shares = q.ravel().tolist() if hasattr(q, "ravel") else q
    shares = shares if isinstance(shares, list | tuple) else [shares]
    return [quantile_point(count, share, method) for share in shares]


# Where a quantile lies, by the two parameters of R. J. Hyndman and Y. Fan (1996).
HYNDMAN_FAN = {
    "linear": (1.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "interpolated_inverted_cdf": (0.0, 1.0),
}


def quantile_point(count: int, share: float, method: str) -> tuple[int, int, float]:
    """The two sorted elements that a quantile lies between, and how far along."""
    last = max(count - 1, 0)
    place = share * (count - 1)
    if method in HYNDMAN_FAN:
        alpha, beta = HYNDMAN_FAN[method]
        place = count * share + alpha + share * (1 - alpha - beta) - 1
    elif method == "inverted_cdf":
        place = float(math.ceil(count * share - 1e-12 * count) - 1)
    elif method in ("lower", "higher"):
        place = float(math.floor(place) if method == "lower" else math.ceil(place))
    elif method == "nearest":
        place = float(round(place))  # Halves go to the even one, as in NumPy.
    elif method == "midpoint":
        place = 0.5 * (math.floor(place) + math.ceil(place))
    else:
        raise RefusedError(
            f"there is no rule for quantiles by {method!r}", 'write method="linear"'
        )
    place = min(max(place, 0.0), float(last))
    low = min(int(place), max(count - 2, 0))
    return low, min(low + 1, last), place - low


def quantile_along(
    x: Any,
    a: Any,
    q: Any,
    axis: Any = None,
    keepdims: Any = False,
    method: str = "linear",
) -> Any:
    """`np.quantile(x, q, axis)`, but in the order that sorts the elements of `a`."""
    xp = array_module(a)
    order = xp.argsort(quantile_lines(a, axis), axis=-1, kind="stable")
    lines = xp.take_along_axis(quantile_lines(x, axis), order, axis=-1)
    points = quantile_points(lines.shape[-1], q, method)
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


def unquantile(
    g: Any,
    a: Any,
    q: Any,
    axis: Any = None,
    keepdims: Any = False,
    method: str = "linear",
) -> Any:
    """The adjoint of `np.quantile(a, q, axis)`: what each element of `a` receives."""
    xp = array_module(a)
    lines = quantile_lines(a, axis)
    points = quantile_points(lines.shape[-1], q, method)
    parts = real_as(xp.asarray(g), a).reshape((len(points), *lines.shape[:-1]))
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


def distinct_places(x: Any, axis: Any = None) -> Any:
    """Where `np.unique(x, axis=axis)` finds each of its values first."""
    return array_module(x).unique(x, return_index=True, axis=axis)[1]
