"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact, Shape
from dpc.rules import results, sizes
from dpc.rules.known import array_of, axes_of, infers, scalar_or_array
from dpc.rules.nested import like_operand
from dpc.rules.ruleset import RuleSet
from dpc.rules.shape import each
from dpc.rules.trace import Traced, rt

rules = RuleSet("diagonals")

ZERO, ONE = F.of_constant(0), F.of_constant(1)


def _length(m: Any, n: Any, offset: int) -> Any:
    """How long the diagonal of an `m` by `n` matrix is."""
    rows = sizes.less(m, max(-offset, 0))
    return sizes.smaller(rows, sizes.less(n, max(offset, 0)))


def _diagonal_shape(x: Fact, offset: Fact, axis1: Fact, axis2: Fact) -> Shape | None:
    first, second = axes_of(axis1, x.rank), axes_of(axis2, x.rank)
    by = results.literal(offset)
    if x.shape is None or first is None or second is None:
        return None
    gone = (first[0], second[0])
    kept = tuple(n for i, n in enumerate(x.shape) if i not in gone)
    known = isinstance(by, int) and not isinstance(by, bool)
    length = _length(x.shape[gone[0]], x.shape[gone[1]], by) if known else None  # type: ignore[arg-type]
    return (*kept, length)


def _diagonal_fact(
    a: Fact, offset: Fact = ZERO, axis1: Fact = ZERO, axis2: Fact = ONE
) -> Fact:
    x = array_of(a)
    return F.array(x.dtype, _diagonal_shape(x, offset, axis1, axis2))


OFFSETS = ((), (1,), (-1,), (0, 1, 0), (1, -2, -1))


diagonal_domain = each(*OFFSETS, least=2)


@rules.linear(
    "np.diagonal",
    infer=infers(_diagonal_fact),
    memory="view",
    shape_only=(0,),
    domain=diagonal_domain,
)
def diagonal(
    g: Any, a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, *, out: Any
) -> Any:
    return rt.undiagonal(g, a, offset, axis1, axis2)


def _trace_fact(
    a: Fact, offset: Fact = ZERO, axis1: Fact = ZERO, axis2: Fact = ONE
) -> Fact:
    x = array_of(a)
    shape = _diagonal_shape(x, offset, axis1, axis2)
    return scalar_or_array(x.dtype, None if shape is None else shape[:-1])


@rules.linear(
    "np.trace",
    infer=infers(_trace_fact),
    shape_only=(0,),
    domain=each(*OFFSETS, least=2),
)
def trace(
    g: Any, a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, *, out: Any
) -> Any:
    if isinstance(a, Traced) and a.rank == 2:
        return rt.undiagonal(g, a, offset, axis1, axis2)
    return rt.undiagonal(np.expand_dims(g, -1), a, offset, axis1, axis2)


def _is_zero(k: Any) -> bool:
    return not isinstance(k, Traced) and k == 0


def _diag_fact(v: Fact, k: Fact = ZERO) -> Fact:
    x, by = array_of(v), results.literal(k)
    if x.shape is None or not isinstance(by, int):
        return F.array(x.dtype)
    if len(x.shape) == 1:
        size = sizes.plus(x.shape[0], abs(by))
        return F.array(x.dtype, (size, size))
    return F.array(x.dtype, (_length(x.shape[0], x.shape[1], by),))


diag_domain = each((), (1,), (-1,), least=1, most=2)


@rules.linear(
    "np.diag",
    infer=infers(_diag_fact),
    memory="view",
    shape_only=(0,),
    domain=diag_domain,
)
def diag(g: Any, v: Any, k: Any = 0, *, out: Any) -> Any:
    if isinstance(v, Traced) and v.rank == 1:
        return np.diag(g) if _is_zero(k) else np.diag(g, k)
    return rt.undiag(g, v, k)


def _diagflat_fact(v: Fact, k: Fact = ZERO) -> Fact:
    x, by = array_of(v), results.literal(k)
    count = None if x.shape is None else sizes.product(x.shape)
    size = sizes.plus(count, abs(by)) if isinstance(by, int) else None
    return F.array(x.dtype, (size, size))


@rules.linear(
    "np.diagflat", infer=infers(_diagflat_fact), shape_only=(0,), domain=each((), (1,))
)
def diagflat(g: Any, v: Any, k: Any = 0, *, out: Any) -> Any:
    return like_operand(np.diag(g, k), v)


def _triangle_fact(m: Fact, k: Fact = ZERO) -> Fact:
    x = array_of(m)
    if x.shape is not None and len(x.shape) == 1:
        return F.array(x.dtype, (x.shape[0], x.shape[0]))
    return x


_triangles = each((), (1,), (-1,), least=1)


def _rows_summed(whole: Any, m: Any) -> Any:
    """A vector under `tril` or `triu` stands for a matrix of equal rows."""
    if not isinstance(m, Traced) or m.rank is None:
        return rt.unbroadcast(whole, m)
    return np.sum(whole, axis=0) if m.rank == 1 else whole


@rules.linear(
    "np.tril", infer=infers(_triangle_fact), shape_only=(0,), domain=_triangles
)
def tril(g: Any, m: Any, k: Any = 0, *, out: Any) -> Any:
    return _rows_summed(np.tril(g) if _is_zero(k) else np.tril(g, k), m)


@rules.linear(
    "np.triu", infer=infers(_triangle_fact), shape_only=(0,), domain=_triangles
)
def triu(g: Any, m: Any, k: Any = 0, *, out: Any) -> Any:
    return _rows_summed(np.triu(g) if _is_zero(k) else np.triu(g, k), m)
