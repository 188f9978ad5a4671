"""Matrix products: `@` of one matrix and a batch of vectors is one matrix product."""

from __future__ import annotations

from typing import Any

from dpc.ir.nodes import Const
from dpc.rules.batching.batch import Batch, NoBatch
from dpc.rules.batching.elementwise import elementwise
from dpc.rules.batching.reductions import flattened, literal
from dpc.rules.batching.registry import over_rows
from dpc.rules.batching.rows import Value, varies
from dpc.rules.trace import Traced

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@over_rows("operator.matmul", "np.matmul", "np.linalg.matmul")
def matmul(b: Batch, x1: Value, x2: Value) -> Any:
    return product(b, x1, x2)


def product(b: Batch, x1: Value, x2: Value) -> Any:
    """`x1 @ x2` row by row."""
    ranks = b.rank(x1), b.rank(x2)
    x, y = b.array(x1), b.array(x2)
    both = varies(x1.rows) and varies(x2.rows)
    if "sparse" in (x1.fact.kind, x2.fact.kind) and ranks not in ((2, 1), (1, 2)):
        raise NoBatch("a sparse matrix times a batch of matrices")
    match ranks:
        case (1, 1) if both:
            return b.apply("np.sum", x * y, axis=1)
        case (_, 1) if both:
            y = y[(slice(None), *(None,) * (ranks[0] - 2), slice(None), None)]
            return (x @ y)[..., 0]
        case (1, _) if both:
            x = x[(slice(None), *(None,) * (ranks[1] - 1))]
            return (x @ y)[..., 0, :]
        case (1 | 2, 1) if varies(x2.rows):
            # A matrix times each of the rows is the rows times its transpose.
            return y @ (x if ranks[0] == 1 else transposed(b, x))
        case (_, 1) if varies(x2.rows):
            y = y[(slice(None), *(None,) * (ranks[0] - 2), slice(None), None)]
            return (x @ y)[..., 0]
    if both:
        rank = max(ranks)
        x = b.opened(x, ranks[0], rank)
        y = b.opened(y, ranks[1], rank)
    elif varies(x1.rows):
        # A batch of vectors times a stack of matrices, of fewer axes than the stack.
        if ranks[0] == 1 and ranks[1] > 2:
            x = x[(slice(None), *(None,) * (ranks[1] - 1))]
            return (x @ y)[..., 0, :]
        x = x if ranks[0] == 1 else b.opened(x, ranks[0], ranks[1])
    else:
        y = b.opened(y, ranks[1], ranks[0])
    return x @ y


def transposed(b: Batch, x: Any) -> Any:
    """`x.T`; `x` where that is itself the transpose of something."""
    found = b.build.definition(x.atom)
    if found is not None and found.fn == "getattr":
        base, name = found.args
        if isinstance(name, Const) and name.value == "T":
            return Traced(b.build, base)
    return x.T


@over_rows("np.dot")
def dot(b: Batch, a: Value, b_: Value) -> Any:
    ranks = b.rank(a), b.rank(b_)
    if 0 in ranks:
        return _times(b, a, b_)
    if max(ranks) > 2:
        inner = max(ranks[1] - 2, 0)
        return contracted(b, a, b_, [ranks[0] - 1], [inner])
    return product(b, a, b_)


@over_rows("np.inner")
def inner(b: Batch, a: Value, b_: Value) -> Any:
    ranks = b.rank(a), b.rank(b_)
    if 0 in ranks:
        return _times(b, a, b_)
    if ranks == (1, 1):
        return product(b, a, b_)
    return contracted(b, a, b_, [ranks[0] - 1], [ranks[1] - 1])


@over_rows("np.vdot")
def vdot(b: Batch, a: Value, b_: Value) -> Any:
    if a.fact.dtype[:1] == "c" or b.rank(a) != 1 or b.rank(b_) != 1:
        raise NoBatch("np.vdot of complex arrays or matrices")
    return product(b, a, b_)


def _times(b: Batch, x: Value, y: Value) -> Any:
    rank = max(b.rank(x), b.rank(y))
    return b.aligned(x, rank) * b.aligned(y, rank)


