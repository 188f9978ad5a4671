"""Where `x[index]` of a row is in the batch.

of a row            over a batch
`x[i]`              `x[:, i]`, for an `i` that is the same for all rows
`w[i]`              `w[i]`, for an array that is, and an `i` that differs
`x[i]`              `x[np.arange(rows), i]`, where both differ

Arrays as indices take the place of the axes they select, if they stand side by side,
and come first otherwise; so the axis of the batch may have to be moved to the front.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpc.ir import facts as F
from dpc.ir.nodes import Atom, Const
from dpc.rules.batching.batch import NoBatch, Unranked
from dpc.rules.batching.rows import Value, part_of, varies
from dpc.rules.known import array_of
from dpc.rules.subscripts import Part, _part
from dpc.rules.trace import Traced, atom_of
from dpc.transforms.batching.state import State


@dataclass(frozen=True, slots=True)
class Place:
    """An index into the batch, and the move of axes that makes rows of what it selects.

    moves: pairs of positions for `np.moveaxis`, in order.
    mask: a truth value an element, which selects a different number in every row.
    """

    index: Atom
    moves: tuple[tuple[object, object], ...] = ()
    mask: bool = False


def entries_of(state: State, index: Value) -> list[Value]:
    """The parts of an index."""
    if isinstance(index.atom, Const):
        given = index.atom.value
        parts = given if isinstance(given, tuple) else (given,)
        return [Value(Const(p), False, F.of_constant(p)) for p in parts]
    if index.fact.kind == "tuple":
        found = state.batch.items(index)
        if found is None:
            raise Unranked("how many parts the index has is not known")
        return found
    return [index]


def _forms(entries: list[Value]) -> list[Part]:
    forms = [_part(entry.fact) for entry in entries]
    if any(form is None for form in forms):
        raise Unranked("what the index is, is not known")
    return [form for form in forms if form is not None]


def placed(state: State, base: Value, index: Value) -> Place:
    """The place in a batch of what `index` selects in a row of `base`."""
    entries = entries_of(state, index)
    forms = _forms(entries)
    for entry, form in zip(entries, forms, strict=True):
        if form.form == "slice" and varies(entry.rows):
            raise NoBatch(
                "the length of a slice differs from row to row",
                "take a slice of one length, and weigh its elements with np.where",
            )
    if any(
        form.form == "mask" and varies(entry.rows)
        for entry, form in zip(entries, forms, strict=True)
    ):
        if len(entries) > 1:
            raise NoBatch("a mask that differs from row to row beside other indices")
        return Place(state.batch.rows(entries[0]).atom, mask=True)
    if not any(varies(entry.rows) for entry in entries):
        return _same_for_all(state, entries, forms)
    return _differing(state, base, entries, forms)


def _same_for_all(state: State, entries: list[Value], forms: list[Part]) -> Place:
    """`x[:, index]`."""
    arrays = _advanced(forms)
    parts = [slice(None), *map(state.batch.traced, entries)]
    index = atom_of(state.build, tuple(parts))
    apart = arrays and arrays[-1] - arrays[0] >= len(arrays)
    if not apart:
        return Place(index)
    return Place(index, ((_selected_rank(forms), 0),))


def _advanced(forms: list[Part]) -> list[int]:
    """The places of arrays, and of integers beside them."""
    if not any(form.form in ("array", "mask") for form in forms):
        return []
    wanted = ("array", "int", "mask")
    return [i for i, form in enumerate(forms) if form.form in wanted]


def _selected_rank(forms: list[Part]) -> int:
    """The number of axes that the arrays of an index have together."""
    ranks = [
        1 if form.form == "mask" else form.fact.rank or 0
        for form in forms
        if form.form in ("array", "mask")
    ]
    return max(ranks, default=0)


def _differing(
    state: State, base: Value, entries: list[Value], forms: list[Part]
) -> Place:
    """An index of which a part differs from row to row."""
    batch = state.batch
    if any(form.form == "mask" for form in forms):
        raise NoBatch("a mask beside an index that differs from row to row")
    rank = _selected_rank(forms)
    parts: list[object] = []
    for entry, form in zip(entries, forms, strict=True):
        if form.form in ("int", "array") and varies(entry.rows):
            parts.append(batch.aligned(safe(state, entry), rank))
        else:
            parts.append(batch.traced(entry))
    places = [i for i, form in enumerate(forms) if form.form in ("int", "array")]
    before = _axes_before(forms, places[0], base)
    together = places[-1] - places[0] < len(places)
    arrays = _advanced(forms)
    front = 0
    if arrays and arrays[-1] - arrays[0] < len(arrays):
        front = _axes_before(forms, arrays[0], base)
    moves: list[tuple[object, object]] = []
    if varies(base.rows):
        rows = Traced(state.build, state.build.apply("np.arange", batch.count))
        rows = batch.opened(rows, 0, rank)
        parts.insert(0, rows)
        at = 0
    else:
        at = before if together else 0
        if at:
            moves.append((at, 0))
    if rank and at != front:
        axes = tuple(range(1 + at, 1 + at + rank))
        moves.append((axes, tuple(range(1 + front, 1 + front + rank))))
    found = parts[0] if len(parts) == 1 else tuple(parts)
    return Place(atom_of(state.build, found), tuple(moves))


def _axes_before(forms: list[Part], place: int, base: Value) -> int:
    """The number of axes that stand before those of an entry in the result."""
    count = 0
    for form in forms[:place]:
        if form.form == "ellipsis":
            if base.rank is None:
                raise Unranked("how many axes an array has is not known")
            count += base.rank - sum(form.takes for form in forms)
        elif form.form in ("slice", "new"):
            count += 1
    return count


def safe(state: State, entry: Value) -> Value:
    """An index that also rows may use that do not take part."""
    mask = state.taken()
    if mask is None:
        return entry
    rank = state.batch.rank(entry)
    test = state.batch.opened(Traced(state.build, mask), 0, rank)
    found = state.batch.apply("np.where", test, state.batch.array(entry), 0)
    fact = entry.fact if entry.fact.is_number else array_of(entry.fact)
    return Value(found.atom, True, fact)


def row_part(base: Value, index: Value) -> object:
    """The key of a part of a container, if it is known."""
    key = index.literal
    return key if isinstance(key, int | str) else None


def tree_at(base: Value, index: Value) -> object:
    """The tree of a part of a container."""
    return part_of(base.rows, row_part(base, index))
