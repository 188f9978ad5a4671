"""Matrix products: `@`, `dot`, `inner`, `outer` and their kind, linear in each operand.

Where the ranks are known, an adjoint is what one writes by hand: `x.T @ g`, `g @ w.T`,
`np.outer(x, g)`. Where they are not, a function of the runtime chooses when it runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact, Shape
from dpc.rules import domains as D, results, sizes, sparse
from dpc.rules.known import array_of, infers, matmul_shape, scalar_or_array
from dpc.rules.nested import fact_of, like_operand
from dpc.rules.ruleset import RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, conj, rt

rules = RuleSet("products")

TWO = F.of_constant(2)


def rank_of(x: Any) -> int | None:
    """The number of axes of an operand, where it is known."""
    return array_of(x.fact).rank if isinstance(x, Traced) else np.ndim(x)


def _promoted(a: Fact, b: Fact) -> str:
    return F.promote(a.dtype, b.dtype)


def _matmul_fact(x1: Fact, x2: Fact) -> Fact:
    if "sparse" in (x1.kind, x2.kind):
        return sparse.product_fact(x1, x2)
    a, b = array_of(x1), array_of(x2)
    return scalar_or_array(_promoted(a, b), matmul_shape(a.shape, b.shape))


def pairs(rng: Any, shape: Any) -> list[D.Call]:
    """Operands of every rank that multiply with an array of this shape."""
    if not shape:
        return []
    x, n = drawn(rng, shape), shape[-1]
    calls = [D.call(x, drawn(rng, (n,))), D.call(x, drawn(rng, (n, 2)))]
    if len(shape) > 1:
        m = shape[-2]
        calls += [D.call(drawn(rng, (m,)), x), D.call(drawn(rng, (2, m)), x)]
        calls += [
            D.call(drawn(rng, (3, 1, 2, m)), x),
            D.call(x, drawn(rng, (2, 1, n, 1))),
        ]
    return calls


@rules.linear("operator.matmul", "np.matmul", infer=infers(_matmul_fact), domain=pairs)
def matmul(g: Any, x1: Any, x2: Any, *, out: Any) -> Any:
    if sparse.among(x1, x2):
        return sparse.adjoints(g, x1, x2)
    ranks = rank_of(x1), rank_of(x2)
    match ranks:
        case (1, 1):
            return g * x2, g * x1
        case (2, 1):
            return np.outer(g, x2), shaped(x1.T @ g, x2)
        case (1, 2):
            return shaped(x2 @ g, x1), np.outer(x1, g)
        case (2, 2):
            return shaped(g @ x2.T, x1), shaped(x1.T @ g, x2)
    if ranks[0] is None or ranks[1] is None or 1 in ranks:
        return rt.matmul_left(g, x1, x2), rt.matmul_right(g, x1, x2)
    if ranks[1] == 2:
        # A stack of rows: the products of all of them are summed in one product.
        axes = front(ranks[0] - 1)
        right = np.tensordot(x1, g, (axes, axes))
        return shaped(g @ x2.T, x1), shaped(right, x2)
    left, right = g @ np.swapaxes(x2, -1, -2), np.swapaxes(x1, -1, -2) @ g
    return unstacked(left, x1, out), unstacked(right, x2, out)


def shaped(x_bar: Any, x: Any) -> Any:
    """A cotangent that has the shape of its operand, which alone may be known."""
    want = array_of(x.fact).shape if isinstance(x, Traced) else np.shape(x)
    if not isinstance(x_bar, Traced) or x_bar.rank is None or want is None:
        return x_bar
    have = x_bar.fact.shape or ()
    sizes = [h if w is None else w for h, w in zip(have, want, strict=True)]
    return x_bar.known(replace(x_bar.fact, shape=tuple(sizes)))


def front(count: int) -> tuple[int, ...]:
    """The first axes."""
    return tuple(range(count))


def unstacked(whole: Any, x: Any, out: Any) -> Any:
    """`whole`, summed over the axes that the stack `x` was broadcast along."""
    have, want = whole.fact.shape, array_of(x.fact).shape
    if have is not None and have == want and None not in have:
        return whole
    return rt.unbroadcast(whole, x)


def _dot_fact(a: Fact, b: Fact) -> Fact:
    if "sparse" in (a.kind, b.kind):
        return sparse.product_fact(a, b)
    x, y = array_of(a), array_of(b)
    return scalar_or_array(_promoted(x, y), _dot_shape(x.shape, y.shape))


def _dot_shape(a: Shape | None, b: Shape | None) -> Shape | None:
    if a is None or b is None:
        return None
    if not a or not b:
        return a + b
    return (*a[:-1], *b[:-2], *(b[-1:] if len(b) > 1 else ()))


def dot_domain(rng: Any, shape: Any) -> list[D.Call]:
    calls = [D.call(drawn(rng, shape), 0.5), D.call(0.5, drawn(rng, shape))]
    return [*calls, *pairs(rng, shape)]


@rules.linear("np.dot", infer=infers(_dot_fact), domain=dot_domain)
def dot(g: Any, a: Any, b: Any, *, out: Any) -> Any:
    if sparse.among(a, b):
        return sparse.adjoints(g, a, b)
    ranks = rank_of(a), rank_of(b)
    if ranks in ((1, 1), (2, 1), (1, 2), (2, 2)):
        return matmul(g, a, b, out=out)
    if ranks == (0, 0):
        return g * b, g * a
    return rt.dot_left(g, a, b), rt.dot_right(g, a, b)


def _vdot_fact(a: Fact, b: Fact) -> Fact:
    return scalar_or_array(_promoted(array_of(a), array_of(b)), ())


def _vdot_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, shape)
    return [D.call(x, y), D.call(x + 1j * y, y - 0.3j), D.call(x, x - 1j * y)]


@rules.linear("np.vdot", infer=infers(_vdot_fact), domain=_vdot_domain)
def vdot(g: Any, a: Any, b: Any, *, out: Any) -> Any:
    # The first operand counts by its conjugate.
    if rank_of(a) == rank_of(b) == 1:
        return conj(g * b), g * conj(a)
    a_bar, b_bar = conj(g * np.ravel(b)), g * conj(np.ravel(a))
    if array_of(fact_of(a)).dtype and array_of(fact_of(b)).dtype:
        return like_operand(a_bar, a), like_operand(b_bar, b)
    # One of the operands may turn out to be real, and the other one not.
    a_bar, b_bar = np.reshape(a_bar, np.shape(a)), np.reshape(b_bar, np.shape(b))
    return rt.unbroadcast(a_bar, a), rt.unbroadcast(b_bar, b)


def _inner_fact(a: Fact, b: Fact) -> Fact:
    x, y = array_of(a), array_of(b)
    shape = None
    if x.shape is not None and y.shape is not None:
        shape = (
            x.shape[:-1] + y.shape[:-1] if x.shape and y.shape else x.shape + y.shape
        )
    return scalar_or_array(_promoted(x, y), shape)


def inner_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    calls = [D.call(x, drawn(rng, (*k, *shape[-1:]))) for k in ((), (2,), (3, 2))]
    return [*calls, D.call(x, 0.5), D.call(0.5, x)]


@rules.linear("np.inner", infer=infers(_inner_fact), domain=inner_domain)
def inner(g: Any, a: Any, b: Any, *, out: Any) -> Any:
    match rank_of(a), rank_of(b):
        case (1, 1):
            return g * b, g * a
        case (2, 1):
            return np.outer(g, b), a.T @ g
        case (1, 2):
            return b.T @ g, np.outer(g, a)
        case (2, 2):
            return g @ b, g.T @ a
    return rt.inner_left(g, a, b), rt.inner_right(g, a, b)


def _outer_fact(a: Fact, b: Fact) -> Fact:
    x, y = array_of(a), array_of(b)
    return F.array(_promoted(x, y), (_count(x), _count(y)))


def _count(x: Fact) -> Dim:
    return None if x.shape is None else sizes.product(x.shape)


def _outer_domain(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(drawn(rng, shape), drawn(rng, (2,))), D.call(0.5, drawn(rng, shape))]


@rules.linear("np.outer", infer=infers(_outer_fact), domain=_outer_domain)
def outer(g: Any, a: Any, b: Any, *, out: Any) -> Any:
    if isinstance(a, int | float | complex):
        return None, like_operand(a * g[0], b)
    if isinstance(b, int | float | complex):
        return like_operand(b * g[:, 0], a), None
    x = a if rank_of(a) == 1 else np.ravel(a)
    y = b if rank_of(b) == 1 else np.ravel(b)
    return like_operand(g @ y, a), like_operand(x @ g, b)


def _kron_fact(a: Fact, b: Fact) -> Fact:
    x, y = array_of(a), array_of(b)
    if x.shape is None or y.shape is None:
        return Fact("number", _promoted(x, y))
    rank = max(len(x.shape), len(y.shape))
    left = (1,) * (rank - len(x.shape)) + x.shape
    right = (1,) * (rank - len(y.shape)) + y.shape
    return scalar_or_array(_promoted(x, y), tuple(map(sizes.times, left, right)))


def kron_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(x, drawn(rng, k)) for k in ((2,), (2, 3))] + [D.call(x, x)]


@rules.linear("np.kron", infer=infers(_kron_fact), domain=kron_domain)
def kron(g: Any, a: Any, b: Any, *, out: Any) -> Any:
    return rt.kron_left(g, a, b), rt.kron_right(g, a, b)


def _tensordot_fact(a: Fact, b: Fact, axes: Fact = TWO) -> Fact:
    x, y = array_of(a), array_of(b)
    given = results.literal(axes)
    if x.shape is None or y.shape is None:
        return F.array(_promoted(x, y))
    if isinstance(given, int):
        shape = x.shape[: len(x.shape) - given] + y.shape[given:]
        return F.array(_promoted(x, y), shape)
    if not isinstance(given, tuple) or len(given) != 2:
        return F.array(_promoted(x, y))
    left, right = (
        results.axes(g, s.rank or 0) for g, s in zip(given, (x, y), strict=True)
    )
    if left is None or right is None:
        return F.array(_promoted(x, y))
    free = tuple(n for i, n in enumerate(x.shape) if i not in left)
    free += tuple(n for i, n in enumerate(y.shape) if i not in right)
    return F.array(_promoted(x, y), free)


def tensordot_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, rank = drawn(rng, shape), len(shape)
    calls = [D.call(x, x, axes=rank), D.call(x, drawn(rng, (2,)), axes=0)]
    if rank > 1:
        y = drawn(rng, (*shape[1:], shape[0], 2))
        back = (*range(1, rank), 0)
        calls.append(D.call(x, y, axes=(back, range(rank))))
        calls.append(D.call(x, drawn(rng, (*shape[-2:], 2))))
        calls.append(D.call(x, drawn(rng, (2, shape[0])), axes=((0,), (-1,))))
    return calls


@rules.linear("np.tensordot", infer=infers(_tensordot_fact), domain=tensordot_domain)
def tensordot(g: Any, a: Any, b: Any, axes: Any = 2, *, out: Any) -> Any:
    m, n = rank_of(a), rank_of(b)
    if not isinstance(axes, int) or m is None or n is None:
        return rt.tensordot_left(g, a, b, axes), rt.tensordot_right(g, a, b, axes)
    kept = front(m - axes)
    rest = tuple(range(m - axes, m + n - 2 * axes)), tuple(range(axes, n))
    return np.tensordot(g, b, rest), np.tensordot(a, g, (kept, kept))


def _pairs_fact(a: Fact, b: Fact) -> Fact:
    x, y = array_of(a), array_of(b)
    both = x.shape is not None and y.shape is not None
    shape = (*x.shape, *y.shape) if both else None  # type: ignore[misc]
    return scalar_or_array(_promoted(x, y), shape)


def _pairs_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(x, drawn(rng, (2,))), D.call(drawn(rng, (2, 1)), x)]


@rules.linear("np.multiply.outer", infer=infers(_pairs_fact), domain=_pairs_domain)
def multiply_outer(g: Any, a: Any, b: Any, *, out: Any) -> Any:
    return rt.outer_left(g * b, a, b), rt.unbroadcast(_beside(a, b) * g, b)


def _beside(a: Any, b: Any) -> Any:
    """`a` with an axis of size one for each of `b`."""
    return applied("np.multiply.outer", a, np.ones_like(b))


def _summed_outer(key: str, sign: int) -> None:
    @rules.pullback(key, infer=infers(_pairs_fact), domain=_pairs_domain)
    def rule(g: Any, a: Any, b: Any, *, out: Any) -> Any:
        b_bar = rt.unbroadcast(g, b)
        return rt.outer_left(g, a, b), b_bar if sign > 0 else -b_bar

    @rules.pushforward(key)
    def tangent(a_dot: Any, b_dot: Any, a: Any, b: Any, *, out: Any) -> Any:
        left = np.zeros_like(a) if a_dot is None else a_dot
        return applied(key, left, np.zeros_like(b) if b_dot is None else b_dot)


_summed_outer("np.add.outer", 1)
_summed_outer("np.subtract.outer", -1)


def _left_fact(g: Fact, a: Fact, b: Fact) -> Fact:
    return Fact("number", g.dtype)


def _left_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, (2, 1))
    return [D.call(drawn(rng, (*shape, 2, 1)), x, y)]


@rules.linear(
    "dpc.outer_left",
    infer=infers(_left_fact),
    shape_only=(1, 2),
    constant=("a", "b"),
    domain=_left_domain,
)
def outer_left(h: Any, g: Any, a: Any, b: Any, *, out: Any) -> Any:
    return _beside(h, b)
