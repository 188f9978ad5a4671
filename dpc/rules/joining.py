"""Joining arrays: the cotangent is cut where the primal joined.

The functions here take a list of arrays as one operand, and return a list for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact, Shape
from dpc.rules import domains as D, results, sizes
from dpc.rules.known import NONE, agreed, array_of, infers, one_axis, resized
from dpc.rules.nested import fact_of, items_of, like, unnested, written_as
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import Traced, rt

rules = RuleSet("joining")

ZERO = F.of_constant(0)
ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Join:
    """How arrays of fewer axes are joined: `np.vstack` makes `(n,)` one row `(1, n)`.

    axis: along which arrays of enough axes are joined.
    enough: how many axes are enough; one with fewer makes one place along the axis.
    widened: the shape that an array of another shape gets first.
    index: where an array of some number of axes lies, given its place along the axis.
    """

    axis: int
    enough: int
    widened: Callable[[Shape], Shape]
    index: Callable[[int, Any], tuple[Any, ...]]


VERTICAL = Join(
    axis=0,
    enough=2,
    widened=lambda shape: (1,) * (2 - len(shape)) + shape,
    index=lambda rank, place: (place,) if rank else (place, 0),
)
COLUMNS = Join(
    axis=1,
    enough=2,
    widened=lambda shape: (*shape, 1, 1)[:2] if len(shape) < 2 else shape,
    index=lambda rank, place: (ALL if rank else 0, place),
)
DEEP = Join(
    axis=2,
    enough=3,
    widened=lambda shape: (
        ((1, *shape, 1) if len(shape) == 1 else (*shape, 1, 1, 1)[:3])
        if len(shape) < 3
        else shape
    ),
    index=lambda rank, place: (*((0, 0), (0, ALL), (ALL, ALL))[min(rank, 2)], place),
)
HORIZONTAL = Join(
    axis=1,
    enough=2,
    widened=lambda shape: shape,
    index=lambda rank, place: (ALL, place),
)
FLAT = Join(
    axis=0,
    enough=1,
    widened=lambda shape: shape or (1,),
    index=lambda rank, place: (place,),
)


def along(axis: int) -> Join:
    """Plain concatenation."""
    front = (ALL,) * axis if axis >= 0 else (Ellipsis,)
    back = (ALL,) * (-axis - 1)
    return Join(axis, 0, lambda shape: shape, lambda _, place: (*front, place, *back))


def joined(rows: tuple[Fact, ...], join: Join) -> Shape | None:
    """The shape of the whole."""
    shapes = [None if row.shape is None else join.widened(row.shape) for row in rows]
    whole = shapes[0]
    total: Dim = 0
    for shape in shapes:
        if shape is None or whole is None or len(shape) <= join.axis:
            return None
        whole = agreed(resized(whole, join.axis, None), resized(shape, join.axis, None))
        total = sizes.plus(total, shape[join.axis])
    return None if whole is None else resized(whole, join.axis, total)


def parts(g: Any, arrays: Any, join: Join) -> Any:
    """`g` cut into what belongs to each of the arrays."""
    items = items_of(arrays)
    ranks = [array_of(fact_of(item)).rank for item in items or ()]
    if items is None or (join.enough and None in ranks):
        return rt.split_like(g, arrays, join.axis)
    found: list[Any] = []
    begin: Any = 0
    for i, (item, rank) in enumerate(zip(items, ranks, strict=True)):
        place = begin
        if rank is not None and rank < join.enough:
            # Fewer axes than the whole has: one place along the axis.
            begin = begin + 1
        else:
            begin = begin + _length(written_as(arrays, i, item), join.axis)
            last = len(found) == len(items) - 1
            place = slice(place if found else None, None if last else begin)
        found.append(_at(g, join.index(rank or 0, place), item))
    return like(arrays, found)


def _at(g: Any, index: tuple[Any, ...], item: Any) -> Any:
    """The part of `g` at an index, which has the shape of `item`."""
    if all(map(_is_all, index)):
        return g
    part = g[index if len(index) > 1 else index[0]]
    want = fact_of(item)
    if want.kind in ("list", "tuple"):
        return unnested(part, item)
    if isinstance(g, Traced) and want.is_array and want.shape:
        return part.known(F.array(g.fact.dtype, want.shape))
    return part


def _is_all(part: Any) -> bool:
    if isinstance(part, slice):
        return part.start is None and part.stop is None
    return part is Ellipsis


def _length(item: Any, axis: int) -> Any:
    """How far an array reaches along `axis`, a literal where its fact says so."""
    shape = array_of(fact_of(item)).shape
    if shape is not None and -len(shape) <= axis < len(shape):
        size = shape[axis]
        if isinstance(size, int):
            return size
    if isinstance(item, Traced) and fact_of(item).kind not in ("list", "tuple"):
        return item.shape[axis]
    return np.shape(item)[axis]


def _dtype(rows: tuple[Fact, ...], dtype: Fact) -> str:
    given = results.given_dtype(dtype)
    return reduce(F.promote, (r.dtype for r in rows)) if given is None else given


def _rows(arrays: Fact) -> tuple[Fact, ...]:
    """The facts of what is joined, as arrays; none if their number is not known."""
    return tuple(array_of(item) for item in arrays.items or ())


def _concatenate_fact(
    arrays: Fact, axis: Fact = ZERO, dtype: Fact = NONE, casting: Fact = NONE
) -> Fact:
    rows = _rows(arrays)
    if not rows:
        return _any_number(arrays, axis, dtype)
    kind = _dtype(rows, dtype)
    if axis.kind == "none":
        counts = [None if r.shape is None else sizes.product(r.shape) for r in rows]
        return F.array(kind, (reduce(sizes.plus, counts),))
    where = one_axis(axis, rows[0].rank)
    return F.array(kind, None if where is None else joined(rows, along(where)))


def _any_number(arrays: Fact, axis: Fact, dtype: Fact) -> Fact:
    """Of so many arrays as only the run knows; of none at all NumPy raises."""
    if arrays.element is None:
        return F.array()
    row = array_of(arrays.element)
    kind = _dtype((row,), dtype)
    if axis.kind == "none":
        return F.array(kind, (None,))
    where = one_axis(axis, row.rank)
    if row.shape is None or where is None:
        return F.array(kind)
    return F.array(kind, (*row.shape[:where], None, *row.shape[where + 1 :]))


def _concatenate_domain(rng: Any, shape: Any) -> list[D.Call]:
    calls = []
    for axis in range(len(shape)):
        x, y = D.draw(rng, shape, D.REAL), D.draw(rng, shape, D.REAL)
        longer = np.concatenate([y, y], axis)
        calls.append(D.call([x, longer, y], axis=axis))
        calls.append(D.call((x, longer), axis=axis - len(shape)))
        calls.append(D.call([x, longer], axis=None))
    return calls


@rules.linear(
    "np.concatenate", infer=infers(_concatenate_fact), domain=_concatenate_domain
)
def concatenate(
    g: Any, arrays: Any, axis: Any = 0, *, dtype: Any = None, out: Any
) -> Any:
    items = items_of(arrays)
    if isinstance(axis, Traced):
        return rt.split_like(g, arrays, axis)
    if axis is not None or items is None:
        return parts(g, arrays, along(axis or 0))
    flat = parts(g, [np.reshape(item, -1) for item in items], along(0))
    pairs = zip(flat, items, strict=True)
    return like(arrays, [np.reshape(part, item.shape) for part, item in pairs])


def _stack_fact(
    arrays: Fact, axis: Fact = ZERO, dtype: Fact = NONE, casting: Fact = NONE
) -> Fact:
    whole = array_of(arrays)
    one = whole if arrays.element is None else array_of(arrays.element)
    given = results.given_dtype(dtype)
    kind = one.dtype if given is None else given
    where = one_axis(axis, whole.rank)
    if whole.shape is None or where is None:
        return F.array(kind)
    count, *row = whole.shape
    return F.array(kind, (*row[:where], count, *row[where:]))


def _stack_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = D.draw(rng, shape, D.REAL), D.draw(rng, shape, D.REAL)
    axes = range(-len(shape) - 1, len(shape) + 1)
    return [D.call([x, y], axis=axis) for axis in axes]


@rules.linear("np.stack", infer=infers(_stack_fact), domain=_stack_domain)
def stack(g: Any, arrays: Any, axis: Any = 0, *, dtype: Any = None, out: Any) -> Any:
    items = items_of(arrays)
    if items is None or isinstance(axis, Traced):
        return rt.unstack_like(g, arrays, axis)
    places = [along(axis).index(0, k) for k in range(len(items))]
    pairs = zip(places, items, strict=True)
    return like(arrays, [_at(g, place, item) for place, item in pairs])


def _promoting(join: Join) -> Callable[..., Fact]:
    def fact(tup: Fact, dtype: Fact = NONE, casting: Fact = NONE) -> Fact:
        rows = _rows(tup)
        if not rows:
            return F.array()
        chosen = _horizontal(row.rank for row in rows) if join is HORIZONTAL else join
        return F.array(_dtype(rows, dtype), joined(rows, chosen))

    return fact


def _horizontal(ranks: Iterable[int | None]) -> Join:
    """`np.hstack` joins along the second axis, but 1-d arrays along their only one."""
    return FLAT if any(rank is not None and rank < 2 for rank in ranks) else HORIZONTAL


def _promoting_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = D.draw(rng, shape, D.REAL), D.draw(rng, shape, D.REAL)
    return [D.call([x, y, x]), D.call((y,))]


def _vertical_domain(rng: Any, shape: Any) -> list[D.Call]:
    calls = _promoting_domain(rng, shape)
    if len(shape) == 2:
        x, row = D.draw(rng, shape, D.REAL), D.draw(rng, shape[1:], D.REAL)
        calls.append(D.call([row, x, row]))
    return calls


def _columns_domain(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) > 2:
        return []
    calls = _promoting_domain(rng, shape)
    if len(shape) == 2:
        x, column = D.draw(rng, shape, D.REAL), D.draw(rng, shape[:1], D.REAL)
        calls.append(D.call([column, x, column]))
    return calls


@rules.linear("np.vstack", infer=infers(_promoting(VERTICAL)), domain=_vertical_domain)
def vstack(g: Any, tup: Any, *, dtype: Any = None, out: Any) -> Any:
    return parts(g, tup, VERTICAL)


@rules.linear(
    "np.column_stack", infer=infers(_promoting(COLUMNS)), domain=_columns_domain
)
def column_stack(g: Any, tup: Any, *, out: Any) -> Any:
    return parts(g, tup, COLUMNS)


@rules.linear("np.dstack", infer=infers(_promoting(DEEP)), domain=_promoting_domain)
def dstack(g: Any, tup: Any, *, out: Any) -> Any:
    return parts(g, tup, DEEP)


@rules.linear(
    "np.hstack", infer=infers(_promoting(HORIZONTAL)), domain=_promoting_domain
)
def hstack(g: Any, tup: Any, *, dtype: Any = None, out: Any) -> Any:
    ranks = (array_of(fact_of(item)).rank for item in items_of(tup) or ())
    return parts(g, tup, _horizontal(ranks))
