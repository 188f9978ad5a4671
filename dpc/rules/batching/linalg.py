"""Linear algebra: NumPy's functions take stacks of matrices."""

from __future__ import annotations

from typing import Any

from dpc.rules.batching.batch import Batch, NoBatch, named
from dpc.rules.batching.registry import over_rows
from dpc.rules.batching.rows import Value, varies


@over_rows(
    *(f"np.linalg.{name}" for name in "inv det cholesky pinv eigvals".split()),
    *(f"np.linalg.{name}" for name in "eigvalsh matrix_rank cond".split()),
)
def stacked(b: Batch, a: Value, *rest: Value, **others: Value) -> Any:
    if any(varies(v.rows) for v in (*rest, *others.values())):
        raise NoBatch(f"{b.call.fn} with an option that differs from row to row")
    return b.same(b.rows(a), *map(b.traced, rest), **named(others, b))


@over_rows(*(f"np.linalg.{name}" for name in "slogdet eigh eig svd qr".split()))
def decomposed(b: Batch, a: Value, *rest: Value, **others: Value) -> Any:
    return stacked(b, a, *rest, **others)


@over_rows("dpc.inverse_or_infinite")
def inverted(b: Batch, a: Value) -> Any:
    return b.same(b.rows(a))


@over_rows("dpc.cofactors", "dpc.cofactors_along")
def paired(b: Batch, a: Value, other: Value) -> Any:
    return b.same(b.rows(a), b.rows(other))


@over_rows("np.linalg.matrix_power")
def matrix_power(b: Batch, a: Value, n: Value) -> Any:
    if varies(n.rows):
        raise NoBatch("a power that differs from row to row")
    return b.same(b.rows(a), b.traced(n))


@over_rows("np.linalg.solve")
def solve(b: Batch, a: Value, b_: Value) -> Any:
    rank = b.rank(b_)
    if rank == 1:
        if not varies(a.rows) and b.rank(a) == 2:
            # The rows are the right-hand sides of one system.
            return b.same(b.array(a), b.array(b_).T).T
        y = b.rows(b_, b.rank(a) - 1)
        return b.same(b.array(a), y[..., None])[..., 0]
    ranks = max(b.rank(a), rank)
    return b.same(b.rows(a, ranks), b.rows(b_, ranks))
