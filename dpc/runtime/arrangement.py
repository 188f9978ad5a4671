"""Adjoints of functions that repeat, leave out or surround elements of an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module


def untile(g: Any, x: Any, reps: Any) -> Any:
    """The adjoint of `np.tile(x, reps)`."""
    reps = tuple(reps) if isinstance(reps, tuple | list) else (int(reps),)
    shape = (1,) * (len(reps) - np.ndim(x)) + np.shape(x)
    reps = (1,) * (len(shape) - len(reps)) + reps
    pairs = [n for pair in zip(reps, shape, strict=True) for n in pair]
    total = g.reshape(pairs).sum(axis=tuple(range(0, len(pairs), 2)))
    return total.reshape(np.shape(x))[()]


def unrepeat(g: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    """The adjoint of `np.repeat(x, repeats, axis)`."""
    xp = array_module(x)
    rows = g if axis is None else xp.moveaxis(g, axis, 0)
    count = np.size(x) if axis is None else x.shape[axis]
    if np.size(repeats) == 1:
        out = rows.reshape(count, int(np.max(repeats)), *rows.shape[1:]).sum(axis=1)
    else:
        out = xp.zeros((count, *rows.shape[1:]), g.dtype)
        xp.add.at(out, xp.repeat(xp.arange(count), repeats), rows)
    return out.reshape(np.shape(x))[()] if axis is None else xp.moveaxis(out, 0, axis)


def unpad(g: Any, x: Any, pad_width: Any, mode: Any) -> Any:
    """The adjoint of `np.pad(x, pad_width, mode)`."""
    xp = array_module(x)
    for axis, (before, after) in enumerate(np.broadcast_to(pad_width, (g.ndim, 2))):
        rows = xp.moveaxis(g, axis, 0)
        count = np.shape(x)[axis]
        out = rows[int(before) : int(before) + count]
        if mode != "constant":
            out = xp.zeros_like(out)
            places = np.pad(np.arange(count), (int(before), int(after)), mode)
            xp.add.at(out, xp.asarray(places), rows)
        g = xp.moveaxis(out, 0, axis)
    return g


def undiagonal(g: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros like `x` with `g` on a diagonal: the adjoint of `np.diagonal`."""
    xp = array_module(x)
    out = xp.zeros(x.shape, x.dtype)
    moved = xp.moveaxis(out, (axis1, axis2), (-2, -1))
    count = min(moved.shape[-2] - max(-offset, 0), moved.shape[-1] - max(offset, 0))
    rows = xp.arange(max(count, 0))
    moved[..., rows + max(-offset, 0), rows + max(offset, 0)] = g
    return out


def undiag(g: Any, v: Any, k: int = 0) -> Any:
    """The adjoint of `np.diag(v, k)`."""
    if np.ndim(v) == 1:
        return array_module(g).diagonal(g, k)
    return undiagonal(g, v, k)
