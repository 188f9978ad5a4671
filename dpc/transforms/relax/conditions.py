"""The tests that conditions are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dpc.ir.nodes import Apply, Assign, Atom, Block, Carry, If, Slot, Stmt
from dpc.ir.walk import statements

NONE: Mapping[Slot, Carry] = {}


def declared_soft(block: Block) -> Iterator[Slot]:
    """What the user wants to have as weights."""
    for statement in statements(block):
        match statement:
            case Assign(_, Apply("dpc.soft", (Slot() as test, *_))):
                yield test


def made_of(
    tests: Iterable[Atom],
    definitions: Mapping[Slot, Stmt],
    known: Mapping[Slot, Slot],
    whole: bool = False,
    carries: Mapping[Slot, Carry] = NONE,
) -> frozenset[Slot]:
    """The tests, and what they are connected of; with `whole`, also the conditions of
    the branches that leave them.

    known: what decides the results of `any` and `all`. carries: of the loops that flags
      are carried round.
    """
    found: set[Slot] = set()
    pending = list(tests)
    while pending:
        test = pending.pop()
        if not isinstance(test, Slot) or test in found:
            continue
        found.add(test)
        if test in known:
            pending.append(known[test])
            continue
        if test in carries:
            pending += (carries[test].init, carries[test].next)
            continue
        match definitions.get(test):
            case Assign(_, Apply("and" | "or" | "operator.not_", args)):
                pending += args
            case Assign(_, Apply("dpc.soft", (condition, *_))):
                pending.append(condition)
            case Assign(_, Slot() as same):
                pending.append(same)
            case If(condition, _, _, merges):
                merge = next(m for m in merges if m.target is test)
                pending += (merge.then, merge.orelse)
                if whole:
                    pending.append(condition)
    return frozenset(found)
