"""Derivatives of solutions and of chains of products, for shapes seen at run time."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module, is_complex, shape_of, unbroadcast
from dpc.runtime.matmul import matmul_left, matmul_right
from dpc.runtime.refused import RefusedError


def solve_as(a: Any, g: Any, b: Any) -> Any:
    """`np.linalg.solve(a, g)`, where `g` holds vectors if `b` is one, else matrices."""
    solve = array_module(a, g).linalg.solve
    return solve(a, g[..., None])[..., 0] if len(shape_of(b)) == 1 else solve(a, g)


def matmul_as(a: Any, x: Any, b: Any) -> Any:
    """`a @ x`, where `x` holds vectors if `b` is one, else matrices."""
    return (a @ x[..., None])[..., 0] if len(shape_of(b)) == 1 else a @ x


def outer_as(y: Any, x: Any, a: Any, b: Any) -> Any:
    """The cotangent of `a` in `matmul_as(a, x, b)`, given that of its result."""
    if len(shape_of(b)) == 1:
        y, x = y[..., None], x[..., None]
    return unbroadcast(y @ x.swapaxes(-1, -2), a)


def multi_dot_adjoint(g: Any, arrays: Any) -> Any:
    """The cotangents of the operands of `np.linalg.multi_dot(arrays)`."""
    front = [arrays[0]]
    for array in arrays[1:-1]:
        front.append(front[-1] @ array)
    found = []
    for left, right in zip(reversed(front), reversed(arrays), strict=False):
        found.append(matmul_right(g, left, right))
        g = matmul_left(g, left, right)
    return [g, *reversed(found)]


def multi_dot_tangent(dots: Any, arrays: Any) -> Any:
    """The tangent of `np.linalg.multi_dot(arrays)`."""
    product, rate = arrays[0], dots[0]
    for array, dot in zip(arrays[1:], dots[1:], strict=True):
        product, rate = product @ array, rate @ array + product @ dot
    return rate


def only_thin(g: Any, values: Any) -> Any:
    """The columns of `g` that belong to singular values; the others must be zero."""
    count = values.shape[-1]
    if g[..., count:].any():
        raise ValueError(
            "the vectors of svd beyond the singular values have no derivative: "
            "use full_matrices=False"
        )
    return g[..., :count]


def widened(x_dot: Any, whole: Any) -> Any:
    """`x_dot` with as many columns as `whole`: what has no tangent is not a number."""
    count = whole.shape[-1] - x_dot.shape[-1]
    if not count:
        return x_dot
    xp = array_module(x_dot)
    rest = xp.full((*x_dot.shape[:-1], count), np.nan, x_dot.dtype)
    return xp.concatenate([x_dot, rest], axis=-1)


def _real_only(*operands: Any) -> None:
    if any(map(is_complex, operands)):
        raise RefusedError(
            "there is no derivative rule for lstsq of complex numbers",
            "write np.linalg.pinv(a) @ b",
        )


def lstsq_adjoints(g: Any, a: Any, b: Any, out: Any) -> tuple[Any, Any]:
    """The cotangents of `a`, of full rank, and `b` in `np.linalg.lstsq(a, b)`."""
    _real_only(a, b)
    xp = array_module(a)
    columns = (len(b), -1)
    x, g_x = out[0].reshape(a.shape[1], -1), g[0].reshape(a.shape[1], -1)
    inverse, residual = xp.linalg.pinv(a), b.reshape(columns) - a @ x
    b_bar = inverse.T @ g_x
    a_bar = residual @ (inverse @ b_bar).T - b_bar @ x.T
    a_bar = a_bar + inverse.T @ x @ (g_x - a.T @ b_bar).T
    if out[1].size:
        amount = 2 * residual * g[1]
        a_bar, b_bar = a_bar - amount @ x.T, b_bar + amount
    u, _, vh = xp.linalg.svd(a, full_matrices=False)
    return a_bar + (u * g[3]) @ vh, b_bar.reshape(b.shape)


def lstsq_tangent(a_dot: Any, b_dot: Any, a: Any, b: Any, out: Any) -> Any:
    """The tangents of what `np.linalg.lstsq(a, b)` returns; None for what is fixed."""
    _real_only(a, b)
    xp = array_module(a)
    a_dot = xp.zeros_like(a) if a_dot is None else a_dot
    b_dot = xp.zeros_like(b) if b_dot is None else b_dot
    x, inverse = out[0].reshape(a.shape[1], -1), xp.linalg.pinv(a)
    residual = b.reshape(len(b), -1) - a @ x
    moved = b_dot.reshape(len(b), -1) - a_dot @ x
    slack = a_dot.T @ (inverse.T @ x)
    x_dot = inverse @ (moved + inverse.T @ (a_dot.T @ residual))
    x_dot = x_dot + slack - inverse @ (a @ slack)
    sums = (2 * residual * moved).sum(axis=0) if out[1].size else xp.zeros_like(out[1])
    u, _, vh = xp.linalg.svd(a, full_matrices=False)
    return x_dot.reshape(out[0].shape), sums, 0.0, (u * (a_dot @ vh.T)).sum(axis=0)


def require_square(a: Any, name: str) -> Any:
    """`a`, of which the derivative of `name` is known where it is square."""
    if a.shape[-1] != a.shape[-2]:
        raise RefusedError(
            f"the derivative of {name} of a matrix that is not square",
            "write it for a square one, or declare a rule for it",
        )
    return a


def pivoted(pivots: Any) -> Any:
    """The order of rows that exchanging row `i` with row `pivots[i]` leads to."""
    order = list(range(len(pivots)))
    for i, other in enumerate(pivots.tolist()):
        order[i], order[other] = order[other], order[i]
    return array_module(pivots).asarray(order)


def require_vector(x: Any, name: str) -> Any:
    """`x`, of which the derivative of `name` is known where it has one axis."""
    if len(shape_of(x)) != 1:
        raise RefusedError(
            f"the derivative of {name} of what is no vector",
            "write it for a vector: the eigenvalues of a matrix, say",
        )
    return x
