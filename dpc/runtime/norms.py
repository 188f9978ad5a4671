"""The slope of `np.linalg.norm(x, ord)` where it shows only now if `x` is a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module
from dpc.runtime.slopes import ratio


def norm_slope(g: Any, x: Any, ord: Any, out: Any) -> Any:
    """`g` times the derivative of `out = np.linalg.norm(x, ord)` in each element."""
    xp = array_module(x)
    x = xp.asarray(x)
    g, out = xp.asarray(g, x.dtype).reshape(()), xp.asarray(out).reshape(())
    if x.ndim == 2:
        return matrix_slope(g, x, ord, out)
    if ord == 0:
        return xp.zeros_like(x)
    if abs(ord) == np.inf:
        signs = xp.where(abs(x) == out, xp.sign(x), 0)
        return g * ratio(signs, abs(signs).sum())
    return xp.sign(x) * abs(x) ** (ord - 1) * ratio(g, out ** (ord - 1))


def matrix_slope(g: Any, x: Any, ord: Any, out: Any) -> Any:
    """The same for a matrix: norms of its rows, columns or singular values."""
    xp = array_module(x)
    if ord in (2, -2, "nuc"):
        u, s, vh = xp.linalg.svd(x, full_matrices=False)
        chosen = s > 0 if ord == "nuc" else s == (s.max() if ord == 2 else s.min())
        weights = xp.where(chosen, xp.ones_like(s), 0)
        return g * (u * (weights if ord == "nuc" else weights / weights.sum())) @ vh
    if ord == "fro":
        return x * ratio(g, out)
    sums = abs(x).sum(axis=0 if abs(ord) == 1 else 1, keepdims=True)
    ties = xp.where(sums == out, xp.ones_like(sums), 0)
    return g * xp.sign(x) * (ties / ties.sum())
