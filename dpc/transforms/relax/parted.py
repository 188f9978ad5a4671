"""What two branches leave for those that go on and for those that skip the rest."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from dpc.ir import facts as F
from dpc.ir.nodes import UNDEFINED, Atom, Const, If, Merge, Slot
from dpc.transforms.relax.gates import certain
from dpc.transforms.relax.leaves import Leaves
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.places import copy_place, once, place_of, slots_of
from dpc.transforms.relax.state import Relaxation, refused
from dpc.transforms.relax.stores import Settled
from dpc.transforms.relax.values import Arms
from dpc.transforms.relax.ways import Pair, Split

# What a name is at the end of either branch; None where no path comes from.
Ends = tuple[Atom | None, Atom | None]


@dataclass(frozen=True, slots=True)
class Parting:
    """The test by which the paths through an `if` part, as either branch leaves it.

    skips: the truth with which the rest is skipped.
    """

    test: Slot
    ends: Pair
    skips: bool


def parting_of(
    relax: Relaxation, statement: If, flags: Sequence[Merge]
) -> Parting | None:
    """How the paths through an `if` part, if what follows looks at it."""
    ways = relax.ways
    for merge in flags:
        if ways.is_flag(merge.target):
            return Parting(merge.target, (merge.then, merge.orelse), True)
    test, positive = ways.test_of(statement.test)
    if test is None or test not in ways.passed:
        return None
    skips = ways.passed[test][0].positive
    return Parting(test, (Const(positive), Const(not positive)), skips)


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """What two branches leave in a slot: for all paths, or for those of one way."""

    target: Slot
    ends: Ends
    way: bool | None = None  # how the test of the parting has come out

    @property
    def pair(self) -> Pair:
        """The ends, the one twice if the other branch has no such path."""
        a, b = self.ends
        one, other = (b if a is None else a), (a if b is None else b)
        assert one is not None and other is not None
        return one, other

    @property
    def is_sure(self) -> bool:
        """All paths of this way come from one branch."""
        return self.way is not None and None in self.ends


@dataclass(frozen=True, slots=True)
class Name:
    """A name where the test has come out one way.

    lefts: what is left of it; of a truth value, its two weights.
    ends: what the name is at the end of either branch, whichever way.
    """

    slot: Slot
    way: bool
    lefts: tuple[Left, ...] = ()
    ends: Pair = (UNDEFINED, UNDEFINED)


class Branches:
    """What is asked of two branches."""

    def __init__(
        self, relax: Relaxation, statement: If, arms: Arms, parting: Parting
    ) -> None:
        self.relax, self.statement = relax, statement
        self.arms, self.parting = arms, parting
        self.test, self.positive = relax.ways.test_of(statement.test)

    # What stands at the end of a branch

    def truth(self, side: int) -> bool | None:
        """How the test of the parting surely has come out in a branch."""
        end = self.parting.ends[side]
        if isinstance(end, Const):
            return bool(end.value)
        test, positive = self.relax.ways.test_of(end)
        if test is not self.test:
            return None
        return (self.positive is (side == 0)) is positive

    def split(self, side: int) -> tuple[Split | None, bool]:
        """How the paths of a branch have parted, and whether by the test itself."""
        test, positive = self.relax.ways.test_of(self.parting.ends[side])
        found = None if test is None else self.relax.splits.get(test)
        return found, positive

    def name(self, side: int, atom: Atom, way: bool) -> Atom | None:
        """What a name is; None where no path of this way comes from the branch."""
        truth = self.truth(side)
        if truth is not None:
            return atom if truth is way else None
        split, positive = self.split(side)
        if split is not None and isinstance(atom, Slot) and atom in split.names:
            return split.names[atom][way is positive]
        return UNDEFINED if atom in self.relax.parts else atom

    def place(self, side: int, each: Settled, way: bool) -> Atom | None:
        """What is in a place; those that go on have left what stands there."""
        atom = each.merge.orelse if side else each.merge.then
        truth = self.truth(side)
        if truth is not None:
            return atom if truth is way else None
        split, _ = self.split(side)
        if split is None or way is not self.parting.skips:
            return atom
        stores = (s for s in split.memory if place_of(s).same(each.place))
        return next((store.value for store in stores), atom)

    # What is asked for

    def names(
        self, merges: Sequence[Merge], flags: Sequence[Merge], leaves: Leaves
    ) -> list[Name]:
        """The names that what follows looks at, for either way."""
        asked = {m.target: (m.then, m.orelse) for m in (*merges, *flags)}
        found = []
        for target, ends in (*asked.items(), *self.around(asked)):
            for way in (False, True):
                if not self.is_wanted(target, way, leaves):
                    continue
                a, b = (self.name(side, atom, way) for side, atom in enumerate(ends))
                if a is not None or b is not None:
                    lefts = self.lefts(target, (a, b), way)
                    found.append(Name(target, way, lefts, ends))
        return found

    def around(self, asked: Container[Slot]) -> Iterator[tuple[Slot, Pair]]:
        """Names that have parted before, and that no branch changes."""
        split = None if self.test is None else self.relax.splits.get(self.test)
        if split is not None:
            for slot, pair in split.names.items():
                if slot not in asked:
                    yield slot, (pair[self.positive], pair[not self.positive])

    def is_wanted(self, slot: Slot, way: bool, leaves: Leaves) -> bool:
        test, wants = self.parting.test, self.relax.ways.wants
        holders = (made for made, call in leaves.made if slot in call.operands)
        return wants(test, slot, way) or any(
            self.is_wanted(made, way, leaves) for made in holders
        )

    def lefts(self, target: Slot, ends: Ends, way: bool) -> tuple[Left, ...]:
        """The slots that a name is left in: a truth value is, as its two weights."""
        build = self.relax.build
        if target not in self.relax.gates:
            facts = [build.fact(a) for a in ends if a is not None]
            slot = build.slot(target.name, F.join(facts[0], facts[-1]))
            return (Left(slot, ends, way),)
        p: list[Atom | None] = []
        q: list[Atom | None] = []
        for side, (atom, arm) in enumerate(zip(ends, self.arms, strict=True)):
            with build.region() as new:
                gate = None
                if atom is not None:
                    test = self.statement.test
                    known = self.relax.ways.known(test, side == 0, atom)
                    gate = certain(self.relax, known)
            arm += new
            p.append(None if gate is None else gate.p)
            q.append(None if gate is None else gate.q)
        slots = [build.slot(f"{target.name}{end}", F.FLOAT) for end in ("", "_not")]
        return Left(slots[0], (p[0], p[1]), way), Left(slots[1], (q[0], q[1]), way)

    def goes_on(self, settled: Sequence[Settled]) -> dict[Slot, Left]:
        """What those that go on leave in memory, if what follows looks at memory."""
        return {each.merge.target: left for each, left in self.memory(settled, False)}

    def skips(self, settled: Sequence[Settled]) -> list[tuple[Place, Left]]:
        """What those that skip leave there."""
        return [(each.place, left) for each, left in self.memory(settled, True)]

    def memory(
        self, settled: Sequence[Settled], skips: bool
    ) -> Iterator[tuple[Settled, Left]]:
        wants = self.relax.ways.wants_memory
        if not wants(self.parting.test, self.relax.is_memory):
            return
        self.require_places(settled)
        way = skips is self.parting.skips
        for each in settled:
            a, b = (self.place(side, each, way) for side in (0, 1))
            if a is not None or b is not None:
                target = each.merge.target
                if skips:
                    target = self.relax.build.slot(
                        target.name, self.relax.build.fact(target), temp=True
                    )
                yield each, Left(target, (a, b), way)

    def hard_memory(self) -> list[tuple[Place, Merge]]:
        """What those that skip leave in memory where one branch is taken.

        Memory itself stands as the others have left it at the end of either branch.
        """
        relax = self.relax
        splits = [self.split(side)[0] for side in (0, 1)]
        stores = [store for split in splits if split for store in split.memory]
        inside = slots_of(self.arms)
        found = []
        for place in once([place_of(store) for store in stores]):
            if place.base in inside or place.index in inside:
                self.refuse_place()
            ends = []
            for split, arm in zip(splits, self.arms, strict=True):
                kept = (
                    [s for s in split.memory if place_of(s).same(place)]
                    if split
                    else []
                )
                with relax.build.region() as new:
                    end = kept[0].value if kept else copy_place(relax, place)
                arm += new
                ends.append(end)
            fact = F.join(*map(relax.build.fact, ends))
            target = relax.build.slot(place.name, fact, temp=True)
            found.append((place, Merge(target, *ends)))
        return found

    def require_places(self, settled: Sequence[Settled]) -> None:
        """What has parted in a branch must have a place here."""
        for side in (0, 1):
            split, _ = self.split(side)
            for store in () if split is None else split.memory:
                if not any(place_of(store).same(each.place) for each in settled):
                    self.refuse_place()

    def refuse_place(self) -> NoReturn:
        raise refused(
            self.statement.span,
            "a branch in this one skips the rest of the iteration, and which memory it"
            " has written is not known here",
            "give the index a name before this `if`, or write dpc.hard(test)",
        )
