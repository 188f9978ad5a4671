"""Lists of arrays that are handed to a function of NumPy at once, and nowhere else.

`np.concatenate([a, b], axis=1)`      a bundle
`rows = [a, b]; rows.append(c)`       a container like any other

Nothing is reached through a bundle: its arrays do not become one memory by standing in
it, as the elements of other containers do. What is written is not written from where it
is made to where it is used.
"""

from __future__ import annotations

from collections import Counter

from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Block, Function, Slot, Stmt
from dpc.ir.walk import blocks, inner, operands, statements


def find_bundles(function: Function, facts: Facts, library: Library) -> set[Slot]:
    """The lists and tuples of numbers that are no more than operands."""
    uses: Counter[Atom] = Counter((function.result,))
    for statement in statements(function.body):
        uses.update((*operands(statement), *inner(statement)))
    found: set[Slot] = set()

    def is_number(atom: Atom) -> bool:
        return not isinstance(atom, Slot) or facts.get(atom, ANY).is_number

    def look(block: Block) -> None:
        open_ones: dict[Slot, int] = {}  # how often each is still to be used
        for statement in block:
            match statement:
                case Assign(target, Apply("list" | "tuple", items)) if items:
                    if all(map(is_number, items)):
                        open_ones[target] = uses[target]
                        continue
            if not _computes(statement, library):
                open_ones.clear()
            for atom in operands(statement):
                if isinstance(atom, Slot) and atom in open_ones:
                    open_ones[atom] -= 1
                    if not open_ones[atom]:
                        found.add(atom)
            for nested in blocks(statement):
                look(nested)

    look(function.body)
    return found


def _computes(statement: Stmt, library: Library) -> bool:
    """A function of NumPy makes something of its own, and writes nothing."""
    match statement:
        case Assign(_, Apply(fn)):
            primitive = library[fn]
            fresh = primitive.memory == "fresh" and primitive.effect in ("", "reads")
            return fresh and fn.startswith(("np.", "operator."))
    return False
