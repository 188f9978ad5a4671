"""Shadows of a loop's body that something else refers to when the iteration is over.

A shadow is all zeros when it is made, so that the backward sweep may make it again
instead of keeping it. Not so where the next iteration, a container or a view that is
kept refers to the memory itself: there a second one would gather its adjoints unseen.
"""

from __future__ import annotations

from collections.abc import Iterable

from dpc.ir.nodes import Apply, Assign, Atom, Carry, Do, Record, Slot, Stmt
from dpc.transforms.sweep import Entry, Region

# They put a shadow into another.
_HOLDERS = frozenset(("dpc.exchange", "dpc.exchange_attr"))


def pinned(loop: Entry, kept: Iterable[Slot]) -> set[Atom]:
    """The slots whose memory outlives an iteration of `loop`, whose tape has `kept`."""
    flow = _Flow()
    for region in loop.regions:
        flow.region(region)
    pending = [*flow.ends, *kept, *(carry.next for carry in loop.carries)]
    found: set[Atom] = set()
    while pending:
        atom = pending.pop()
        if atom not in found:
            found.add(atom)
            pending += flow.sources.get(atom, ())
    return found


class _Flow:
    """Of which slots each slot may hold the memory, and which are held for longer."""

    def __init__(self) -> None:
        self.sources: dict[Atom, list[Atom]] = {}
        self.ends: list[Atom] = []

    def region(self, region: Region) -> None:
        for entry in region.entries:
            for statement in (*entry.before, *entry.after):
                self.statement(statement)
            for inner in entry.regions:
                self.region(inner)
            for merge in entry.merges:
                self.into(merge.target, merge.then, merge.orelse)
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
            case _:
                pass

    def carry(self, carry: Carry) -> None:
        self.into(carry.header, carry.init, carry.next)
        self.into(carry.result, carry.init, carry.next)

    def into(self, target: Slot, *atoms: Atom) -> None:
        self.sources.setdefault(target, []).extend(atoms)
