"""What is known after a soft loop of the ways in which it was left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from dpc.ir.build import Builder
from dpc.ir.nodes import Atom, Const, Slot
from dpc.transforms.relax.place import Place

Case = tuple[bool, ...]  # the truth of each flag of the loop


def cases_of(count: int) -> list[Case]:
    """All ways in which some flags can stand."""
    return list(product((False, True), repeat=count))


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """The exits of one loop: their weights by case, and their states times weight."""

    flags: tuple[Slot, ...]
    mixed: tuple[Slot, ...]
    masses: Mapping[Case, Atom]
    sums: Mapping[tuple[Case, Slot], Atom]
    returned: frozenset[Slot]  # what has no value where the loop has not returned
    last: Mapping[Slot, Slot]  # the one state in which it ends by itself, if it is one
    # Places in memory, as the sums of what stands there.
    memory: Mapping[tuple[Case, Place], Atom]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A mixture where some cases are left; `names` are its slots there."""

    mixture: Mixture
    cases: frozenset[Case]
    names: Mapping[Slot, Slot] | None = None  # what stands for a slot of the mixture

    def name(self, slot: Slot) -> Slot:
        """The slot that stands for one of the mixture."""
        return slot if self.names is None else self.names[slot]

    def original(self, slot: Slot) -> Slot:
        """The slot of the mixture that one stands for."""
        if self.names is None:
            return slot
        return next(old for old, new in self.names.items() if new is slot)

    def is_unbound(self, slot: Slot, cases: frozenset[Case]) -> bool:
        """A slot has no value in any of some cases."""
        sums = [self.mixture.sums[case, slot] for case in cases]
        nothing = all(isinstance(total, Const) for total in sums)
        return slot in self.mixture.returned and nothing

    def mass(self, build: Builder, cases: frozenset[Case]) -> Atom:
        """The weight of some cases, of those that are left."""
        part = self._sum(build, [self.mixture.masses[case] for case in sorted(cases)])
        return build.apply("operator.truediv", part, self._whole(build))

    def _whole(self, build: Builder) -> Atom:
        if len(self.cases) == len(self.mixture.masses):
            return Const(1.0)
        cases = sorted(self.cases)
        return self._sum(build, [self.mixture.masses[case] for case in cases])

    def _sum(self, build: Builder, atoms: list[Atom]) -> Atom:
        total: Atom = Const(0.0)
        for atom in atoms:
            total = build.apply("operator.add", total, atom)
        return total

    def part(self, build: Builder, slot: Slot, cases: frozenset[Case]) -> Atom:
        """The sum of what a slot is in some cases, by weight."""
        sums = [self.mixture.sums[case, slot] for case in sorted(cases)]
        total = self._sum(build, sums)
        return build.apply("operator.truediv", total, self._whole(build))

    def content(self, build: Builder, place: Place, cases: frozenset[Case]) -> Atom:
        """What stands in a place in some cases."""
        atoms = [self.mixture.masses[case] for case in sorted(cases)]
        sums = [self.mixture.memory[case, place] for case in sorted(cases)]
        whole = self._sum(build, atoms)
        return build.apply("operator.truediv", self._sum(build, sums), whole)

    def mean(self, build: Builder, slot: Slot, cases: frozenset[Case]) -> Atom:
        """What a slot is in some cases."""
        ended = tuple([False] * len(self.mixture.flags))
        if cases == {ended} and slot in self.mixture.last:
            return self.mixture.last[slot]
        atoms = [self.mixture.masses[case] for case in sorted(cases)]
        sums = self._sum(build, [self.mixture.sums[c, slot] for c in sorted(cases)])
        return build.apply("operator.truediv", sums, self._sum(build, atoms))
