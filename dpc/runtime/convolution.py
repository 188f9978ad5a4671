"""Adjoints of parts of a convolution, and of polynomials in their coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module


def convolution_slice(a: Any, v: Any, mode: str, swap: bool = False) -> slice:
    """Where the result of a mode lies in the full convolution of `a` and `v`.

    `swap`: of a correlation, which NumPy turns round when `v` is the longer one.
    """
    long, short = max(len(a), len(v)), min(len(a), len(v))
    size = {"full": long + short - 1, "same": long, "valid": long - short + 1}[mode]
    begin = {"full": 0, "same": (short - 1) // 2, "valid": short - 1}[mode]
    if swap and len(v) > len(a):
        begin = long + short - 1 - size - begin
    return slice(begin, begin + size)


def full_convolution(g: Any, a: Any, v: Any, mode: str) -> Any:
    """`g`, of the shape of `np.convolve(a, v, mode)`, with zeros around it."""
    out = array_module(g).zeros(len(a) + len(v) - 1, g.dtype)
    out[convolution_slice(a, v, mode)] = g
    return out


def convolution_part(whole: Any, a: Any, v: Any, mode: str) -> Any:
    """The part of a full convolution that `np.convolve(a, v, mode)` returns."""
    return whole[convolution_slice(a, v, mode)]


def full_correlation(g: Any, a: Any, v: Any, mode: str) -> Any:
    """`g`, of the shape of `np.correlate(a, v, mode)`, with zeros around it."""
    out = array_module(g).zeros(len(a) + len(v) - 1, g.dtype)
    out[convolution_slice(a, v, mode, True)] = g
    return out


def correlation_part(whole: Any, a: Any, v: Any, mode: str) -> Any:
    """The part of a full correlation that `np.correlate(a, v, mode)` returns."""
    return whole[convolution_slice(a, v, mode, True)]


def derived_polynomial(p: Any) -> Any:
    """The coefficients of the derivative of the polynomial `p`, as many as `p` has."""
    xp = array_module(p)
    p = xp.asarray(p)
    out = xp.zeros_like(p)
    out[1:] = p[:-1] * xp.arange(len(p) - 1, 0, -1)
    return out


def derived_adjoint(g: Any) -> Any:
    """The adjoint of `derived_polynomial`."""
    xp = array_module(g)
    out = xp.zeros_like(g)
    out[:-1] = g[1:] * xp.arange(len(g) - 1, 0, -1)
    return out


def polynomial_slope(p: Any, x: Any) -> Any:
    """The derivative of `np.polyval(p, x)` in `x`."""
    return array_module(p, x).polyval(derived_polynomial(p), x)


def powers_dot(g: Any, p: Any, x: Any) -> Any:
    """The cotangent of `p` in `np.polyval(p, x)`: sums of `g` times powers of `x`."""
    xp = array_module(p, x)
    powers = [xp.sum(g * x**k) for k in range(len(p) - 1, -1, -1)]
    return xp.stack(powers) if powers else np.zeros(0)
