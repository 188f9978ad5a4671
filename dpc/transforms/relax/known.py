"""What is known on one path through the body of a soft loop."""

from __future__ import annotations

from dataclasses import dataclass, field

from dpc.ir.nodes import Apply, Assign, Atom, Const, For, If, Slot, While
from dpc.transforms.relax.cases import entered
from dpc.transforms.relax.state import Relaxation


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
        self.same |= entered(self.relax, self.resolve(test), truth, self.same)
        self.assume(test, truth)


def _is_same(a: Atom, b: Atom) -> bool:
    return isinstance(a, Const) and isinstance(b, Const) and a.value is b.value
