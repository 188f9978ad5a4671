"""Products along an axis with elements left out, exact where some of them are zero.

    before[i] = x[0] * ... * x[i - 1]
    after[i]  = h[i + 1] + x[i + 1] * after[i + 1]

They are all that the derivatives of `np.prod` and `np.cumprod` need, of every order: no
division by an element ever happens.
"""

from __future__ import annotations

import math
from typing import Any

from dpc.runtime.arrays import array_module


def products_before(x: Any, axis: Any = None, reverse: bool = False) -> Any:
    """The product of the elements before each one along `axis`, 1 for the first.

    `reverse`: of those after each one. Several axes, or all for `None`, count as one.
    """
    if not getattr(x, "shape", ()):
        return x * 0 + 1
    lines = as_lines(x, axis, reverse)
    out = array_module(x).ones_like(lines)
    out[1:] = array_module(x).cumprod(lines[:-1], axis=0)
    return from_lines(out, x, axis, reverse)


def sums_after(h: Any, x: Any, axis: Any = None, reverse: bool = False) -> Any:
    """For each place i, the sum over j > i of h[j] times the x[k] with i < k < j.

    `reverse`: over j < i, with j < k < i. Axes as for `products_before`.
    """
    if not getattr(x, "shape", ()):
        return h * 0
    total, factor = as_lines(h, axis, not reverse), as_lines(x, axis, not reverse)
    total, factor = total + 0 * factor, factor + 0
    step = 1
    # Affine maps compose: after each round an element has taken in twice as many.
    while step < len(total):
        total[step:] += factor[step:] * total[:-step]
        factor[step:] *= factor[:-step].copy()
        step *= 2
    out = array_module(x).zeros_like(total)
    out[1:] = total[:-1]
    return from_lines(out, x, axis, not reverse)


def as_lines(x: Any, axis: Any, reverse: bool) -> Any:
    """`x` with the axes in question as one, in front; back to front if `reverse`."""
    axes = axes_of(x, axis)
    moved = array_module(x).moveaxis(x, axes, range(len(axes)))
    count, rest = moved.shape[: len(axes)], moved.shape[len(axes) :]
    lines = moved.reshape(math.prod(count), *rest)
    return lines[::-1] if reverse else lines


def from_lines(lines: Any, x: Any, axis: Any, reverse: bool) -> Any:
    """The inverse of `as_lines` on an array like `x`."""
    axes = axes_of(x, axis)
    xp = array_module(lines)
    moved = xp.moveaxis(x, axes, range(len(axes)))
    whole = (lines[::-1] if reverse else lines).reshape(moved.shape)
    return xp.moveaxis(whole, range(len(axes)), axes)


def axes_of(x: Any, axis: Any) -> tuple[int, ...]:
    """The axes that `axis` means for `x`."""
    if axis is None:
        return tuple(range(x.ndim))
    return axis if isinstance(axis, tuple) else (axis,)


def undiff(g: Any, size: int, n: int = 1, axis: int = -1) -> Any:
    """The adjoint of `np.diff(x, n, axis)` for an `x` of this size along the axis."""
    xp = array_module(g)
    lines = xp.moveaxis(g, axis, 0)
    for _ in range(n):
        wide = xp.zeros((len(lines) + 1, *lines.shape[1:]), lines.dtype)
        wide[1:] = lines
        wide[:-1] -= lines
        lines = wide
    return xp.moveaxis(lines[:size], 0, axis)


def unpair(g: Any, axis: int = -1) -> Any:
    """The adjoint of the mean of neighbours along an axis."""
    xp = array_module(g)
    lines = xp.moveaxis(0.5 * g, axis, 0)
    out = xp.zeros((len(lines) + 1, *lines.shape[1:]), lines.dtype)
    out[1:] += lines
    out[:-1] += lines
    return xp.moveaxis(out, 0, axis)
