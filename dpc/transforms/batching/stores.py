"""Writing memory over a batch."""

from __future__ import annotations

from dpc.ir.nodes import Apply, Atom, Const, Do, Store, Update
from dpc.rules.batching.batch import NoBatch, Unranked
from dpc.rules.batching.rows import Tree, Value, can_differ, part_of, varies, within
from dpc.rules.trace import Traced, atom_of
from dpc.transforms.batching.index import Place, placed, row_part
from dpc.transforms.batching.loads import along_first, apart, written
from dpc.transforms.batching.promote import promoted
from dpc.transforms.batching.state import State, differs

# What leaves an array as it is, for updates of rows that do not take part.
_NEUTRAL = {"add": 0, "sub": 0, "mul": 1, "truediv": 1, "pow": 1, "floordiv": 1}


def store(state: State, statement: Store) -> None:
    """`base[index] = value`, `base.index = value`."""
    base, value = state.value(statement.base), state.value(statement.value)
    index = state.value(statement.index)
    if not _is_array(state, base, statement.kind):
        _into_container(state, statement, base, index, value)
        return
    if not _ready(state, statement.base, base, index, value):
        return
    if not varies(base.rows):
        state.build.emit(
            Store("item", base.atom, index.atom, value.atom, state.build.span)
        )
        return
    place = placed(state, base, index)
    rank = _selected(state, base, index)
    amount = _laid_out(state, place, base, value, rank, index)
    state.build.emit(Store("item", base.atom, place.index, amount, state.build.span))


def _is_array(state: State, base: Value, kind: str) -> bool:
    if kind == "attr" or base.fact.kind in ("list", "dict", "object", "tuple"):
        return False
    if not base.fact.is_number:
        raise Unranked("what is written is not known")
    return True


def _ready(state: State, atom: Atom, base: Value, *others: Value) -> bool:
    """Whether memory that will differ does so from where it is made."""
    wanted = any(map(differs, others)) or bool(state.mask)
    if wanted and not varies(base.rows):
        state.lacking(atom)
        return False
    return True


def _selected(state: State, base: Value, index: Value) -> int:
    """The number of axes of what an index selects in a row."""
    fact = state.library.infer("getitem", (base.fact, index.fact), {})
    if fact.rank is None:
        raise Unranked("how many axes the index selects is not known")
    return fact.rank


def _laid_out(
    state: State, place: Place, base: Value, value: Value, rank: int, index: Value
) -> Atom:
    """What is stored, as it lies where it is stored; what is there for other rows."""
    if place.mask:
        return _under_mask(state, place, base, value)
    batch, mask = state.batch, state.taken()
    if mask is None and not place.moves:
        return atom_of(state.build, batch.aligned(value, rank))
    if mask is None and not differs(value) and batch.rank(value) == 0:
        return value.atom
    if mask is None:
        found = batch.rows(value, rank)
    else:
        old = batch.apply("getitem", base.atom, place.index)
        for source, target in place.moves:
            old = batch.apply("np.moveaxis", old, source, target)
        test = batch.opened(Traced(state.build, mask), 0, rank)
        found = batch.apply("np.where", test, batch.aligned(value, rank), old)
    for source, target in reversed(place.moves):
        found = batch.apply("np.moveaxis", found, target, source)
    return atom_of(state.build, found)


def _under_mask(state: State, place: Place, base: Value, value: Value) -> Atom:
    """A store to the elements that a mask selects, which differ from row to row."""
    if state.mask:
        raise NoBatch("a store by a mask under a test that differs from row to row")
    if not differs(value):
        return value.atom
    rank = state.batch.rank(value)
    mask = Traced(state.build, place.index)
    if rank:
        raise NoBatch(
            "an array is stored to elements that a mask selects row by row",
            "write it with np.where(mask, value, array)",
        )
    front = state.batch.opened(
        state.batch.array(value), 0, (state.build.fact(place.index).rank or 1) - 1
    )
    whole = state.batch.apply("np.broadcast_to", front, mask.shape)
    return whole[mask].atom


def _into_container(
    state: State, statement: Store, base: Value, index: Value, value: Value
) -> None:
    """Items of lists and dicts, fields of objects."""
    if differs(index):
        raise NoBatch("where a container is written differs from row to row")
    if state.mask:
        what = "an object" if statement.kind == "attr" else "a container"
        raise NoBatch(
            f"{what} is written for some rows and not for others",
            "assign to a variable, or write an array",
            certain=statement.kind == "attr",
        )
    tree = part_of(base.rows, row_part(base, index))
    if can_differ(value.fact):
        if not within(value.rows, tree):
            state.lacking(statement.base)
            return
        value = _like(state, value, tree, statement.value)
    state.build.emit(
        Store(statement.kind, base.atom, index.atom, value.atom, state.build.span)
    )


def _like(state: State, value: Value, tree: Tree, atom: Atom) -> Value:
    """A value in the place of one that has the axis where `tree` has it."""
    if not varies(tree) or value.rows is True or value.rows == tree:
        return value
    if value.fact.kind == "tuple":
        return promoted(state, value, tree)
    return written(state, value, atom)


