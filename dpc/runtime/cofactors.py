"""The derivative of a determinant, at matrices that have no inverse as well.

The cofactors of a matrix are polynomials of its elements. Those of a regular one are
its determinant times the inverse, transposed; of a singular one the singular values
give them: those of `u @ s @ vh` are the cofactors of `u`, of `s` and of `vh`,
multiplied.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module


def cofactors(a: Any, det: Any = None) -> Any:
    """The cofactors of a stack of matrices, whose determinants may be known."""
    xp = array_module(a)
    a = xp.asarray(a)
    det = xp.asarray(xp.linalg.det(a) if det is None else det)
    amount, limits = xp.abs(det), xp.finfo(det.dtype)
    odd = (amount < limits.tiny) | ~(amount <= limits.max)
    if not odd.any():
        return det[..., None, None] * xp.linalg.inv(a).swapaxes(-1, -2)
    ones = xp.eye(a.shape[-1], dtype=a.dtype)
    regular = xp.where(odd[..., None, None], ones, a)
    found = xp.linalg.inv(regular).swapaxes(-1, -2)
    found = found * xp.where(odd, 1, det)[..., None, None]
    u, s, vh, turn, finite = _decomposed(xp, a[odd])
    # The products of all singular values but one.
    others = xp.where(ones.astype(bool), 1, s[..., None, :]).prod(axis=-1)
    found[odd] = xp.where(finite, turn * (u * others[..., None, :]) @ vh, xp.nan)
    return found


def cofactors_along(a: Any, h: Any) -> Any:
    """The derivative of the cofactors of `a` in the direction `h`.

    It is symmetric: the adjoint of the cofactors at a cotangent `h` is the same.
    """
    xp = array_module(a, h)
    a = xp.asarray(a)
    u, s, vh, turn, finite = _decomposed(xp, a)
    turned = u.swapaxes(-1, -2) @ h @ vh.swapaxes(-1, -2)
    ones = xp.eye(a.shape[-1], dtype=bool)
    # The products of all singular values but two.
    zero = s == 0
    factors = xp.where(zero, 1, s)
    pairs = xp.where(ones, 1, factors[..., None, :]).prod(axis=-1)[..., None]
    pairs = pairs / factors[..., None, :]
    left = zero.sum(axis=-1)[..., None, None] - zero[..., None] - zero[..., None, :]
    pairs = xp.where(ones | (left > 0), 0, pairs)
    found = -turned.swapaxes(-1, -2) * pairs
    along = xp.diagonal(turned, axis1=-2, axis2=-1)
    found = found + ones * (pairs @ along[..., None])
    return xp.where(finite, turn * (u @ found @ vh), xp.nan)


def inverse_or_infinite(a: Any) -> Any:
    """`np.linalg.inv(a)`, infinite where there is none instead of an error."""
    xp = array_module(a)
    try:
        return xp.linalg.inv(a)
    except xp.linalg.LinAlgError:
        det = xp.asarray(xp.linalg.det(a))
        found = cofactors(a, det).swapaxes(-1, -2)
        with np.errstate(divide="ignore", invalid="ignore"):
            return found / det[..., None, None]


def _decomposed(xp: Any, a: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Singular values between the conjugates of both unitary factors, the product of
    the determinants of these, and which matrices are finite; the others count as 0."""
    finite = xp.isfinite(a).all(axis=(-2, -1))[..., None, None]
    u, s, vh = xp.linalg.svd(xp.where(finite, a, 0))
    turn = xp.linalg.det(u) * xp.linalg.det(vh)
    return xp.conj(u), s, xp.conj(vh), turn[..., None, None], finite
