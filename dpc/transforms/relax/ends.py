"""Where the paths through an iteration of a soft loop end, and how they join."""

from __future__ import annotations

from dataclasses import dataclass

from dpc.ir import facts as F
from dpc.ir.nodes import Atom, Const, If, Merge, Slot, Undefined
from dpc.transforms.relax.mixture import Case
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.state import Relaxation

# What has halted: in which case, and of what.
Key = tuple[Case, "Slot | Place | None"]


# Stands for a value where no weight is left that could see it.
NOTHING = Const(0.0)


@dataclass(slots=True)
class End:
    """Where a path through an iteration ends."""

    values: list[Atom]
    left: Atom
    sums: dict[Key, Atom]
    stop: Atom | None = None


def joined(relax: Relaxation, statement: If, here: End, end: End) -> End:
    """Emit an `if` that leaves the loop in its first branch."""
    build = relax.build
    merges: list[Merge] = []

    def merged(a: Atom, b: Atom, name: str) -> Atom:
        if a is b or (
            isinstance(a, Const) and isinstance(b, Const) and a.value is b.value
        ):
            return a
        for one, other in ((a, b), (b, a)):
            if one is NOTHING and isinstance(other, Const | Undefined):
                return other
        slot = build.slot(name, F.join(build.fact(a), build.fact(b)))
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            build.facts[slot] = build.fact(b if isinstance(a, Undefined) else a)
        merges.append(Merge(slot, a, b))
        return slot

    values = [
        merged(a, b, _name(b, a)) for a, b in zip(here.values, end.values, strict=True)
    ]
    left = merged(here.left, end.left, "left")
    sums = {
        key: merged(atom, end.sums[key], _name(end.sums[key], atom))
        for key, atom in here.sums.items()
    }
    stop: Atom = statement.test
    if end.stop is not None:
        stop = merged(Const(True), end.stop, "broke")
    build.emit(
        If(
            statement.test,
            statement.then,
            statement.orelse,
            tuple(merges),
            statement.span,
        )
    )
    return End(values, left, sums, stop)


def _name(*atoms: Atom) -> str:
    return next((a.name for a in atoms if isinstance(a, Slot)), "value")


def changed(before: dict[Key, Atom], after: dict[Key, Atom]) -> list[Key]:
    return [key for key, atom in before.items() if after[key] is not atom]


def sum_merges(
    relax: Relaxation, before: dict[Key, Atom], after: dict[Key, Atom]
) -> list[Merge]:
    """The merges of the sums that a branch has added to."""
    found = []
    for key in changed(before, after):
        old, new = before[key], after[key]
        name = _name(old)
        fact = F.join(relax.build.fact(old), relax.build.fact(new))
        found.append(Merge(relax.build.slot(name, fact), new, old))
    return found


def is_same(here: End, end: End) -> bool:
    """Nothing is done in an iteration after an exit."""
    same = all(a is b for a, b in zip(here.values, end.values, strict=True))
    return same and here.left is end.left and here.sums == end.sums
