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
from dpc.rules import domains as D, results
from dpc.rules.known import NONE, array_of, infers, scalar_or_array
from dpc.rules.nested import items_of, like
from dpc.rules.products import matmul, rank_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import conj, rt

rules = RuleSet("linalg")


def turned(x: Any) -> Any:
    """The transposes of a stack of matrices."""
    return x.T if rank_of(x) == 2 else np.swapaxes(x, -1, -2)


def star(x: Any) -> Any:
    """The conjugate transposes of a stack of matrices."""
    return turned(conj(x))


def square(rng: Any, shape: Any) -> list[Any]:
    """A well-conditioned matrix and a stack of them, for a vector of `n` elements."""
    if len(shape) != 1:
        return []
    n = shape[0]
    return [rng.normal(size=s) + 2.0 * np.eye(n) for s in ((n, n), (2, n, n))]


def squares(*more: Any) -> Any:
    """Calls of a function of a square matrix."""

    def domain(rng: Any, shape: Any) -> list[D.Call]:
        found = square(rng, shape)
        found += [x + 0.4j * rng.normal(size=x.shape) for x in found[:1]]
        return [D.call(x, *more) for x in found]

    return domain


def floating_like(fact: Fact) -> Fact:
    """An array of the same shape, of floating numbers."""
    x = array_of(fact)
    return F.array(results.float_dtype(x.dtype), x.shape)


def spread(g: Any, x: Any) -> Any:
    """One number a matrix, so that it broadcasts against the matrices."""
    return g if rank_of(x) == 2 else np.expand_dims(g, (-2, -1))


def _inverse_fact(a: Fact) -> Fact:
    return floating_like(a)


@rules.pullback(
    "np.linalg.inv",
    "dpc.inverse_or_infinite",
    infer=infers(_inverse_fact),
    domain=squares(),
)
def inv(g: Any, a: Any, *, out: Any) -> Any:
    inverse = turned(out)
    return -(inverse @ g @ inverse)


@rules.pushforward("np.linalg.inv", "dpc.inverse_or_infinite")
def inv_tangent(a_dot: Any, a: Any, *, out: Any) -> Any:
    return -(out @ a_dot @ out)


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
    calls = []
    for a in square(rng, shape):
        for rows in (shape, (*shape, 2), (2, *shape, 1)):
            calls.append(D.call(a, rng.normal(size=rows)))
    return calls


@rules.pullback("np.linalg.solve", infer=infers(_solve_fact), domain=_solve_domain)
def solve(g: Any, a: Any, b: Any, *, out: Any) -> Any:
    match rank_of(a), rank_of(b):
        case (2, 1):
            b_bar = np.linalg.solve(a.T, g)
            return -np.outer(b_bar, out), b_bar
        case (2, 2):
            b_bar = np.linalg.solve(a.T, g)
            return -(b_bar @ out.T), b_bar
    b_bar = rt.solve_as(turned(a), g, b)
    return -rt.outer_as(b_bar, out, a, b), rt.unbroadcast(b_bar, b)


@rules.pushforward("np.linalg.solve")
def solve_tangent(a_dot: Any, b_dot: Any, a: Any, b: Any, *, out: Any) -> Any:
    if a_dot is None:
        return np.linalg.solve(a, b_dot)
    if rank_of(a) == 2 or (rank_of(b) or 1) > 1:
        moved = a_dot @ out
        return np.linalg.solve(a, -moved if b_dot is None else b_dot - moved)
    moved = -rt.solve_as(a, rt.matmul_as(a_dot, out, b), b)
    return moved if b_dot is None else moved + np.linalg.solve(a, b_dot)


def lower_half(x: Any) -> Any:
    """The lower triangle, with half the diagonal."""
    return 0.5 * (np.tril(x) + np.tril(x, -1))


def as_read(x: Any, upper: bool = False) -> Any:
    """What symmetric cotangents `x` are for a function that reads one triangle only."""
    whole = x + star(x)
    return star(lower_half(whole)) if upper else lower_half(whole)


def symmetric(x: Any, upper: bool = False) -> Any:
    """The symmetric matrix that a function takes one triangle to stand for."""
    # Of the diagonal only the real part is read.
    if upper:
        upper_half = 0.5 * (np.triu(x) + np.triu(x, 1))
        return upper_half + star(upper_half)
    return lower_half(x) + star(lower_half(x))


def positive(rng: Any, shape: Any) -> list[D.Call]:
    """Calls with symmetric and Hermitian positive definite matrices."""
    found = square(rng, shape)
    found += [x + 1j * rng.normal(size=x.shape) for x in found]
    found = [x @ np.conj(np.swapaxes(x, -1, -2)) for x in found]
    return [D.call(x + np.eye(x.shape[-1])) for x in found]


def _cholesky_fact(a: Fact, upper: Fact = NONE) -> Fact:
    return floating_like(a)


@rules.pullback("np.linalg.cholesky", infer=infers(_cholesky_fact), domain=positive)
def cholesky(g: Any, a: Any, *, upper: Any = False, out: Any) -> Any:
    if upper is not False:
        raise Refused("cholesky with upper= has no derivative rule: use the lower one")
    inner = lower_half(star(out) @ conj(g))
    left = np.linalg.solve(star(out), inner)
    return conj(as_read(star(np.linalg.solve(star(out), star(left)))))


@rules.pushforward("np.linalg.cholesky")
def cholesky_tangent(a_dot: Any, a: Any, *, upper: Any = False, out: Any) -> Any:
    if upper is not False:
        raise Refused("cholesky with upper= has no derivative rule: use the lower one")
    left = np.linalg.solve(out, symmetric(a_dot))
    return out @ lower_half(np.linalg.solve(out, star(left)))


def _power_fact(a: Fact, n: Fact) -> Fact:
    return array_of(a)


def _power_domain(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(x, n) for x in square(rng, shape) for n in (2, 3, 0, 1, 6, -1, -2)]


# The first power is the matrix itself.
@rules.pullback(
    "np.linalg.matrix_power",
    infer=infers(_power_fact),
    domain=_power_domain,
    memory="view",
)
def matrix_power(g: Any, a: Any, n: Any, *, out: Any) -> Any:
    return power_along(turned(a), g, n)


@rules.pushforward("np.linalg.matrix_power")
def matrix_power_tangent(a_dot: Any, a: Any, n: Any, *, out: Any) -> Any:
    return power_along(a, a_dot, n)


def power_along(a: Any, direction: Any, n: Any) -> Any:
    """The derivative of the power of `a` in a direction: the corner of the same power
    of the block matrix `[[a, direction], [0, a]]`."""
    if n == 2 and isinstance(n, int):
        return direction @ a + a @ direction
    size = a.shape[-1]
    upper = np.concatenate([a, direction], axis=-1)
    lower = np.concatenate([np.zeros_like(a), a], axis=-1)
    block = np.concatenate([upper, lower], axis=-2)
    return np.linalg.matrix_power(block, n)[..., :size, size:]


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
