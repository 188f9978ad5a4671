"""Calls that write containers, over a batch: lists that grow, adjoints that gather."""

from __future__ import annotations

from collections.abc import Callable

from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Atom, Const
from dpc.rules.batching.batch import NoBatch, Unranked
from dpc.rules.batching.rows import Parts, Tree, Value, can_differ, part_of, varies
from dpc.rules.trace import atom_of
from dpc.transforms.batching.index import placed, row_part
from dpc.transforms.batching.loads import along_first, apart, written
from dpc.transforms.batching.state import State, differs

# Methods of lists and dicts, and which operand they keep.
_KEEPING = {
    "method.append": 1,
    "method.extend": 1,
    "method.insert": 2,
    "method.update": 1,
    "method.setdefault": 2,
    "dpc.unpop": 2,
}
_TAKING = ("method.pop", "method.popitem", "dpc.pop_cells", "dpc.uninsert")
_ORDERING = ("method.reverse", "method.clear")
# They go over containers part by part, whatever the parts are.
_BY_PARTS = frozenset(
    "dpc.accumulate dpc.added dpc.add_cells dpc.shadow_copy dpc.shadow_view "
    "dpc.shadow_item dpc.shadow_attr dpc.cells dpc.shadow_sequence dpc.shadow_joined "
    "dpc.shadow_repeated dpc.unshared dpc.unrepeated dpc.exchange dpc.restore "
    "dpc.exchange_attr dpc.restore_attr dpc.add_attr dpc.shadow_new "
    "dpc.assembled".split()
)
# Of an array they take the rows one by one: along its first axis, that of the batch.
_IN_ORDER = frozenset("dpc.assembled dpc.add_cells dpc.shadow_copy dpc.cells".split())
EFFECTS = frozenset(
    (*_KEEPING, *_TAKING, *_ORDERING, *_BY_PARTS, "dpc.take_last", "dpc.replace")
)


