"""Adjoints over a batch: the first axis of every array in them is that of the rows."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module, broadcast_axes, is_complex, shape_of
from dpc.runtime.containers import each_part
from dpc.runtime.refused import RefusedError
from dpc.runtime.trees import Fields, fields_of, is_array, leaf_part, part


def unbroadcast_rows(g: Any, like: Any, same: bool = False) -> Any:
    """`g`, row by row in the shape of `like`: see `unbroadcast`.

    same: `like` is the same for all rows, and does not have their axis.
    """
    want = shape_of(like) if same else shape_of(like)[1:]
    if is_complex(g) and not is_complex(like):
        g = g.real
    have = g.shape[1:]
    if have == want:
        return g
    extra = len(have) - len(want)
    if extra < 0:
        return unbroadcast_rows(g.reshape((len(g), *(1,) * -extra, *have)), like, same)
    axes = broadcast_axes(have, want)
    xp, shape = array_module(g), (len(g), *want)
    total = xp.sum(g, axis=tuple(1 + i for i in axes), keepdims=True) if axes else g
    return xp.broadcast_to(total.reshape((len(g), *total.shape[1 + extra :])), shape)


def require_view(view: Any, base: Any) -> None:
    """Refuse a copy of a batch where each row is written through a view of it."""
    alone = is_array(view) and not array_module(base).shares_memory(view, base)
    if alone and view.size:
        raise RefusedError(
            "an array is written through another shape of it, which over this batch"
            " is a copy",
            "write it in the shape that it was made in",
        )


def zeros_rows(x: Any, rows: int) -> Any:
    """A zero adjoint for each row of what is the same for all of them; see `zeros`."""
    if isinstance(x, float | int | complex | np.generic):
        return np.zeros(rows)
    if x is None or isinstance(x, str):
        return None
    if is_array(x):
        dtype = x.dtype if x.dtype.kind in "fc" else float
        return array_module(x).zeros((rows, *x.shape), dtype)
    if isinstance(x, list | tuple):
        parts = [zeros_rows(item, rows) for item in x]
        return Fields(x._fields, parts) if hasattr(x, "_fields") else parts
    if isinstance(x, dict):
        return {key: zeros_rows(item, rows) for key, item in x.items()}
    names = fields_of(x)
    if names is None:
        return None
    made = {name: zeros_rows(getattr(x, name), rows) for name in names}
    return types.SimpleNamespace(**made)


def gradient_rows(x_bar: Any, x: Any, rows: int | None = None) -> Any:
    """The finished gradients of all rows; see `gradient`.

    They have the structure of `x`, and each array of them the axis of the rows, as has
    what `x_bar` holds for it. rows: how many there are, if `x` is the same for all of
    them; else its arrays have that axis.
    """
    if isinstance(x, float | complex | np.floating | np.complexfloating):
        return leaf_rows(x_bar, np.asarray(x), rows)
    if is_array(x):
        return leaf_rows(x_bar, x, rows) if x.dtype.kind in "fc" else None
    if not isinstance(x, list | tuple | dict) and not hasattr(
        type(x), "__dataclass_fields__"
    ):
        return None
    names = getattr(x, "_fields", None)

    def inner(key: Any, item: Any) -> Any:
        found = part(x_bar, key, names[key] if names else key)
        return gradient_rows(found, item, rows)

    return each_part(x, inner, None)


def leaf_rows(x_bar: Any, x: Any, rows: int | None) -> Any:
    """The gradients of an array in all rows, as a writable array."""
    shape = x.shape if rows is None else (rows, *x.shape)
    out = array_module(x, x_bar).empty(shape, x.dtype)
    found = x_bar if x.dtype.kind == "c" and x_bar is not None else leaf_part(x_bar)
    missing = out.ndim - len(shape_of(found))
    if len(shape_of(found)) and missing > 0:
        found = found.reshape((len(found), *(1,) * missing, *found.shape[1:]))
    out[...] = found
    return out


def rows_first(x: Any, axes: Any) -> Any:
    """A container whose arrays have their axis of the rows, by `axes`, in front."""
    return moved_rows(x, axes, True)


def rows_at(x: Any, axes: Any) -> Any:
    """The inverse of `rows_first`."""
    return moved_rows(x, axes, False)


def moved_rows(x: Any, axes: Any, first: bool) -> Any:
    """The arrays of a container, each with an axis moved to the front or back."""
    if axes is None:
        return x
    if is_array(x):
        pair = (axes, 0) if first else (0, axes)
        return array_module(x).moveaxis(x, *pair)
    return each_part(
        x, lambda key, part: moved_rows(part, axis_of(axes, key), first), x
    )


def axis_of(axes: Any, key: Any) -> Any:
    """The axes of one part."""
    return axes if axes is None or isinstance(axes, int) else axes[key]


def first_leaf(x: Any) -> Any:
    """The first array of a container."""
    while not is_array(x):
        if isinstance(x, dict):
            x = next(iter(x.values()))
        elif isinstance(x, list | tuple):
            x = x[0]
        else:
            x = getattr(x, (fields_of(x) or [""])[0])
    return x
