"""What adjoint code calls, over a batch of adjoints."""

from __future__ import annotations

from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules.batching.batch import Batch, NoBatch
from dpc.rules.batching.reductions import all_of, literal, shifted
from dpc.rules.batching.registry import over_rows
from dpc.rules.batching.rows import Parts, Tree, Value, covers, fact_over, varies
from dpc.rules.trace import Traced


@over_rows("dpc.full_like")
def full_like(b: Batch, g: Value, like: Value) -> Any:
    """Nothing where the sizes agree; else the array is laid out in full."""
    rank = b.rank(like)
    if rank == 0 or (b.rank(g) == rank and _agree(g, like)):
        return b.rows(g)
    if varies(like.rows):
        return b.apply("dpc.full_like", b.aligned(g, rank), b.array(like))
    shape = b.apply("operator.add", b.apply("tuple", b.count), b.array(like).shape)
    return b.apply("np.broadcast_to", b.rows(g, rank), shape)


def _agree(g: Value, like: Value) -> bool:
    have, want = g.fact.shape, like.fact.shape
    return have is not None and have == want and None not in have


@over_rows("dpc.unbroadcast")
def unbroadcast(b: Batch, g: Value, like: Value) -> Any:
    """The sum over the axes of a row that were broadcast along, never over rows."""
    have, want = b.rank(g), b.rank(like)
    x = b.rows(g)
    if want == 0:
        return b.apply("np.sum", x, axis=all_of(have)) if have else x
    if have > want:
        axes = tuple(range(1, 1 + have - want))
        x = b.apply("np.sum", x, axis=axes[0] if len(axes) == 1 else axes)
    if _fits(g, like, have - want):
        return x
    return b.apply("dpc.unbroadcast_rows", x, b.array(like), not varies(like.rows))


def _fits(g: Value, like: Value, extra: int) -> bool:
    """What is left after leading axes are summed has the sizes of `like`."""
    have, want = g.fact.shape, like.fact.shape
    if have is None or want is None or extra < 0:
        return False
    pairs = zip(have[extra:], want, strict=True)
    return all(
        size is not None and (size == n or (F.never_one(n) and F.never_one(size)))
        for size, n in pairs
    )


@over_rows("dpc.unreduce")
def unreduce(
    b: Batch,
    g: Value,
    x: Value,
    axis: Value | None = None,
    keepdims: Value | None = None,
) -> Any:
    rank, along, kept = b.rank(x), literal(axis), literal(keepdims, False)
    if rank == 0:
        return b.rows(g)
    whole = b.rows(g)
    if along is not None and not kept:
        whole = b.apply("np.expand_dims", whole, shifted(along))
    elif along is None:
        whole = b.apply("np.reshape", whole, b.count)
        whole = whole[(slice(None), *(None,) * rank)]
    like = b.array(x) if varies(x.rows) else b.spread(x)
    return b.apply("dpc.full_like", whole, like)


@over_rows("dpc.spread")
def spread(b: Batch, g: Value, items: Value) -> Any:
    """The cotangents of the items of a sum."""
    if items.fact.is_number:
        return full_like(b, g, items)
    if items.rows is not True:
        raise NoBatch("the items of a sum, of which only some differ from row to row")
    return b.value(b.apply("dpc.spread_rows", b.rows(g), b.traced(items)), True)


@over_rows("dpc.share_ties")
def share_ties(b: Batch, g: Value, items: Value, out: Value) -> Any:
    """The cotangents of the items of an extremum."""
    if items.rows is not True or not items.is_sequence:
        raise NoBatch("the items of an extremum, of which only some differ")
    found = b.apply("dpc.share_rows", b.rows(g), b.traced(items), b.rows(out))
    return b.value(found, True)


@over_rows("dpc.count_along")
def count_along(b: Batch, x: Value, axis: Value | None = None) -> Any:
    rank, along = b.rank(x), literal(axis)
    along = all_of(rank) if along is None else shifted(along)
    if rank == 0:
        return b.value(1, False)
    return b.value(b.apply("dpc.count_along", b.array(x), along), False)


