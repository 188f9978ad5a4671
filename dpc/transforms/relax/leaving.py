"""What a soft loop leaves: means over its exits, in names and in memory."""

from __future__ import annotations

from dataclasses import dataclass

from dpc.ir import facts as F
from dpc.ir.nodes import Atom, Carry, Const, For, If, Merge, Slot, Store, While
from dpc.ir.program import RETURNED
from dpc.transforms.relax.cases import open_flags
from dpc.transforms.relax.ends import Key
from dpc.transforms.relax.mixture import Case, Mixture, View, cases_of
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.places import read_place
from dpc.transforms.relax.state import Gate, Relaxation


@dataclass(eq=False)
class Leaving:
    """What follows a soft loop."""

    relax: Relaxation
    loop: For | While
    flags: list[Carry]  # that tell how it was left
    mixed: list[Carry]  # whose values are mixed over the exits
    returned: list[Carry]  # what is mixed only where the loop is left by `return`
    places: list[Place]  # memory that is mixed over the exits
    weights: dict[Slot, tuple[Carry, bool]]  # of flags; mixed as well
    sums: dict[Key, Atom]  # of what has left by an exit
    only_last: set[Key]  # sums that no exit has added to

    def emit(self, left: Slot, last: list[Slot], gates: dict[Carry, Gate]) -> None:
        """Emit the means over all exits, and what is known of each.

        left: the weight that is left when the loop ends; last: its state; gates: the
          weights of flags in it.
        """
        relax, build, sums = self.relax, self.relax.build, self.sums
        ended = tuple([False] * len(self.flags))
        slots = dict(zip((c.result for c in self.loop.carries), last, strict=True))
        atoms: dict[Slot, Atom] = dict(slots)
        for slot, (carry, positive) in self.weights.items():
            atoms[slot] = gates[carry].p if positive else gates[carry].q
        bare = relax.apply("dpc.bare", left)
        no_end = {carry.result for carry in self.returned}
        with build.region() as new:
            merges, whole = [], dict(sums)
            for key, total in sums.items():
                case, what = key
                if case != ended or what is None or what in no_end:
                    continue
                value = (
                    atoms[what] if isinstance(what, Slot) else read_place(relax, what)
                )
                term = relax.apply("operator.mul", left, value)
                new_total = relax.apply("operator.add", total, term)
                slot = build.slot(
                    what.name, F.join(build.fact(total), build.fact(new_total))
                )
                merges.append(Merge(slot, new_total, total))
                whole[key] = slot
        build.emit(If(bare, tuple(new), (), tuple(merges), self.loop.span))
        values = [self._memory(place, whole, left) for place in self.places]
        for place, value in zip(self.places, values, strict=True):
            build.emit(
                Store(place.kind, place.base, place.index, value, self.loop.span)
            )
        for carry in self.loop.carries:
            if carry in self.mixed:
                self._total(carry, whole, left)
            elif carry not in self.flags:
                build.assign(carry.result, slots[carry.result])
        for carry in gates:
            self._gate(carry, whole)
        if self.flags:
            self._flags(left, whole, slots)

    def _gate(self, carry: Carry, whole: dict[Key, Atom]) -> None:
        """A flag that has a weight of its own, over all exits."""
        found = []
        for slot, (of, _) in self.weights.items():
            if of is carry:
                atoms = (atom for (_, what), atom in whole.items() if what is slot)
                total: Atom = Const(0.0)
                for atom in atoms:
                    total = self.relax.apply("operator.add", total, atom)
                found.append(total)
        if found:
            self.relax.gates[carry.result] = Gate.of(*found)
            self.relax.weights |= {a for a in found if isinstance(a, Slot)}

    def _memory(self, place: Place, whole: dict[Key, Atom], left: Atom) -> Atom:
        """A place for those that go on, or as all leave it where all have returned."""
        relax, build = self.relax, self.relax.build
        total: Atom = Const(0.0)
        other: Atom = Const(0.0)
        mass = left
        for (case, what), atom in whole.items():
            gone = self._returns(case)
            if what is None and not gone:
                mass = relax.apply("operator.add", mass, atom)
            elif what == place and (case, what) not in self.only_last and gone:
                other = relax.apply("operator.add", other, atom)
            elif what == place and not gone:
                total = relax.apply("operator.add", total, atom)
        if not any(map(self._returns, cases_of(len(self.flags)))):
            return total
        bare, found = relax.apply("dpc.bare", mass), build.slot(place.name)
        build.facts[found] = build.fact(total)
        with build.region() as new:
            mean = relax.apply("operator.truediv", total, mass)
        build.emit(
            If(bare, tuple(new), (), (Merge(found, mean, other),), self.loop.span)
        )
        return found

    def _returns(self, case: Case) -> bool:
        """The loop is left by `return`."""
        kinds = [self.relax.outcomes.get(flag.result) for flag in self.flags]
        return any(
            truth and kind == RETURNED for truth, kind in zip(case, kinds, strict=True)
        )

    def _total(self, carry: Carry, whole: dict[Key, Atom], left: Atom) -> None:
        total: Atom = Const(0.0)
        for (_, what), atom in whole.items():
            if what is carry.result:
                total = self.relax.apply("operator.add", total, atom)
        if carry in self.returned and not self.flags:
            # Whatever has not returned when its steps are used up does not count.
            gone = self.relax.apply("operator.sub", Const(1.0), left)
            total = self.relax.apply("operator.truediv", total, gone)
        was = self.relax.build.fact(carry.result).kind
        self.relax.build.facts[carry.result] = self.relax.build.fact(total)
        if was in ("int", "bool"):
            self.relax.promoted[carry.result] = self.loop
        assert isinstance(total, Slot | Const)
        self.relax.build.assign(carry.result, total)

    def _flags(
        self, left: Slot, whole: dict[Key, Atom], last: dict[Slot, Slot]
    ) -> None:
        relax = self.relax
        ended = tuple([False] * len(self.flags))
        masses = {
            case: atom
            for (case, what), atom in whole.items()
            if what is None and (isinstance(atom, Slot) or case == ended)
        }
        masses[ended] = relax.apply("operator.add", masses[ended], left)
        mixture = Mixture(
            tuple(flag.result for flag in self.flags),
            tuple(carry.result for carry in self.mixed),
            masses,
            {
                (case, what): atom
                for (case, what), atom in whole.items()
                if isinstance(what, Slot) and what not in self.weights
            },
            frozenset(carry.result for carry in self.returned),
            {s: end for s, end in last.items() if self._ends_once(ended, s)},
            {
                (case, what): atom
                for (case, what), atom in whole.items()
                if isinstance(what, Place)
            },
        )
        view = View(mixture, frozenset(masses))
        open_flags(relax, view)
        for carry in self.mixed:
            relax.views[carry.result] = view
        for flag in self.flags:
            if relax.outcomes.get(flag.result) == RETURNED:
                for carry in self.returned:
                    relax.parts[carry.result] = relax.gates[flag.result]

    def _ends_once(self, ended: Case, slot: Slot) -> bool:
        """The loop has one state where it ends by itself, and no exit ends it so."""
        return isinstance(self.loop, For) and (ended, slot) in self.only_last
