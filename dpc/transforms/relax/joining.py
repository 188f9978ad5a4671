"""The joins of branches that are paths of their own in an iteration of a soft loop.

before                          after
`if x > c:`                     `left = left_then + left_else`
`    if y > c: break`           `p, q = left_then / left, left_else / left`
`    x += 1`                    `x = p * x_then + q * x_else`

What a branch leaves is for the weight that is left in it. Where some of that skips the
rest of the iteration, names and memory are left for either way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dpc.ir.nodes import UNDEFINED, Atom, Const, If, Merge, Slot, Stmt, Store
from dpc.ir.program import RESULT, RETURNED
from dpc.transforms.relax.deciding import is_truth
from dpc.transforms.relax.ends import NOTHING, End
from dpc.transforms.relax.gates import certain, truth_of
from dpc.transforms.relax.halting import Halting
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.places import copy_place, place_of
from dpc.transforms.relax.returning import shares_of
from dpc.transforms.relax.state import Gate, refused
from dpc.transforms.relax.values import Blend, Term, emit_blend
from dpc.transforms.relax.ways import Split


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a value at the end of a branch is for: a name, a weight of a truth value, a
    place in memory.

    way: how the flag of skipping has come out; None for all that is left.
    """

    what: Merge | Place
    part: str = ""  # "p" or "q" of a truth value
    way: bool | None = None


@dataclass(eq=False)
class Arm:
    """A branch that ends where the other one does, and what goes on there.

    flag: the merge by which some of its paths skip that.
    """

    merges: tuple[Merge, ...]
    side: bool
    rest: Sequence[Stmt]
    flag: Merge | None
    targets: list[Target]

    def at_end(self, merge: Merge) -> Atom:
        """What a merge takes from the branch."""
        return merge.then if self.side else merge.orelse


