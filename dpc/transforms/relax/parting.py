"""Exits inside the branches of an `if`: each branch is a path of its own.

before                          after
`if x > c:`                     `left_then, left_else = left * x_gt_c, left * x_le_c`
`    if y > c: break`           the exit takes its part of `left_then` along
`    x += 1`                    `left = left_then + left_else`
`rest`                          `x` is blended by what is left of both; `rest`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Atom,
    Const,
    If,
    Merge,
    Slot,
    Stmt,
    Store,
)
from dpc.ir.program import RESULT, RETURNED
from dpc.ir.walk import definitions
from dpc.transforms.relax.deciding import is_truth
from dpc.transforms.relax.ends import NOTHING, End, changed, joined, sum_merges
from dpc.transforms.relax.gates import certain, gate_of
from dpc.transforms.relax.halting import Halting
from dpc.transforms.relax.places import copy_place, outer_places, outermost, read_place
from dpc.transforms.relax.state import Gate, refused
from dpc.transforms.relax.values import Blend, Term, emit_blend


@dataclass(eq=False)
class _Arm:
    """A branch that ends where the other one does, and what goes on there."""

    merges: tuple[Merge, ...]
    side: bool
    rest: Sequence[Stmt]


@dataclass(eq=False)
class Parting(Halting):
    """The paths through an iteration that part and join again."""

    arm: _Arm | None = field(default=None, kw_only=True)
    # Of a test whose other weight follows.
    half: Atom = field(default=Const(0.0), kw_only=True)

    def after(self, rest: Sequence[Stmt]) -> Sequence[Stmt]:
        """What follows in the iteration, beyond the branch."""
        return rest if self.arm is None else [*rest, *self.arm.rest]

    def parted(
        self, statement: If, rest: Sequence[Stmt], sides: Sequence[bool]
    ) -> End | None:
        """Emit branches some of whose weight leaves inside them, and what follows."""
        inside = [
            self._is_left_on_the_way(statement, side, self.after(rest))
            for side in (True, False)
        ]
        # Where one branch leaves as a whole, the other is followed after it.
        if not any(inside) or (any(sides) and not inside[sides.index(True)]):
            return None
        gate = gate_of(self.relax, self.resolve(statement.test))
        whole = self._with_around(statement)
        if gate is None:
            join = self._hard(whole, rest)
        else:
            join = self._soft(whole, rest, gate)
        self.settled.add(id(statement))
        return self._rest(statement, rest, join)

    def _with_around(self, statement: If) -> If:
        """The `if`, with a merge of each name that its test makes another in a branch,
        and that the branches do not change."""
        merged = {merge.target for merge in statement.merges}
        around = self.apart(statement.test) & self.relax.used - merged
        found = sorted(around, key=lambda slot: slot.name)
        extra = tuple(Merge(slot, slot, slot) for slot in found)
        return replace(statement, merges=(*statement.merges, *extra))

    def _is_left_inside(self, statement: If, rest: Sequence[Stmt]) -> bool:
        return any(
            self._is_left_on_the_way(statement, side, rest) for side in (True, False)
        )

    def _is_left_on_the_way(
        self, statement: If, side: bool, rest: Sequence[Stmt]
    ) -> bool:
        with self.aside():
            self.assume(statement.test, side)
            ends = [m.then if side else m.orelse for m in statement.merges]
            if any(self._is_exit(atom, rest) for atom in ends):
                return True
            pending = list(statement.then if side else statement.orelse)
            while pending:
                inner = pending.pop(0)
                if not isinstance(inner, If):
                    continue
                truth = self.truth(inner.test)
                if truth is not None:
                    pending = [*(inner.then if truth else inner.orelse), *pending]
                    continue
                follows = [*pending, *rest]
                ways = [self.way_out(inner, s, follows) for s in (True, False)]
                if any(ways) or self._is_left_inside(inner, follows):
                    return True
        return False

    def _is_exit(self, atom: Atom, rest: Sequence[Stmt]) -> bool:
        """The loop is left where a truth value holds that is not known yet."""
        return (
            isinstance(atom, Slot)
            and self.truth(atom) is None
            and is_truth(self.relax, atom)
            and self.way_out(If(atom, (), (), ()), True, rest)
        )

    # The ends of the branches

    def nowhere(self, last: list[Atom]) -> list[Atom]:
        """What is passed on where no weight is left."""
        if self.arm is None:
            return super().nowhere(last)
        found: list[Atom] = []
        for merge in self.arm.merges:
            other = merge.orelse if self.arm.side else merge.then
            if self._is_test(merge):
                found += [NOTHING, NOTHING]
            else:
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
                atom = self.resolve(merge.then if self.arm.side else merge.orelse)
                # A flag that nothing has looked at yet: an exit that stands last.
                if self._is_exit(atom, self.arm.rest):
                    return self.exit(If(atom, (), (), (), self.loop.span), True, ())
        values: list[Atom] = []
        for merge in self.arm.merges:
            atom = self.resolve(merge.then if self.arm.side else merge.orelse)
            if self._is_test(merge):
                gate = certain(self.relax, atom)
                values += [gate.p, gate.q]
            elif self.relax.outcomes.get(merge.target) == RESULT:
                values.append(UNDEFINED)  # What is left has not returned.
            else:
                values.append(atom)
        return End(values, self.left, self.sums)

    def _is_test(self, merge: Merge) -> bool:
        """The gates of a truth value are merged, not the value."""
        relax = self.relax
        flag = relax.outcomes.get(merge.target) == RETURNED
        return merge.target in relax.tests and (flag or is_truth(relax, merge.target))

    def _walk(self, statement: If, side: bool, rest: Sequence[Stmt], left: Atom) -> End:
        """Emit one branch."""
        with self.aside():
            self.give_back(statement.test, side)
            self.enter(statement.test, side)
            self.left, self.at_head = left, False
            outer, self.arm = self.arm, _Arm(statement.merges, side, self.after(rest))
            end = self.path(statement.then if side else statement.orelse)
            self.arm = outer
        return end

    # Branches, and their join

    def _hard(self, statement: If, rest: Sequence[Stmt]) -> Callable[[], None]:
        """One branch is taken. Returns what emits the join."""
        relax = self.relax
        test = self.resolve(statement.test)
        regions, ends = [], []
        for side in (True, False):
            with relax.build.region() as body:
                ends.append(self._walk(statement, side, rest, self.left))
            regions.append(tuple(body))
        for end in ends:
            end.stop = None
        joint = If(test, regions[0], regions[1], (), statement.span)
        both = joined(relax, joint, *ends)
        self.left, self.sums = both.left, both.sums

        def join() -> None:
            targets = self._targets(statement)
            for target, value in zip(targets, both.values, strict=True):
                self._bind(target, value)

        return join

    def _soft(
        self, statement: If, rest: Sequence[Stmt], gate: Gate
    ) -> Callable[[], None]:
        """Both branches are, by weight. Returns what emits the join."""
        relax, build = self.relax, self.relax.build
        both = outer_places(relax, (*statement.then, *statement.orelse))
        written = outermost([*both, *self.places_apart(statement.test)])
        saved = [copy_place(relax, place) for place in written]
        lefts: list[Atom] = []
        values: list[list[Atom]] = []
        kept: list[Atom] = list(saved)
        for side, own in ((True, gate), (False, gate.opposite)):
            left = relax.apply("operator.mul", self.left, own.p, name="left")
            before = dict(self.sums)
            with build.region() as body:
                end = self._walk(statement, side, rest, left)
                if side:
                    kept = [copy_place(relax, place) for place in written]
                    backwards = zip(reversed(written), reversed(saved), strict=True)
                    for place, old in backwards:
                        build.emit(Store(place.kind, place.base, place.index, old))
            merges = sum_merges(relax, before, end.sums)
            for key, merge in zip(changed(before, end.sums), merges, strict=True):
                self.sums[key] = merge.target
            inside = set(definitions(tuple(body)))
            lefts.append(self._out(end.left, inside, Const(0.0), merges))
            values.append(
                [self._out(v, inside, self._instead(v), merges) for v in end.values]
            )
            if side:
                kept = [
                    self._out(now, inside, old, merges)
                    for now, old in zip(kept, saved, strict=True)
                ]
            build.emit(If(own.is_p, tuple(body), (), tuple(merges), statement.span))
        self.left = relax.apply("operator.add", *lefts, name="left")

        def join() -> None:
            p, q = (relax.apply("operator.truediv", w, self.left) for w in lefts)
            relax.weights |= {w for w in (p, q) if isinstance(w, Slot)}
            shares = Gate.of(p, q)
            for target, a, b in zip(self._targets(statement), *values, strict=True):
                self._blend(statement, target, a, b, shares)
            means = [
                relax.apply("dpc.blend", p, then, q, read_place(relax, place))
                for place, then in zip(written, kept, strict=True)
            ]
            for place, mean in zip(written, means, strict=True):
                build.emit(Store(place.kind, place.base, place.index, mean))

        return join

    def _out(
        self, atom: Atom, inside: set[Slot], instead: Atom, merges: list[Merge]
    ) -> Atom:
        """What an atom of a branch is called after it."""
        if not isinstance(atom, Slot) or atom not in inside:
            return atom
        slot = self.relax.build.slot(atom.name, self.relax.build.fact(atom))
        merges.append(Merge(slot, atom, instead))
        return slot

    def _instead(self, atom: Atom) -> Atom:
        return (
            Const(False) if self.relax.build.fact(atom).kind == "bool" else Const(0.0)
        )

    def _targets(self, statement: If) -> list[tuple[Merge, str]]:
        """What the values of a branch are for: names, or the two weights of a test."""
        found: list[tuple[Merge, str]] = []
        for merge in statement.merges:
            test = self._is_test(merge)
            found += [(merge, "p"), (merge, "q")] if test else [(merge, "")]
        return found

    def _bind(self, target: tuple[Merge, str], value: Atom) -> None:
        """What a name, or a weight of a test, is after the branches."""
        merge, part = target
        relax, name = self.relax, merge.target
        if not part:
            self.same[name] = value
        elif part == "p":
            self.half = value
        elif isinstance(self.half, Const) and isinstance(value, Const):
            self.same[name] = Const(bool(self.half.value))
        else:
            relax.gates[name] = Gate.of(self.half, value)
            relax.weights |= {a for a in (self.half, value) if isinstance(a, Slot)}
            bare = relax.apply("dpc.bare", self.half)
            relax.build.assign(name, Apply("operator.gt", (bare, Const(0.5))))

    def _blend(
        self, statement: If, target: tuple[Merge, str], a: Atom, b: Atom, shares: Gate
    ) -> None:
        relax, (merge, part) = self.relax, target
        is_around = merge.target is merge.then
        if is_around and (UNDEFINED in (a, b) or (a is b and a is merge.target)):
            return
        if is_around:
            merge = replace(merge, target=relax.build.slot(merge.target.name))
        if a is b or _same(a, b) or b is NOTHING:
            self._bind(target, a)
        elif a is NOTHING:
            self._bind(target, b)
        elif UNDEFINED in (a, b):
            if merge.target in relax.read:
                name = merge.target.name
                raise refused(
                    statement.span,
                    f"`{name}` is read after this `if`, and one branch leaves it"
                    " undefined",
                    f"give `{name}` a value before the `if`, or write dpc.hard(test)",
                )
            self._bind(target, UNDEFINED)
        elif part:
            terms = [
                relax.apply("operator.mul", w, x)
                for w, x in ((shares.p, a), (shares.q, b))
            ]
            self._bind(target, relax.apply("operator.add", *terms))
        else:
            blend = Blend(merge, Term(a, shares.p), Term(b, shares.q))
            emit_blend(relax, statement, blend, shares)
            if is_around:
                self._bind(target, merge.target)

    def _rest(
        self, statement: If, rest: Sequence[Stmt], join: Callable[[], None]
    ) -> End:
        """Emit the join and what follows it, unless no weight is left for it."""
        relax = self.relax
        spent = relax.apply("operator.not_", relax.apply("dpc.bare", self.left))
        headers: list[Atom] = [carry.header for carry in self.loop.carries]
        here = End(self.nowhere(headers), self.left, dict(self.sums), Const(True))
        with relax.build.region() as body:
            join()
            end = self.path(rest)
        return joined(relax, If(spent, (), tuple(body), (), statement.span), here, end)


def _same(a: Atom, b: Atom) -> bool:
    return (
        isinstance(a, Const)
        and isinstance(b, Const)
        and type(a.value) is type(b.value)
        and a.value == b.value
    )
