"""Functions along axes: the axes of a row come after that of the batch."""

from __future__ import annotations

from typing import Any

from dpc.rules.batching.batch import Batch, NoBatch, named
from dpc.rules.batching.elementwise import lined_up
from dpc.rules.batching.registry import over_rows
from dpc.rules.batching.rows import Value, varies
from dpc.rules.results import UNKNOWN


def literal(value: Value | None, default: Any = None) -> Any:
    """The value of an operand that says how, not on what."""
    found = default if value is None else value.literal
    if found is UNKNOWN:
        raise NoBatch("an axis that is computed cannot be used over a batch")
    return found


def shifted(axis: Any) -> Any:
    """The same axes, counted with that of the batch; from the end they stay."""
    if isinstance(axis, tuple):
        return tuple(shifted(one) for one in axis)
    return axis + 1 if axis >= 0 else axis


def all_of(rank: int) -> Any:
    """All axes of rows."""
    return 1 if rank == 1 else tuple(range(1, rank + 1))


@over_rows(
    *("np.sum np.mean np.prod np.max np.min np.amax np.amin np.any np.all".split()),
    *("np.var np.std np.ptp np.count_nonzero np.median np.nanmedian".split()),
    *(f"np.nan{name}" for name in "sum mean max min prod var std".split()),
    *("dpc.logsumexp", "scipy.special.logsumexp"),
)
def reduced(b: Batch, a: Value, axis: Value | None = None, **rest: Value) -> Any:
    if any(varies(v.rows) for v in rest.values()) or {"out", "where"} & rest.keys():
        raise NoBatch(f"{b.call.fn} with {', '.join(rest)} cannot run over a batch")
    rank, along = b.rank(a), literal(axis)
    x = b.rows(a, max(rank, 1))
    if along is None or rank == 0:
        along = all_of(max(rank, 1))
    else:
        along = shifted(along)
    return b.same(x, axis=along, **named(_of_axes(rest, rank), b))


def _of_axes(options: dict[str, Value], rank: int) -> dict[str, Value]:
    """The options of a reduction: a number has no axes that could be kept."""
    return {k: v for k, v in options.items() if rank or k != "keepdims"}


def flattened(b: Batch, x: Any) -> Any:
    """The elements of each row in one axis."""
    return b.apply("np.reshape", x, (b.count, -1))


@over_rows("np.argmax", "np.argmin", "np.nanargmax", "np.nanargmin")
def chosen(b: Batch, a: Value, axis: Value | None = None) -> Any:
    return _along_or_flat(b, a, literal(axis))


@over_rows("np.cumsum", "np.cumprod", "np.nancumsum", "np.nancumprod")
def scanned(b: Batch, a: Value, axis: Value | None = None) -> Any:
    return _along_or_flat(b, a, literal(axis))


@over_rows("np.sort", "np.argsort")
def ordered(b: Batch, a: Value, axis: Value | None = None, **rest: Value) -> Any:
    return _along_or_flat(b, a, literal(axis, -1), **named(rest, b))


@over_rows("np.partition", "np.argpartition")
def partitioned(b: Batch, a: Value, kth: Value, axis: Value | None = None) -> Any:
    x, along = b.rows(a), literal(axis, -1)
    if along is None:
        x, along = flattened(b, x), -1
    return b.same(x, b.traced(kth), axis=shifted(along))


def _along_or_flat(b: Batch, a: Value, axis: Any, **rest: Any) -> Any:
    """Along an axis, or over all elements of a row one after another."""
    rank = b.rank(a)
    x = b.rows(a, max(rank, 1))
    if axis is None:
        if rank > 1:
            x = flattened(b, x)
        axis = 0
    if axis == -1 and b.call.fn in ("np.sort", "np.argsort"):
        return b.same(x, **rest)
    return b.same(x, axis=shifted(axis), **rest)


@over_rows("np.maximum.accumulate", "np.minimum.accumulate")
def running(b: Batch, array: Value, axis: Value | None = None) -> Any:
    return b.same(b.rows(array), axis=shifted(literal(axis, 0)))


@over_rows("dpc.softmax", "dpc.log_softmax")
def normalised(b: Batch, x: Value, axis: Value | None = None) -> Any:
    along = literal(axis, -1)
    if along is None:
        raise NoBatch(f"{b.call.fn} over all axes cannot run over a batch")
    if axis is None:
        return b.same(b.rows(x))
    return b.same(b.rows(x), axis=shifted(along))


@over_rows("scipy.special.softmax", "scipy.special.log_softmax")
def normalised_all(b: Batch, x: Value, axis: Value | None = None) -> Any:
    along = literal(axis)
    along = all_of(b.rank(x)) if along is None else shifted(along)
    return b.same(b.rows(x), axis=along)


