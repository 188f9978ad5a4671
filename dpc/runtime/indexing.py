"""Adding to selected elements, for adjoints of indexing."""

from __future__ import annotations

from typing import Any

from dpc.runtime.adjoints import add_at
from dpc.runtime.arrays import array_module, unbroadcast
from dpc.runtime.trees import zeros


def scatter(g: Any, x: Any, index: Any) -> Any:
    """Zeros like `x`, with `g` added at `index`: the adjoint of `x[index]`."""
    if isinstance(x, list | tuple):
        parts = zeros(x)
        add_at(parts, index, g)
        return parts
    out = array_module(x).zeros_like(x)
    add_at(out, index, g)
    return out


def scatter_along_axis(g: Any, x: Any, indices: Any, axis: Any = None) -> Any:
    """The adjoint of `np.take_along_axis(x, indices, axis)`; `indices` may repeat."""
    xp = array_module(x)
    if axis is None:
        out = xp.zeros(x.size, x.dtype)
        xp.add.at(out, indices, g)
        return out.reshape(x.shape)
    out = xp.zeros(x.shape, x.dtype)
    xp.add.at(out, scatter_index(x, indices, axis), g)
    return out


def scatter_index(x: Any, indices: Any, axis: int) -> tuple[Any, ...]:
    """The index that `np.take_along_axis(x, indices, axis)` stands for."""
    xp = array_module(x)
    lines = [1] * x.ndim
    grid = []
    for k, size in enumerate(x.shape):
        grid.append(xp.arange(size).reshape([*lines[:k], -1, *lines[k + 1 :]]))
    grid[axis] = indices
    return tuple(grid)


def unchoose(g: Any, a: Any, choices: Any) -> list[Any]:
    """The cotangents of the choices of `np.choose(a, choices)`."""
    where = array_module(g, a).where
    return [unbroadcast(where(a == k, g, 0), x) for k, x in enumerate(choices)]


def unselect(g: Any, tests: Any, choices: Any, default: Any) -> tuple[list[Any], Any]:
    """The cotangents of the choices and the default of `np.select`."""
    where = array_module(g).where
    parts = []
    for test, choice in zip(tests, choices, strict=True):
        parts.append(unbroadcast(where(test, g, 0), choice))
        g = where(test, 0, g)
    return parts, unbroadcast(g, default)


def index_along(axis: int, index: Any) -> tuple[Any, ...]:
    """What selects `index` along one axis."""
    if axis >= 0:
        return (*(slice(None),) * axis, index)
    return (..., index, *(slice(None),) * (-axis - 1))
