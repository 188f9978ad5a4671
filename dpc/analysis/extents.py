"""What an index of slices and integers selects along each axis of an array.

`a[:, :n]` and `a[:, n:]` have nothing in common, whatever `n` is and however many
columns there are: a slice ends where the array does, and a negative bound counts from
there. So bounds are compared as places in the array: equal bounds are one place, and of
two that are not negative the smaller one comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Dim, Fact, Shape, of_constant
from dpc.ir.nodes import Apply, Assign, Atom, Block, Const, Slot, Value
from dpc.ir.walk import statements
from dpc.rules import sizes

# A number or a size, an integer of which nothing is known, or how it is computed.
Place = int | str | Slot | tuple["str | Place", ...]
_ARITHMETIC = frozenset(("operator.add", "operator.sub", "operator.mul"))


@dataclass(frozen=True, slots=True)
class Extent:
    """The places from `begin` up to `end`; without an end, all that follow.

    single: an integer stands there, and selects one of these places.
    """

    begin: Place
    end: Place | None
    single: bool = False

    @property
    def is_all(self) -> bool:
        return self.begin == 0 and self.end is None


Region = tuple[Extent, ...]  # along every axis
ALL = Extent(0, None)


class Extents:
    """The regions that indices of a program select."""

    def __init__(self, facts: Facts, block: Block) -> None:
        self.facts = facts
        self.made: Mapping[Atom, Value] = {
            s.target: s.value for s in statements(block) if isinstance(s, Assign)
        }

    def region(self, index: Atom, shape: Shape) -> Region | None:
        """What an index selects of an array, None if that is not known."""
        entries = self.entries(index)
        found = [self.extent(entry) for entry in entries if not _is_ellipsis(entry)]
        missing = len(shape) - len(found)
        if missing < 0 or None in found or len(entries) - len(found) > 1:
            return None
        at = next((i for i, e in enumerate(entries) if _is_ellipsis(e)), len(found))
        found[at:at] = [ALL] * missing
        return tuple(
            _open(extent, size)
            for extent, size in zip(found, shape, strict=True)
            if extent is not None
        )

    def entries(self, index: Atom) -> Sequence[Atom | Fact]:
        if isinstance(index, Const):
            whole = index.value
            return [*map(Const, whole)] if isinstance(whole, tuple) else [index]
        match self.made.get(index):
            case Apply("tuple", parts):
                return parts
        fact = self.fact(index)
        return (
            fact.items if fact.kind == "tuple" and fact.items is not None else [index]
        )

    def extent(self, entry: Atom | Fact) -> Extent | None:
        """The places along one axis, None if the entry is no slice and no integer."""
        fact = self.fact(entry)
        if fact.kind == "int":
            place = self.place(entry)
            if isinstance(place, int) and place >= 0:
                return Extent(place, place + 1, single=True)
            return None if place is None else Extent(place, None, single=True)
        bounds = self.bounds(entry, fact)
        if fact.kind != "slice" or bounds is None:
            return None
        begin, end, step = bounds
        if self.fact(step).kind != "none" and self.place(step) != 1:
            return None
        lower = 0 if self.fact(begin).kind == "none" else self.place(begin)
        upper = None if self.fact(end).kind == "none" else self.place(end)
        if lower is None or (upper is None and self.fact(end).kind != "none"):
            return None
        return Extent(lower, upper)

    def bounds(self, entry: Atom | Fact, fact: Fact) -> Sequence[Atom | Fact] | None:
        """Start, stop and step of a slice."""
        match entry if isinstance(entry, Fact) else self.made.get(entry):
            case Apply("slice", parts):
                return parts
        if isinstance(fact.value, slice):
            value = fact.value
            return [Const(bound) for bound in (value.start, value.stop, value.step)]
        return fact.items

    def place(self, bound: Atom | Fact) -> Place | None:
        """What stands for the value of an integer: equal ones are equal values."""
        fact = self.fact(bound)
        if fact.kind != "int":
            return None
        if isinstance(fact.value, int | str):
            return fact.value
        match None if isinstance(bound, Fact) else self.made.get(bound):
            case Apply(fn, args) if fn in _ARITHMETIC:
                parts = [
                    place for arg in args if (place := self.place(arg)) is not None
                ]
                if len(parts) == len(args):
                    return (fn, *parts)
        return bound if isinstance(bound, Slot) else None

    def fact(self, atom: Atom | Fact) -> Fact:
        match atom:
            case Fact():
                return atom
            case Const(value):
                return of_constant(value)
            case Slot():
                return self.facts.get(atom, ANY)
        return ANY


def _is_ellipsis(entry: Atom | Fact) -> bool:
    value = entry.value if isinstance(entry, Const | Fact) else None
    return value is Ellipsis


def _open(extent: Extent, size: Dim) -> Extent:
    """Without an end, if that is the size of the axis."""
    if size is None or extent.end != size or extent.single:
        return extent
    return Extent(extent.begin, None)


def disjoint(one: Region, other: Region) -> bool:
    """The regions of one array have no element in common."""
    return any(
        _precedes(a.end, b.begin) or _precedes(b.end, a.begin)
        for a, b in zip(one, other, strict=True)
    )


def cover(regions: Sequence[Region]) -> tuple[int, list[int]] | None:
    """The axis along which the regions are the whole array, and their order along it.

    None if they are not known to be: one after the other, and nothing in between.
    """
    axes = {axis for region in regions for axis, e in enumerate(region) if not e.is_all}
    if len(axes) != 1:
        return None
    (axis,) = axes
    left = {place: region[axis] for place, region in enumerate(regions)}
    order: list[int] = []
    at: Place | None = 0
    while left:
        following = [place for place, extent in left.items() if extent.begin == at]
        if len(following) != 1 or at is None:
            return None
        extent = left.pop(following[0])
        inner = bool(order) and bool(left)
        if extent.single or (inner and not _precedes(extent.begin, extent.end)):
            return None
        order.append(following[0])
        at = extent.end
    return (axis, order) if at is None else None


def _precedes(one: Place | None, other: Place | None) -> bool:
    """The first place does not lie behind the other one, in any array."""
    if one is None or other is None:
        return False
    if one == other:
        return True
    if not isinstance(one, int | str) or not isinstance(other, int | str):
        return False
    if isinstance(one, int) and isinstance(other, int):
        return one <= other and (one >= 0 or other < 0)
    return _is_size(one) and _is_size(sizes.minus(other, one))


def _is_size(value: Dim) -> bool:
    """An integer that is not negative. What a division rounds down may be."""
    return "//" not in str(value) and sizes.as_size(value) == value
