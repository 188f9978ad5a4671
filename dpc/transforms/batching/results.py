"""Results that share memory with nothing.

A number of a row is a value of its own; the numbers of all rows are an array, which may
be a view of an argument, or stand in two places of the result.
"""

from __future__ import annotations

from dpc.ir.nodes import Atom, Slot
from dpc.rules.batching.rows import Value
from dpc.transforms.batching.state import State


class Owned:
    """Hands out the parts of a result, each as an array of its own.

    arrays: also those of which a row is an array: a gradient shares memory with
      nothing, while what a function returns may be a view, as it may for a row.
    """

    def __init__(self, state: State, arrays: bool) -> None:
        self.state = state
        self.arrays = arrays
        self.seen: set[Atom] = set()

    def part(self, value: Value) -> Value:
        """A result, copied where it may share memory."""
        state = self.state
        if value.fact.is_number:
            number = value.fact.is_scalar
            if value.rows is not True or not (number or self.arrays):
                return value
            if value.atom not in self.seen and state.owns(value.atom):
                self.seen.add(value.atom)
                return value
            made = state.build.apply("np.copy", value.atom)
            return Value(made, True, value.fact)
        found = state.build.definition(value.atom)
        items = state.batch.items(value)
        known = found is not None and found.fn == "tuple" and items is not None
        if not known or items is None:
            return value
        parts = [self.part(item) for item in items]
        if all(a.atom is b.atom for a, b in zip(parts, items, strict=True)):
            return value
        made = state.build.apply("tuple", *(part.atom for part in parts))
        if isinstance(value.atom, Slot) and isinstance(made, Slot):
            state.build.facts[made] = state.build.fact(value.atom)
        return Value(made, value.rows, value.fact)
