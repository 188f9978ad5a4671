"""Eigenvalues of two matrices, `a v = b v diag(w)` with `v.H b v = 1`.

For rates `p = v.H a_dot v` and `q = v.H b_dot v` those of the values are the diagonal
of `p - q diag(w)`; the vectors turn by its other elements over differences of values,
and grow by half the diagonal of `-q`. With `b = 1` this is `factorisations.eigh`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules.factorisations import columns, gaps
from dpc.rules.linalg import as_read, star, symmetric
from dpc.rules.trace import applied, conj, real, realised


def adjoints(
    g: Any, a: Any, b: Any, lower: Any, eigvals_only: Any, out: Any
) -> tuple[Any, Any]:
    """The cotangents of both matrices, in the triangles that are read of them."""
    if eigvals_only:
        values, vectors = out, _vectors(a, b, lower)
        moved = vectors * columns(realised(g, a, values))
        whole, grown = moved @ star(vectors), moved * columns(values)
    else:
        values, vectors = out[0], out[1]
        along = star(vectors) @ conj(g[1])
        turning = vectors @ (gaps(values) * along)
        moved = turning + vectors * columns(realised(g[0], a, values))
        size = np.diagonal(along, axis1=-2, axis2=-1)
        whole = moved @ star(vectors)
        grown = moved * columns(values) + 0.5 * vectors * columns(real(size))
    other = -(grown @ star(vectors))
    return conj(as_read(whole, not lower)), conj(as_read(other, not lower))


def tangents(
    a_dot: Any, b_dot: Any, a: Any, b: Any, lower: Any, eigvals_only: Any, out: Any
) -> Any:
    """The rates of the values, and of the vectors if they are asked for."""
    values, vectors = (out, _vectors(a, b, lower)) if eigvals_only else (out[0], out[1])
    inner, size = 0.0, 0.0
    if a_dot is not None:
        inner = star(vectors) @ symmetric(a_dot, not lower) @ vectors
    if b_dot is not None:
        size = star(vectors) @ symmetric(b_dot, not lower) @ vectors
        inner = inner - size * columns(values)
    rates = real(np.diagonal(inner, axis1=-2, axis2=-1))
    if eigvals_only:
        return rates
    turning = vectors @ (gaps(values) * inner)
    if b_dot is not None:
        grown = 0.5 * np.diagonal(size, axis1=-2, axis2=-1)
        turning = turning - vectors * columns(real(grown))
    return rates, turning


def _vectors(a: Any, b: Any, lower: Any) -> Any:
    return applied("scipy.linalg.eigh", a, b, lower=lower)[1]
