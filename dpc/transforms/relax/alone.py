"""Memory that two branches leave under one name, and who else has it.

before                              after
`w = u if x > c else v`             `w = blend(p, u, q, v)`: an array of its own
`w[0] = 1.0`                        refused: `u` and `v` would not see it

A blend is new memory. That is right as long as nobody writes the old or the new and
reads the other: then the two of them are one object in the exact program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dpc.ir.facts import Fact
from dpc.ir.nodes import Atom, For, If, Merge, Slot
from dpc.transforms.relax.state import Relaxation, refused
from dpc.transforms.relax.stores import Settled


@dataclass(frozen=True, slots=True)
class Left:
    """What branches leave, each object once."""

    merges: list[Merge]
    again: dict[Slot, Slot]  # names of an object that another merge leaves
    numbers: list[Slot]  # which must not be memory, as far as is not known


def left_by(
    relax: Relaxation,
    statement: If,
    settled: Sequence[Settled],
    merges: Sequence[Merge],
) -> Left:
    """The merges of an `if`, without those that leave an object once more.

    Raises UnsupportedError where the blend of memory that others have is written later.
    """
    left = Left([], {}, [])
    for merge in merges:
        first = next((m for m in left.merges if _is_same(relax, m, merge)), None)
        if first is None:
            left.merges.append(merge)
        else:
            left.again[merge.target] = first.target
    for merge in left.merges:
        same = {s for s, first in left.again.items() if first is merge.target}
        require_alone(relax, statement, merge, {merge.target, *same}, left)
    for each in settled:
        base = relax.build.fact(each.place.base)
        if not base.is_array:  # An array copies what is stored to it.
            require_alone(relax, statement, each.merge, None, left)
    return left


def _is_same(relax: Relaxation, one: Merge, other: Merge) -> bool:
    """Both names are one object after each branch."""
    if relax.build.fact(one.target).is_scalar:
        return False
    pairs = ((one.then, other.then), (one.orelse, other.orelse))
    return all(origin(relax, a) is origin(relax, b) for a, b in pairs)


def origin(relax: Relaxation, atom: Atom) -> Atom:
    """The slot that an atom is another name of."""
    while isinstance(atom, Slot):
        found = relax.build.definitions.get(atom)
        if not isinstance(found, Slot):
            break
        atom = found
    return atom


def require_alone(
    relax: Relaxation,
    statement: If | For,
    merge: Merge,
    same: set[Slot] | None,
    left: Left,
) -> None:
    """Refuse a blend of memory that others have, if it is written later.

    same: the names that the statement leaves for the blend; None for a place in a
      container, which others may have as well.
    """
    build, holders = relax.build, relax.holders
    ends = [a for a in (merge.then, merge.orelse) if _may_be_memory(build.fact(a))]
    here = holders.place(statement, relax.definitions.get(merge.target))
    if not ends or here is None:
        return
    classes = holders.written_after(here, (merge.target, *ends))
    others = [s for s in holders.others(here, classes) if s not in (same or ())]
    if classes:
        relax.rewritten.add(merge.target)
    alone = not others and same is not None and not holders.has_object(classes)
    if not classes or alone:
        return
    if not any(_is_memory(build.fact(a)) for a in ends):
        left.numbers.append(merge.target)
        return
    name = merge.target.name
    named = (f"`{s.name}`" for s in others if s.name != name and not s.temp)
    other = next(named, "another name")
    if any(slot in holders.params for slot in others):
        other = "the caller's argument"
    raise refused(
        statement.span,
        f"`{name}` is written later, and {other} may be the same object",
        f"write {name} = {name}.copy() before that, since a blend is a new object,"
        " or dpc.hard(test)",
    )


def _may_be_memory(fact: Fact) -> bool:
    return not fact.is_scalar and fact.kind not in ("str", "none")


def _is_memory(fact: Fact) -> bool:
    return fact.is_array or fact.kind in ("list", "dict", "object", "tuple")
