"""The forward sweep under construction: the primal's statements and what stands by
them.

Before the backward sweep is written, every statement of the primal gets an `Entry`. The
backward sweep then asks for copies of values before or after a statement, for merges
that carry a branch's values out of it, for tapes; all of it is put into the entries,
and `assemble` writes the forward sweep down at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dpc.ir.nodes import (
    Block,
    Carry,
    For,
    If,
    Merge,
    Replay,
    Slot,
    Stmt,
    While,
    With,
)
from dpc.ir.walk import bound, targets
from dpc.transforms.scopes import Scope


@dataclass(eq=False)
class Region:
    """A block of the forward sweep."""

    scope: Scope
    entries: list[Entry] = field(default_factory=list)
    end: list[Stmt] = field(default_factory=list)  # after the last statement


@dataclass(eq=False)
class Entry:
    """One statement of the forward sweep."""

    statement: Stmt
    before: list[Stmt] = field(default_factory=list)
    after: list[Stmt] = field(default_factory=list)
    regions: tuple[Region, ...] = ()
    merges: list[Merge] = field(default_factory=list)
    carries: list[Carry] = field(default_factory=list)
    done: bool = False  # by a run before this one: only what is put before it stays


def plan(block: Block, scope: Scope, homes: dict[Slot, Scope]) -> Region:
    """Entries for a block, and the home scope of every slot it defines."""
    region = Region(scope)
    for statement in block:
        for slot in targets(statement):
            homes[slot] = scope
        region.entries.append(
            Entry(statement, regions=_regions(statement, scope, homes))
        )
    return region


def _regions(
    statement: Stmt, scope: Scope, homes: dict[Slot, Scope]
) -> tuple[Region, ...]:
    match statement:
        case If(_, then, orelse):
            return tuple(
                plan(block, Scope("branch", scope), homes) for block in (then, orelse)
            )
        case For() | While() | Replay():
            index = statement.index if isinstance(statement, For) else None
            inside = Scope("loop", scope, index)
            for slot in bound(statement):
                homes[slot] = inside
            head = statement.head if isinstance(statement, While) else ()
            return (plan(head, inside, homes), plan(statement.body, inside, homes))
        case With(body=body):
            return (plan(body, scope, homes),)
        case _:
            return ()


def assemble(region: Region) -> Block:
    """The forward sweep of a region."""
    statements: list[Stmt] = []
    for entry in region.entries:
        statements += entry.before
        if entry.done:
            continue
        statements.append(_assembled(entry))
        statements += entry.after
    statements += region.end
    return tuple(statements)


def _assembled(entry: Entry) -> Stmt:
    statement, regions = entry.statement, entry.regions
    if not regions:
        return statement
    match statement:
        case If(test, _, _, merges, span):
            then, orelse = map(assemble, regions)
            return If(test, then, orelse, (*merges, *entry.merges), span)
        case For(index, start, stop, step, _, carries, leave, span, backward):
            body = assemble(regions[1])
            carries = (*carries, *entry.carries)
            return For(index, start, stop, step, body, carries, leave, span, backward)
        case While(_, test, _, carries, leave, span):
            head, body = map(assemble, regions)
            return While(head, test, body, (*carries, *entry.carries), leave, span)
        case Replay(targets, tape, _, carries, span):
            body = assemble(regions[1])
            return Replay(targets, tape, body, (*carries, *entry.carries), span)
        case With(context, target, _, span):
            return With(context, target, assemble(regions[0]), span)
        case _:
            return statement


def slots_of(block: Iterable[Stmt]) -> list[Slot]:
    """The slots that the statements define at their own level."""
    return [slot for statement in block for slot in targets(statement)]
