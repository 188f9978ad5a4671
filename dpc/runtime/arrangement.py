"""Adjoints of functions that repeat, leave out or surround elements of an array."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module, shape_of, unbroadcast
from dpc.runtime.refused import RefusedError


def read_order(x: Any, order: str) -> str:
    """The order "C" or "F" in which `np.ravel(x, order)` reads `x` as it lies."""
    if order in ("C", "F"):
        return order
    x = array_module(x).asarray(x)
    if x.flags.c_contiguous or x.flags.f_contiguous or order == "A":
        return "F" if x.flags.fnc else "C"
    pairs = zip(x.strides, x.shape, strict=True)
    steps = [abs(step) for step, size in pairs if size != 1]
    if steps == sorted(steps, reverse=True):
        return "C"
    if steps == sorted(set(steps)):
        return "F"
    raise RefusedError(
        "an array whose axes lie in memory in another order than forwards or backwards"
        " is read as it lies",
        "write order='C' or order='F'",
    )


def untile(g: Any, x: Any, reps: Any) -> Any:
    """The adjoint of `np.tile(x, reps)`."""
    reps = tuple(reps) if isinstance(reps, tuple | list) else (int(reps),)
    shape = (1,) * (len(reps) - len(shape_of(x))) + shape_of(x)
    reps = (1,) * (len(shape) - len(reps)) + reps
    pairs = [n for pair in zip(reps, shape, strict=True) for n in pair]
    total = g.reshape(pairs).sum(axis=tuple(range(0, len(pairs), 2)))
    return total.reshape(shape_of(x))[()]


def unrepeat(g: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    """The adjoint of `np.repeat(x, repeats, axis)`."""
    xp, shape = array_module(x), shape_of(x)
    axis = axis if shape else None  # A number has all axes, as it were.
    rows = g if axis is None else xp.moveaxis(g, axis, 0)
    count = math.prod(shape) if axis is None else shape[axis]
    if math.prod(shape_of(repeats)) == 1 and not isinstance(repeats, list | tuple):
        each = repeats if isinstance(repeats, int) else int(repeats.reshape(()))
        out = rows.reshape(count, each, *rows.shape[1:]).sum(axis=1)
    else:
        out = xp.zeros((count, *rows.shape[1:]), g.dtype)
        xp.add.at(out, xp.repeat(xp.arange(count), repeats), rows)
    return out.reshape(shape)[()] if axis is None else xp.moveaxis(out, 0, axis)


def unpad(g: Any, x: Any, pad_width: Any, mode: Any) -> Any:
    """The adjoint of `np.pad(x, pad_width, mode)`."""
    xp = array_module(x)
    for axis, (before, after) in enumerate(pad_widths(pad_width, g.ndim)):
        rows = xp.moveaxis(g, axis, 0)
        count = shape_of(x)[axis]
        out = rows[before : before + count]
        if mode != "constant":
            out = xp.zeros_like(out)
            places = xp.pad(xp.arange(count), (before, after), mode)
            xp.add.at(out, places, rows)
        g = xp.moveaxis(out, 0, axis)
    return g


def unpad_values(g: Any, x: Any, pad_width: Any, values: Any) -> Any:
    """The cotangent of `values` in `np.pad(x, pad_width, constant_values=values)`."""
    xp = array_module(g)
    if not g.ndim:
        return unbroadcast(xp.zeros((1, 2), g.dtype), values)
    sums = []
    # What is added along the last axis lies outermost.
    for axis, (before, after) in reversed([*enumerate(pad_widths(pad_width, g.ndim))]):
        rows = xp.moveaxis(g, axis, 0)
        inner = rows[before : len(rows) - after]
        sums.append([rows[:before].sum(), rows[len(rows) - after :].sum()])
        g = xp.moveaxis(inner, 0, axis)
    sides = xp.stack([xp.stack(pair) for pair in sums[::-1]])
    return unbroadcast(sides, values)


def pad_widths(pad_width: Any, rank: int) -> list[tuple[int, int]]:
    """How much `np.pad` adds before and after, along each axis."""
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * rank
        for axis, pair in pad_width.items():
            pairs[axis] = (pair, pair) if isinstance(pair, int) else pair
        return pairs
    return [(int(a), int(b)) for a, b in np.broadcast_to(pad_width, (rank, 2))]


def pad_matrix(
    x: Any, axis: int, before: int, after: int, mode: str, reflect_type: str
) -> Any:
    """What `np.pad` multiplies each line of `x` along an axis with."""
    xp = array_module(x)
    lines = xp.eye(x.shape[axis], dtype=x.dtype)
    kind = {} if mode in ("edge", "wrap") else {"reflect_type": reflect_type}
    return xp.pad(lines, ((before, after), (0, 0)), mode, **kind)


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
    if len(shape_of(v)) == 1:
        return array_module(g).diagonal(g, k)
    return undiagonal(g, v, k)
