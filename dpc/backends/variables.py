"""What the variables of the printed program hold while it is written down.

Merges and carries become copies from one variable to another: a copy of what is there
already is not printed, those of one place are printed in an order that keeps every
value until it has been read, and reading a variable that holds something else is a
fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

import gast

from dpc.backends.expressions import STORE, target, together
from dpc.backends.naming import Names
from dpc.backends.nest import Nested
from dpc.backends.parallel import in_sequence
from dpc.backends.tree import Expression, leaves
from dpc.errors import Diagnostic, InternalError
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    For,
    Function,
    If,
    Record,
    Replay,
    Slot,
    Undefined,
    While,
)
from dpc.ir.undefined import ZEROS
from dpc.ir.walk import statements

Body = list[gast.AST]
WIDEST = 72  # of a line that copies several values


class Variables:
    """The variables of one function.

    instead: what is read in the place of a slot that has a second name. holds: the slot
    that each variable holds where the next line stands. origin: the slot that another
    is a mere copy of, as which it counts.
    """

    def __init__(self, nested: Nested, names: Names, quiet: Set[Slot]) -> None:
        self.nested, self.inner = nested, nested.inner
        self.names, self.quiet = names, quiet
        self.instead: dict[Slot, Slot] = {}
        self.holds: dict[str, Slot] = {}
        self.origin: dict[Slot, Slot] = {}
        # What is assigned and never read.
        self.blank = "_" if "_" not in names.of.values() else "_unused"
        self.recorded = _recorded(nested.function)
        self.of: Callable[
            [Expression | Atom], gast.AST
        ]  # set by who lowers expressions

    def spell(self, slot: Slot) -> str:
        """The variable that is read for a slot."""
        slot = self.instead.get(slot, slot)
        spelled = self.names.of[slot]
        held = self.holds.get(spelled)
        if held is not None and held is not self.origin.get(slot, slot):
            title = f"`{spelled}` was overwritten before it was read"
            raise InternalError(Diagnostic(title, "", self.nested.function.span))
        return spelled

    def hold(self, slot: Slot) -> str:
        """The variable that is assigned for a slot, which holds it from here on."""
        spelled = self.names.of[slot]
        self.holds[spelled] = self.origin.get(slot, slot)
        return spelled

    def target(self, slot: Slot) -> gast.AST:
        """The variable of a slot, as the target of an assignment."""
        return target(self.hold(slot))

    def meet(self, other: Mapping[str, Slot]) -> None:
        """After a branch a variable holds only what it holds on both ways."""
        self.holds = {n: s for n, s in self.holds.items() if other.get(n) is s}

    def without(self, assigned: Set[str]) -> dict[str, Slot]:
        """What those variables hold that are not among `assigned`."""
        return {n: s for n, s in self.holds.items() if n not in assigned}

    def is_there(self, slot: Slot, source: Atom) -> bool:
        """The variable of `slot` holds `source` already."""
        found = self.source(source)
        if not isinstance(found, Slot):
            return False
        found = self.instead.get(found, found)
        return self.holds.get(self.names.of[slot]) is self.origin.get(found, found)

    def source(self, value: Expression | Atom) -> Expression | Atom:
        """What a nested slot stands for."""
        while isinstance(value, Slot) and value in self.inner:
            value = self.inner[value]
        return value

    def copied(self, slot: Slot, source: Slot) -> bool:
        """Note that `slot` is a copy of `source`; whether it needs no statement."""
        there = self.is_there(slot, source)
        self.origin[slot] = self.origin.get(source, source)
        return there

    def copies(self, pairs: Sequence[tuple[Slot, Atom]]) -> Body:
        """Assignments that take place at once: what merges and carries leave to do."""
        pairs = [(slot, source) for slot, source in pairs if slot not in self.quiet]
        todo = [(slot, s) for slot, s in pairs if not self._needless(slot, s)]
        read = [
            (self.names.of[slot], {self.spell(s) for s in leaves(source, self.inner)})
            for slot, source in todo
        ]
        made: Body = []
        for places in self._in_lines(todo) or in_sequence(read):
            values = together([self.of(todo[p][1]) for p in places])
            targets = [target(self.names.of[todo[p][0]]) for p in places]
            made.append(gast.Assign([together(targets, STORE)], values, None))
        for slot, _ in pairs:
            self.hold(slot)
        return made

    def _in_lines(self, todo: Sequence[tuple[Slot, Atom]]) -> list[list[int]]:
        """Copies of literals, and short copies of anything, several in a line."""
        found = [self.source(source) for _, source in todo]
        if not all(isinstance(s, Slot | Const | Undefined) for s in found):
            return []
        sources = [s.value if isinstance(s, Const) else s for s in found]
        lines: list[list[int]] = []
        room = 0
        for place, ((slot, _), source) in enumerate(zip(todo, sources, strict=True)):
            shown = self.spell(source) if isinstance(source, Slot) else repr(source)
            width = len(self.names.of[slot]) + len(shown) + len(" = , , ")
            if width > room:
                lines.append([])
                room = WIDEST
            lines[-1].append(place)
            room -= width
        free = all(not isinstance(source, Slot) for source in sources)
        return lines if free or len(lines) == 1 else []

    def _needless(self, slot: Slot, source: Atom) -> bool:
        undefined = isinstance(source, Undefined) and slot not in self.recorded
        return undefined or self.is_there(slot, source)


def _recorded(function: Function) -> set[Slot]:
    """The slots that must be something if never assigned: on a tape, or as the model
    of a zero."""
    sources: dict[Slot, tuple[Atom, ...]] = {}
    pending: list[Atom] = []
    for statement in statements(function.body):
        match statement:
            case Record(values=values):
                pending += values
            case Assign(_, Apply(fn, args)) if fn in ZEROS:
                pending += args
            case If(merges=merges):
                sources.update({m.target: (m.then, m.orelse) for m in merges})
            case For() | While() | Replay():
                for c in statement.carries:
                    sources[c.header] = sources[c.result] = (c.init, c.next, c.header)
    found: set[Slot] = set()
    while pending:
        slot = pending.pop()
        if isinstance(slot, Slot) and slot not in found:
            found.add(slot)
            pending += sources.get(slot, ())
    return found
