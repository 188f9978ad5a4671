"""Exits inside the branches of an `if`: each branch is a path of its own.

before                          after
`if x > c:`                     `left_then, left_else = left * x_gt_c, left * x_le_c`
`    if y > c: break`           the exit takes its part of `left_then` along
`    x += 1`                    `left = left_then + left_else`
`rest`                          `x` is blended by what is left of both; `rest`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dpc.ir.nodes import (
    Atom,
    Const,
    If,
    Merge,
    Slot,
    Stmt,
    Store,
)
from dpc.ir.walk import definitions
from dpc.transforms.relax.ends import NOTHING, End, changed, joined, sum_merges
from dpc.transforms.relax.gates import gate_of
from dpc.transforms.relax.joining import Arm, Joining, Target
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.places import (
    copy_place,
    outer_places,
    outermost,
    read_place,
)
from dpc.transforms.relax.state import Gate


@dataclass(eq=False)
class Parting(Joining):
    """The paths through an iteration that part and join again."""

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
        around = set(filter(self.relax.is_used, self.apart(statement.test))) - merged
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
            if any(self.is_exit(atom, rest) for atom in ends):
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

    def _walk(
        self,
        statement: If,
        side: bool,
        rest: Sequence[Stmt],
        left: Atom,
        targets: list[Target],
    ) -> End:
        """Emit one branch."""
        flag = self.flag_of(statement)
        with self.aside(), self.relax.assuming(statement.test, side):
            self.give_back(statement.test, side)
            self.enter(statement.test, side)
            self.left, self.at_head = left, False
            arm = Arm(statement.merges, side, self.after(rest), flag, targets)
            outer, self.arm = self.arm, arm
            end = self.path(statement.then if side else statement.orelse)
            self.arm = outer
        return end

    # Branches, and their join

    def _hard(self, statement: If, rest: Sequence[Stmt]) -> Callable[[], None]:
        """One branch is taken. Returns what emits the join."""
        relax = self.relax
        test = self.resolve(statement.test)
        written = outer_places(relax, (*statement.then, *statement.orelse))
        targets = self.targets_of(statement, written)
        regions, ends = [], []
        for side in (True, False):
            with relax.build.region() as body:
                ends.append(self._walk(statement, side, rest, self.left, targets))
            regions.append(tuple(body))
        for end in ends:
            end.stop = None
        joint = If(test, regions[0], regions[1], (), statement.span)
        both = joined(relax, joint, *ends)
        self.left, self.sums = both.left, both.sums

        def join() -> None:
            stores = []
            for target, value in zip(targets, both.values, strict=True):
                if isinstance(target.what, Place):
                    stores.append(_store(target.what, value))
                else:
                    self.bind(statement, target, value)
            self.keep_memory(statement, stores)

        return join

    def _soft(
        self, statement: If, rest: Sequence[Stmt], gate: Gate
    ) -> Callable[[], None]:
        """Both branches are, by weight. Returns what emits the join."""
        relax, build = self.relax, self.relax.build
        both = outer_places(relax, (*statement.then, *statement.orelse))
        written = outermost([*both, *self.places_apart(statement.test)])
        targets = self.targets_of(statement, written)
        saved = [copy_place(relax, place) for place in written]
        lefts: list[Atom] = []
        values: list[list[Atom]] = []
        kept: list[Atom] = list(saved)
        for side, own in ((True, gate), (False, gate.opposite)):
            left = relax.apply("operator.mul", self.left, own.p, name="left")
            before = dict(self.sums)
            with build.region() as body:
                end = self._walk(statement, side, rest, left, targets)
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

        ends = list(zip(targets, *values, strict=True))
        memory = list(zip(written, kept, strict=True))
        return lambda: self._join(statement, lefts, ends, memory)

    def _join(
        self,
        statement: If,
        lefts: Sequence[Atom],
        ends: Sequence[tuple[Target, Atom, Atom]],
        memory: Sequence[tuple[Place, Atom]],
    ) -> None:
        """Emit what names and memory are for all that is left of both branches.

        memory: places as the first branch has left them; the second one has left what
          stands there.
        """
        relax, build = self.relax, self.relax.build
        p, q = (relax.apply("operator.truediv", w, self.left) for w in lefts)
        relax.weights |= {w for w in (p, q) if isinstance(w, Slot)}
        of_left = Gate.of(p, q)
        for target, a, b in ends:
            if target.way is None:
                self.blend(statement, target, a, b, of_left)
        by_way = self.shares(statement, of_left, ends)
        stores = []
        for target, a, b in ends:
            if isinstance(target.what, Place):
                value = self._mean(a, b, by_way.get(True))
                stores.append(_store(target.what, value))
            elif target.way is not None:
                gate = by_way.get(target.way, of_left)
                self.blend(statement, target, a, b, gate)
        # Memory itself is for those that go on.
        going = by_way.get(False, of_left) if stores else of_left
        means = [self._mean(a, read_place(relax, at), going) for at, a in memory]
        for (place, _), mean in zip(memory, means, strict=True):
            build.emit(_store(place, mean))
        self.keep_memory(statement, stores)

    def _mean(self, a: Atom, b: Atom, shares: Gate | None) -> Atom:
        """What stands in a place after branches of some shares."""
        if shares is None or NOTHING in (a, b):
            return a if b is NOTHING else b
        return self.relax.apply("dpc.blend", shares.p, a, shares.q, b)

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


def _store(place: Place, value: Atom) -> Store:
    return Store(place.kind, place.base, place.index, value)
