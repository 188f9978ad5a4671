"""Indices that are real numbers, and the largest of many, as weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module


def index(a: Any, i: Any, kernel: str = "linear", temperature: Any = None) -> Any:
    """The element of `a` that is nearest to a real index, the lower of two.

    a: an array, or a list where `i` is a number.
    i: a number, an array of them, or a tuple with one of these for each axis, which
      broadcast; beyond the ends, the first or the last element counts.
    kernel: what it is where branches are relaxed: "linear", the line between the two
      neighbours along each axis; or "softmax", the mean of all elements, weighed by
      `softmax(-(i - k)**2 / temperature)`.
    temperature: of the softmax, by default that in force.

    Raises ValueError for a kernel of another name.
    """
    if kernel not in ("linear", "softmax"):
        raise ValueError(f"there is no kernel {kernel!r}: write 'linear' or 'softmax'")
    found = a[nearest(a, i)]
    return found.copy() if isinstance(found, np.ndarray) else found


def nearest(a: Any, i: Any) -> Any:
    """The whole index that is nearest to a real one."""
    if isinstance(i, tuple):
        return tuple([_nearest(x, n) for x, n in zip(i, np.shape(a), strict=False)])
    return _nearest(i, len(a))


def _nearest(i: Any, n: int) -> Any:
    if np.ndim(i) == 0:
        return int(min(max(np.ceil(i - 0.5), 0), n - 1))
    xp = array_module(i)
    return xp.clip(xp.ceil(i - 0.5), 0, n - 1).astype(int)


def neighbours(i: Any, n: int) -> tuple[Any, Any]:
    """The whole indices below and above a real one, of `n`; they end with the array."""
    last = max(n - 2, 0)
    if np.ndim(i) == 0:
        low = int(min(max(np.floor(i), 0), last))
        return low, min(low + 1, n - 1)
    xp = array_module(i)
    below = xp.clip(xp.floor(i), 0, last).astype(int)
    return below, xp.minimum(below + 1, n - 1)


def share_above(i: Any, n: int) -> Any:
    """How far a real index is from the neighbour below to that above, from 0 to 1."""
    low = neighbours(i, n)[0]
    if np.ndim(i) == 0:
        return min(max(i, 0.0), n - 1.0) - low
    return array_module(i).clip(i, 0, n - 1) - low


def is_within(i: Any, n: int) -> Any:
    """1 where a real index lies between the first and the last element, else 0."""
    if np.ndim(i) == 0:
        return float(n > 1 and 0 <= i <= n - 1)
    return ((i >= 0) & (i <= n - 1) & (n > 1)).astype(i.dtype)


def aligned(x: Any, a: Any, axes: int) -> Any:
    """Weights in a shape that broadcasts against what they select of `a`.

    axes: how many axes of `a` are indexed.
    """
    more = np.ndim(a) - axes
    return x.reshape(x.shape + (1,) * more) if more and np.ndim(x) else x


def unaligned(x: Any, like: Any) -> Any:
    """The weights that `aligned` was given."""
    return x.reshape(np.shape(like)) if np.ndim(like) else x


def selection(s: Any, t: Any, axis: int = -1) -> Any:
    """`softmax(s / t)` along an axis; at t = 0 it is 1 at the first of the largest."""
    xp = array_module(s)
    s = xp.asarray(s)
    if t == 0:
        shape = [1] * s.ndim
        shape[axis] = -1
        places = xp.arange(s.shape[axis]).reshape(shape)
        here = xp.expand_dims(xp.argmax(s, axis), axis)
        return (places == here).astype(s.dtype if s.dtype.kind == "f" else float)
    e = xp.exp((s - xp.max(s, axis=axis, keepdims=True)) / t)
    return e / xp.sum(e, axis=axis, keepdims=True)


def inverse(t: Any) -> Any:
    """`1 / t`, and 0 for a temperature of 0, where nothing varies."""
    return 1 / t if t else 0.0
