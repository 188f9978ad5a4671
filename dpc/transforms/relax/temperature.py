"""The temperature of a relaxed program, where no context in it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from dpc.ir import facts as F
from dpc.ir.build import Facts
from dpc.ir.nodes import Apply, Assign, Atom, Const, Slot, Value


def temperature_of(
    temperature: float | str | Atom, slots: Mapping[str, Slot], facts: Facts
) -> Assign:
    """The temperature of the tests that no context inside the program is around."""
    t = Slot("temperature")
    facts[t] = F.FLOAT
    if isinstance(temperature, Slot | Const):
        value: Value = temperature
    elif isinstance(temperature, str):
        value = Apply("dpc.temperature_in_force", (slots[temperature],))
        facts[t] = facts.get(slots[temperature], F.FLOAT)
    else:
        assert isinstance(temperature, int | float)
        given = Const(float(temperature))
        value = Apply("dpc.temperature_in_force", (given,))
    if isinstance(temperature, Slot):
        facts[t] = facts.get(temperature, F.FLOAT)
    return Assign(t, value)
