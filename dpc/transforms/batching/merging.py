"""One value of two, row by row: what the branches of a test leave behind."""

from __future__ import annotations

from dpc.ir.facts import NONE, Fact, join
from dpc.ir.nodes import Atom, Const, Object, Slot, Undefined
from dpc.rules.batching.batch import NoBatch
from dpc.rules.batching.rows import (
    Kept,
    Tree,
    Value,
    can_differ,
    part_of,
    settled,
    union,
    varies,
)
from dpc.rules.trace import Traced
from dpc.transforms.batching.loads import written
from dpc.transforms.batching.promote import promoted
from dpc.transforms.batching.state import State
from dpc.transforms.tape import UNREAD


def with_rows(state: State, value: Value, tree: Tree, atom: Atom) -> Value:
    """A value with the batch axis where `tree` has it."""
    if isinstance(value.atom, Undefined) or isinstance(tree, Kept):
        return value
    if not varies(tree) or value.rows is True or value.rows == tree:
        return value
    if value.fact.is_number:
        return written(state, value, atom)
    if value.fact.kind == "tuple":
        return promoted(state, value, tree)
    if isinstance(atom, Slot) and can_differ(value.fact):
        state.lacking(atom)
    return value


def selected(
    state: State,
    test: Atom,
    then: Value,
    orelse: Value,
    fact: Fact,
    atoms: tuple[Atom, Atom],
) -> Value:
    """`then` for the rows where the test holds, `orelse` for the others."""
    if isinstance(then.atom, Undefined) or atoms[0] is UNREAD:
        return orelse
    if isinstance(orelse.atom, Undefined) or atoms[1] is UNREAD:
        return then
    if then.atom is orelse.atom or _same_constant(then, orelse):
        return Value(
            then.atom, then.rows, fact if then.fact.kind == "any" else then.fact
        )
    if then.fact.kind == "tuple" and orelse.fact.kind == "tuple":
        return _tuples(state, test, then, orelse, atoms)
    if not (_is_number(then) and _is_number(orelse)):
        raise NoBatch(
            "what a test leaves has no row by row selection",
            "let both branches leave numbers or arrays of one shape",
        )
    for value, atom in ((then, atoms[0]), (orelse, atoms[1])):
        # Which of two arrays is written later would differ from row to row.
        slot = isinstance(atom, Slot) and not value.fact.is_scalar
        if slot and state.aliases.written(atom):
            raise NoBatch(
                "which array is written differs from row to row",
                "write one array, with np.where",
            )
    truth = _of_truths(state, test, then, orelse)
    if truth is not None:
        return Value(truth, True, fact if fact.kind != "any" else then.fact)
    batch = state.batch
    rank = max(batch.rank(then), batch.rank(orelse))
    row = join(then.fact, orelse.fact)
    known = fact if fact.is_number and fact.rank is not None else row
    opened = batch.opened(Traced(state.build, test), 0, rank)
    made = batch.apply(
        "np.where", opened, batch.aligned(then, rank), batch.aligned(orelse, rank)
    )
    return Value(made.atom, True, known)


def _is_number(value: Value) -> bool:
    return value.fact.is_number or (
        isinstance(value.atom, Const)
        and isinstance(value.atom.value, int | float | complex)
    )


def _same_constant(then: Value, orelse: Value) -> bool:
    a, b = then.atom, orelse.atom
    if isinstance(a, Const) and isinstance(b, Const):
        return type(a.value) is type(b.value) and bool(a.value == b.value)
    if isinstance(a, Object) and isinstance(b, Object):
        return (a.scope, a.path) == (b.scope, b.path)
    return then.fact == orelse.fact == NONE


def _of_truths(state: State, test: Atom, then: Value, orelse: Value) -> Atom | None:
    """Selections of truth values are written with `&`, `|` and `~`."""
    if then.fact.dtype != "b1" or orelse.fact.dtype != "b1":
        return None
    if then.rank != 0 or orelse.rank != 0:
        return None
    first, second = then.literal, orelse.literal
    build = state.build
    if first is True and second is False:
        return test
    if first is False and second is True:
        return state.turned(test)
    if first is True:
        return build.apply("operator.or_", test, orelse.atom)
    if first is False:
        return build.apply("operator.and_", state.turned(test), orelse.atom)
    if second is True:
        return build.apply("operator.or_", state.turned(test), then.atom)
    if second is False:
        return build.apply("operator.and_", test, then.atom)
    return None


def _tuples(
    state: State, test: Atom, then: Value, orelse: Value, atoms: tuple[Atom, Atom]
) -> Value:
    left, right = state.batch.items(then), state.batch.items(orelse)
    if left is None or right is None or len(left) != len(right):
        raise NoBatch("the branches of a test leave tuples of different lengths")
    parts = [
        selected(state, test, a, b, join(a.fact, b.fact), (a.atom, b.atom))
        for a, b in zip(left, right, strict=True)
    ]
    made = state.build.apply("tuple", *(part.atom for part in parts))
    trees: dict[int | str, Tree] = {i: part.rows for i, part in enumerate(parts)}
    items = tuple(part.fact for part in parts)
    return Value(made, settled(trees), Fact("tuple", items=items))


def joined_tree(*values: Value) -> Tree:
    """What differs in any of the values that a slot may have."""
    tree: Tree = False
    for value in values:
        if not isinstance(value.atom, Undefined):
            tree = union(tree, value.rows)
    return tree


__all__ = ["joined_tree", "part_of", "selected", "with_rows"]
