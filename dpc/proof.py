"""When arguments prove no more than annotations: the generic program serves as it is.

    @dpc.grad
    def f(x: float, t: float): ...

`f(0.3, 1.0)` needs no program of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.frontend.lift import annotated
from dpc.frontend.read import Reading
from dpc.ir.facts import Fact
from dpc.rules.composed import Registry


class Ground:
    """What a generic program is compiled from, its globals apart: made before it is."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.changes = Registry.changes

    def holds_for(self, facts: Mapping[str, Fact]) -> bool:
        """To compile with these facts of the parameters would give the same again.

        Each parameter stands for one argument. Users' rules hold for what is compiled
        after them, with what their bodies read then.
        """
        return self.changes == Registry.changes and all(
            fact == annotated(self.reading, name) for name, fact in facts.items()
        )