def effect(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    """The value of a call that may write its first operand."""
    base = values[0]
    copied = Apply(call.fn, tuple(v.atom for v in values))
    if call.fn in (*_KEEPING, *_TAKING, *_ORDERING):
        if state.mask:
            raise NoBatch(
                "a list grows or shrinks in some rows and not in others",
                "write an array of full length, or assign to a variable",
                certain=True,
            )
        if any(map(differs, values[1:])) and call.fn in _TAKING:
            raise NoBatch("which element is taken differs from row to row")
    if call.fn in _KEEPING:
        return _keep(state, call, values, fact)
    if call.fn in _TAKING:
        if isinstance(base.rows, Parts):
            state.uniform(call.args[0])
        made = state.build.computed(copied)
        tree = part_of(base.rows, None)
        if fact.kind == "any" and base.fact.element is not None:
            fact = base.fact.element
        return Value(made, tree if can_differ(fact) else False, fact)
    if call.fn == "dpc.take_last" and differs(base):
        return _take_last(state, values, fact)
    if call.fn in _BY_PARTS or call.fn == "dpc.replace":
        return _by_parts(state, call, values, fact)
    return Value(state.build.computed(copied), False, fact)


def _keep(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    base, place = values[0], _KEEPING[call.fn]
    if not base.is_sequence and base.fact.kind not in ("dict", "any"):
        raise NoBatch(f"{call.fn.removeprefix('method.')} of an object")
    kept = values[place]
    if call.fn == "method.extend" and differs(kept) and kept.fact.is_number:
        values = list(values)
        if state.aliases.written(call.args[place]):
            kept = apart(state, kept)
        values[place] = kept = along_first(state, kept)
    if varies(kept.rows) and base.rows is not True:
        state.lacking(call.args[0])
    elif base.rows is True and kept.rows is not True and can_differ(kept.fact):
        values = list(values)
        values[place] = written(state, kept, call.args[place])
    atoms = tuple(v.atom for v in values)
    return Value(state.build.computed(Apply(call.fn, atoms)), False, fact)


def _take_last(state: State, values: list[Value], fact: Fact) -> Value:
    base, index = values
    place = placed(state, base, index)
    if place.mask or place.moves:
        raise NoBatch("elements that a mask selects are stored")
    made = state.build.apply("dpc.take_last", base.atom, place.index)
    row = state.library.infer("getitem", (base.fact, index.fact), {})
    return Value(made, True, row)


def _by_parts(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    if not any(map(differs, values)) and not state.mask:
        atoms = tuple(v.atom for v in values)
        return Value(state.build.computed(Apply(call.fn, atoms)), False, fact)
    base = values[0]
    if _takes_rows(call, values):
        raise NoBatch(
            "the adjoint of a list that holds the rows of an array",
            "take the rows of the array itself: m[0]",
        )
    if call.fn in ("dpc.shadow_attr", "dpc.shadow_item", "dpc.shadow_sequence"):
        whole = values[1] if call.fn != "dpc.shadow_sequence" else values[0]
        if whole.fact.is_number:
            return _shadow_of_part(state, call, values)
        if values[-1 if call.fn == "dpc.shadow_sequence" else 2].fact.is_number:
            raise NoBatch(
                "parts of an array that is unpacked are written",
                "take them one by one: u, v = m[0], m[1]",
            )
    if call.fn in ("dpc.accumulate", "dpc.added", "dpc.unshared"):
        return _added(state, call, values)
    if state.mask:
        raise NoBatch("a container is written for some rows and not for others")
    if call.fn == "dpc.add_attr":
        values = [*values[:3], _beside_field(state, call, values)]
    if all(
        v.rows is True for v in values if can_differ(v.fact) and v.fact.kind != "int"
    ):
        atoms = tuple(v.atom for v in values)
        made = state.build.computed(Apply(call.fn, atoms))
        return Value(made, True, base.fact if fact.kind == "any" else fact)
    raise NoBatch(
        f"the adjoint of a container of which only a part differs ({call.fn})"
    )


def _beside_field(state: State, call: Apply, values: list[Value]) -> Value:
    """What is added to the adjoint of a field, with the axes that it lacks: in a row it
    may be a number for all elements of an array."""
    _, whole, name, amount = values
    if not amount.fact.is_number or not differs(amount):
        return amount
    field = state.library.infer("getattr", (whole.fact, name.fact), {})
    if field.kind == "any":
        field = state.elements.of(call.args[1])
    if not field.is_number or field.rank is None:
        raise Unranked("how many axes the field of an object has is not known")
    made = state.batch.aligned(amount, field.rank)
    return Value(atom_of(state.build, made), amount.rows, amount.fact)


def _takes_rows(call: Apply, values: list[Value]) -> bool:
    """A list and an array stand for each other, element for row."""
    arrays = any(v.fact.is_number and not v.fact.is_scalar for v in values)
    if call.fn in _IN_ORDER:
        return arrays and not all(v.fact.is_number for v in values)
    adds = call.fn in ("dpc.accumulate", "dpc.added")
    return arrays and adds and any(v.is_sequence for v in values)


def _shadow_of_part(state: State, call: Apply, values: list[Value]) -> Value:
    """The shadow of a view, by where its memory lies in that of the whole array."""
    if call.fn == "dpc.shadow_sequence" or not all(differs(v) for v in values[:3]):
        raise NoBatch("the rows of an array that is written are views of it")
    part, base, bar = values[:3]
    if part.fact.is_scalar:
        return Value(Const(0.0), False, part.fact)
    made = state.build.apply("dpc.shadow_view", part.atom, base.atom, bar.atom)
    return Value(made, True, part.fact)


def _added(state: State, call: Apply, values: list[Value]) -> Value:
    """`x_bar + amount`, of numbers or trees."""
    base, amount = values
    if call.fn == "dpc.unshared" and base.fact.is_number:
        made = state.batch.apply(call.fn, base.atom, amount.atom)
        return Value(made.atom, base.rows, base.fact)
    if base.fact.is_number and amount.fact.is_number:
        ranks = state.batch.rank(base), state.batch.rank(amount)
        left = state.batch.aligned(base, max(ranks))
        right = state.batch.aligned(amount, max(ranks))
        if state.mask and call.fn == "dpc.accumulate":
            raise NoBatch("an adjoint is written for some rows and not for others")
        if call.fn == "dpc.accumulate" and not base.fact.is_scalar:
            if not varies(base.rows):
                state.lacking(call.args[0])
            made = state.batch.apply(call.fn, left, right)
        else:
            made = state.batch.apply("operator.add", left, right)
        return Value(made.atom, True, base.fact)
    if amount.fact.is_number and base.fact.kind == "any":
        # It may lack axes that the adjoint of an array has.
        raise Unranked("how many axes an adjoint has is not known")
    rows: Tree = True
    if base.rows is not True:
        state.lacking(call.args[0])
    if amount.rows is not True and can_differ(amount.fact):
        amount = written(state, amount, call.args[1])
    made_ = state.build.apply(call.fn, base.atom, amount.atom)
    return Value(made_, rows, base.fact)


def key_of(base: Value, index: Value) -> object:
    """The key of a part of a container."""
    return row_part(base, index)


Effect = Callable[[State, Apply, list[Value], Fact], Value]
__all__ = ["EFFECTS", "Atom", "Unranked", "effect"]
