"""Determinants: their derivative is known at matrices without an inverse, too.

That of a determinant is the matrix of cofactors. Written with the inverse it would fail
where a matrix is singular, as the primal does not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.rules import domains as D
from dpc.rules.composed import composition
from dpc.rules.known import NONE, infers, scalar_or_array
from dpc.rules.linalg import floating_like, spread, square, squares, turned
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import is_real, realised, rt

rules = RuleSet("determinants")


def _scale(a: Fact) -> Fact:
    """One number for each matrix of a stack."""
    x = floating_like(a)
    return scalar_or_array(x.dtype, None if x.shape is None else x.shape[:-2])


def _singular(rng: Any, shape: Any) -> list[D.Call]:
    """Calls of a function of a matrix, also with one that has no inverse."""
    found: list[D.Call] = squares()(rng, shape)
    for x in square(rng, shape):
        x[..., 1:, :] = x[..., :1, :]
        found.append(D.call(x))
    return found


@rules.pullback("np.linalg.det", infer=infers(_scale), domain=_singular)
def det(g: Any, a: Any, *, out: Any) -> Any:
    return spread(g, a) * rt.cofactors(a, out)


@rules.pushforward("np.linalg.det")
def det_tangent(a_dot: Any, a: Any, *, out: Any) -> Any:
    return np.sum(rt.cofactors(a, out) * a_dot, axis=(-2, -1))


def _like_first(a: Fact, other: Fact = NONE) -> Fact:
    return floating_like(a)


# The determinant is only handed on, so that it is not computed twice.
@rules.pullback("dpc.cofactors", infer=infers(_like_first), domain=squares())
def cofactors(g: Any, a: Any, det: Any = None, *, out: Any) -> Any:
    return rt.cofactors_along(a, g), None


@rules.pushforward("dpc.cofactors")
def cofactors_tangent(
    a_dot: Any, det_dot: Any, a: Any, det: Any = None, *, out: Any
) -> Any:
    return None if a_dot is None else rt.cofactors_along(a, a_dot)


def _directions(rng: Any, shape: Any) -> list[D.Call]:
    found = [c.args[0] for c in squares()(rng, shape)]
    return [D.call(x, rng.normal(size=x.shape)) for x in found]


@composition(
    rules, "dpc.cofactors_along", infer=infers(_like_first), domain=_directions
)
def cofactors_along(a: Any, h: Any) -> Any:
    inverse = rt.inverse_or_infinite(a)
    moved = inverse @ h
    trace = np.trace(moved, axis1=-2, axis2=-1)
    whole = spread(trace, a) * inverse - moved @ inverse
    return spread(np.linalg.det(a), a) * turned(whole)


def _sign_and_log_fact(a: Fact) -> Fact:
    sign = _scale(a)
    log = {"c16": "f8", "c8": "f4", "c": "f"}.get(sign.dtype, sign.dtype)
    return Fact("tuple", items=(sign, replace(sign, dtype=log)))


@rules.pullback("np.linalg.slogdet", infer=infers(_sign_and_log_fact), domain=squares())
def slogdet(g: Any, a: Any, *, out: Any) -> Any:
    slope = turned(rt.inverse_or_infinite(a))
    if not is_real(a):
        # The sign of a complex determinant turns.
        weight = realised(g[1], a, out[1]) + 1j * np.imag(g[0] * out[0])
        return rt.unbroadcast(spread(weight, a) * slope, a)
    return spread(g[1], a) * slope


@rules.pushforward("np.linalg.slogdet")
def slogdet_tangent(a_dot: Any, a: Any, *, out: Any) -> Any:
    slope = np.trace(rt.inverse_or_infinite(a) @ a_dot, axis1=-2, axis2=-1)
    if is_real(a):
        return np.zeros_like(slope), slope
    return out[0] * 0.5 * (slope - np.conj(slope)), np.real(slope)