def update(state: State, statement: Update) -> None:
    """`base[index] op= value`."""
    base, value = state.value(statement.base), state.value(statement.value)
    index = state.value(statement.index)
    whole = statement.kind == "whole"
    if whole and base.fact.kind == "list":
        _extend(state, statement, base, value)
        return
    if not _is_array(state, base, statement.kind):
        _update_container(state, statement, base, index, value)
        return
    if not _ready(state, statement.base, base, index, value):
        return
    kind, op, span = statement.kind, statement.op, state.build.span
    if not varies(base.rows):
        parts = (base.atom, index.atom, value.atom)
        state.build.emit(Update(kind, op, *parts, span))
        return
    everything = isinstance(index.atom, Const) and index.atom.value is Ellipsis
    if whole or everything:
        kind, index = "whole", Value(Const(None), False, index.fact)
        rank = state.batch.rank(base)
        amount = _amount(state, op, value, rank)
        state.build.emit(Update(kind, op, base.atom, index.atom, amount.atom, span))
        return
    place = placed(state, base, index)
    if place.mask:
        amount_ = _under_mask(state, place, base, value)
        state.build.emit(Update(kind, op, base.atom, place.index, amount_, span))
        return
    amount = _amount(state, op, value, _selected(state, base, index), place)
    for source, target in reversed(place.moves):
        if differs(value) or state.mask:
            moved = state.batch.apply("np.moveaxis", amount.atom, target, source)
            amount = Value(moved.atom, True, amount.fact)
    state.build.emit(Update(kind, op, base.atom, place.index, amount.atom, span))


def _amount(
    state: State, op: str, value: Value, rank: int, place: Place | None = None
) -> Value:
    """What an array is updated by; nothing for the rows that do not take part."""
    mask, batch = state.taken(), state.batch
    moves = place is not None and bool(place.moves)
    if mask is None:
        if moves and differs(value):
            return Value(batch.rows(value, rank).atom, True, value.fact)
        return Value(
            atom_of(state.build, batch.aligned(value, rank)), value.rows, value.fact
        )
    if op not in _NEUTRAL:
        raise NoBatch(f"{op}= under a test that differs from row to row")
    test = batch.opened(Traced(state.build, mask), 0, rank)
    found = batch.apply("np.where", test, batch.aligned(value, rank), _NEUTRAL[op])
    return Value(found.atom, True, value.fact)


def _update_container(
    state: State, statement: Update, base: Value, index: Value, value: Value
) -> None:
    if differs(index):
        raise NoBatch("where a container is written differs from row to row")
    tree = part_of(base.rows, row_part(base, index))
    if (differs(value) or state.mask) and not varies(tree):
        state.lacking(statement.base)
        return
    amount = value.atom
    if varies(tree):
        fn = "getitem" if statement.kind == "item" else "getattr"
        row = state.library.infer(fn, (base.fact, index.fact), {})
        if row.kind == "any":
            row = state.elements.of(statement.base)
        if not row.is_number or row.rank is None:
            raise Unranked("how many axes the element of a container has is not known")
        if differs(value) and (value.rank or 0) > row.rank:
            raise NoBatch("the element of a container grows")
        amount = _amount(state, statement.op, value, row.rank).atom
        if row.is_scalar:
            # In a row it is a number, which nothing writes: whatever else holds it
            # keeps it.
            found = state.build.apply(fn, base.atom, index.atom)
            amount = state.build.apply(f"operator.{statement.op}", found, amount)
            stored = (base.atom, index.atom, amount)
            state.build.emit(Store(statement.kind, *stored, state.build.span))
            return
    parts = (base.atom, index.atom, amount)
    state.build.emit(Update(statement.kind, statement.op, *parts, state.build.span))


def _extend(state: State, statement: Update, base: Value, value: Value) -> None:
    """`items += others`."""
    if state.mask:
        raise NoBatch("a list grows in some rows and not in others", certain=True)
    if differs(value) and value.fact.is_number:
        if state.aliases.written(statement.value):
            value = apart(state, value)
        value = along_first(state, value)
    if varies(value.rows) and not varies(base.rows):
        state.lacking(statement.base)
        return
    if varies(base.rows) and value.rows is not True:
        value = written(state, value, statement.value)
    parts = (base.atom, statement.index, value.atom)
    state.build.emit(Update("whole", statement.op, *parts, state.build.span))


def add_at(state: State, call: Apply) -> None:
    """`np.add.at(base, index, value)`, and the runtime's form of it."""
    base, index, value = (state.value(atom) for atom in call.args)
    if base.fact.kind in ("list", "dict", "object"):
        _add_in_container(state, call, base, index, value)
        return
    if not base.fact.is_number:
        raise Unranked("what is added to is not known")
    if not _ready(state, call.args[0], base, index, value):
        return
    if not varies(base.rows):
        atoms = (base.atom, index.atom, value.atom)
        state.build.emit(Do(Apply(call.fn, atoms), state.build.span))
        return
    place = placed(state, base, index)
    if place.mask or place.moves:
        raise NoBatch("elements that a mask selects are added to")
    rank = _selected(state, base, index)
    op = {"np.multiply.at": "mul"}.get(call.fn, "add")
    amount = _amount(state, op, value, rank).atom
    atoms = (base.atom, place.index, amount)
    state.build.emit(Do(Apply(call.fn, atoms), state.build.span))


def _add_in_container(
    state: State, call: Apply, base: Value, index: Value, value: Value
) -> None:
    if differs(index):
        raise NoBatch("which element of a container is read differs from row to row")
    tree = part_of(base.rows, row_part(base, index))
    if (differs(value) or state.mask) and not varies(tree):
        state.lacking(call.args[0])
        return
    if varies(tree) and value.fact.is_number:
        row = state.library.infer("getitem", (base.fact, index.fact), {})
        rank = row.rank if row.is_number else value.rank
        if rank is None:
            raise Unranked("how many axes the element of a container has is not known")
        value = _amount(state, "add", value, rank)
    elif state.mask:
        raise NoBatch("a container is added to for some rows and not for others")
    elif varies(tree) and value.rows is not True:
        value = written(state, value, call.args[2])
    atoms = (base.atom, index.atom, value.atom)
    state.build.emit(Do(Apply(call.fn, atoms), state.build.span))


__all__ = ["Const", "add_at", "store", "update"]
