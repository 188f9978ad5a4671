"""Adjoints that go round a loop and are read once: what reads them may have them.

A loop hands an array on to its next iteration. Where it makes that array itself, and
nothing else keeps it, the only reader of it need not copy it before writing to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.analysis.aliases import Aliases
from dpc.analysis.fresh import makes_array
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Carry,
    Do,
    For,
    Function,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Value,
    While,
)
from dpc.ir.walk import operands, statements

Loop = For | While | Replay


def moved(
    function: Function, aliases: Aliases, library: Library, uses: Mapping[Slot, int]
) -> set[Slot]:
    """The headers of loops whose only reader may write the array that they are."""
    values: dict[Atom, Value] = {}
    loops: list[Loop] = []
    for statement in statements(function.body):
        match statement:
            case Assign(target, value):
                values[target] = value
            case For() | While() | Replay():
                loops.append(statement)

    def is_made(atom: Atom) -> bool:
        value = values.get(atom)
        return isinstance(value, Apply) and (
            value.fn == "np.copy" or makes_array(library, value)
        )

    found: set[Slot] = set()
    for loop in loops:
        for carry in loop.carries:
            once = uses.get(carry.header) == 1 and _reads(loop, carry.header)
            if not (once and isinstance(carry.init, Slot) and is_made(carry.next)):
                continue
            # An array that is made apart is another one, whatever holds the two.
            kept = any(
                atom is carry.next
                or (
                    not is_made(atom) and aliases.node(atom) is aliases.node(carry.next)
                )
                for atom in _beside(loop, carry)
            )
            if not kept and is_made(carry.init) and uses.get(carry.init) == 1:
                found.add(carry.header)
    return found


def _reads(loop: Loop, slot: Slot) -> bool:
    """The reader stands in the body itself, where it runs once an iteration."""
    return any(slot in operands(statement) for statement in loop.body)


def _beside(loop: Loop, carry: Carry) -> list[Atom]:
    """What refers to something when the iteration is over, beside the carry."""
    others = [c.next for c in loop.carries if c is not carry]
    for statement in statements(loop.body):
        others += _given_away(statement)
    return others


def _given_away(statement: Stmt) -> tuple[Atom, ...]:
    match statement:
        case Record(_, values):
            return values
        case Store(_, _, _, value):
            return (value,)
        case Do(call) | Assign(_, Apply("call" | "tuple" | "list" | "dict") as call):
            return call.operands
    return ()
