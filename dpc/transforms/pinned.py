"""Shadows of a loop's body that something else refers to when the iteration is over.

A shadow is all zeros when it is made, so that the backward sweep may make it again
instead of keeping it. Not so where the next iteration, a container or a view that is
kept refers to the memory itself: there a second one would gather its adjoints unseen.
A part of another shadow may be taken again, unless the next iteration has to know it as
one with a slot of its own, so as not to count it twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from dpc.ir.nodes import Apply, Assign, Atom, Carry, Do, Record, Slot, Stmt, Store
from dpc.transforms.sweep import Entry, Region

# They put a shadow into another.
_HOLDERS = frozenset(("dpc.exchange", "dpc.exchange_attr"))


class Pinned:
    """The slots of one loop's body whose memory outlives an iteration."""

    def __init__(self, loop: Entry) -> None:
        # Of which slots each may hold the memory, and which it may be itself.
        self.sources: dict[Atom, list[Atom]] = {}
        self.same: dict[Atom, list[Atom]] = {}
        self.ends: list[Atom] = []
        for region in loop.regions:
            self.region(region)
        self.nexts: list[Atom] = [carry.next for carry in loop.carries]

    def by(self, kept: Iterable[Slot]) -> set[Atom]:
        """Those of which anything else may hold the memory, `kept` on the tape or
        not."""
        return _reached(self.sources, [*self.ends, *kept, *self.nexts])

    def itself(self) -> set[Atom]:
        """Those that the next iteration may know as one with a slot of its own."""
        return _reached(self.same, self.nexts)

    def region(self, region: Region) -> None:
        for entry in region.entries:
            for statement in (*entry.before, *entry.after):
                self.statement(statement)
            if isinstance(entry.statement, Record):
                self.statement(entry.statement)  # Another sweep takes it off the tape.
            for inner in entry.regions:
                self.region(inner)
            for merge in entry.merges:
                self.is_one_of(merge.target, merge.then, merge.orelse)
            for carry in entry.carries:
                self.carry(carry)
        for statement in region.end:
            self.statement(statement)

    def statement(self, statement: Stmt) -> None:
        match statement:
            case Assign(target, Apply() as call) if call.fn not in _HOLDERS:
                self.into(target, *call.operands)
            case Assign(_, Apply() as call) | Do(call):
                self.ends += call.operands
            case Record(_, values):
                self.ends += values
            case Store(value=value):
                self.ends.append(value)
            case _:
                pass

    def carry(self, carry: Carry) -> None:
        self.is_one_of(carry.header, carry.init, carry.next)
        self.is_one_of(carry.result, carry.init, carry.next)

    def into(self, target: Slot, *atoms: Atom) -> None:
        self.sources.setdefault(target, []).extend(atoms)

    def is_one_of(self, target: Slot, *atoms: Atom) -> None:
        self.into(target, *atoms)
        self.same.setdefault(target, []).extend(atoms)


def _reached(edges: dict[Atom, list[Atom]], start: Iterable[Atom]) -> set[Atom]:
    pending, found = list(start), set[Atom]()
    while pending:
        atom = pending.pop()
        if atom not in found:
            found.add(atom)
            pending += edges.get(atom, ())
    return found
