"""What functions that write to an array leave there, and where."""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module
from dpc.runtime.indexing import scatter_index


def repeated(values: Any, like: Any) -> Any:
    """`values` over and over, as many as `like` has elements and in its shape."""
    xp = array_module(like, values)
    return xp.resize(values, xp.shape(like))


def flat_places(x: Any, indices: Any) -> Any:
    """The index of elements that are counted through, as `np.put` does."""
    xp = array_module(x)
    return xp.unravel_index(xp.asarray(indices) % max(x.size, 1), x.shape)


def line_places(x: Any, indices: Any, axis: Any) -> Any:
    """The index of the elements that `np.put_along_axis` writes."""
    if axis is None:
        return flat_places(x, indices)
    return scatter_index(x, indices, axis)


def diagonal_places(x: Any) -> Any:
    """The index of the elements that `np.fill_diagonal` writes."""
    count = min(x.shape)
    return (array_module(x).arange(count),) * x.ndim


def multiplied_at(x: Any, index: Any, factors: Any) -> Any:
    """A copy of `x` after `np.multiply.at(x, index, factors)`."""
    out = x.copy()
    array_module(x).multiply.at(out, index, factors)
    return out


def maximum_at(x: Any, index: Any, values: Any) -> Any:
    """A copy of `x` after `np.maximum.at(x, index, values)`."""
    out = x.copy()
    array_module(x).maximum.at(out, index, values)
    return out


def minimum_at(x: Any, index: Any, values: Any) -> Any:
    """A copy of `x` after `np.minimum.at(x, index, values)`."""
    out = x.copy()
    array_module(x).minimum.at(out, index, values)
    return out
