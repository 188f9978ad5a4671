"""Where the result of a convolution lies in the full one, along every axis."""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module, shape_of


def signal_slices(a: Any, v: Any, mode: str) -> tuple[slice, ...]:
    """The part of the full convolution of `a` and `v` that SciPy's `mode` returns.

    "same" is as large as `a`, in the middle; "valid" is where the smaller of the two
    lies inside the larger one.
    """
    found = []
    for m, n in zip(shape_of(a), shape_of(v), strict=True):
        full = m + n - 1
        size = {"full": full, "same": m, "valid": max(m, n) - min(m, n) + 1}[mode]
        begin = (full - size) // 2 if mode == "same" else min(m, n) - 1
        begin = 0 if mode == "full" else begin
        found.append(slice(begin, begin + size))
    return tuple(found)


def full_signal(g: Any, a: Any, v: Any, mode: str) -> Any:
    """`g`, of the shape of a convolution with `mode`, with zeros around it."""
    shape = [m + n - 1 for m, n in zip(shape_of(a), shape_of(v), strict=True)]
    out = array_module(g).zeros(shape, g.dtype)
    out[signal_slices(a, v, mode)] = g
    return out


def signal_part(whole: Any, a: Any, v: Any, mode: str) -> Any:
    """The part of a full convolution that a mode returns."""
    return whole[signal_slices(a, v, mode)]
