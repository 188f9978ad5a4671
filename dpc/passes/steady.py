"""What branches and loops leave as it is has no name of its own.

before                              after
`x_1 = merge x else x`              `x` in the place of `x_1`
a carry whose `next` is itself      its value before the loop
`x_bar * n` where that is 1.0       `n`
`2 * x_bar` where that is 1.0       `2.0` in its place

An inner derivative leaves such behind: its adjoint does not vary where its own adjoint
is not wanted.
"""

from __future__ import annotations

from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    For,
    Function,
    If,
    Replay,
    Slot,
    Stmt,
    Undefined,
    While,
)
from dpc.ir.rebuild import map_block, map_blocks, substitute_function, with_body
from dpc.ir.simplify import number
from dpc.ir.walk import statements, vocabulary


def steady(function: Function, facts: Facts, library: Library) -> Function:
    """The function without merges of one value and carries that stay."""
    while not vocabulary(function).isdisjoint((If, For, While, Replay)):
        instead = _steady(function.body)
        if not instead:
            break
        ends = {slot: _end(atom, instead) for slot, atom in instead.items()}
        body = _without(function.body, ends, facts)
        function = substitute_function(with_body(function, body), ends)
    return function


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
                    stays = isinstance(carry.init, Slot) or _is_one(carry.init)
                    if carry.next is carry.header and stays:
                        found[carry.header] = found[carry.result] = carry.init
            case _:
                pass
    return found


def _end(atom: Atom, instead: dict[Slot, Atom]) -> Atom:
    while isinstance(atom, Slot) and atom in instead:
        atom = instead[atom]
    return atom


def _is_one(atom: Atom) -> bool:
    """The literal 1.0, as which the adjoint of a sum begins."""
    return isinstance(atom, Const) and type(atom.value) is float and atom.value == 1


def _without(block: Block, instead: dict[Slot, Atom], facts: Facts) -> Block:
    def known(atom: Atom) -> Atom:
        return instead.get(atom, atom) if isinstance(atom, Slot) else atom

    def times_one(a: Atom, b: Atom) -> Atom | None:
        """What is left of a product of which one factor has become 1.0."""
        for one, other in ((a, b), (b, a)):
            if not isinstance(one, Slot) or not _is_one(known(one)):
                continue
            value = number(known(other))
            if value is not None:
                return Const(float(value))
            if isinstance(other, Slot) and facts.get(other, ANY).is_float_like:
                return other
        return None

    def statement(s: Stmt) -> Stmt:
        s = map_blocks(s, inside)
        match s:
            case Assign(target, Apply("operator.mul", factors), span):
                left = times_one(*factors)
                if isinstance(left, Const):
                    instead[target] = left
                if left is None or isinstance(left, Undefined):
                    return s
                return Assign(target, left, span)
            case If(test, then, orelse, merges, span):
                kept = tuple([m for m in merges if m.target not in instead])
                return s if kept == merges else If(test, then, orelse, kept, span)
            case For(index, start, stop, step, body, carries, leave, span, backward):
                others = stay(carries)
                parts = (start, stop, step, body, others, leave, span, backward)
                return s if others == carries else For(index, *parts)
            case While(head, test, body, carries, leave, span):
                others = stay(carries)
                whole = While(head, test, body, others, leave, span)
                return s if others == carries else whole
            case Replay(targets, tape, body, carries, span):
                others = stay(carries)
                same = others == carries
                return s if same else Replay(targets, tape, body, others, span)
        return s

    def stay(carries: tuple[Carry, ...]) -> tuple[Carry, ...]:
        return tuple([c for c in carries if c.header not in instead])

    def inside(b: Block) -> Block:
        return map_block(b, statement)

    return inside(block)
