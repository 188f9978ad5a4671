"""What a loop knows of what goes round it: one header for every name."""

from __future__ import annotations

from dataclasses import dataclass

from dpc.frontend.lifting.sites import UNKNOWN, Cell, holds_containers
from dpc.frontend.lifting.values import Val
from dpc.ir import facts as F
from dpc.ir.nodes import Slot


@dataclass(slots=True)
class Leaf:
    """A header that is one slot. `cell` is None until a value has come round."""

    cell: Cell | None
    slot: Slot | None = None


@dataclass(slots=True)
class Node:
    """Headers of the elements of a tuple."""

    parts: list[Header]
    kind: type | None


@dataclass(slots=True)
class Fixed:
    """What is the same in every iteration: a function, a class."""

    value: Val


Header = Leaf | Node | Fixed


def fact_of(header: Header) -> F.Fact:
    """What is known of what goes round, by its elements where it is a tuple."""
    match header:
        case Leaf(Cell(fact)):
            return fact
        case Node(parts, None):
            return F.Fact("tuple", items=tuple(map(fact_of, parts)))
    return F.ANY


def tuples(before: F.Fact, now: F.Fact) -> Cell:
    """What holds for a tuple and for what comes round in its place: where that is a
    tuple, too, the length changes."""
    fact = F.join(before, now)
    if fact.kind != "tuple":
        return UNKNOWN
    element = None if holds_containers(fact) else F.element_of(fact)
    return Cell(F.Fact("tuple", element=element), None)
