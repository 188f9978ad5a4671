"""Functions that lay out the same elements in another shape or order."""

from __future__ import annotations

from typing import Any

from dpc.ir.nodes import Const
from dpc.rules.batching.batch import Batch, NoBatch, named
from dpc.rules.batching.reductions import all_of, flattened, literal, shifted
from dpc.rules.batching.registry import over_rows
from dpc.rules.batching.rows import Value, varies


def shape_over(b: Batch, shape: Value) -> Any:
    """A shape with the number of rows before it."""
    if varies(shape.rows):
        raise NoBatch("a shape that differs from row to row")
    if shape.fact.kind in ("int", "scalar"):
        return (b.count, b.traced(shape))
    if isinstance(shape.atom, Const):
        return (b.count, *shape.atom.value)  # type: ignore[misc]
    found = b.items(shape)
    if found is None:
        start = b.apply("tuple", b.count)
        return b.apply("operator.add", start, b.apply("builtins.tuple", shape.atom))
    return (b.count, *map(b.traced, found))


@over_rows("np.reshape")
def reshaped(b: Batch, a: Value, shape: Value, order: Value | None = None) -> Any:
    if not _by_columns(b, a, order):
        return b.same(b.rows(a), shape_over(b, shape))
    _, *sizes = _reversed(b, shape)
    found = b.apply("np.reshape", turned(b, b.rows(a), b.rank(a)), (b.count, *sizes))
    return turned(b, found, len(sizes))


def _by_columns(b: Batch, a: Value, order: Value | None) -> bool:
    """Whether elements are read by columns: the first axis of a row moves fastest."""
    read = literal(order, "C")
    if read in ("K", "A") and b.rank(a) > 1:
        # A batch is not laid out in memory as each of its rows would be.
        raise NoBatch(
            f"elements are read in the order in which they lie in memory ({read!r})",
            'write order="C" for that of rows, order="F" for that of columns',
            certain=True,
        )
    return read == "F" and b.rank(a) > 0


def _reversed(b: Batch, shape: Value) -> tuple[Any, ...]:
    """The shape of a batch, the sizes of its rows in reversed order."""
    if isinstance(shape.atom, Const) and isinstance(shape.atom.value, int):
        return (b.count, shape.atom.value)
    if not isinstance(shape.atom, Const) and b.items(shape) is None:
        raise NoBatch("a reshape by columns to a shape of unknown length")
    count, *sizes = shape_over(b, shape)
    return (count, *sizes[::-1])


@over_rows("np.ravel", "method.flatten")
def raveled(b: Batch, a: Value, order: Value | None = None) -> Any:
    x = b.rows(a)
    if _by_columns(b, a, order):
        x = turned(b, x, b.rank(a))
    if b.rank(a) == 1:
        return b.apply("np.copy", x) if b.call.fn == "method.flatten" else x
    found = flattened(b, x)
    return b.apply("np.copy", found) if b.call.fn == "method.flatten" else found


@over_rows("np.transpose")
def transposed(b: Batch, a: Value, axes: Value | None = None) -> Any:
    order = literal(axes)
    return turned(b, b.rows(a), b.rank(a), order)


def turned(b: Batch, x: Any, rank: int, order: Any = None) -> Any:
    """The axes of rows in another order, by default the reversed one."""
    if order is None:
        order = tuple(range(rank))[::-1]
    order = tuple(axis % rank for axis in order)
    if order == tuple(range(rank)):
        return x
    if order == tuple(range(rank))[::-1] and rank == 2:
        return b.apply("np.swapaxes", x, 1, 2)
    return b.apply("np.transpose", x, (0, *(axis + 1 for axis in order)))


@over_rows("np.matrix_transpose", "np.linalg.matrix_transpose")
def last_two(b: Batch, x: Value) -> Any:
    return b.same(b.rows(x))


@over_rows("np.moveaxis")
def moved(b: Batch, a: Value, source: Value, destination: Value) -> Any:
    return b.same(b.rows(a), shifted(literal(source)), shifted(literal(destination)))


@over_rows("np.swapaxes")
def swapped(b: Batch, a: Value, axis1: Value, axis2: Value) -> Any:
    return b.same(b.rows(a), shifted(literal(axis1)), shifted(literal(axis2)))


@over_rows("np.squeeze")
def squeezed(b: Batch, a: Value, axis: Value | None = None) -> Any:
    along = literal(axis)
    if along is None:
        shape = a.fact.shape
        if shape is None or None in shape:
            raise NoBatch("np.squeeze without axis= where a size is not known")
        along = tuple(i for i, size in enumerate(shape) if size == 1)
        if not along:
            return b.rows(a)
    return b.same(b.rows(a), shifted(along))


@over_rows("np.expand_dims")
def expanded(b: Batch, a: Value, axis: Value) -> Any:
    return b.same(b.rows(a), shifted(literal(axis)))


@over_rows("np.atleast_1d", "np.atleast_2d", "np.atleast_3d")
def at_least(b: Batch, ary: Value) -> Any:
    want, rank = int(b.call.fn[-2]), b.rank(ary)
    x = b.rows(ary)
    if rank >= want:
        return x
    if want == 3 and rank:
        where = (slice(None), None, slice(None)) if rank == 1 else (slice(None),) * 3
        return x[(*where, None)]
    return b.rows(ary, want)


@over_rows("np.broadcast_to")
def broadcast(b: Batch, array: Value, shape: Value) -> Any:
    rank = b.fact.rank
    if rank is None:
        raise NoBatch("a shape of unknown length")
    return b.same(b.rows(array, rank), shape_over(b, shape))


@over_rows("np.flip")
def flipped(b: Batch, m: Value, axis: Value | None = None) -> Any:
    along = literal(axis)
    along = all_of(b.rank(m)) if along is None else shifted(along)
    return b.same(b.rows(m), along)


