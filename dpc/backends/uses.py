"""How often what is printed reads each slot."""

from __future__ import annotations

from collections.abc import Iterable, Set

from dpc.backends.arrange import Loop, late_leave
from dpc.backends.patterns import Patterns
from dpc.ir.nodes import Assign, Atom, For, Function, If, Replay, Slot, While
from dpc.ir.walk import inner, operands, statements


def count_uses(
    function: Function, quiet: Set[Slot], patterns: Patterns
) -> dict[Atom, int]:
    """The number of times that each atom is read."""
    uses: dict[Atom, int] = {function.result: 1}

    def count(atoms: Iterable[Atom], sign: int = 1) -> None:
        for atom in atoms:
            uses[atom] = uses.get(atom, 0) + sign

    for statement in statements(function.body):
        match statement:
            case If(test=test, merges=merges):
                loud = [m for m in merges if m.target not in quiet]
                ends = [a for m in loud for a in (m.then, m.orelse)]
                # `a and b` reads `a` once.
                short = len(loud) == 1 and loud[0].target.temp and test in ends
                count(ends if short else (test, *ends))
            case For() | While() | Replay():
                count(_read_by_loop(statement))
            case Assign() if statement in patterns.taken:
                continue  # Its operands are read by the header, which counts them.
            case _:
                count(operands(statement))
                count(inner(statement))
    return uses


def _read_by_loop(loop: Loop) -> list[Atom]:
    atoms: list[Atom] = [a for c in loop.carries for a in (c.init, c.next)]
    match loop:
        case For(start=start, stop=stop, step=step):
            atoms += (start, stop, step)
        case While(test=test):
            atoms.append(test)
        case Replay(tape=tape):
            atoms.append(tape)
    leave = late_leave(loop)
    return atoms if leave is None else [*atoms, leave]
