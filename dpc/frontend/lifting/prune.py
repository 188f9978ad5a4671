"""Merges and carries that nothing reads are left out, and values that do not change.

The lifter merges every name that two branches leave different, and carries every name
that a loop binds. Most of them are never read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace

from dpc.ir import rebuild, walk
from dpc.ir.nodes import (
    Assign,
    Atom,
    Block,
    Carry,
    Derivative,
    For,
    Function,
    If,
    Slot,
    Stmt,
    While,
)


def pruned(
    function: Function, unchanged: Mapping[Slot, Atom], spares: Set[Slot]
) -> Function:
    """The function without dead merges and carries, and without dead `spares`.

    `unchanged` are headers of loops in whose place their value before the loop stands.
    """
    final = {slot: _last(atom, unchanged) for slot, atom in unchanged.items()}

    def atom(a: Atom) -> Atom:
        return final.get(a, a) if isinstance(a, Slot) else a

    live = _Live(spares)
    live.block(function.body, atom)
    live.read(atom(function.result))
    live.close()

    def block(statements: Block) -> Block:
        mapped = (statement(s) for s in statements)
        return tuple([s for s in mapped if not _is_empty(s) and not is_spare(s)])

    def is_spare(s: Stmt) -> bool:
        return isinstance(s, Assign) and s.target in spares - live.slots

    def statement(s: Stmt) -> Stmt:
        return _without_dead(rebuild.map_statement(s, atom, block), live.slots)

    return replace(function, body=block(function.body), result=atom(function.result))


def _last(atom: Atom, unchanged: Mapping[Slot, Atom]) -> Atom:
    while isinstance(atom, Slot) and atom in unchanged:
        atom = unchanged[atom]
    return atom


class _Live:
    """The slots that a statement, a test or the result depends on."""

    def __init__(self, spares: Set[Slot]) -> None:
        self.spares = spares
        self.slots: set[Slot] = set()
        self.sources: dict[Slot, list[Atom]] = {}

    def read(self, *atoms: Atom | None) -> None:
        self.slots.update([a for a in atoms if isinstance(a, Slot)])

    def block(self, block: Block, atom: rebuild.AtomMap) -> None:
        for statement in block:
            match statement:
                case Assign(target, value) if target in self.spares:
                    operands = walk.value_operands(value)
                    self.sources[target] = [atom(a) for a in operands]
                case If(test, _, _, merges):
                    self.read(atom(test))
                    for m in merges:
                        self.sources[m.target] = [atom(m.then), atom(m.orelse)]
                case For(_, start, stop, step, _, carries, leave):
                    self.read(atom(start), atom(stop), atom(step))
                    self.loop(carries, leave, atom)
                case While(_, test, _, carries, leave):
                    self.read(atom(test))
                    self.loop(carries, leave, atom)
                case Derivative(args=args, result=result):
                    self.read(*map(atom, (*args, result)))
                case _:
                    self.read(*map(atom, walk.operands(statement)))
            for inner in walk.blocks(statement):
                self.block(inner, atom)

    def loop(
        self, carries: Iterable[Carry], leave: Atom | None, atom: rebuild.AtomMap
    ) -> None:
        if leave is not None:
            self.read(atom(leave))
        for c in carries:
            ends = [atom(c.init), atom(c.next)]
            self.sources[c.header] = self.sources[c.result] = ends

    def close(self) -> None:
        """Add what the live merges and carries read."""
        pending = list(self.slots)
        while pending:
            for source in self.sources.get(pending.pop(), ()):
                if isinstance(source, Slot) and source not in self.slots:
                    self.slots.add(source)
                    pending.append(source)


def _without_dead(statement: Stmt, live: set[Slot]) -> Stmt:
    match statement:
        case If(merges=merges):
            kept = tuple([m for m in merges if m.target in live])
            if len(kept) < len(merges):
                return replace(statement, merges=kept)
        case For(carries=carries) | While(carries=carries):
            left = tuple([c for c in carries if c.header in live or c.result in live])
            if len(left) < len(carries):
                return replace(statement, carries=left)
    return statement


def _is_empty(statement: Stmt) -> bool:
    return isinstance(statement, If) and not (
        statement.then or statement.orelse or statement.merges
    )
