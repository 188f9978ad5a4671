"""What is written by each row has the batch axis from where it is made."""

from __future__ import annotations

from dpc.ir.nodes import Apply, Assign, Value as Assigned
from dpc.rules.batching.rows import Kept, Value, can_differ
from dpc.transforms.batching.loads import written
from dpc.transforms.batching.promote import promoted
from dpc.transforms.batching.state import State


def demanded(state: State, value: Assigned, found: Value) -> Value:
    """What will be written by each row has the batch axis from the beginning."""
    if isinstance(found.rows, Kept) or not can_differ(found.fact):
        return found
    if not isinstance(value, Apply):
        state.demand(value, state.build.span)
        return found
    memory = state.library[value.fn].memory
    part = value.fn in ("getitem", "getattr", "unpack", "sequence")
    if (memory in ("view", "element", "parts") or part) and not found.fact.is_scalar:
        state.demand(value.args[0], state.build.span)
        return found
    if value.fn == "tuple":
        kept = [a for a in value.operands if state.aliases.written(a)]
        for atom in kept:
            state.demand(atom, state.build.span)
        return found if kept else promoted(state, found)
    if value.fn in ("dict", "new", "list"):
        return _rows_of_parts(state, value, found)
    if found.fact.is_number:
        return promoted(state, found)
    if value.fn in ("dpc.zeros", "dpc.shadow", "dpc.copy_tree"):
        return _rows_of_tree(state, value, found)
    raise state.refused(
        "a container that is the same for all rows would hold what differs",
        "make it from what differs, or pass it with a batch axis",
    )


def _rows_of_parts(state: State, value: Apply, found: Value) -> Value:
    """A list, a dict or an object of which every part has the batch axis."""
    count = len(value.args)
    kept = {"new": value.args[:1], "dict": value.args[::2]}.get(value.fn, ())
    parts = [
        state.value(a)
        if any(a is k for k in kept)
        else written(state, state.value(a), a)
        for a in value.operands
    ]
    names = (name for name, _ in value.kwargs)
    kwargs = tuple(zip(names, (v.atom for v in parts[count:]), strict=True))
    args = tuple(v.atom for v in parts[:count])
    made = state.build.computed(Apply(value.fn, args, kwargs))
    return Value(made, True, found.fact)


def _rows_of_tree(state: State, value: Apply, found: Value) -> Value:
    block = state.build.block
    if block and isinstance(block[-1], Assign) and block[-1].target is found.atom:
        block.pop()
    count = state.batch.count
    if value.fn == "dpc.copy_tree":
        raise state.refused("a copy of a container would hold what differs")
    like = state.value(value.args[0]).atom
    made = state.build.apply("dpc.zeros_rows", like, count)
    return Value(made, True, found.fact)
