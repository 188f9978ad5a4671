"""The two modes of `np.polydiv`, a division with a remainder: `u = v * q + r`."""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module, unbroadcast


def polydiv_adjoints(g: Any, u: Any, v: Any, out: Any) -> tuple[Any, Any]:
    """The cotangents of both polynomials."""
    xp = array_module(u, v)
    q, divisor = out[0], xp.atleast_1d(v)
    # Leading coefficients of the remainder that are zero are left out of it.
    u_bar = _behind_zeros(xp, g[1], len(xp.atleast_1d(u)))
    v_bar = xp.zeros_like(divisor, dtype=u_bar.dtype)
    if len(u_bar) < len(divisor):
        return unbroadcast(u_bar, u), unbroadcast(v_bar, v)
    for k in reversed(range(len(q))):
        rows = u_bar[k : k + len(divisor)]
        rows[0] += (g[0][k] - xp.sum(divisor * rows)) / divisor[0]
    for k in range(len(q)):
        v_bar = v_bar - q[k] * u_bar[k : k + len(divisor)]
    return unbroadcast(u_bar, u), unbroadcast(v_bar, v)


def polydiv_tangent(u_dot: Any, v_dot: Any, u: Any, v: Any, out: Any) -> Any:
    """The tangents of quotient and remainder."""
    xp = array_module(u, v)
    q, r = out[0], out[1]
    rate = xp.zeros(len(xp.atleast_1d(u))) if u_dot is None else xp.atleast_1d(u_dot)
    if v_dot is not None and len(rate) >= len(xp.atleast_1d(v)):
        rate = rate - xp.convolve(xp.atleast_1d(v_dot), q)
    q_dot, r_dot = xp.polydiv(rate, v)
    return q_dot, _behind_zeros(xp, r_dot, len(r))


def _behind_zeros(xp: Any, coefficients: Any, size: int) -> Any:
    """As many coefficients, with zeros for the highest powers."""
    missing = max(size - len(coefficients), 0)
    front = xp.zeros(missing, coefficients.dtype)
    return xp.concatenate([front, coefficients[len(coefficients) - size + missing :]])
