"""Filters along an axis: a kernel that slides over an array and beyond its edges."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module

# What SciPy calls the ways to go on beyond an edge, and NumPy.
EDGES = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "nearest": "edge",
    "mirror": "reflect",
    "wrap": "wrap",
    "grid-wrap": "wrap",
    "constant": "constant",
    "grid-constant": "constant",
}


def gaussian_kernel(
    sigma: float, order: int = 0, truncate: float = 4.0, radius: Any = None
) -> Any:
    """The weights of a Gaussian filter, or of its derivative of an order."""
    reach = int(truncate * float(sigma) + 0.5) if radius is None else int(radius)
    x = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 / (sigma * sigma) * x**2)
    weights /= weights.sum()
    # Each derivative of p(x) exp(-x**2 / (2 s**2)) is p' - x / s**2 p, times the same.
    factor = np.polynomial.Polynomial([1.0])
    step = np.polynomial.Polynomial([0.0, -1.0 / (sigma * sigma)])
    for _ in range(order):
        factor = factor.deriv() + factor * step
    return (weights * factor(x))[::-1]


def filtered(x: Any, weights: Any, axis: int, mode: str, origin: int = 0) -> Any:
    """`scipy.ndimage.correlate1d(x, weights, axis, mode=mode)`, with zeros outside."""
    xp = array_module(x)
    lines = xp.moveaxis(x, axis, 0)
    before, after = reach_of(weights, origin)
    wide = beyond(xp, lines, mode, before, after)
    out = xp.zeros_like(lines)
    for k, weight in enumerate(weights.tolist()):
        out += weight * wide[k : k + len(lines)]
    return xp.moveaxis(out, 0, axis)


def unfiltered(g: Any, weights: Any, axis: int, mode: str, origin: int = 0) -> Any:
    """The adjoint of `filtered`."""
    xp = array_module(g)
    lines = xp.moveaxis(g, axis, 0)
    before, after = reach_of(weights, origin)
    wide = xp.zeros((len(lines) + before + after, *lines.shape[1:]), g.dtype)
    for k, weight in enumerate(weights.tolist()):
        wide[k : k + len(lines)] += weight * lines
    if EDGES[mode] == "constant":
        return xp.moveaxis(wide[before : before + len(lines)], 0, axis)
    out = xp.zeros_like(lines)
    xp.add.at(out, around(xp, len(lines), before, after, mode), wide)
    return xp.moveaxis(out, 0, axis)


def reach_of(weights: Any, origin: int) -> tuple[int, int]:
    """How far a kernel reaches before and behind a place."""
    before = len(weights) // 2 + origin
    return before, len(weights) - 1 - before


def around(xp: Any, size: int, before: int, after: int, mode: str) -> Any:
    """The places that stand at 0 - before, ..., size + after - 1."""
    return xp.pad(xp.arange(size), (before, after), EDGES[mode])


def beyond(xp: Any, lines: Any, mode: str, before: int, after: int) -> Any:
    """The lines with what stands around them; zeros for a constant."""
    if EDGES[mode] != "constant":
        return lines[around(xp, len(lines), before, after, mode)]
    zeros = [xp.zeros((n, *lines.shape[1:]), lines.dtype) for n in (before, after)]
    return xp.concatenate([zeros[0], lines, zeros[1]])
