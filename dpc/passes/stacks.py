"""A counted loop with its tape, and the arrays that take the place of the tape."""

from __future__ import annotations

from dataclasses import dataclass, field

from dpc.ir.nodes import Atom, For, Record, Replay, Slot, Stmt


@dataclass
class CountedLoop:
    """A counted loop with its tape, the backward loop over it, and where they stand."""

    forward: For
    replay: Replay
    record: Record
    first: int  # of the tape's assignment, of the forward and of the backward loop
    second: int
    third: int


@dataclass
class Stacks:
    """The arrays that replace a tape, and what is read from them."""

    before: list[Stmt] = field(default_factory=list)
    stores: list[Stmt] = field(default_factory=list)
    loads: list[Stmt] = field(default_factory=list)
    whole: dict[Slot, Atom] = field(default_factory=dict)  # taped value -> all of them
    between: list[Stmt] = field(default_factory=list)
    after: list[Stmt] = field(default_factory=list)
