"""Where an infinity or NaN that the program writes down itself can get to."""

from __future__ import annotations

import math
from collections.abc import Iterable

from dpc.ir.nodes import Apply, Assign, Atom, Block, Const, For, If, Slot, While
from dpc.ir.walk import statements


def wild_slots(body: Block) -> set[Slot]:
    """The slots whose value may come from a literal that is not finite."""
    found: set[Slot] = set()
    size = -1
    while size < len(found):
        size = len(found)
        for statement in statements(body):
            match statement:
                case Assign(target, value):
                    reads = value.operands if isinstance(value, Apply) else (value,)
                    found |= _reached(found, reads, (target,))
                case If(merges=merges):
                    for m in merges:
                        found |= _reached(found, (m.then, m.orelse), (m.target,))
                case For(carries=carries) | While(carries=carries):
                    for c in carries:
                        ends = (c.init, c.next)
                        found |= _reached(found, ends, (c.header, c.result))
    return found


def _reached(
    found: set[Slot], reads: Iterable[Atom], targets: Iterable[Slot]
) -> set[Slot]:
    return set(targets) if any(_is_wild(found, a) for a in reads) else set()


def _is_wild(found: set[Slot], atom: Atom) -> bool:
    if isinstance(atom, Const):
        return isinstance(atom.value, float) and not math.isfinite(atom.value)
    return atom in found
