"""Arrays of zeros in a block, and what is added to them before anything else is done.

Until an array of zeros is read for the first time, nothing else shares its memory, and
only the additions to it have written it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.nodes import Apply, Assign, Atom, Block, Slot, Stmt, Update
from dpc.ir.walk import blocks, inner, is_adjoint, operands, reads


@dataclass(frozen=True, slots=True)
class Zeros:
    """An array, where it is made, and where something is added to a part of it."""

    slot: Slot
    made: int
    additions: list[int] = field(default_factory=list)


def added_zeros(block: Block, facts: Facts, begin: int = 0) -> list[Zeros]:
    """The arrays of zeros of a block that are first added to from `begin` on."""
    pending: dict[Atom, Zeros] = {}
    found: list[Zeros] = []
    for place, statement in enumerate(block):
        match statement:
            case Assign(slot, Apply("np.zeros_like")) if facts.get(slot, ANY).is_array:
                pending[slot] = Zeros(slot, place)
                found.append(pending[slot])
                continue
        for atom in touched(statement) & pending.keys():
            if place >= begin and _adds(statement, atom):
                pending[atom].additions.append(place)
            else:
                del pending[atom]
    return [zeros for zeros in found if zeros.additions]


def touched(statement: Stmt) -> set[Atom]:
    """What a statement and the blocks in it read."""
    nested = (slot for block in blocks(statement) for slot in reads(block))
    return {*operands(statement), *inner(statement), *nested}


def _adds(statement: Stmt, atom: Atom) -> bool:
    """Something else is added to elements of the array."""
    match statement:
        case Update("item", "add", base, index, value):
            return base is atom and index is not atom and value is not atom
    return False


def first_adjoint(block: Block) -> int:
    """Where the adjoint of the body of a function begins."""
    return next((i for i, s in enumerate(block) if is_adjoint(s)), len(block))
