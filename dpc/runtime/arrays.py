"""What generated code needs of arrays beyond NumPy, for every array module alike.

Every function stands on its own or on another of this file, so that an exported module
can carry its source. None looks at the values of an array on the host.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from dpc.runtime.refused import RefusedError


def array_module(*values: Any) -> Any:
    """The module whose functions take these arrays: NumPy, or that of a device."""
    for value in values:
        owner = type(value).__module__.partition(".")[0]
        own = owner not in ("numpy", "builtins", "scipy") and hasattr(value, "dtype")
        if own and not isinstance(value, np.ndarray):
            return sys.modules["cupy" if owner == "cupyx" else owner]
    return np


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array, `()` of a Python number."""
    return getattr(x, "shape", ())


def is_typed(x: Any) -> bool:
    """Whether `x` has a dtype: an array or a scalar of an array module."""
    return hasattr(x, "dtype")


def is_complex(x: Any) -> bool:
    """Whether a number or an array of numbers is complex."""
    return isinstance(x, complex) or getattr(x, "dtype", np.dtype("f8")).kind == "c"


def real_as(g: Any, x: Any) -> Any:
    """`g`, and its real part where `x` is real."""
    return g.real if is_complex(g) and not is_complex(x) else g


def unbroadcast(g: Any, like: Any) -> Any:
    """`g` in the shape of `like`, both of which broadcast to one shape.

    It is summed over the axes that `like` was broadcast along, and repeated along those
    where only `g` has one element; then it must not be written. A list or tuple `like`
    gets a list; a real one gets the real part.
    """
    if isinstance(g, list | tuple):
        raise RefusedError("lists are joined or repeated where numbers were expected")
    if isinstance(like, list | tuple):
        g = unbroadcast(g, np.asarray(like))
        return [unbroadcast(part, item) for part, item in zip(g, like, strict=True)]
    if is_complex(g) and not is_complex(like):
        g = g.real
    have, want = shape_of(g), shape_of(like)
    if not want and not (isinstance(like, float | int | complex) or is_typed(like)):
        raise RefusedError(f"an object of {type(like).__name__} is calculated with")
    if have == want:
        return g
    axes = broadcast_axes(have, want)
    if not axes:
        return full_like(g, like)
    total = array_module(g).sum(g, axis=axes, keepdims=True)
    if not want:
        return total.reshape(())[()]
    return full_like(total.reshape(total.shape[max(len(have) - len(want), 0) :]), like)


def broadcast_axes(whole: tuple[int, ...], part: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of `whole` that an array of the shape `part` is broadcast along."""
    extra = len(whole) - len(part)
    return tuple(
        i for i, n in enumerate(whole) if i < extra or n != part[i - extra] == 1
    )


def full_like(g: Any, like: Any) -> Any:
    """`g` broadcast to the shape of `like`: a view that must not be written."""
    have, want = shape_of(g), shape_of(like)
    if have == want:
        return g
    xp = array_module(g, like)
    if isinstance(g, int | float) and not hasattr(g, "dtype"):
        g = xp.asarray(g, dtype=None if like.dtype.kind in "biu" else like.dtype)
    return xp.broadcast_to(g, want)


def masked(g: Any, partial: Any) -> Any:
    """`g * partial`, and 0 where `g` is 0 even if `partial` is not finite there."""
    if type(g) is float and type(partial) is float:
        return g * partial if g else g
    if isinstance(partial, float | int) and math.isfinite(partial):
        return g * partial
    alike = type(g) is np.ndarray is type(partial) and g.shape == partial.shape
    if alike and math.isfinite(np.vdot(g, partial).real):
        return g * partial  # No zero meets what is not finite.
    if isinstance(g, float | int) and isinstance(partial, float | int):
        return g * partial if g else g
    if _needs_no_mask(g, partial):
        return g * partial
    xp = array_module(g, partial)
    if isinstance(g, float):
        return g * partial if g else xp.zeros_like(partial)
    if isinstance(partial, float | int):  # its precision must not count
        return xp.where(g == 0, 0, g * partial)
    return g * xp.where(g == 0, 0, partial)


def _needs_no_mask(g: Any, partial: Any) -> bool:
    """Surely no zero meets what is infinite or NaN: the sum of products is finite."""
    if not isinstance(g, np.ndarray):
        return False
    if isinstance(partial, np.ndarray) and partial.shape == g.shape:
        return math.isfinite(np.vdot(g, partial).real)
    return bool(g.all())


def unreduce(g: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The result of a reduction of `x`, spread over the axes that it was reduced along.

    A view of the shape of `x` that must not be written; a list for a list.
    """
    if isinstance(x, list | tuple):
        whole = unreduce(g, np.asarray(x), axis, keepdims)
        return [unbroadcast(part, item) for part, item in zip(whole, x, strict=True)]
    if hasattr(x, "tocsr"):
        raise RefusedError(
            "the derivative of a sum of a sparse matrix", "write M @ np.ones(n)"
        )
    shape = shape_of(x)
    if axis is not None and not keepdims and shape:
        g = array_module(g).expand_dims(g, axis)
    elif axis is None and keepdims:
        g = g.reshape(())
    return full_like(g, x)


def count_along(x: Any, axis: Any = None) -> int:
    """The number of elements that a reduction of `x` along `axis` takes together."""
    shape = np.shape(x) if isinstance(x, list | tuple) else shape_of(x)
    if axis is None or not shape:
        axis = tuple(range(len(shape)))
    count = 1
    for one in axis if isinstance(axis, tuple) else (axis,):
        count *= shape[one]
    return count


def if_floating(g: Any, out: Any) -> Any:
    """`g` where `out` is floating, zeros where it was rounded to integers."""
    return g if out.dtype.kind in "fc" else array_module(g).zeros_like(g)


def weights_along(weights: Any, a: Any, axis: Any = None) -> Any:
    """The weights of `np.average`, in a shape that broadcasts against `a`."""
    shape = np.shape(weights)
    if len(shape) == len(np.shape(a)) or not isinstance(axis, int):
        return weights
    wide = [1] * len(np.shape(a))
    wide[axis] = shape[0]
    return array_module(a).reshape(weights, wide)
