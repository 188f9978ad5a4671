"""Joining arrays, and taking them apart along an axis."""

from __future__ import annotations

from typing import Any

from dpc.ir.facts import Fact
from dpc.rules.batching.batch import Batch, NoBatch
from dpc.rules.batching.elementwise import lined_up
from dpc.rules.batching.reductions import literal, shifted
from dpc.rules.batching.registry import over_rows
from dpc.rules.batching.rows import Value, varies


def parts_of(b: Batch, arrays: Value) -> list[Value]:
    """The arrays that are joined."""
    found = b.items(arrays)
    if found is None:
        raise NoBatch("a list of unknown length cannot be joined over a batch")
    return found


def _list(b: Batch, parts: list[Any]) -> Any:
    return b.apply("list", *parts)


@over_rows("np.stack")
def stacked(b: Batch, arrays: Value, axis: Value | None = None) -> Any:
    along = shifted(literal(axis, 0))
    items = b.items(arrays) if arrays.is_sequence else None
    if items is None:
        if not arrays.is_sequence:
            raise NoBatch("np.stack of an array")
        return b.same(b.traced(arrays), axis=along)
    return b.same(_list(b, [b.rows(item) for item in items]), axis=along)


@over_rows("np.concatenate")
def concatenated(b: Batch, arrays: Value, axis: Value | None = None) -> Any:
    along = literal(axis, 0)
    if along is None:
        raise NoBatch("np.concatenate of all elements")
    items = b.items(arrays) if arrays.is_sequence else None
    if items is None:
        if not arrays.is_sequence:
            raise NoBatch("np.concatenate of an array")
        return b.same(b.traced(arrays), axis=shifted(along))
    return b.same(_list(b, [b.rows(item) for item in items]), axis=shifted(along))


@over_rows("np.hstack", "np.vstack", "np.column_stack", "np.dstack")
def stacked_along(b: Batch, tup: Value) -> Any:
    items = parts_of(b, tup)
    ranks = [b.rank(item) for item in items]
    if b.call.fn == "np.column_stack" and 0 in ranks:
        raise NoBatch("np.column_stack of numbers cannot run over a batch")
    match b.call.fn:
        case "np.hstack":
            rows = [b.rows(item, 1) for item in items]
            axis = 1 if max(ranks) < 2 else 2
        case "np.vstack":
            rows, axis = [b.rows(item, 2) for item in items], 1
        case "np.column_stack":
            rows = [
                b.rows(item)[..., None] if rank == 1 else b.rows(item)
                for item, rank in zip(items, ranks, strict=True)
            ]
            axis = 2
        case _:
            raise NoBatch("np.dstack cannot run over a batch")
    return b.apply("np.concatenate", _list(b, rows), axis=axis)


@over_rows("np.append")
def appended(b: Batch, arr: Value, values: Value, axis: Value | None = None) -> Any:
    along = literal(axis)
    if along is None:
        if b.rank(arr) > 1 or b.rank(values) > 1:
            raise NoBatch("np.append of all elements")
        rows = [
            b.rows(v)[:, None] if b.rank(v) == 0 else b.rows(v) for v in (arr, values)
        ]
        return b.apply("np.concatenate", _list(b, rows), axis=1)
    rows = [b.rows(arr), b.rows(values)]
    return b.apply("np.concatenate", _list(b, rows), axis=shifted(along))


@over_rows("np.split", "np.array_split")
def split(
    b: Batch, ary: Value, indices_or_sections: Value, axis: Value | None = None
) -> Any:
    if varies(indices_or_sections.rows):
        raise NoBatch("a split at places that differ from row to row")
    return b.same(
        b.rows(ary), b.traced(indices_or_sections), axis=shifted(literal(axis, 0))
    )


@over_rows("np.unstack")
def unstacked(b: Batch, x: Value, *, axis: Value | None = None) -> Any:
    return b.same(b.rows(x), axis=shifted(literal(axis, 0)))


@over_rows("np.meshgrid")
def grid(b: Batch, *xi: Value) -> Any:
    raise NoBatch("np.meshgrid cannot run over a batch")


@over_rows("np.select")
def selected(
    b: Batch, condlist: Value, choicelist: Value, default: Value | None = None
) -> Any:
    tests, choices = parts_of(b, condlist), parts_of(b, choicelist)
    rest = () if default is None else (default,)
    found = lined_up(b, (*tests, *choices, *rest))
    shapes = len(tests)
    tests_, choices_ = found[:shapes], found[shapes : 2 * shapes]
    return b.same(_list(b, tests_), _list(b, choices_), *found[2 * shapes :])


@over_rows("np.take_along_axis")
def taken_along(b: Batch, arr: Value, indices: Value, axis: Value | None = None) -> Any:
    along = literal(axis, -1)
    if along is None:
        raise NoBatch("np.take_along_axis of all elements cannot run over a batch")
    return b.same(b.rows(arr), b.rows(indices), axis=shifted(along))


@over_rows("np.take")
def taken(b: Batch, a: Value, indices: Value, axis: Value | None = None) -> Any:
    along = literal(axis)
    if along is None:
        if b.rank(a) != 1:
            raise NoBatch("np.take from all elements")
        along = 0
    if varies(indices.rows):
        if varies(a.rows) or along != 0:
            raise NoBatch("np.take at places that differ from row to row")
        return b.array(a)[b.rows(indices)]
    return b.same(b.rows(a), b.traced(indices), axis=shifted(along))


def item_facts(fact: Fact) -> tuple[Fact, ...]:
    """The facts of a list's items."""
    return fact.items or ()
