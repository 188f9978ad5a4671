"""Cutting a cotangent into parts for arrays that were joined, or nested in lists."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module


def split_like(g: Any, arrays: Any, axis: int) -> Any:
    """`g` cut along `axis` into parts with the sizes and shapes of `arrays`."""
    axis = min(axis, g.ndim - 1)
    row = math.prod(g.shape) // max(g.shape[axis], 1)
    parts, begin = [], 0
    for array in arrays:
        end = begin + np.size(array) // max(row, 1)
        cut = [slice(None)] * g.ndim
        cut[axis] = slice(begin, end)
        parts.append(g[tuple(cut)].reshape(np.shape(array))[()])
        begin = end
    return gathered(parts, arrays)


def join_like(parts: Any, g: Any, axis: int) -> Any:
    """The parts, joined along `axis` to the shape of `g`: the inverse of `split_like`."""
    axis = min(axis, g.ndim - 1)
    row = math.prod(g.shape) // max(g.shape[axis], 1)
    shaped = []
    for part in parts:
        shape = list(np.shape(part))
        if len(shape) < g.ndim:
            shape = list(g.shape)
            shape[axis] = np.size(part) // max(row, 1)
        shaped.append(np.reshape(part, shape))
    return array_module(g).concatenate(shaped, axis)


def unstack_like(g: Any, arrays: Any, axis: int) -> Any:
    """The parts of `g` along `axis`, in a container like `arrays`."""
    return gathered(list(array_module(g).moveaxis(g, axis, 0)), arrays)


def nested_like(g: Any, x: Any) -> Any:
    """The parts of `g` in nested lists like `x`; `g` itself where `x` is an array."""
    if not isinstance(x, list | tuple):
        return g
    return gathered(
        [nested_like(part, item) for part, item in zip(g, x, strict=True)], x
    )


def gathered(parts: list[Any], like: Any) -> Any:
    """The parts as an array if `like` is one, as a list for a list or tuple."""
    if isinstance(like, list | tuple):
        return parts
    return array_module(parts[0]).stack(parts)
