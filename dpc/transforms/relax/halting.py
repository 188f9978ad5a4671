"""The body of a soft loop: at every exit, the weight that leaves takes its state along.

before                          after
`if x > c: break`               `if x_gt_c: x_halted += left * x_gt_c * x`
`x += 1`                        `left *= x_le_c`
                                `if left < 1e-6: break`
                                `x += 1`

The state of the path that goes on is that of the loop as it is written: counters stay
integers. What follows an exit stands in its other branch, as it does for hard exits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from dpc.errors import UnsupportedError
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    For,
    If,
    Slot,
    Stmt,
    Store,
    While,
)
from dpc.ir.rebuild import substitute
from dpc.ir.walk import definitions, statements, targets
from dpc.transforms.relax.deciding import CONNECTIVES
from dpc.transforms.relax.ends import End, Key, changed, is_same, joined, sum_merges
from dpc.transforms.relax.gates import certain, gate_of
from dpc.transforms.relax.known import Known
from dpc.transforms.relax.mixture import Case
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.places import (
    copy_place,
    outer_places,
    outermost,
    read_place,
)
from dpc.transforms.relax.state import Gate, refused

# The weight below which a path is not followed any further.
SPENT = Const(1e-6)

_NOT_LEFT = Const(False)


@dataclass(eq=False)
class Halting(Known):
    """One iteration of a soft loop."""

    loop: For | While
    flags: list[Carry]  # that tell after the loop how it was left
    mixed: list[Carry]  # whose values are mixed over the exits
    returned: list[Carry]  # what is mixed only where the loop is left by `return`
    places: list[Place]  # memory that is mixed over the exits
    left: Atom
    sums: dict[Key, Atom]
    gated: list[tuple[Carry, Gate]]  # flags that are gates: while swapped
    weights: dict[Slot, tuple[Carry, bool]]  # of these, what is mixed over the exits
    begun: Atom = field(init=False)  # the weight with which the iteration began
    at_head: bool = False  # the exit is the test of a `while`

    def __post_init__(self) -> None:
        self.begun = self.left

    @contextmanager
    def aside(self) -> Iterator[None]:
        """A path of its own: what is found on it is forgotten after it."""
        before = self.known, self.same, self.left, self.sums
        self.known, self.same = dict(self.known), dict(self.same)
        self.sums = dict(self.sums)
        try:
            yield
        finally:
            self.known, self.same, self.left, self.sums = before

    # The way through an iteration

    def head(self, test: Atom, body: Block) -> End:
        """Emit an iteration that begins with a test whether there is one."""
        self.at_head = True
        return self.exit(If(test, (), (), (), self.loop.span), False, body)

    def path(self, statements: Sequence[Stmt]) -> End:
        """Emit what is left of an iteration."""
        for position, statement in enumerate(statements):
            rest = statements[position + 1 :]
            if isinstance(statement, If):
                truth = self.truth(statement.test)
                if truth is not None:
                    return self.path([*self.take(statement, truth), *rest])
                follows = self.after(rest)
                sides = [self.way_out(statement, s, follows) for s in (True, False)]
                parted = self.parted(statement, rest, sides)
                if parted is not None:
                    return parted
                if any(sides):
                    return self.exit(statement, sides[0], rest)
                self.settled.add(id(statement))
            self.emit((statement,))
        return self.end()

    def after(self, rest: Sequence[Stmt]) -> Sequence[Stmt]:
        """What follows in the iteration."""
        return rest

    def parted(
        self, statement: If, rest: Sequence[Stmt], sides: Sequence[bool]
    ) -> End | None:
        """Emit branches that are paths of their own, if they have to be.

        sides: whether a branch leaves the loop whatever happens in it.
        """
        return None

    def emit(self, block: Block) -> None:
        """Emit relaxed statements of the body, with what is known of their operands."""
        relax = self.relax
        block = substitute(block, self.replacing(block))
        before = relax.definitions
        # A loop in the block looks at its statements as they are on this path.
        here = {slot: s for s in statements(block) for slot in targets(s)}
        relax.definitions = {**before, **here}
        relax.build.block.extend(relax.block(block))
        relax.definitions = before

    def replacing(self, block: Block) -> dict[Slot, Atom]:
        return {slot: self.resolve(slot) for slot in self.same}

    def take(self, statement: If, truth: bool) -> Block:
        """The branch of an `if` whose test is known."""
        for merge in statement.merges:
            self.same[merge.target] = merge.then if truth else merge.orelse
        return statement.then if truth else statement.orelse

    def way_out(self, statement: If, side: bool, rest: Sequence[Stmt]) -> bool:
        """Whether a branch leaves the loop, with nothing to be done before it does."""
        if self.loop.leave is None:
            return False
        with self.aside():
            self.assume(statement.test, side)
            self.take(statement, side)
            return self.truth(self.loop.leave) is True and self.idle(rest)

    def idle(self, statements: Sequence[Stmt]) -> bool:
        """Nothing happens on this path but that flags are looked at."""
        for statement in statements:
            match statement:
                case Assign(_, Apply(fn)) if fn in CONNECTIVES:
                    continue
                case If():
                    truth = self.truth(statement.test)
                    if truth is not None and self.idle(
                        statement.then if truth else statement.orelse
                    ):
                        continue
            return False
        return True

    def end(self) -> End:
        """The end of an iteration, where the loop may be left as well."""
        leave = self.loop.leave
        if leave is not None and self.truth(leave) is None:
            nothing = If(leave, (), (), (), self.loop.span)
            return self.exit(nothing, True, ())
        if leave is not None and self.truth(leave) is True:
            return self.left_by_all()
        values = self.kept(self.state())
        for carry, _ in self.gated:
            gate = certain(self.relax, self.resolve(carry.next))
            values += [gate.p, gate.q]
        if self.left is self.begun:
            return End(values, self.left, self.sums)
        bare = self.relax.apply("dpc.bare", self.left)
        stop = self.relax.apply("operator.lt", bare, SPENT)
        return End(values, self.left, self.sums, stop)

    def state(self) -> list[Atom]:
        """What the carries hold at the end of this path."""
        if self.at_head:
            return [carry.header for carry in self.loop.carries]
        return [self.resolve(carry.next) for carry in self.loop.carries]

    def left_by_all(self) -> End:
        """The end of a path on which all that is left leaves the loop."""
        key = self.case(), None
        if self.flags:
            total = self.relax.apply("operator.add", self.sums[key], self.left)
            self.sums[key] = total
        self.accumulate(self.case(), self.left, self.state())
        return End(self.nowhere(self.state()), Const(0.0), self.sums, Const(True))

    def nowhere(self, last: list[Atom]) -> list[Atom]:
        """What is passed on where no weight is left."""
        return self.kept(last) + self.headers()

    def kept(self, state: list[Atom]) -> list[Atom]:
        """What of a state the next iteration is given: how it is left, it never was."""
        dropped: dict[Carry, Atom] = dict.fromkeys(self.flags, _NOT_LEFT)
        dropped |= dict.fromkeys(self.returned, UNDEFINED)
        pairs = zip(self.loop.carries, state, strict=True)
        return [dropped.get(carry, atom) for carry, atom in pairs]

    def headers(self) -> list[Atom]:
        """The gates of flags as they were when the iteration began."""
        return [atom for _, gate in self.gated for atom in (gate.p, gate.q)]

    def exit(self, statement: If, side: bool, rest: Sequence[Stmt]) -> End:
        """Emit an exit, and what is done by the weight that does not take it."""
        gate = gate_of(self.relax, self.resolve(statement.test))
        if gate is None:
            return self.hard_exit(statement, side, rest)
        gate = gate if side else gate.opposite
        last = self.halted(statement, side, gate)
        return self.go_on(statement, side, rest, gate, last)

    def halted(self, statement: If, side: bool, gate: Gate) -> list[Atom]:
        """Emit the branch that leaves; returns a state that may be left behind."""
        relax = self.relax
        arm = statement.then if side else statement.orelse
        if self.flags:
            halts = relax.apply("operator.mul", self.left, gate.p)
            self.place_masses(statement, side, halts)
        before = dict(self.sums)
        with self.aside(), relax.build.region() as new:
            apart = self.places_apart(statement.test)
            written = outermost([*outer_places(relax, arm), *apart])
            saved = [copy_place(relax, place) for place in written]
            self.give_back(statement.test, side)
            self.enter(statement.test, side)
            self.emit(arm)
            self.take(statement, side)
            if not self.flags:
                halts = relax.apply("operator.mul", self.left, gate.p)
            self.accumulate(self.case(), halts, self.state())
            for place, old in zip(reversed(written), reversed(saved), strict=True):
                relax.build.emit(Store(place.kind, place.base, place.index, old))
            last = self.state()
            sums = self.sums
        inside = set(definitions(tuple(new)))
        merges = sum_merges(relax, before, sums)
        for key, merge in zip(changed(before, sums), merges, strict=True):
            self.sums[key] = merge.target
        build = relax.build
        build.emit(If(gate.is_p, tuple(new), (), tuple(merges), statement.span))
        # Whatever stands in a name when no weight is left for it.
        return [
            carry.header if atom in inside else atom
            for carry, atom in zip(self.loop.carries, last, strict=True)
        ]

    def case(self) -> Case:
        """How the flags stand on this path."""
        if self.at_head:
            return tuple([False] * len(self.flags))
        found = [self.truth(flag.next) for flag in self.flags]
        if None in found:
            raise refused(
                self.loop.span,
                "it is not known how this relaxed loop is left in one of its branches",
                "write dpc.hard(test) for an exact loop, or leave it in one place",
            )
        return tuple(map(bool, found))

    def place_masses(self, statement: If, side: bool, halts: Atom) -> None:
        """Add up the weight that leaves with the flags as they stand there."""
        with self.aside():
            self.assume(statement.test, side)
            self.take(statement, side)
            key = self.case(), None
        self.sums[key] = self.relax.apply("operator.add", self.sums[key], halts)

    def accumulate(self, case: Case, halts: Atom, state: list[Atom]) -> None:
        """Add the state of a path to what has halted, by weight."""
        for carry, value in zip(self.loop.carries, state, strict=True):
            if carry in self.mixed and value is not UNDEFINED:
                if value is carry.header and carry.init is UNDEFINED:
                    if carry in self.returned:
                        continue
                    raise _unbound(self.loop, carry)
                self.add((case, carry.result), halts, value)
        values = dict(zip(self.loop.carries, state, strict=True))
        for slot, (carry, positive) in self.weights.items():
            truth = self.truth(values[carry])
            gate = certain(self.relax, values[carry] if truth is None else Const(truth))
            self.add((case, slot), halts, gate.p if positive else gate.q)
        for place in self.places:
            self.add((case, place), halts, read_place(self.relax, place))

    def add(self, key: Key, halts: Atom, value: Atom) -> None:
        """One sum of what has halted."""
        term = self.relax.apply("operator.mul", halts, value)
        self.sums[key] = self.relax.apply("operator.add", self.sums[key], term)

    def go_on(
        self,
        statement: If,
        side: bool,
        rest: Sequence[Stmt],
        gate: Gate,
        last: list[Atom],
    ) -> End:
        """Emit the rest of the iteration, unless hardly any weight is left for it."""
        relax = self.relax
        left = relax.apply("operator.mul", self.left, gate.q, name="left")
        spent = relax.apply("operator.not_", relax.apply("dpc.bare", left))
        self.left = left
        here = End(self.nowhere(last), left, self.sums, Const(True))
        with relax.build.region() as body:
            end = self.remaining(statement, side, rest)
        if is_same(here, end):
            relax.build.block.extend(body)
            return end
        return joined(relax, If(spent, (), tuple(body), (), statement.span), here, end)

    def remaining(self, statement: If, side: bool, rest: Sequence[Stmt]) -> End:
        with self.aside():
            at_head, self.at_head = self.at_head, False
            self.give_back(statement.test, not side)
            self.enter(statement.test, not side)
            if at_head:
                # Its weight is asked for again: the loop goes on by weight.
                for carry, _ in self.gated:
                    self.known.pop(carry.header, None)
            return self.path([*self.take(statement, not side), *rest])

    def hard_exit(self, statement: If, side: bool, rest: Sequence[Stmt]) -> End:
        """An exit whose test does not vary: all that is left takes it, or nothing."""
        relax = self.relax
        test = self.resolve(statement.test)
        if not side:
            test = relax.apply("operator.not_", test)
        with self.aside(), relax.build.region() as leaving:
            self.assume(statement.test, side)
            self.emit(statement.then if side else statement.orelse)
            self.take(statement, side)
            here = self.left_by_all()
        with relax.build.region() as body:
            end = self.remaining(statement, side, rest)
        joint = If(test, tuple(leaving), tuple(body), (), statement.span)
        return joined(relax, joint, here, end)


def _unbound(loop: For | While, carry: Carry) -> UnsupportedError:
    name = carry.result.name
    return refused(
        loop.span,
        f"`{name}` is read after this relaxed loop, which may be left before it is set",
        f"give `{name}` a value before the loop, or write dpc.hard(test)",
    )
