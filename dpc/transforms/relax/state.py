"""What the parts of the relaxation share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType

from dpc.analysis.activity import Activity
from dpc.analysis.holders import Holders
from dpc.errors import Diagnostic, UnsupportedError, UntilCalledError
from dpc.ir.build import Builder
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    For,
    If,
    Object,
    Slot,
    Stmt,
    While,
)
from dpc.rules.adjoints import AUGMENTED
from dpc.rules.ruleset import Rule
from dpc.source import Span
from dpc.transforms.relax.mixture import View
from dpc.transforms.relax.signs import is_finite_by_sign
from dpc.transforms.relax.ways import Split, Ways


@dataclass(frozen=True, slots=True)
class Gate:
    """The weights of a test and of its opposite.

    Both vary. `is_p` and `is_q` are the bare weights, where no derivative is asked for.
    """

    p: Atom
    q: Atom
    is_p: Atom
    is_q: Atom

    @property
    def opposite(self) -> Gate:
        """The gate of the test's opposite."""
        return Gate(self.q, self.p, self.is_q, self.is_p)

    @classmethod
    def of(cls, p: Atom, q: Atom) -> Gate:
        """A gate that is computed from others."""
        return cls(p, q, p, q)


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the report: what became of a test."""

    span: Span | None
    text: str


CERTAIN = {
    True: Gate.of(Const(1.0), Const(0.0)),
    False: Gate.of(Const(0.0), Const(1.0)),
}

# What gates are computed with: they are right for every number.
GATES = frozenset(
    "dpc.gates dpc.weights unpack dpc.gate dpc.against dpc.probability".split()
)

# What made a number of an integer or of a truth value.
Cause = If | Assign | For | While


@dataclass(frozen=True, slots=True)
class Held:
    """What a container holds is no integer any more.

    key: of the part that is not; None where it may be any part, or a part of one.
    cause: what made it a number; None where the run has to tell.
    """

    container: Atom
    key: Hashable | None
    cause: Cause | None


@dataclass(eq=False)
class Relaxation:
    """One round over a function."""

    build: Builder
    rules: Mapping[str, Rule]
    activity: Activity
    holders: Holders
    definitions: Mapping[Slot, Stmt]  # the statement that defines a slot
    used: frozenset[Slot]
    read: frozenset[Slot]  # by anything but merges
    tests: frozenset[Slot]  # what conditions of branches are made of
    exits: frozenset[Slot]  # what decides whether a loop goes on
    temperature: Atom
    outcomes: dict[Slot, str]  # slots of returned values, and of their flags
    block: Callable[[Block], Block] = field(init=False)
    gates: dict[Slot, Gate] = field(default_factory=dict)
    weights: set[Slot] = field(default_factory=set)  # finite, all of them
    # What a loop has returned, if it has: only its flag, which is exact, tells.
    loose: dict[Slot, Slot] = field(default_factory=dict)
    parts: dict[Slot, Gate] = field(default_factory=dict)  # bound with this weight
    gone: dict[Slot, int] = field(default_factory=dict)  # merges, of a side that left
    gone_places: dict[Slot, int] = field(default_factory=dict)  # the same, in memory
    ways: Ways = field(init=False)  # who looks at the flags of `continue`
    splits: dict[Slot, Split] = field(default_factory=dict)  # by these flags
    wild: set[Slot] = field(default_factory=set)  # may be infinite or NaN
    rewritten: set[Slot] = field(default_factory=set)  # blends that are written later
    selecting: Mapping[Slot, Apply] = field(default_factory=dict)  # by an argmax
    walked: set[tuple[Atom, ...]] = field(default_factory=set)  # with an index in it
    shares: set[tuple[Atom, ...]] = field(default_factory=set)  # by weights above 0
    scopes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    promoted: dict[Slot, If | For | While] = field(
        default_factory=dict
    )  # integers that are blended
    held: list[Held] = field(default_factory=list)  # the same, in containers
    settled: frozenset[Slot] = frozenset()  # tests of weights themselves
    deciders: frozenset[Slot] = frozenset()  # flags by which exact loops go on
    max_steps: int | None = None  # of a soft loop; None: loops run as written
    carries: Mapping[Slot, Carry] = field(default_factory=dict)  # header or result
    before: frozenset[Slot] = frozenset()  # all slots, before the round
    reached: frozenset[Slot] = frozenset()  # by what relaxed tests decide
    views: dict[Slot, View] = field(default_factory=dict)  # after soft loops
    changed: bool = False
    first: bool = True
    decisions: dict[object, Decision] = field(default_factory=dict)

    def decide(self, statement: Cause, text: str) -> None:
        """A line of the report; the first round that knows a test has the word."""
        span = statement.span
        where = None if span is None else (span.line, span.col)
        line = text if span is None else f"line {span.line}: {text}"
        self.decisions.setdefault(where, Decision(span, line))

    def is_varied(self, atom: Atom) -> bool:
        """An atom varies, or will once all tests are relaxed."""
        if not isinstance(atom, Slot):
            return False
        if atom in self.reached or atom in self.weights:
            return True
        if atom in self.before:
            return self.activity.is_varied(atom)
        # It was made in this round.
        made = self.build.definitions.get(atom)
        if isinstance(made, Apply):
            return any(map(self.is_varied, made.operands))
        return not isinstance(made, Slot) or self.is_varied(made)

    def varies(self, test: Atom) -> bool:
        """A test that is not relaxed depends on a differentiated argument."""
        call = self.definition(test)
        if call is None:
            return False
        if any(map(self.activity.is_varied, call.args)):
            return True
        return call.fn in ("and", "or", "operator.not_", "dpc.hard") and any(
            map(self.varies, call.args)
        )

    def is_used(self, slot: Slot) -> bool:
        """A slot is read, as far as is known of one that this round has made."""
        return slot in self.used or slot not in self.before

    @contextmanager
    def assuming(self, test: Atom, holds: bool) -> Iterator[None]:
        """A branch of a test: a flag that it looks at is known in it."""
        slot, positive = self.ways.test_of(test)
        before = None if slot is None else self.gates.get(slot)
        if slot is None or before is None:
            yield
            return
        self.gates[slot] = CERTAIN[holds is positive]
        yield
        self.gates[slot] = before

    def is_memory(self, slot: Slot) -> bool:
        """A slot may be something that can be written."""
        fact = self.build.fact(slot)
        return not fact.is_scalar and fact.kind not in ("str", "none", "function")

    def is_recursive(self, call: Apply) -> bool:
        """A call of a function that is known, and could not be written out."""
        callee = call.args[0]
        if not isinstance(callee, Object):
            return False
        holder = self.scopes.get(callee.scope, {})
        return isinstance(holder.get(callee.path[0]), FunctionType)

    def apply(self, fn: str, *args: Atom, name: str = "") -> Atom:
        """A new value in the current block."""
        return self.build.apply(fn, *args, name=name)

    def definition(self, atom: Atom) -> Apply | None:
        """The primitive that computes an atom."""
        return self.build.definition(atom)

    def fails(self, call: Apply) -> bool:
        """Whether a call can raise or be infinite on finite operands.

        A linear function fails on shapes that do not fit, which is a mistake of the
        program and not of the branch; an index is the exception.
        """
        if call.fn in GATES:
            return False
        if call.fn == "dpc.demand_finite":
            return True
        if call.args in self.shares:
            return False
        if call.fn in ("getitem", "np.take", "np.take_along_axis"):
            named = isinstance(call.args[1], Const) and isinstance(
                call.args[1].value, str
            )
            inside = call.args[:2] in self.walked
            return self.build.fact(call.args[0]).items is None and not (named or inside)
        rule = self.rules.get(call.fn)
        if rule is None or rule.kind in ("constant", "linear"):
            return False
        if not self.build.library[call.fn].can_fail:
            return False
        return not is_finite_by_sign(self.build, self.activity, call)


def refused(span: Span | None, title: str, hint: str) -> UnsupportedError:
    """What cannot be blended, and what to write in its place."""
    return UnsupportedError(Diagnostic(title, "", span, hint=hint))


IN_PLACE = frozenset(f"dpc.i{name}" for name in AUGMENTED)


def until_called(statement: If | For | While) -> UntilCalledError:
    return UntilCalledError(
        Diagnostic(
            "`+=` under a relaxed test may rebind a number or write an array",
            "",
            statement.span,
            hint="annotate the parameters (x: float), or call the derivative",
        )
    )
