"""Which values come off a tape: those that went there.

A tape is filled by one `Record`. It may itself be kept on the tape of a loop around its
own, and leave a branch by a merge; whoever takes from it in the end takes, place by
place, what was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

from dpc.ir.nodes import (
    Assign,
    Atom,
    Block,
    If,
    Recall,
    Record,
    Replay,
    Slot,
)
from dpc.ir.walk import statements


class Tapes:
    """The tapes of a block."""

    def __init__(self, block: Block) -> None:
        self.records: dict[Slot, Record] = {}
        self.readers: dict[Slot, list[Replay | Recall]] = {}  # by where it began
        self.taken: dict[Slot, tuple[Replay | Recall, int]] = {}
        self.merged: dict[Slot, tuple[Atom, ...]] = {}
        readers: list[Replay | Recall] = []
        for statement in statements(block):
            match statement:
                case Record(tape=tape):
                    self.records[tape] = statement
                case Replay(targets=targets) | Recall(targets=targets):
                    readers.append(statement)
                    for place, target in enumerate(targets):
                        self.taken[target] = statement, place
                case If(merges=merges):
                    for merge in merges:
                        self.merged[merge.target] = merge.then, merge.orelse
                case Assign(target, Slot() as source):
                    self.merged[target] = (source,)
                case _:
                    pass
        for reader in readers:
            begun = self.origin(reader.tape)
            if begun is not None:
                self.readers.setdefault(begun, []).append(reader)

    def origin(self, atom: Atom) -> Slot | None:
        """The slot under which a tape was recorded; None of what is no tape."""
        if not isinstance(atom, Slot):
            return None
        if atom in self.records:
            return atom
        if atom in self.taken:
            reader, place = self.taken[atom]
            begun = self.origin(reader.tape)
            return None if begun is None else self.origin(self.value(begun, place))
        for source in self.merged.get(atom, ()):
            found = self.origin(source)
            if found is not None:
                return found
        return None

    def value(self, begun: Slot, place: int) -> Atom:
        """What was recorded at a place."""
        return self.records[begun].values[place]

    def flows(self, reader: Replay | Recall) -> Iterator[tuple[Atom, Slot]]:
        """What was recorded, with the slot that gets it."""
        begun = self.origin(reader.tape)
        if begun is not None:
            yield from zip(self.records[begun].values, reader.targets, strict=False)