@over_rows("np.diff")
def differences(
    b: Batch, a: Value, n: Value | None = None, axis: Value | None = None
) -> Any:
    along = shifted(literal(axis, -1))
    rest = {} if n is None else {"n": b.traced(n)}
    if along != -1:
        rest["axis"] = along
    return b.same(b.rows(a), **rest)


@over_rows("np.unwrap")
def unwrapped(b: Batch, p: Value, **rest: Value) -> Any:
    given = named(rest, b)
    if "axis" in given:
        given["axis"] = shifted(literal(rest["axis"]))
    return b.same(b.rows(p), **given)


@over_rows("np.quantile", "np.percentile", "np.nanquantile", "np.nanpercentile")
def quantiles(
    b: Batch, a: Value, q: Value, axis: Value | None = None, **rest: Value
) -> Any:
    if varies(q.rows) or any(varies(v.rows) for v in rest.values()):
        raise NoBatch(f"{b.call.fn} of a level that differs from row to row")
    rank, along = b.rank(a), literal(axis)
    x = b.rows(a, max(rank, 1))
    along = all_of(max(rank, 1)) if along is None else shifted(along)
    options = named(_of_axes(rest, rank), b)
    found = b.same(x, b.traced(q), axis=along, **options)
    # An array of levels is the first axis of the result.
    return b.apply("np.moveaxis", found, b.rank(q), 0) if b.rank(q) else found


@over_rows("np.average")
def average(
    b: Batch, a: Value, axis: Value | None = None, weights: Value | None = None
) -> Any:
    rank, along = b.rank(a), literal(axis)
    if weights is None or weights.fact.kind == "none":
        return reduced(b, a, axis)
    if b.rank(weights) != rank:
        raise NoBatch("weights of fewer axes than what they weigh")
    w = b.rows(weights)
    x = b.rows(a)
    if along is None and rank != 1:
        return b.same(flattened(b, x), axis=1, weights=flattened(b, w))
    along = 1 if along is None else shifted(along)
    return b.same(x, axis=along, weights=w)


@over_rows("np.trapezoid")
def trapezoid(
    b: Batch,
    y: Value,
    x: Value | None = None,
    dx: Value | None = None,
    axis: Value | None = None,
) -> Any:
    rest: dict[str, Any] = {}
    if x is not None and x.fact.kind != "none":
        if varies(x.rows) or b.rank(x) > 1:
            if b.rank(x) != b.rank(y):
                raise NoBatch("np.trapezoid over places of fewer axes than values")
            rest["x"] = b.rows(x)
        else:
            rest["x"] = b.traced(x)
    if dx is not None:
        if varies(dx.rows):
            raise NoBatch("np.trapezoid with a step that differs from row to row")
        rest["dx"] = b.traced(dx)
    along = literal(axis, -1)
    if along != -1:
        rest["axis"] = shifted(along)
    return b.same(b.rows(y), **rest)


@over_rows("np.linalg.norm")
def norm(
    b: Batch,
    x: Value,
    ord: Value | None = None,
    axis: Value | None = None,
    keepdims: Value | None = None,
) -> Any:
    rank, kind, along = b.rank(x), literal_or_inf(ord), literal(axis)
    if ord is not None and varies(ord.rows):
        raise NoBatch("the order of a norm differs from row to row")
    rest: dict[str, Any] = {}
    if keepdims is not None and rank:
        rest["keepdims"] = b.traced(keepdims)
    if ord is not None and ord.fact.kind != "none":
        rest["ord"] = b.traced(ord)
    a = b.rows(x, max(rank, 1))
    if along is None:
        if rank > 2 or (rank == 2 and kind is None and keepdims is None):
            return b.same(flattened(b, a), axis=1)
        along = tuple(range(rank)) if rank == 2 else 0
    return b.same(a, axis=shifted(along), **rest)


def literal_or_inf(value: Value | None) -> Any:
    """An order, which may be computed: only whether it is given matters."""
    return None if value is None or value.fact.kind == "none" else value


@over_rows("np.cross")
def cross(b: Batch, a: Value, b_: Value) -> Any:
    return b.same(*lined_up(b, (a, b_)))


@over_rows(
    "np.add.reduce",
    "np.multiply.reduce",
    "np.maximum.reduce",
    "np.minimum.reduce",
    "np.logaddexp.reduce",
)
def ufunc_reduced(b: Batch, array: Value, axis: Value | None = None) -> Any:
    along = literal(axis, 0)
    x = b.rows(array)
    return b.same(x, axis=all_of(b.rank(array)) if along is None else shifted(along))
