"""Derivatives of solutions, powers and chains of products, for shapes seen at run time."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module, unbroadcast
from dpc.runtime.matmul import matmul_left, matmul_right


def solve_adjoints(g: Any, a: Any, b: Any, out: Any) -> tuple[Any, Any]:
    """The cotangents of `a` and `b` in `out = np.linalg.solve(a, b)`."""
    vector = np.ndim(b) == 1
    if vector:
        g, out = g[..., None], out[..., None]
    b_bar = array_module(a).linalg.solve(a.swapaxes(-1, -2), g)
    a_bar = -(b_bar @ out.swapaxes(-1, -2))
    return unbroadcast(a_bar, a), unbroadcast(b_bar[..., 0] if vector else b_bar, b)


def solve_tangent(a_dot: Any, b_dot: Any, a: Any, b: Any, out: Any) -> Any:
    """The tangent of `np.linalg.solve(a, b)`; `None` for what does not vary."""
    rate = 0.0
    vector = np.ndim(b) == 1
    if b_dot is not None:
        rate = b_dot[..., None] if vector else b_dot
    if a_dot is not None:
        rate = rate - a_dot @ (out[..., None] if vector else out)
    whole = array_module(a).linalg.solve(a, rate)
    return whole[..., 0] if vector else whole


def matrix_power_adjoint(g: Any, a: Any, n: int) -> Any:
    """The cotangent of `a` in `np.linalg.matrix_power(a, n)`.

    The sum of `b**k @ g @ b**(n - 1 - k)` over `k < n`, where `b` is the transpose.
    """
    xp = array_module(a)
    if n < 0:
        inverse = xp.linalg.inv(a)
        outer = inverse.swapaxes(-1, -2)
        return -(outer @ matrix_power_adjoint(g, inverse, -n) @ outer)
    total = xp.zeros_like(a)
    turned = a.swapaxes(-1, -2)
    for _ in range(n):
        total = turned @ total + g
        g = g @ turned
    return total


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
