"""Adjoints of matrix products whose operands' ranks are not known before they run."""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module, shape_of, unbroadcast
from dpc.runtime.refused import RefusedError


def rank_of(x: Any) -> int:
    """The number of axes of an array, 0 of a number."""
    return len(shape_of(x))


def matmul_left(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `a` in `a @ b`, for arrays of any rank or sparse `b`."""
    if hasattr(a, "tocsr"):
        return sampled_left(g, a, b)
    if hasattr(b, "tocsr"):
        return b @ g if g.ndim == 1 else (b @ g.T).T
    xp = array_module(g, b)
    b = xp.asarray(b)
    if b.ndim == 1:
        return unbroadcast(g * b if rank_of(a) == 1 else xp.expand_dims(g, -1) * b, a)
    if rank_of(a) == 1:
        return unbroadcast((b @ xp.expand_dims(g, -1))[..., 0], a)
    return unbroadcast(g @ b.swapaxes(-1, -2), a)


def matmul_right(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `b` in `a @ b`, for arrays of any rank or sparse `a`."""
    if hasattr(b, "tocsr"):
        return sampled_right(g, a, b)
    if hasattr(a, "tocsr"):
        return a.T @ g
    xp = array_module(g, a)
    a = xp.asarray(a)
    if a.ndim == 1:
        if rank_of(b) == 1:
            return unbroadcast(g * a, b)
        return unbroadcast(xp.expand_dims(g, -2) * xp.expand_dims(a, -1), b)
    if rank_of(b) == 1:
        return unbroadcast((a.swapaxes(-1, -2) @ xp.expand_dims(g, -1))[..., 0], b)
    return unbroadcast(a.swapaxes(-1, -2) @ g, b)


def dot_left(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `a` in `np.dot(a, b)`."""
    if hasattr(b, "tocsr"):
        return matmul_left(g, a, b)
    xp = array_module(g, b)
    if rank_of(a) == 0 or rank_of(b) == 0:
        return unbroadcast(g * xp.asarray(b), a)
    axes = rank_of(b)
    free = [axis for axis in range(axes) if axis != max(axes - 2, 0)]
    return xp.tensordot(g, b, (range(rank_of(g) - axes + 1, rank_of(g)), free))


def dot_right(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `b` in `np.dot(a, b)`."""
    if hasattr(a, "tocsr"):
        return matmul_right(g, a, b)
    xp = array_module(g, a)
    if rank_of(a) == 0 or rank_of(b) == 0:
        return unbroadcast(g * xp.asarray(a), b)
    free = range(rank_of(a) - 1)
    whole = xp.tensordot(a, g, (free, free))
    return xp.moveaxis(whole, 0, -2) if rank_of(b) > 1 else whole


def inner_left(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `a` in `np.inner(a, b)`."""
    xp = array_module(g, b)
    if rank_of(a) == 0 or rank_of(b) == 0:
        return unbroadcast(g * xp.asarray(b), a)
    free = rank_of(b) - 1
    return xp.tensordot(g, b, (range(rank_of(g) - free, rank_of(g)), range(free)))


def inner_right(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `b` in `np.inner(a, b)`."""
    xp = array_module(g, a)
    if rank_of(a) == 0 or rank_of(b) == 0:
        return unbroadcast(g * xp.asarray(a), b)
    free = range(rank_of(a) - 1)
    return xp.tensordot(g, a, (free, free))


def contracted(a: Any, b: Any, axes: Any) -> tuple[list[int], list[int]]:
    """The axes of `a` and of `b` that `np.tensordot(a, b, axes)` sums over."""
    if isinstance(axes, int):
        return list(range(rank_of(a)))[rank_of(a) - axes :], list(range(axes))
    left, right = ([one] if isinstance(one, int) else list(one) for one in axes)
    return [i % rank_of(a) for i in left], [i % rank_of(b) for i in right]


def tensordot_left(g: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    """The cotangent of `a` in `np.tensordot(a, b, axes)`."""
    left, right = contracted(a, b, axes)
    free = [axis for axis in range(rank_of(b)) if axis not in right]
    xp = array_module(g, b)
    whole = xp.tensordot(g, b, (range(rank_of(g) - len(free), rank_of(g)), free))
    # Its axes: those of `a` that stay, then those contracted, in the order of `b`.
    order = [axis for axis in range(rank_of(a)) if axis not in left]
    order += [left[right.index(axis)] for axis in sorted(right)]
    return whole.transpose([order.index(axis) for axis in range(rank_of(a))])


def tensordot_right(g: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    """The cotangent of `b` in `np.tensordot(a, b, axes)`."""
    left, right = contracted(a, b, axes)
    free = [axis for axis in range(rank_of(a)) if axis not in left]
    whole = array_module(g, a).tensordot(a, g, (free, range(len(free))))
    order = [right[left.index(axis)] for axis in sorted(left)]
    order += [axis for axis in range(rank_of(b)) if axis not in right]
    return whole.transpose([order.index(axis) for axis in range(rank_of(b))])


def kron_left(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `a` in `np.kron(a, b)`."""
    count = max(rank_of(a), rank_of(b))
    left = (1,) * (count - rank_of(a)) + shape_of(a)
    right = (1,) * (count - rank_of(b)) + shape_of(b)
    blocks = g.reshape([n for pair in zip(left, right, strict=True) for n in pair])
    inner = array_module(g).asarray(b).reshape([n for m in right for n in (1, m)])
    total = (blocks * inner).sum(axis=tuple(range(1, 2 * count, 2)))
    return total.reshape(shape_of(a))[()]


def kron_right(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `b` in `np.kron(a, b)`."""
    count = max(rank_of(a), rank_of(b))
    left = (1,) * (count - rank_of(a)) + shape_of(a)
    right = (1,) * (count - rank_of(b)) + shape_of(b)
    blocks = g.reshape([n for pair in zip(left, right, strict=True) for n in pair])
    outer = array_module(g).asarray(a).reshape([n for m in left for n in (m, 1)])
    total = (blocks * outer).sum(axis=tuple(range(0, 2 * count, 2)))
    return total.reshape(shape_of(b))[()]


def outer_left(g: Any, a: Any, b: Any) -> Any:
    """`g`, of the shape of `np.add.outer(a, b)`, summed over the axes of `b`."""
    count = rank_of(b)
    return g.sum(axis=tuple(range(rank_of(g) - count, rank_of(g)))) if count else g


def sampled_left(g: Any, a: Any, x: Any) -> Any:
    """The cotangent of `a.data` in `a @ x`, of a sparse matrix in rows, columns or
    coordinates."""
    rows, columns = places_of(a)
    if g.ndim == 1:
        return g[rows] * x[columns]
    return array_module(g).einsum("ij,ij->i", g[rows], x[columns])


def sampled_right(g: Any, x: Any, a: Any) -> Any:
    """The cotangent of `a.data` in `x @ a`."""
    rows, columns = places_of(a)
    if g.ndim == 1:
        return x[rows] * g[columns]
    return array_module(g).einsum("ji,ji->i", x[:, rows], g[:, columns])


def sampled(g: Any, a: Any) -> Any:
    """The cotangent of `a.data` in `a.toarray()`."""
    return g[places_of(a)]


def places_of(a: Any) -> tuple[Any, Any]:
    """The row and the column of each element that a sparse matrix keeps."""
    xp = array_module(a.data)
    if a.format == "coo":
        return a.row, a.col
    if a.format not in ("csr", "csc"):
        raise RefusedError(
            f"the derivative in a sparse matrix of format {a.format}",
            "write M.tocsr()",
        )
    lines = xp.repeat(xp.arange(len(a.indptr) - 1), xp.diff(a.indptr))
    return (lines, a.indices) if a.format == "csr" else (a.indices, lines)


def data_of(g: Any, a: Any, coordinates: Any = None) -> Any:
    """The cotangent of the data that a sparse matrix was made of, from that of its own.

    `coordinates`: their rows and columns, if it was made of these; those of one element
    were added up.
    """
    if coordinates is None or a.format == "coo":
        return g
    own, wanted = places_of(a), [array_module(g).asarray(c) for c in coordinates]
    width = a.shape[1]
    keys = own[0] * width + own[1]
    order = array_module(g).argsort(keys)
    asked = wanted[0] * width + wanted[1]
    return g[order[array_module(g).searchsorted(keys[order], asked)]]
