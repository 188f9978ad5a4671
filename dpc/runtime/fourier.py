"""What adjoints of Fourier transforms need beyond the transforms."""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module


def cut_like(g: Any, x: Any, axis: int = -1) -> Any:
    """`g` cut off, or with zeros behind it, to the size of `x` along an axis."""
    xp = array_module(g)
    size, have = xp.shape(x)[axis], g.shape[axis]
    lines = xp.moveaxis(g, axis, 0)[:size]
    if have < size:
        rest = xp.zeros((size - have, *lines.shape[1:]), g.dtype)
        lines = xp.concatenate([lines, rest])
    return xp.moveaxis(lines, 0, axis)


def half_weights(g: Any, axis: int = -1) -> Any:
    """How often each line of half a spectrum occurs in the whole one of size of `g`."""
    xp, size = array_module(g), g.shape[axis]
    weights = xp.full(size // 2 + 1, 2.0).astype(g.real.dtype)
    weights[0] = 1
    if size % 2 == 0:
        weights[-1] = 1
    shape = [1] * g.ndim
    shape[axis] = len(weights)
    return weights.reshape(shape)


def scaled_at(x: Any, places: tuple[int, ...], factor: float, axis: int = -1) -> Any:
    """`x` with the lines at some places along an axis multiplied by a factor."""
    xp = array_module(x)
    out = xp.array(x)
    # A line that is the first and the last of all is meant once.
    for place in {place % out.shape[axis] for place in places}:
        xp.moveaxis(out, axis, 0)[place] *= factor
    return out
