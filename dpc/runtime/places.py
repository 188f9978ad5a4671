"""Where the elements of a rearranged array come from, in the order of the flat array.

Each function applies what rearranges to the numbers 0, 1, 2, ....
"""

from __future__ import annotations

import math
from typing import Any

from dpc.runtime.arrays import array_module
from dpc.runtime.joining import laid_out


def numbered(x: Any) -> Any:
    """0, 1, 2, ... in the shape of `x`."""
    return array_module(x).arange(math.prod(laid_out(x))).reshape(laid_out(x))


def places_in_windows(x: Any, window_shape: Any, axis: Any = None) -> Any:
    """The places that `sliding_window_view(x, window_shape, axis)` shows."""
    windows = array_module(x).lib.stride_tricks.sliding_window_view
    return windows(numbered(x), window_shape, axis)


def places_resized(x: Any, shape: Any) -> Any:
    """The places that `np.resize(x, shape)` takes."""
    return array_module(x).resize(numbered(x), shape)


def places_trimmed(x: Any, trim: str = "fb") -> Any:
    """What `np.trim_zeros(x, trim)` keeps, as a slice."""
    found = array_module(x).flatnonzero(array_module(x).asarray(x))
    size = len(x)
    if not len(found):
        return slice(0, 0)
    begin = int(found[0]) if "f" in trim.lower() else 0
    return slice(begin, int(found[-1]) + 1 if "b" in trim.lower() else size)


def steps_between(start: Any, stop: Any = None, step: Any = None) -> int:
    """How many numbers `np.arange(start, stop, step)` has."""
    return len(array_module(start, stop).arange(start, stop, step))
