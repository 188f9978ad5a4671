"""Fourier transforms, along the last axes by default."""

from __future__ import annotations

from typing import Any

from dpc.rules.batching.batch import Batch, NoBatch, named
from dpc.rules.batching.reductions import literal, shifted
from dpc.rules.batching.registry import over_rows
from dpc.rules.batching.rows import Value, varies


@over_rows(*(f"np.fft.{n}" for n in "fft ifft rfft irfft hfft ihfft".split()))
def along_one(
    b: Batch, a: Value, n: Value | None = None, axis: Value | None = None, **rest: Value
) -> Any:
    given = named(rest, b)
    if n is not None:
        if varies(n.rows):
            raise NoBatch("a length that differs from row to row")
        given["n"] = b.traced(n)
    if axis is not None:
        given["axis"] = shifted(literal(axis))
    return b.same(b.rows(a), **given)


@over_rows(*(f"np.fft.{n}" for n in "fft2 ifft2 rfft2 irfft2".split()))
def along_two(
    b: Batch, a: Value, s: Value | None = None, axes: Value | None = None, **rest: Value
) -> Any:
    return _along(b, a, s, shifted(literal(axes, (-2, -1))), rest)


@over_rows(*(f"np.fft.{n}" for n in "fftn ifftn rfftn irfftn".split()))
def along_all(
    b: Batch, a: Value, s: Value | None = None, axes: Value | None = None, **rest: Value
) -> Any:
    along = literal(axes)
    if along is None:
        if s is not None and s.fact.kind != "none":
            raise NoBatch("a transform of given sizes along all axes")
        along = tuple(range(b.rank(a)))
    return _along(b, a, s, shifted(along), rest)


def _along(b: Batch, a: Value, s: Value | None, axes: Any, rest: Any) -> Any:
    given = named(rest, b)
    if s is not None:
        given["s"] = b.traced(s)
    return b.same(b.rows(a), axes=axes, **given)


@over_rows("np.fft.fftshift", "np.fft.ifftshift")
def shifted_spectrum(b: Batch, x: Value, axes: Value | None = None) -> Any:
    along = literal(axes)
    along = tuple(range(b.rank(x))) if along is None else along
    return b.same(b.rows(x), axes=shifted(along))
