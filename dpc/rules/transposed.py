"""Runtime functions that adjoints call, with adjoints of their own.

Each is linear in the cotangent `g` it is given, and in every other operand of the
product that it belongs to: `<h, left(g, a, b)> = <g, h @ b>`, so that the cotangents of
`g` and `b` are `h @ b` and `right(g, h, b)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.ir.library import Infer
from dpc.rules import domains as D, einsum as sums, linalg as solutions, products
from dpc.rules.linalg import turned
from dpc.rules.ruleset import RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import applied, rt

rules = RuleSet("transposed")

Domain = Callable[[Any, Any], list[D.Call]]


def like_operand(position: int) -> Infer:
    """The result has the shape of one operand."""

    def infer(args: tuple[Fact, ...], kwargs: Any) -> Fact:
        like = args[position]
        kinds = {fact.dtype for fact in args[: position + 1] if fact.is_float_like}
        dtype = like.dtype if kinds == {like.dtype} else ""
        known = like.is_array and like.shape
        return replace(like, dtype=dtype) if known else Fact("number", dtype)

    return infer


def with_cotangent(primal: Callable[..., Any], calls: Domain) -> Domain:
    """The operands of a function, and before them a cotangent of its result."""

    def domain(rng: Any, shape: Any) -> list[D.Call]:
        found = []
        for one in calls(rng, shape):
            out = primal(*one.args, **one.kwargs)
            g = drawn(rng, np.shape(out))[()]
            found.append(D.call(g, *one.args, **one.kwargs))
        return found

    return domain


def bilinear(key: str, product: Callable[..., Any], calls: Domain) -> None:
    """The rules of `dpc.<key>_left` and `dpc.<key>_right`."""
    left, right = f"dpc.{key}_left", f"dpc.{key}_right"
    domain = with_cotangent(product, calls)

    @rules.linear(
        left,
        infer=like_operand(1),
        shape_only=(1,),
        constant=("a",),
        domain=domain,
    )
    def of_left(h: Any, g: Any, a: Any, b: Any, *, out: Any) -> Any:
        return product(h, b), None, applied(right, g, h, b)

    @rules.linear(
        right,
        infer=like_operand(2),
        shape_only=(2,),
        constant=("b",),
        domain=domain,
    )
    def of_right(h: Any, g: Any, a: Any, b: Any, *, out: Any) -> Any:
        return product(a, h), applied(left, g, a, h), None


bilinear("matmul", lambda a, b: a @ b, products.pairs)
bilinear("dot", np.dot, products.dot_domain)
bilinear("inner", np.inner, products.inner_domain)
bilinear("kron", np.kron, products.kron_domain)


_tensordots = with_cotangent(np.tensordot, products.tensordot_domain)


@rules.linear(
    "dpc.tensordot_left",
    infer=like_operand(1),
    shape_only=(1,),
    constant=("a",),
    domain=_tensordots,
)
def tensordot_left(h: Any, g: Any, a: Any, b: Any, axes: Any = 2, *, out: Any) -> Any:
    return np.tensordot(h, b, axes), None, rt.tensordot_right(g, h, b, axes)


@rules.linear(
    "dpc.tensordot_right",
    infer=like_operand(2),
    shape_only=(2,),
    constant=("b",),
    domain=_tensordots,
)
def tensordot_right(h: Any, g: Any, a: Any, b: Any, axes: Any = 2, *, out: Any) -> Any:
    return np.tensordot(a, h, axes), rt.tensordot_left(g, a, h, axes), None


def _einsum_calls(rng: Any, shape: Any) -> list[D.Call]:
    calls = []
    for one in sums.einsum_domain(rng, shape):
        g = drawn(rng, np.shape(np.einsum(*one.args)))
        count = len(one.args) - 1
        calls += [D.call(g, k, *one.args) for k in range(count)]
    return calls


def _einsum_fact(args: tuple[Fact, ...], kwargs: Any) -> Fact:
    place = args[1].value
    return like_operand(place + 3)(args, kwargs) if isinstance(place, int) else Fact()


@rules.pullback("dpc.einsum_adjoint", infer=_einsum_fact, domain=_einsum_calls)
def einsum_adjoint(
    h: Any, g: Any, k: Any, subscripts: Any, *operands: Any, out: Any
) -> Any:
    # `h` stands where the operand does that the adjoint is of.
    given = (*operands[:k], h, *operands[k + 1 :])
    found = [rt.einsum_adjoint(g, j, subscripts, *given) for j in range(len(given))]
    found[k] = None
    return np.einsum(subscripts, *given), None, None, *found


@rules.pushforward("dpc.einsum_adjoint")
def einsum_adjoint_tangent(
    dots: Any, g: Any, k: Any, subscripts: Any, *operands: Any, out: Any
) -> Any:
    total = 0.0
    if dots[0] is not None:
        total = total + rt.einsum_adjoint(dots[0], k, subscripts, *operands)
    for j, dot in enumerate(dots[3:]):
        if dot is not None and j != k:
            given = (*operands[:j], dot, *operands[j + 1 :])
            total = total + rt.einsum_adjoint(g, k, subscripts, *given)
    return total


def _vectors_or_matrices(rng: Any, shape: Any) -> list[D.Call]:
    calls = []
    for a in solutions.square(rng, shape):
        for rows in (shape, (*shape, 2)):
            b = rng.normal(size=rows)
            calls.append(D.call(a, np.linalg.solve(a, b) + 0.1, b))
    return calls


@rules.pullback("dpc.solve_as", shape_only=(2,), domain=_vectors_or_matrices)
def solve_as(h: Any, a: Any, g: Any, b: Any, *, out: Any) -> Any:
    g_bar = rt.solve_as(turned(a), h, b)
    return -rt.outer_as(g_bar, out, a, b), rt.unbroadcast(g_bar, g)


@rules.pushforward("dpc.solve_as")
def solve_as_tangent(
    a_dot: Any, g_dot: Any, b_dot: Any, a: Any, g: Any, b: Any, *, out: Any
) -> Any:
    rate = 0.0 if g_dot is None else rt.solve_as(a, g_dot, b)
    if a_dot is None:
        return rate
    return rate - rt.solve_as(a, rt.matmul_as(a_dot, out, b), b)


@rules.linear(
    "dpc.matmul_as", shape_only=(2,), constant=("b",), domain=_vectors_or_matrices
)
def matmul_as(h: Any, a: Any, x: Any, b: Any, *, out: Any) -> Any:
    return rt.outer_as(h, x, a, b), rt.unbroadcast(rt.matmul_as(turned(a), h, b), x)


def _outers(rng: Any, shape: Any) -> list[D.Call]:
    return [
        D.call(one.args[1], one.args[1] + 0.3, *one.args[::2])
        for one in _vectors_or_matrices(rng, shape)
    ]


@rules.linear("dpc.outer_as", shape_only=(2, 3), constant=("a", "b"), domain=_outers)
def outer_as(h: Any, y: Any, x: Any, a: Any, b: Any, *, out: Any) -> Any:
    y_bar, x_bar = rt.matmul_as(h, x, b), rt.matmul_as(turned(h), y, b)
    return rt.unbroadcast(y_bar, y), rt.unbroadcast(x_bar, x)
