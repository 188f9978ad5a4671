"""Linear algebra of square matrices and stacks of them: inverses, solutions, powers.

Formulae: M. B. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008).
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D
from dpc.rules import results
from dpc.rules.known import NONE, array_of, infers, scalar_or_array
from dpc.rules.nested import items_of, like
from dpc.rules.products import matmul, rank_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import rt

rules = RuleSet("linalg")


def turned(x: Any) -> Any:
    """The transposes of a stack of matrices."""
    return x.T if rank_of(x) == 2 else np.swapaxes(x, -1, -2)


def square(rng: Any, shape: Any) -> Any:
    """A stack of well-conditioned matrices of this shape; None where it is not square."""
    if len(shape) < 2 or shape[-1] != shape[-2]:
        return None
    return rng.normal(size=shape) + 2.0 * np.eye(shape[-1])


def squares(*more: Any) -> Any:
    """Calls of a function of a square matrix."""

    def domain(rng: Any, shape: Any) -> list[D.Call]:
        x = square(rng, shape)
        stack = square(rng, (2, *shape)) if x is not None else None
        return [] if x is None else [D.call(x, *more), D.call(stack, *more)]

    return domain


def floating_like(fact: Fact) -> Fact:
    """An array of the same shape, of floating numbers."""
    x = array_of(fact)
    return F.array(results.float_dtype(x.dtype), x.shape)


def _scale(fact: Fact) -> Fact:
    """One number for each matrix of a stack."""
    x = floating_like(fact)
    return scalar_or_array(x.dtype, None if x.shape is None else x.shape[:-2])


def spread(g: Any, x: Any) -> Any:
    """One number a matrix, so that it broadcasts against the matrices."""
    return g if rank_of(x) == 2 else g[..., None, None]


def _inverse_fact(a: Fact) -> Fact:
    return floating_like(a)


@rules.pullback("np.linalg.inv", infer=infers(_inverse_fact), domain=squares())
def inv(g: Any, a: Any, *, out: Any) -> Any:
    inverse = turned(out)
    return -(inverse @ g @ inverse)


@rules.pushforward("np.linalg.inv")
def inv_tangent(a_dot: Any, a: Any, *, out: Any) -> Any:
    return -(out @ a_dot @ out)


def _determinant_fact(a: Fact) -> Fact:
    return _scale(a)


@rules.pullback("np.linalg.det", infer=infers(_determinant_fact), domain=squares())
def det(g: Any, a: Any, *, out: Any) -> Any:
    return spread(g * out, a) * turned(np.linalg.inv(a))


@rules.pushforward("np.linalg.det")
def det_tangent(a_dot: Any, a: Any, *, out: Any) -> Any:
    return out * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)


def _sign_and_log_fact(a: Fact) -> Fact:
    return Fact("tuple", items=(_scale(a), _scale(a)))


@rules.pullback("np.linalg.slogdet", infer=infers(_sign_and_log_fact), domain=squares())
def slogdet(g: Any, a: Any, *, out: Any) -> Any:
    return spread(g[1], a) * turned(np.linalg.inv(a))


@rules.pushforward("np.linalg.slogdet")
def slogdet_tangent(a_dot: Any, a: Any, *, out: Any) -> Any:
    slope = np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)
    return np.zeros_like(slope), slope


def _solve_fact(a: Fact, b: Fact) -> Fact:
    x, y = floating_like(a), floating_like(b)
    dtype = F.promote(x.dtype, y.dtype)
    if x.shape is None or y.shape is None or len(x.shape) < 2:
        return F.array(dtype)
    if len(y.shape) == 1:
        return F.array(dtype, x.shape[:-1])
    front = F.broadcast((x.shape[:-2], y.shape[:-2]))
    return F.array(dtype, None if front is None else (*front, *y.shape[-2:]))


def _solve_domain(rng: Any, shape: Any) -> list[D.Call]:
    a = square(rng, shape)
    if a is None:
        return []
    n = shape[-1]
    rows = rng.normal(size=n), rng.normal(size=(n, 2)), rng.normal(size=(2, n, 1))
    stack = square(rng, (2, *shape))
    return [D.call(x, b) for x in (a, stack) for b in rows]


@rules.pullback("np.linalg.solve", infer=infers(_solve_fact), domain=_solve_domain)
def solve(g: Any, a: Any, b: Any, *, out: Any) -> Any:
    match rank_of(a), rank_of(b):
        case (2, 1):
            b_bar = np.linalg.solve(a.T, g)
            return -np.outer(b_bar, out), b_bar
        case (2, 2):
            b_bar = np.linalg.solve(a.T, g)
            return -(b_bar @ out.T), b_bar
    both = rt.solve_adjoints(g, a, b, out)
    return both[0], both[1]


@rules.pushforward("np.linalg.solve")
def solve_tangent(a_dot: Any, b_dot: Any, a: Any, b: Any, *, out: Any) -> Any:
    if a_dot is None and (rank_of(a) == 2 or (rank_of(b) or 1) > 1):
        return np.linalg.solve(a, b_dot)
    if rank_of(a) != 2 and (rank_of(b) or 1) == 1:
        return rt.solve_tangent(a_dot, b_dot, a, b, out)
    moved = a_dot @ out
    return np.linalg.solve(a, -moved if b_dot is None else b_dot - moved)


def lower_half(x: Any) -> Any:
    """The lower triangle, with half the diagonal."""
    return 0.5 * (np.tril(x) + np.tril(x, -1))


def as_read(x: Any, upper: bool = False) -> Any:
    """What symmetric cotangents `x` are for a function that reads one triangle only."""
    whole = x + turned(x)
    return turned(lower_half(whole)) if upper else lower_half(whole)


def symmetric(x: Any, upper: bool = False) -> Any:
    """The symmetric matrix that a function takes one triangle to stand for."""
    if upper:
        return np.triu(x) + turned(np.triu(x, 1))
    return np.tril(x) + turned(np.tril(x, -1))


def positive(rng: Any, shape: Any) -> list[D.Call]:
    """Calls with symmetric positive definite matrices."""
    x = square(rng, shape)
    return [] if x is None else [D.call(x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1]))]


def _cholesky_fact(a: Fact, upper: Fact = NONE) -> Fact:
    return floating_like(a)


@rules.pullback("np.linalg.cholesky", infer=infers(_cholesky_fact), domain=positive)
def cholesky(g: Any, a: Any, *, upper: Any = False, out: Any) -> Any:
    if upper is not False:
        raise Refused("cholesky with upper= has no derivative rule: use the lower one")
    inner = lower_half(turned(out) @ g)
    left = np.linalg.solve(turned(out), inner)
    return as_read(turned(np.linalg.solve(turned(out), turned(left))))


@rules.pushforward("np.linalg.cholesky")
def cholesky_tangent(a_dot: Any, a: Any, *, upper: Any = False, out: Any) -> Any:
    if upper is not False:
        raise Refused("cholesky with upper= has no derivative rule: use the lower one")
    left = np.linalg.solve(out, symmetric(a_dot))
    return out @ lower_half(np.linalg.solve(out, turned(left)))


def _power_fact(a: Fact, n: Fact) -> Fact:
    return array_of(a)


def _power_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = square(rng, shape)
    return [] if x is None else [D.call(x, n) for n in (0, 1, 2, 3, 6, -1, -2)]


@rules.pullback(
    "np.linalg.matrix_power", infer=infers(_power_fact), domain=_power_domain
)
def matrix_power(g: Any, a: Any, n: Any, *, out: Any) -> Any:
    if n == 2:
        return g @ turned(a) + turned(a) @ g
    return rt.matrix_power_adjoint(g, a, n)


@rules.pushforward("np.linalg.matrix_power")
def matrix_power_tangent(a_dot: Any, n_dot: Any, a: Any, n: Any, *, out: Any) -> Any:
    # The tangent is the adjoint of the transpose.
    return turned(rt.matrix_power_adjoint(turned(a_dot), a, n))


def _chain_fact(arrays: Fact) -> Fact:
    if arrays.items is None:
        return F.NUMBER
    rows = [array_of(item) for item in arrays.items]
    dtype = reduce(F.promote, (row.dtype for row in rows))
    first, last = rows[0].shape, rows[-1].shape
    if first is None or last is None:
        return Fact("number", dtype)
    return scalar_or_array(dtype, (*first[:-1], *last[1:]))


def _chain_domain(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2 or not all(shape):
        return []
    x, (m, n) = rng.normal(size=shape), shape
    y, v = rng.normal(size=(n, 2)), rng.normal(size=m)
    return [D.call([x, y]), D.call([v, x, y]), D.call([x, y, rng.normal(size=2)])]


@rules.linear("np.linalg.multi_dot", infer=infers(_chain_fact), domain=_chain_domain)
def multi_dot(g: Any, arrays: Any, *, out: Any) -> Any:
    items = items_of(arrays)
    if items is None:
        return rt.multi_dot_adjoint(g, arrays)
    front = [items[0]]
    for item in items[1:-1]:
        front.append(front[-1] @ item)
    found = []
    for left, right in zip(reversed(front), reversed(items), strict=False):
        g, right_bar = matmul(g, left, right, out=None)
        found.append(right_bar)
    return like(arrays, [g, *reversed(found)])


@rules.pushforward("np.linalg.multi_dot")
def multi_dot_tangent(arrays_dot: Any, arrays: Any, *, out: Any) -> Any:
    return rt.multi_dot_tangent(arrays_dot, arrays)