@dataclass(eq=False)
class Joining(Halting):
    """The ends of branches, and what a path goes on with after them."""

    arm: Arm | None = field(default=None, kw_only=True)
    # Of a test whose other weight follows.
    half: Atom = field(default=Const(0.0), kw_only=True)

    # The ends of the branches

    def nowhere(self, last: list[Atom]) -> list[Atom]:
        """What is passed on where no weight is left."""
        if self.arm is None:
            return super().nowhere(last)
        found: list[Atom] = []
        for target in self.arm.targets:
            merge = target.what
            if isinstance(merge, Place) or target.part or target.way is not None:
                found.append(NOTHING)
            else:
                other = merge.orelse if self.arm.side else merge.then
                found.append(self._outer(other))
        return found

    def _outer(self, atom: Atom) -> Atom:
        """An atom, if it stands before the iteration's branches."""
        is_header = any(atom is carry.header for carry in self.loop.carries)
        return atom if is_header else NOTHING

    def end(self) -> End:
        """The end of a branch, or of the iteration."""
        if self.arm is None:
            return super().end()
        if self.loop.leave is not None:
            if self.truth(self.loop.leave) is True and self.idle(self.arm.rest):
                return self.left_by_all()
            for merge in self.arm.merges:
                atom = self.resolve(self.arm.at_end(merge))
                # A flag that nothing has looked at yet: an exit that stands last.
                if self.is_exit(atom, self.arm.rest):
                    return self.exit(If(atom, (), (), (), self.loop.span), True, ())
        values = [self._at_end(self.arm, target) for target in self.arm.targets]
        return End(values, self.left, self.sums)

    def is_exit(self, atom: Atom, rest: Sequence[Stmt]) -> bool:
        """The loop is left where a truth value holds that is not known yet, and is not
        left by all whatever it is."""
        leave = self.loop.leave
        return (
            isinstance(atom, Slot)
            and self.truth(atom) is None
            and (leave is None or self.truth(leave) is None)
            and is_truth(self.relax, atom)
            and self.way_out(If(atom, (), (), ()), True, rest)
        )

    def _at_end(self, arm: Arm, target: Target) -> Atom:
        """What a value is at the end of a branch."""
        if isinstance(target.what, Place):
            return self._in_place(arm, target.what)
        atom = self.resolve(arm.at_end(target.what))
        if target.way is not None:
            parted = self._on_way(arm, arm.at_end(target.what), target.way)
            if parted is None:
                return NOTHING
            atom = self.resolve(parted)
        if target.part:
            gate = certain(self.relax, atom)
            return gate.p if target.part == "p" else gate.q
        if self.relax.outcomes.get(target.what.target) == RESULT:
            return UNDEFINED  # What is left has not returned.
        return atom

    def _on_way(self, arm: Arm, atom: Atom, way: bool) -> Atom | None:
        """What a name is where the flag of skipping has come out one way."""
        split, positive, truth = self._parted(arm)
        if truth is not None:
            return atom if truth is way else None
        names = {} if split is None else split.names
        for name in (atom, self.resolve(atom)):
            if isinstance(name, Slot) and name in names:
                return names[name][way is positive]
        return atom

    def _in_place(self, arm: Arm, place: Place) -> Atom:
        """What those that skip have left in a place; the others have what stands there,
        unless all skip."""
        split, _, truth = self._parted(arm)
        if truth is None and split is not None:
            for store in split.memory:
                if place_of(store).same(place):
                    return store.value
        return copy_place(self.relax, place)

    def _parted(self, arm: Arm) -> tuple[Split | None, bool, bool | None]:
        """How the paths of a branch have parted, or the way that all of them went."""
        assert arm.flag is not None
        end = arm.at_end(arm.flag)
        truth = self.truth(end)
        test, positive = self.relax.ways.test_of(self.resolve(end))
        split = None if test is None else self.relax.splits.get(test)
        return split, positive, truth

    # What they are joined in

    def targets_of(self, statement: If, places: Sequence[Place]) -> list[Target]:
        """What the values of a branch are for; `places` are those it may write."""
        found: list[Target] = []
        for merge in statement.merges:
            found += self._parts(merge)
        flag = self.flag_of(statement)
        if flag is None:
            return found
        ways = self.relax.ways
        for merge in statement.merges:
            for way in (False, True):
                if ways.wants(flag.target, merge.target, way):
                    found += self._parts(merge, way)
        if ways.wants_memory(flag.target, self.relax.is_memory):
            found += [Target(place, way=True) for place in places]
        return found

    def flag_of(self, statement: If) -> Merge | None:
        """The flag by which paths of branches skip what follows."""
        flags = (m for m in statement.merges if self.relax.ways.is_flag(m.target))
        return next(filter(self._is_test, flags), None)

    def _parts(self, merge: Merge, way: bool | None = None) -> Iterator[Target]:
        for part in ("p", "q") if self._is_test(merge) else ("",):
            yield Target(merge, part, way)

    def _is_test(self, merge: Merge) -> bool:
        """The gates of a truth value are merged, not the value."""
        relax = self.relax
        flag = relax.outcomes.get(merge.target) == RETURNED
        return merge.target in relax.tests and (flag or is_truth(relax, merge.target))

    def bind(self, statement: If, target: Target, value: Atom) -> None:
        """What a name, or a weight of a test, is after the branches."""
        if target.part == "p":
            self.half = value
            return
        merge = target.what
        assert isinstance(merge, Merge)
        if target.part:
            name = merge.target
            if target.way is not None:
                name = self.relax.build.slot(name.name, self.relax.build.fact(name))
            value = truth_of(self.relax, name, self.half, value)
        if target.way is None:
            if value is not merge.target:
                self.same[merge.target] = value
            return
        names = self._split(statement).names
        pair = list(names.get(merge.target, (merge.target, merge.target)))
        pair[target.way] = value
        names[merge.target] = pair[0], pair[1]

    def _split(self, statement: If) -> Split:
        flag = self.flag_of(statement)
        assert flag is not None
        return self.relax.splits.setdefault(flag.target, Split(True))

    def keep_memory(self, statement: If, stores: Sequence[Store]) -> None:
        """Give back to those that skip what they have left in memory."""
        if self.flag_of(statement) is not None:
            self._split(statement).memory[:] = stores

    def blend(
        self, statement: If, target: Target, a: Atom, b: Atom, shares: Gate
    ) -> None:
        """Emit what a name, or a weight, is after branches of some shares."""
        relax, merge = self.relax, target.what
        assert isinstance(merge, Merge)
        is_around = merge.target is merge.then  # The branches do not change it.
        if is_around and UNDEFINED in (a, b):
            return
        if a is b or _same(a, b) or b is NOTHING:
            self.bind(statement, target, a)
        elif a is NOTHING:
            self.bind(statement, target, b)
        elif UNDEFINED in (a, b):
            if target.way is None and merge.target in relax.read:
                name = merge.target.name
                raise refused(
                    statement.span,
                    f"`{name}` is read after this `if`, and one branch leaves it"
                    " undefined",
                    f"give `{name}` a value before the `if`, or write dpc.hard(test)",
                )
            self.bind(statement, target, UNDEFINED)
        elif target.part:
            terms = [
                relax.apply("operator.mul", w, x)
                for w, x in ((shares.p, a), (shares.q, b))
            ]
            self.bind(statement, target, relax.apply("operator.add", *terms))
        else:
            fresh = is_around or target.way is not None
            slot = relax.build.slot(merge.target.name) if fresh else merge.target
            ends = Term(a, shares.p), Term(b, shares.q)
            emit_blend(
                relax, statement, Blend(replace(merge, target=slot), *ends), shares
            )
            if fresh:
                self.bind(statement, target, slot)

    def shares(
        self, statement: If, of_left: Gate, ends: Sequence[tuple[Target, Atom, Atom]]
    ) -> dict[bool | None, Gate]:
        """The shares of both branches in what is left, and in that of either way."""
        found: dict[bool | None, Gate] = {None: of_left}
        flag = self.flag_of(statement)
        gate = None if flag is None else self.relax.gates.get(flag.target)
        if flag is None or gate is None:
            return found
        asked = {t.way for t, a, b in ends if NOTHING not in (a, b)}
        for target, a, b in ends:
            if target.what is not flag or target.way is not None:
                continue
            way, whole = target.part == "p", gate.p if target.part == "p" else gate.q
            if way in asked:
                end = "skips" if way else "on"
                found[way] = shares_of(self.relax, of_left, whole, (a, b), end)
        return found


def _same(a: Atom, b: Atom) -> bool:
    return (
        isinstance(a, Const)
        and isinstance(b, Const)
        and type(a.value) is type(b.value)
        and a.value == b.value
    )
