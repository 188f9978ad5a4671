"""`scipy.linalg`: the factors `P @ L @ U` of square matrices, and solving by them.

With `F = inv(L) @ P.T @ a_dot @ inv(U)` the tangents of the factors are `L` times the
strict lower triangle of `F`, and its upper triangle times `U`: S. F. Walter and
L. Lehmann, "Algorithmic differentiation of linear algebra functions" (2010). The rows
that are exchanged are constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir.library import unknown
from dpc.rules import domains as D
from dpc.rules.composed import composition
from dpc.rules.linalg import square, turned
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.scipy_linalg import TRANSPOSED
from dpc.rules.trace import Traced, applied, rt

rules = RuleSet("lu")


def _domain(*more: dict[str, Any]) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        found = [x for x in square(rng, shape) if x.size and x.ndim == 2]
        # Rows change places where two elements are equal.
        found = [x + 4 * np.eye(len(x)) for x in found]
        found += [x + 0.4j * rng.normal(size=x.shape) for x in found]
        return [D.call(x, **named) for x in found for named in more]

    return domain


def _factors(a: Any) -> tuple[Any, Any, Any]:
    found = applied("scipy.linalg.lu", rt.require_square(a, "scipy.linalg.lu"))
    return found[0], found[1], found[2]


def _pulled(l_bar: Any, u_bar: Any, a: Any) -> Any:
    """The cotangent of the matrix from those of its triangular factors."""
    p, lower, upper = _factors(a)
    inner = np.tril(turned(lower) @ l_bar, -1) + np.triu(u_bar @ turned(upper))
    right = turned(np.linalg.solve(upper, turned(inner)))
    return p @ np.linalg.solve(turned(lower), right)


def _pushed(a_dot: Any, a: Any) -> tuple[Any, Any, Any]:
    """The permutation, and the tangents of the two triangular factors."""
    p, lower, upper = _factors(a)
    left = np.linalg.solve(lower, turned(p) @ a_dot)
    inner = turned(np.linalg.solve(turned(upper), turned(left)))
    return p, lower @ np.tril(inner, -1), np.triu(inner) @ upper


@rules.pullback(
    "scipy.linalg.lu", domain=_domain({}, {"permute_l": True}), infer=unknown
)
def lu(
    g: Any,
    a: Any,
    permute_l: Any = False,
    overwrite_a: Any = False,
    check_finite: Any = True,
    p_indices: Any = False,
    *,
    out: Any,
) -> Any:
    if _is_permuted(permute_l, p_indices):
        p, _, _ = _factors(a)
        return _pulled(turned(p) @ g[0], g[1], a)
    return _pulled(g[1], g[2], a)


@rules.pushforward("scipy.linalg.lu")
def lu_tangent(
    a_dot: Any,
    a: Any,
    permute_l: Any = False,
    overwrite_a: Any = False,
    check_finite: Any = True,
    p_indices: Any = False,
    *,
    out: Any,
) -> Any:
    p, l_dot, u_dot = _pushed(a_dot, a)
    if _is_permuted(permute_l, p_indices):
        return p @ l_dot, u_dot
    return np.zeros_like(p), l_dot, u_dot


def _is_permuted(permute_l: Any, p_indices: Any) -> bool:
    if isinstance(permute_l, Traced) or p_indices is not False:
        raise Refused(
            "scipy.linalg.lu has no rule for permute_l= or p_indices= that vary"
        )
    return bool(permute_l)


@rules.pullback("scipy.linalg.lu_factor", domain=_domain({}), infer=unknown)
def lu_factor(
    g: Any, a: Any, overwrite_a: Any = False, check_finite: Any = True, *, out: Any
) -> Any:
    return _pulled(np.tril(g[0], -1), np.triu(g[0]), a)


@rules.pushforward("scipy.linalg.lu_factor")
def lu_factor_tangent(
    a_dot: Any, a: Any, overwrite_a: Any = False, check_finite: Any = True, *, out: Any
) -> Any:
    _, l_dot, u_dot = _pushed(a_dot, a)
    return l_dot + u_dot, np.zeros_like(out[1])


def _systems(rng: Any, shape: Any) -> list[D.Call]:
    calls = []
    for x in [x for x in square(rng, shape) if x.size and x.ndim == 2]:
        for trans in (0, 1, 2):
            places = np.arange(len(x))[::-1].copy()
            places = np.maximum(places, np.arange(len(x)))
            calls.append(D.call((x, places), rng.normal(size=shape), trans))
    return calls


@composition(rules, "scipy.linalg.lu_solve", domain=_systems)
def lu_solve(
    lu_and_piv: Any,
    b: Any,
    trans: Any = 0,
    overwrite_b: Any = False,
    check_finite: Any = True,
) -> Any:
    if isinstance(trans, Traced) or trans not in TRANSPOSED:
        raise Refused("lu_solve with a trans= that is not a literal has no rule")
    both = lu_and_piv[0]
    order = rt.pivoted(lu_and_piv[1])
    upper = np.triu(both)
    lower = np.tril(both, -1) + applied("np.eye", both.shape[-1], dtype=both.dtype)
    if trans == 0:
        return np.linalg.solve(upper, np.linalg.solve(lower, b[order]))
    if TRANSPOSED[trans] == 2:
        lower, upper = np.conj(lower), np.conj(upper)
    inner = np.linalg.solve(turned(lower), np.linalg.solve(turned(upper), b))
    return inner[np.argsort(order)]


rules.constant("dpc.pivoted")


def _squares(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(x, "f") for x in square(rng, shape)]


@rules.linear("dpc.require_square", domain=_squares, infer=lambda args, kwargs: args[0])
def require_square(g: Any, a: Any, name: Any, *, out: Any) -> Any:
    return g
