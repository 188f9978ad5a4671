"""What branches and loops leave as it is has no name of its own.

before                              after
`x_1 = merge x else x`              `x` in the place of `x_1`
a carry whose `next` is itself      its value before the loop

An inner derivative leaves such behind: its adjoint does not vary where its own adjoint
is not wanted.
"""

from __future__ import annotations

from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Atom,
    Block,
    Carry,
    For,
    Function,
    If,
    Replay,
    Slot,
    Stmt,
    While,
)
from dpc.ir.rebuild import map_block, map_statement, substitute_function, with_body
from dpc.ir.walk import statements


def steady(function: Function, facts: Facts, library: Library) -> Function:
    """The function without merges of one value and carries that stay."""
    while True:
        instead = _steady(function.body)
        if not instead:
            return function
        body = _without(function.body, instead)
        ends = {slot: _end(atom, instead) for slot, atom in instead.items()}
        function = substitute_function(with_body(function, body), ends)


def _steady(block: Block) -> dict[Slot, Atom]:
    """The slots that are another value, by what they are."""
    found: dict[Slot, Atom] = {}
    for statement in statements(block):
        match statement:
            case If(merges=merges):
                for merge in merges:
                    if merge.then is merge.orelse and isinstance(merge.then, Slot):
                        found[merge.target] = merge.then
            case For() | While() | Replay():
                for carry in statement.carries:
                    stays = isinstance(carry.init, Slot)
                    if carry.next is carry.header and stays:
                        found[carry.header] = found[carry.result] = carry.init
            case _:
                pass
    return found


def _end(atom: Atom, instead: dict[Slot, Atom]) -> Atom:
    while isinstance(atom, Slot) and atom in instead:
        atom = instead[atom]
    return atom


def _without(block: Block, instead: dict[Slot, Atom]) -> Block:
    def statement(s: Stmt) -> Stmt:
        s = map_statement(s, lambda atom: atom, inside)
        match s:
            case If(test, then, orelse, merges, span):
                kept = tuple([m for m in merges if m.target not in instead])
                return s if kept == merges else If(test, then, orelse, kept, span)
            case For(index, start, stop, step, body, carries, leave, span, backward):
                left = stay(carries)
                parts = (start, stop, step, body, left, leave, span, backward)
                return s if left == carries else For(index, *parts)
            case While(head, test, body, carries, leave, span):
                left = stay(carries)
                whole = While(head, test, body, left, leave, span)
                return s if left == carries else whole
            case Replay(targets, tape, body, carries, span):
                left = stay(carries)
                return s if left == carries else Replay(targets, tape, body, left, span)
        return s

    def stay(carries: tuple[Carry, ...]) -> tuple[Carry, ...]:
        return tuple([c for c in carries if c.header not in instead])

    def inside(b: Block) -> Block:
        return map_block(b, statement)

    return inside(block)
