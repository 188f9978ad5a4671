"""What is known on one path through the body of a soft loop."""

from __future__ import annotations

from dataclasses import dataclass, field

from dpc.ir.nodes import Apply, Assign, Atom, Const, For, If, Slot, While
from dpc.ir.program import RETURNED, SKIPPED
from dpc.transforms.relax.cases import entered, places_by, stand_as, view_of
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.places import place_of
from dpc.transforms.relax.state import Relaxation
from dpc.transforms.relax.ways import Split


@dataclass(eq=False)
class Known:
    """The tests whose outcome a path has settled, and what names are because of it."""

    relax: Relaxation
    known: dict[Slot, bool] = field(default_factory=dict, kw_only=True)
    same: dict[Slot, Atom] = field(default_factory=dict, kw_only=True)
    settled: set[int] = field(default_factory=set, kw_only=True)

    def resolve(self, atom: Atom) -> Atom:
        """What an atom is on this path."""
        while isinstance(atom, Slot):
            if atom in self.same:
                atom = self.same[atom]
                continue
            if atom in self.known:
                return Const(self.known[atom])
            statement = self.relax.definitions.get(atom)
            if not isinstance(statement, If) or id(statement) in self.settled:
                return atom
            truth = self.truth(statement.test)
            if truth is None:
                return atom
            merge = next(m for m in statement.merges if m.target is atom)
            atom = merge.then if truth else merge.orelse
        return atom

    def truth(self, atom: Atom) -> bool | None:
        """The truth of an atom on this path, if it is the same in every run."""
        atom = self.resolve(atom)
        if isinstance(atom, Const):
            return bool(atom.value)
        match self.relax.definitions.get(atom):  # type: ignore[arg-type]
            case Assign(_, Apply("operator.not_", (part,))):
                found = self.truth(part)
                return None if found is None else not found
            case Assign(_, Apply("and" | "or" as fn, parts)):
                ends = [self.truth(part) for part in parts]
                if (fn == "or") in ends:
                    return fn == "or"
                return None if None in ends else fn == "and"
            case Assign(_, (Slot() | Const()) as same):
                return self.truth(same)
            case For(carries=carries) | While(carries=carries):
                carry = next((c for c in carries if c.result is atom), None)
                if carry is not None and _is_same(carry.init, carry.next):
                    return self.truth(carry.init)
        return None

    def assume(self, atom: Atom, truth: bool) -> None:
        """Take the path on which an atom is true, or false."""
        atom = self.resolve(atom)
        if not isinstance(atom, Slot):
            return
        self.known[atom] = truth
        match self.relax.definitions.get(atom):
            case Assign(_, Apply("operator.not_", (part,))):
                self.assume(part, not truth)
            case Assign(_, Apply("and" | "or" as fn, parts)) if truth is (fn == "and"):
                for part in parts:
                    self.assume(part, truth)
            case Assign(_, Slot() as same):
                self.assume(same, truth)
            case If(test, _, _, merges):
                merge = next(m for m in merges if m.target is atom)
                if self.truth(merge.then) is (not truth):
                    self.assume(test, False)
                    self.assume(merge.orelse, truth)
                elif self.truth(merge.orelse) is (not truth):
                    self.assume(test, True)
                    self.assume(merge.then, truth)

    def enter(self, test: Atom, truth: bool) -> None:
        """Take a path, on which less may be known to have happened before."""
        resolved = self.resolve(test)
        self.same |= entered(self.relax, resolved, truth, self.same)
        split, positive = split_by(self.relax, resolved)
        if split is not None:
            way = truth is positive
            here = {slot: pair[way] for slot, pair in split.names.items()}
            self.same |= {slot: atom for slot, atom in here.items() if atom is not slot}
        self.assume(test, truth)

    def apart(self, test: Atom) -> set[Slot]:
        """The names that are not the same on both paths of a test."""
        here = self.resolve(test)
        split, _ = split_by(self.relax, here)
        found = set() if split is None else set(split.names)
        seen = view_of(self.relax, here, self.same)
        if seen is not None:
            found |= {seen[0].name(slot) for slot in seen[0].mixture.mixed}
        return found

    def places_apart(self, test: Atom) -> list[Place]:
        """The places in memory that are not the same on both paths of a test."""
        here = self.resolve(test)
        split, _ = split_by(self.relax, here)
        stores = [] if split is None else split.memory
        return [*places_by(self.relax, here, self.same), *map(place_of, stores)]

    def give_back(self, test: Atom, truth: bool) -> None:
        """Write to memory what it is on one path of a test, before that is entered."""
        here = self.resolve(test)
        stand_as(self.relax, here, truth, self.same)
        split, positive = split_by(self.relax, here)
        if split is not None and truth is positive:
            self.relax.build.block.extend(split.memory)


def split_by(relax: Relaxation, test: Atom) -> tuple[Split | None, bool]:
    """How paths have parted by the flag of an exit that a test looks at, and whether
    the test is not its opposite."""
    flag, positive = relax.ways.test_of(test)
    if flag is None or relax.outcomes.get(flag) not in (SKIPPED, RETURNED):
        return None, True
    return relax.splits.get(flag), positive


def _is_same(a: Atom, b: Atom) -> bool:
    return isinstance(a, Const) and isinstance(b, Const) and a.value is b.value
