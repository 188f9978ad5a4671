"""What is asked, after a branch, of the paths that go on and of those that skip.

`continue` sets a flag, which the tests of the rest look at and which the branches
around pass on. Where its paths part, only what is read behind such tests is kept apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from dpc.ir.nodes import Apply, Assign, Atom, Block, Carry, Const, If, Slot, Stmt, Store
from dpc.ir.program import SKIPPED
from dpc.ir.walk import reads, statements

Pair = tuple[Atom, Atom]


@dataclass(frozen=True, slots=True)
class Split:
    """What names and memory are where a test is false, and where it is true.

    skips: the truth with which the rest is skipped.
    memory: the stores of what those that skip leave in memory; what the others leave
      stands there.
    """

    skips: bool
    names: dict[Slot, Pair] = field(default_factory=dict)
    memory: list[Store] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Passed:
    """A test that the branches of an `if` leave as a flag of skipping."""

    statement: If
    side: int
    flag: Slot
    positive: bool  # and not its opposite


@dataclass(slots=True)
class Ways:
    """The flags of skipping in a function: who looks at them, who passes them on."""

    definitions: Mapping[Slot, Stmt]
    outcomes: Mapping[Slot, str]
    # By flag: what is read where it is false, and where it is true.
    looks: dict[Slot, tuple[set[Slot], set[Slot]]] = field(default_factory=dict)
    rests: dict[Slot, list[Block]] = field(default_factory=dict)
    passed: dict[Slot, list[_Passed]] = field(default_factory=dict)
    # What soft loops go on with: an exit behind a flag takes it along.
    states: set[Slot] = field(default_factory=set)

    def is_flag(self, atom: Atom) -> bool:
        """A flag of skipping."""
        return isinstance(atom, Slot) and self.outcomes.get(atom) == SKIPPED

    def test_of(self, test: Atom) -> tuple[Slot | None, bool]:
        """What a test is a copy of, and whether it is not its opposite."""
        positive = True
        while isinstance(test, Slot) and not self.is_flag(test):
            match self.definitions.get(test):
                case Assign(_, Apply("operator.not_", (part,))):
                    test, positive = part, not positive
                case Assign(_, Slot() as same):
                    test = same
                case _:
                    return test, positive
        return (test, positive) if isinstance(test, Slot) else (None, True)

    def known(self, test: Atom, holds: bool, atom: Atom) -> Atom:
        """An atom in a branch of a test: how the test itself came out is known."""
        one, positive = self.test_of(test)
        other, same = self.test_of(atom)
        return Const(holds is (positive is same)) if one and one is other else atom

    def wants(self, test: Slot, slot: Slot, truth: bool) -> bool:
        """A name is asked for where a test has come out like this."""
        looks = self.looks.get(test)
        if looks is not None and (slot in looks[truth] or slot in self.states):
            return True
        for passed in self.passed.get(test, ()):
            skips = truth is passed.positive
            names = [
                m.target
                for m in passed.statement.merges
                if (m.orelse if passed.side else m.then) is slot
            ]
            # What the branches do not merge goes by the same name after them.
            if any(self.wants(passed.flag, n, skips) for n in names or [slot]):
                return True
        return False

    def wants_memory(self, test: Slot, is_memory: Callable[[Slot], bool]) -> bool:
        """What follows for those that go on reads or writes memory, or may leave the
        loop with it."""
        if self.states and test in self.rests:
            return True
        if any(any(map(is_memory, reads(rest))) for rest in self.rests.get(test, ())):
            return True
        return any(
            self.wants_memory(passed.flag, is_memory)
            for passed in self.passed.get(test, ())
        )


def ways_of(
    body: Block,
    definitions: Mapping[Slot, Stmt],
    outcomes: Mapping[Slot, str],
    carries: Iterable[Carry],
) -> Ways:
    """What a function asks of its flags.

    carries: what soft loops go on with, but for the flags of their exits.
    """
    found = Ways(definitions, outcomes)
    found.states = _merged_into([carry.next for carry in carries], definitions)
    for statement in statements(body):
        if isinstance(statement, If):
            _pass_on(found, statement)
            _look(found, statement)
    return found


def _merged_into(atoms: Iterable[Atom], definitions: Mapping[Slot, Stmt]) -> set[Slot]:
    """The names that may be what some atoms are, through branches and copies."""
    found: set[Slot] = set()
    pending = list(atoms)
    while pending:
        atom = pending.pop()
        if not isinstance(atom, Slot) or atom in found:
            continue
        found.add(atom)
        match definitions.get(atom):
            case If(merges=merges):
                merge = next(m for m in merges if m.target is atom)
                pending += (merge.then, merge.orelse)
            case Assign(_, Slot() as same):
                pending.append(same)
    return found


def _pass_on(found: Ways, statement: If) -> None:
    for merge in statement.merges:
        if found.is_flag(merge.target):
            for side, end in enumerate((merge.then, merge.orelse)):
                test, positive = found.test_of(end)
                if test is not None:
                    passed = _Passed(statement, side, merge.target, positive)
                    found.passed.setdefault(test, []).append(passed)


def _look(found: Ways, statement: If) -> None:
    flag, positive = found.test_of(statement.test)
    if flag is None or not found.is_flag(flag):
        return
    looks = found.looks.setdefault(flag, (set(), set()))
    for side, block in enumerate((statement.then, statement.orelse)):
        truth = positive is (side == 0)
        ends = [m.orelse if side else m.then for m in statement.merges]
        looks[truth].update(a for a in ends if isinstance(a, Slot))
        looks[truth].update(reads(block))
        if not truth:
            found.rests.setdefault(flag, []).append(block)