@over_rows("np.outer", "np.linalg.outer")
def outer(b: Batch, a: Value, b_: Value) -> Any:
    return _standing(b, a, True) * _standing(b, b_, False)


def _standing(b: Batch, value: Value, upright: bool) -> Any:
    """A factor of an outer product: a column or a line of its elements."""
    x, rank = b.array(value), b.rank(value)
    if not varies(value.rows):
        if rank == 0:
            return x
        x = b.apply("np.ravel", x) if rank > 1 else x
        return x[:, None] if upright else x
    if rank == 0:
        return x[:, None, None]
    x = flattened(b, x) if rank > 1 else x
    return x[:, :, None] if upright else x[:, None]


@over_rows("np.multiply.outer", "np.add.outer", "np.subtract.outer")
def ufunc_outer(b: Batch, a: Value, b_: Value) -> Any:
    ranks = b.rank(a), b.rank(b_)
    x, y = b.array(a), b.array(b_)
    head = (slice(None),) * (ranks[0] + (1 if varies(a.rows) else 0))
    if ranks[1]:
        x = x[(*head, *(None,) * ranks[1])]
    y = b.opened(y, ranks[1], sum(ranks)) if varies(b_.rows) else y
    name = {"multiply": "mul", "add": "add", "subtract": "sub"}[b.call.fn.split(".")[1]]
    return b.apply(f"operator.{name}", x, y)


@over_rows("np.tensordot", "np.linalg.tensordot")
def tensordot(b: Batch, a: Value, b_: Value, axes: Value | None = None) -> Any:
    ranks, given = (b.rank(a), b.rank(b_)), literal(axes, 2)
    if isinstance(given, int):
        left = list(range(ranks[0] - given, ranks[0]))
        right = list(range(given))
    else:
        left, right = ([s] if isinstance(s, int) else list(s) for s in given)
    return contracted(b, a, b_, left, right)


def contracted(b: Batch, x: Value, y: Value, left: list[int], right: list[int]) -> Any:
    """The sum over pairs of axes, as `np.einsum` writes it."""
    letters = iter(_LETTERS)
    row = next(letters)
    first = [next(letters) for _ in range(b.rank(x))]
    second = [next(letters) for _ in range(b.rank(y))]
    for i, j in zip(left, right, strict=True):
        second[j] = first[i]
    out = [c for i, c in enumerate(first) if i not in [k % len(first) for k in left]]
    out += [
        c for j, c in enumerate(second) if j not in [k % len(second) for k in right]
    ]
    terms = ["".join(first), "".join(second)]
    for place, value in enumerate((x, y)):
        if varies(value.rows):
            terms[place] = row + terms[place]
    text = f"{terms[0]},{terms[1]}->{row}{''.join(out)}"
    return b.apply("np.einsum", text, b.array(x), b.array(y))


@over_rows("np.einsum")
def einsum(b: Batch, subscripts: Value, *operands: Value, **rest: Value) -> Any:
    text = literal(subscripts)
    if not isinstance(text, str):
        raise NoBatch("np.einsum whose letters are computed")
    left, arrow, out = text.replace(" ", "").partition("->")
    if not arrow:
        labels = sorted(set(left) - set(",."))
        once = "".join(c for c in labels if left.count(c) == 1)
        out = ("..." if "..." in left else "") + once
    row = next(c for c in reversed(_LETTERS) if c not in text)
    row = next((c for c in "bnr" if c not in text), row)
    terms = [
        row + term if varies(v.rows) else term
        for term, v in zip(left.split(","), operands, strict=True)
    ]
    if any(varies(v.rows) for v in rest.values()):
        raise NoBatch("np.einsum with an operand that is not an array")
    arrays = [b.array(v) for v in operands]
    return b.apply("np.einsum", f"{','.join(terms)}->{row}{out}", *arrays)


@over_rows("np.vecdot", "np.linalg.vecdot")
def vecdot(b: Batch, x1: Value, x2: Value) -> Any:
    return elementwise(b, x1, x2)