@over_rows("dpc.if_floating")
def if_floating(b: Batch, g: Value, out: Value) -> Any:
    return b.same(b.rows(g), b.array(out))


@over_rows("dpc.gradient")
def gradient(b: Batch, x_bar: Value, x: Value) -> Any:
    """The finished gradients of all rows: `x` may be the same for all of them."""
    row = x.fact
    if row.is_number:
        want = fact_over(row, True, b.size)
        if x_bar.fact.is_number:
            found = b.rows(x_bar, b.rank(x))
            if _fits_exactly(found, want):
                return found if b.owns(found.atom) else b.apply("np.copy", found)
        else:
            found = b.traced(x_bar)
        if row.dtype[:1] not in ("f", "c", ""):
            return b.value(None, False)
        if not varies(x.rows):
            made = b.apply("dpc.gradient_rows", found, b.traced(x), b.count)
            return made.known(want)
        return b.apply("dpc.gradient", found, b.array(x)).known(want)
    if not _is_over_rows(x_bar.rows, x_bar.fact, x.fact):
        raise NoBatch("an adjoint of which only some parts have a batch axis")
    if covers(x.rows, x.fact):
        return b.apply("dpc.gradient_rows", b.traced(x_bar), b.traced(x))
    if x.rows is False:
        return b.apply("dpc.gradient_rows", b.traced(x_bar), b.traced(x), b.count)
    return _by_parts(b, x_bar, x)


def _is_over_rows(tree: Tree, bar: Fact, of: Fact) -> bool:
    """Whether every array in the adjoint `bar` has the batch axis; numbers need none.

    of: what is known of the value that it is the adjoint of.
    """
    if isinstance(tree, Parts):
        bars, facts = _parts(bar), _parts(of)
        parts = tree.parts.items()
        return all(
            _is_over_rows(part, bars.get(key, F.ANY), facts.get(key, F.ANY))
            for key, part in parts
        )
    return tree is True or bar.is_scalar or of.is_scalar or not of.is_float_like


def _parts(fact: Fact) -> dict[int | str, Fact]:
    return {**dict(enumerate(fact.items or ())), **dict(fact.fields or ())}


def _by_parts(b: Batch, x_bar: Value, x: Value) -> Any:
    """The gradient of a container of which some parts differ from row to row."""
    items = b.items(x)
    if items is None or x.fact.kind not in ("tuple", "list"):
        raise NoBatch(
            "a gradient in a container of which only some parts have a batch axis",
            "pass what differs as an argument of its own",
        )
    made = []
    for place, part in enumerate(items):
        bar = b.apply("getitem", b.traced(x_bar), place)
        fact = fact_over(part.fact, True, b.size)
        if part.rows is True:
            made.append(b.apply("dpc.gradient", bar, part.atom).known(fact))
        else:
            found = b.apply("dpc.gradient_rows", bar, part.atom, b.count)
            made.append(found.known(fact))
    return b.apply(x.fact.kind, *made)


def _fits_exactly(bar: Traced, want: F.Fact) -> bool:
    """The adjoint is an array of the shape and dtype that are wanted."""
    have = bar.fact
    if have.shape != want.shape or have.shape is None or None in have.shape:
        return False
    return have.dtype == want.dtype and have.dtype in ("f8", "f4", "c16")


@over_rows("dpc.zeros", "dpc.shadow")
def zeros(b: Batch, x: Value) -> Any:
    if x.fact.is_number and b.rank(x) == 0:
        return b.apply("np.zeros", b.count)
    if x.fact.is_number:
        return b.apply("np.zeros_like", b.array(x))
    if not covers(x.rows, x.fact):
        raise NoBatch("a container of which some parts differ from row to row")
    return b.same(b.traced(x))


@over_rows("dpc.copy_tree")
def copy_tree(b: Batch, x: Value) -> Any:
    if x.fact.is_array:
        return b.apply("np.copy", b.rows(x))
    return b.value(b.same(b.traced(x)), x.rows)
