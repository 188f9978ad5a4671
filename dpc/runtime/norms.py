"""Slopes of `np.linalg.norm` where order, axes and rank show only when it runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module, shape_of
from dpc.runtime.slopes import ratio


def norm_axes(x: Any, ord: Any, axis: Any) -> Any:
    """The axis of vectors, or the pair of axes of matrices, that a norm is taken of."""
    if isinstance(axis, tuple | list):
        return axis[0] if len(axis) == 1 else tuple(axis)
    if axis is None and ord is not None:
        return 0 if len(shape_of(x)) == 1 else (0, 1)
    return axis


def norm_slope(g: Any, x: Any, ord: Any, axis: Any, keepdims: bool, out: Any) -> Any:
    """`g` times the derivative of `out`, the norm of `x`, in each element of `x`."""
    xp = array_module(x)
    x, axis = xp.asarray(x), norm_axes(x, ord, axis)
    if axis is not None and not keepdims:
        g, out = xp.expand_dims(g, axis), xp.expand_dims(out, axis)
    if ord is None or ord == "fro" or (ord == 2 and not isinstance(axis, tuple)):
        return xp.conj(x) * ratio(g, out)
    if isinstance(axis, tuple):
        return matrix_norm_slope(g, x, ord, axis, out)
    if ord == 0:
        return xp.zeros_like(x)
    if abs(ord) == np.inf:
        signs = xp.where(abs(x) == out, xp.conj(xp.sign(x)), 0)
        return g * ratio(signs, abs(signs).sum(axis=axis, keepdims=True))
    return xp.conj(xp.sign(x)) * abs(x) ** (ord - 1) * ratio(g, out ** (ord - 1))


def matrix_norm_slope(g: Any, x: Any, ord: Any, axes: Any, out: Any) -> Any:
    """The same for matrices: norms of their rows, columns or singular values."""
    xp = array_module(x)
    if ord in (2, -2, "nuc"):
        u, s, vh = xp.linalg.svd(xp.moveaxis(x, axes, (-2, -1)), full_matrices=False)
        best = (
            s.min(axis=-1, keepdims=True)
            if ord == -2
            else s.max(axis=-1, keepdims=True)
        )
        weights = xp.where(s > 0 if ord == "nuc" else s == best, xp.ones_like(s), 0)
        if ord != "nuc":
            weights = weights / weights.sum(axis=-1, keepdims=True)
        return g * xp.moveaxis(
            ((u * weights[..., None, :]) @ vh).conj(), (-2, -1), axes
        )
    inner, outer = axes if abs(ord) == 1 else axes[::-1]
    sums = abs(x).sum(axis=inner, keepdims=True)
    ties = xp.where(sums == out, xp.ones_like(sums), 0)
    return g * xp.conj(xp.sign(x)) * (ties / ties.sum(axis=outer, keepdims=True))