@over_rows("np.flipud", "np.fliplr")
def flipped_along(b: Batch, m: Value) -> Any:
    return b.apply("np.flip", b.rows(m), 1 if b.call.fn == "np.flipud" else 2)


@over_rows("np.rot90")
def rotated(
    b: Batch, m: Value, k: Value | None = None, axes: Value | None = None
) -> Any:
    return b.same(b.rows(m), literal(k, 1), shifted(literal(axes, (0, 1))))


@over_rows("np.roll")
def rolled(b: Batch, a: Value, shift: Value, axis: Value | None = None) -> Any:
    along = literal(axis)
    if varies(shift.rows) or (along is None and b.rank(a) != 1):
        raise NoBatch("np.roll of all elements, or by what differs from row to row")
    return b.same(b.rows(a), b.traced(shift), axis=shifted(along or 0))


@over_rows("np.tile")
def tiled(b: Batch, A: Value, reps: Value) -> Any:
    given = literal(reps)
    given = given if isinstance(given, tuple) else (given,)
    rank = max(b.rank(A), len(given))
    given = (1,) * (rank - len(given)) + given
    return b.same(b.rows(A, rank), (1, *given))


@over_rows("np.repeat")
def repeated(b: Batch, a: Value, repeats: Value, axis: Value | None = None) -> Any:
    along = literal(axis)
    if varies(repeats.rows):
        raise NoBatch("np.repeat by what differs from row to row")
    x = b.rows(a, max(b.rank(a), 1))
    if along is None:
        x, along = (flattened(b, x) if b.rank(a) > 1 else x), 0
    return b.same(x, b.traced(repeats), axis=shifted(along))


@over_rows("np.pad")
def padded(b: Batch, array: Value, pad_width: Value, **rest: Value) -> Any:
    width, rank = literal(pad_width), b.rank(array)
    if isinstance(width, int):
        width = (width, width)
    if any(varies(v.rows) for v in rest.values()) and rank:
        raise NoBatch("np.pad with values that differ from row to row")
    if not isinstance(width[0], tuple):
        if len(width) == 1:
            width = width * 2
        width = (width,) * rank
    elif len(width) == 1:
        width = width * rank
    given = named(rest, b)
    for name in ("constant_values", "end_values"):
        pairs = literal(rest.get(name), 0)
        if isinstance(pairs, tuple) and pairs and isinstance(pairs[0], tuple):
            given[name] = ((0, 0), *(pairs if len(pairs) > 1 else pairs * rank))
    return b.same(b.rows(array), ((0, 0), *width), **given)


@over_rows("np.tril", "np.triu")
def triangle(b: Batch, m: Value, k: Value | None = None) -> Any:
    if b.rank(m) < 2 or (k is not None and varies(k.rows)):
        raise NoBatch(f"{b.call.fn} of a vector")
    return b.same(b.rows(m), *(() if k is None else (b.traced(k),)))


@over_rows("np.diagonal", "np.trace")
def diagonal(
    b: Batch,
    a: Value,
    offset: Value | None = None,
    axis1: Value | None = None,
    axis2: Value | None = None,
) -> Any:
    first, second = shifted(literal(axis1, 0)), shifted(literal(axis2, 1))
    return b.same(b.rows(a), literal(offset, 0), first, second)


@over_rows("np.diag")
def diag(b: Batch, v: Value, k: Value | None = None) -> Any:
    offset = literal(k, 0)
    x = b.rows(v)
    if b.rank(v) == 2:
        return b.apply("np.diagonal", x, offset, 1, 2)
    if offset:
        raise NoBatch("np.diag of a vector beside the main diagonal")
    eye = b.apply("np.eye", x.shape[1])
    return x[:, :, None] * eye


@over_rows("method.astype")
def cast(b: Batch, x: Value, dtype: Value, **rest: Value) -> Any:
    return b.same(b.rows(x), dtype.atom, **named(rest, b))


@over_rows(
    "np.copy",
    "method.copy",
    "np.ascontiguousarray",
    "np.zeros_like",
    "np.ones_like",
    "np.empty_like",
)
def copied(b: Batch, a: Value, **rest: Value) -> Any:
    if b.call.fn == "method.copy" and not a.fact.is_number:
        return b.value(b.same(b.traced(a)), a.rows, a.fact)
    fn = "np.copy" if b.call.fn == "method.copy" else b.call.fn
    least = 1 if fn == "np.ascontiguousarray" else 0
    return b.apply(fn, b.rows(a, least), **named(rest, b))


@over_rows("np.asarray", "np.array", "np.asanyarray")
def as_array(b: Batch, a: Value, dtype: Value | None = None, **rest: Value) -> Any:
    x = b.rows(a)
    if dtype is not None and dtype.fact.kind != "none":
        return b.apply("method.astype", x, dtype.atom)
    if b.call.fn == "np.array" and not a.is_sequence:
        return b.apply("np.copy", x)
    return x


@over_rows("method.item")
def item(b: Batch, x: Value) -> Any:
    found = b.rows(x)
    return found if b.rank(x) == 0 else b.apply("np.reshape", found, b.count)


@over_rows("np.full")
def full(b: Batch, shape: Value, fill_value: Value, dtype: Value | None = None) -> Any:
    rank = b.fact.rank
    if rank is None:
        raise NoBatch("a shape of unknown length")
    rest = {} if dtype is None else {"dtype": dtype.atom}
    return b.same(shape_over(b, shape), b.rows(fill_value, rank), **rest)


@over_rows("np.full_like")
def full_like(b: Batch, a: Value, fill_value: Value) -> Any:
    return b.same(b.rows(a), b.aligned(fill_value, b.rank(a)))
