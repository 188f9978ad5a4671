"""Adding cotangents where it is not known before the run what they are.

An adjoint is a number, an array, or a tree (see `trees`). Numbers do not change; arrays
and trees of the function's own are added to in place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module


class NotScalarError(TypeError):
    """A gradient was asked of a result that is not a real scalar."""


class NotPairError(TypeError):
    """A result with an auxiliary part was wanted, and is no pair."""


def require_pair(value: Any) -> None:
    """Refuse a result that is no tuple of two."""
    if not isinstance(value, tuple) or len(value) != 2:
        raise NotPairError(type(value).__name__)


def require_scalar(value: Any) -> None:
    """Refuse a result without a gradient.

    A real scalar is a Python float, a NumPy floating scalar or a 0-d floating array.
    """
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if isinstance(value, float) or (kind == "f" and value.shape == ()):
        return
    shape = getattr(value, "shape", ())
    what = type(value).__name__
    if kind:
        what = f"an array of shape {shape}" if shape else f"a scalar of {value.dtype}"
    raise NotScalarError(what)


def accumulate(x_bar: Any, amount: Any) -> Any:
    """`x_bar + amount`, into the memory of `x_bar` if that can be written."""
    if x_bar is amount or amount is None:
        return x_bar
    if x_bar is None:
        return amount
    if isinstance(x_bar, np.ndarray) or hasattr(x_bar, "__cuda_array_interface__"):
        if isinstance(amount, list):
            for i, part in enumerate(amount):
                x_bar[i] += part
        elif x_bar.flags.writeable:
            x_bar += amount
        else:
            return x_bar + amount
        return x_bar
    if isinstance(x_bar, list):
        for i in range(len(x_bar)):
            x_bar[i] = accumulate(x_bar[i], amount[i])
    elif isinstance(x_bar, dict):
        for key, part in amount.items():
            x_bar[key] = accumulate(x_bar.get(key), part)
    elif hasattr(x_bar, "__dict__") and hasattr(amount, "__dict__"):
        for name, part in vars(amount).items():
            setattr(x_bar, name, accumulate(getattr(x_bar, name, None), part))
    elif isinstance(amount, list | dict) or hasattr(amount, "__dict__"):
        return amount  # to a zero that stands for the whole
    else:
        return x_bar + amount
    return x_bar


def add_at(x_bar: Any, index: Any, amount: Any) -> None:
    """`x_bar[index] += amount`; an element that is named twice receives both."""
    if amount is None:
        return
    if isinstance(x_bar, list | dict):
        if isinstance(index, slice) and isinstance(x_bar, list):
            for i, part in zip(range(len(x_bar))[index], amount, strict=True):
                x_bar[i] = accumulate(x_bar[i], part)
        else:
            x_bar[index] = accumulate(x_bar[index], amount)
        return
    for part in index if isinstance(index, tuple) else (index,):
        kind = np.asarray(part).dtype.kind if isinstance(part, list) else None
        if (kind or getattr(getattr(part, "dtype", None), "kind", "")) in ("i", "u"):
            array_module(x_bar).add.at(x_bar, index, amount)
            return
    x_bar[index] += amount


def add_attr(x_bar: Any, x: Any, name: str, amount: Any) -> None:
    """`x_bar.name += amount`, where `x.name` is a field of the object `x`.

    An attribute of its class is a constant. A property is neither: what it depends on
    is not known here.
    """
    if hasattr(x_bar, name):
        setattr(x_bar, name, accumulate(getattr(x_bar, name), amount))
    elif hasattr(type(getattr(type(x), name, None)), "__get__"):
        raise TypeError(f"{name} is computed by {type(x).__name__}, it is not a field")
