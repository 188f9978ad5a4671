"""Giving the batch axis to what is the same for all rows."""

from __future__ import annotations

from dpc.ir import facts as F
from dpc.ir.nodes import Apply, Atom, Const, Object, Slot, Undefined
from dpc.rules.batching.batch import Unranked
from dpc.rules.batching.rows import (
    Parts,
    Tree,
    Value,
    can_differ,
    fact_over,
    part_of,
    settled,
    varies,
)
from dpc.rules.batching.shapes import shape_over
from dpc.rules.known import array_of
from dpc.rules.trace import atom_of
from dpc.transforms.batching import displays
from dpc.transforms.batching.state import State

_SHAPED = ("np.zeros", "np.ones", "np.empty")


def promoted(state: State, value: Value, tree: Tree = True) -> Value:
    """A copy of a value, of which at least `tree` differs from row to row."""
    if not varies(tree) or not can_differ(value.fact):
        return value
    if isinstance(value.atom, Undefined):
        return value
    if value.fact.is_number or _is_bare_number(value):
        return value if varies(value.rows) else _number(state, value)
    if value.rows is True:
        return value
    items = state.batch.items(value)
    if items is not None and value.fact.kind in ("tuple", "list"):
        parts = [promoted(state, v, part_of(tree, i)) for i, v in enumerate(items)]
        made = state.build.apply(value.fact.kind, *(part.atom for part in parts))
        trees: dict[int | str, Tree] = {i: part.rows for i, part in enumerate(parts)}
        found: Tree = Parts(trees) if value.fact.kind == "tuple" else True
        state.build.facts[made] = fact_over(value.fact, found, state.batch.size)  # type: ignore[index]
        return Value(made, settled(trees) if found is not True else True, value.fact)
    display = displays.named_tuple(state, value)
    if display is not None:
        return _named_tuple(state, value, tree, display)
    if value.fact.kind == "any":
        raise Unranked(
            "what is the same for all rows, beside what differs, is not known"
        )
    raise state.refused(
        "a container that is the same for all rows would hold what differs",
        "pass it with a batch axis",
    )


def _named_tuple(
    state: State, value: Value, tree: Tree, display: displays.Display
) -> Value:
    facts, trees = dict(value.fact.fields or ()), dict[int | str, Tree]()
    parts: list[Atom] = []
    for key, atom in zip(display.keys, display.parts, strict=True):
        fact = facts.get(str(key)) or state.build.fact(atom)
        part = Value(atom, part_of(value.rows, key), fact)
        part = promoted(state, part, part_of(tree, key))
        trees[key] = part.rows
        parts.append(part.atom)
    made = state.build.computed(display.of(parts))
    return Value(made, True if tree is True else settled(trees), value.fact)


def _is_bare_number(value: Value) -> bool:
    return isinstance(value.atom, Const) and isinstance(
        value.atom.value, int | float | complex
    )


def _number(state: State, value: Value) -> Value:
    build, count = state.build, state.batch.count
    known = _literal(state, value.atom)
    literal = None if known is None else known.value
    if known is not None:
        value = Value(known, False, value.fact)
    rank = state.batch.rank(value)
    made: Atom | None
    if rank == 0:
        made = _filled(state, value, literal)
    else:
        made = _shaped(state, value)
        if made is None:
            first = build.apply("getitem", value.atom, Const(None))
            made = build.apply("np.repeat", first, count, axis=Const(0))
    assert isinstance(made, Slot)
    build.facts[made] = fact_over(array_of(value.fact), True, state.batch.size)
    return Value(made, True, value.fact)


def _literal(state: State, atom: Atom) -> Const | None:
    """The literal that an atom stands for."""
    while isinstance(atom, Slot):
        found = state.build.definitions.get(atom)
        if not isinstance(found, Slot | Const):
            return None
        atom = found
    return atom if isinstance(atom, Const) else None


def _filled(state: State, value: Value, literal: object) -> Atom:
    build, count = state.build, state.batch.count
    if literal is not None and literal in (0, 1) and not isinstance(literal, complex):
        fn = "np.ones" if literal else "np.zeros"
        if isinstance(literal, float):
            return build.apply(fn, count)
        dtype = Object("builtins", ("bool" if isinstance(literal, bool) else "int",))
        return build.apply(fn, count, dtype)
    return build.apply("np.full", count, value.atom)


def _shaped(state: State, value: Value) -> Atom | None:
    """An array that has just been allocated is allocated for all rows."""
    found = state.build.definition(value.atom)
    if found is None or not found.args:
        return None
    if found.fn == "np.zeros_like" and value.fact.dtype == "f8" and not found.kwargs:
        sizes = state.build.apply("getattr", found.args[0], Const("shape"))
        front = state.build.apply("tuple", state.batch.count)
        return state.build.apply(
            "np.zeros", state.build.apply("operator.add", front, sizes)
        )
    if found.fn not in _SHAPED:
        return None
    shape = state.build.fact(found.args[0])
    operand = Value(found.args[0], False, shape)
    whole = atom_of(state.build, shape_over(state.batch, operand))
    rest = (whole, *found.args[1:])
    return state.build.computed(Apply(found.fn, rest, found.kwargs))


def placeholder(state: State, like: Value) -> Value:
    """What stands for a value that a row may not have: it is broadcast, never read."""
    rank = state.batch.rank(like)
    sizes: tuple[Atom, ...] = (state.batch.count, *(Const(1),) * rank)
    build = state.build
    shape: Atom = build.apply("tuple", *sizes) if rank else state.batch.count
    kind = {"b": "bool", "i": "int", "u": "int"}.get(like.fact.dtype[:1])
    rest = () if kind is None else (Object("builtins", (kind,)),)
    made = build.apply("np.zeros", shape, *rest)
    return Value(made, True, F.Fact("array", like.fact.dtype, (None,) * rank))
