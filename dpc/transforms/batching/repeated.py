"""Results all parts of which have the axis of the batch.

of a row                        over a batch, where `y` is the same for all rows
`return {"a": x, "b": y}`       `return {"a": x, "b": np.repeat(y[None], rows, 0)}`
"""

from __future__ import annotations

from dpc.ir.nodes import Atom, Const, Slot
from dpc.rules.batching.rows import Value, can_differ, part_of
from dpc.transforms.batching import displays
from dpc.transforms.batching.promote import promoted
from dpc.transforms.batching.state import State, differs


def for_each_row(state: State, value: Value, atom: Atom) -> Value:
    """A result with the batch axis; what is the same for all rows is repeated.

    atom: what the program calls it; a literal for what it has no name for.
    """
    if not can_differ(value.fact) or value.rows is True:
        return value
    grows = value.fact.kind in ("list", "dict", "object") and not differs(value)
    if grows and isinstance(atom, Slot) and state.batch.items(value) is None:
        state.demand(atom)
        return value
    display = displays.result(state, value)
    items = state.batch.items(value)
    if display is None and value.fact.kind == "tuple" and items is not None:
        found = [for_each_row(state, item, Const(None)) for item in items]
        whole = state.build.apply("tuple", *(item.atom for item in found))
        return Value(whole, True, value.fact)
    if display is None:
        return promoted(state, value)
    facts = dict(value.fact.fields or ())
    parts: list[Atom] = []
    for key, part in zip(display.keys, display.parts, strict=True):
        fact = facts.get(str(key)) or state.build.fact(part)
        inner = Value(part, part_of(value.rows, key), fact)
        parts.append(for_each_row(state, inner, Const(None)).atom)
    made = state.build.computed(display.of(parts))
    return Value(made, True, value.fact)
