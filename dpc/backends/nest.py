"""Which temporaries are written inside the expression that uses them.

before                          after
    t = np.exp(-z)                  p = 1 / (1 + np.exp(-z))
    u = 1 + t
    p = 1 / u

    if c:                           y = a if c else 2 * b
        t = a
    else:
        t = 2 * b
    y = t

A temporary nests into its single use in the same block, unless something between the
two could change what it reads, things that act would trade places, or the line would
become too long. The user's own expressions nest whatever their length.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from dpc.backends.arrange import Loop, late_leave
from dpc.backends.effects import ACTS, PURE, READS, Effects
from dpc.backends.groups import find_groups
from dpc.backends.patterns import Patterns, find_patterns
from dpc.backends.pending import Pending, Waiting
from dpc.backends.tree import Choice, Expression, leaves, slices
from dpc.backends.uses import count_uses
from dpc.backends.wanted import wanted_names
from dpc.ir.facts import ANY
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Comment,
    Const,
    Do,
    For,
    Function,
    If,
    Merge,
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Undefined,
    Update,
    Value,
    While,
    With,
)
from dpc.ir.rebuild import with_body
from dpc.ir.walk import is_adjoint, operands, value_operands


@dataclass(frozen=True, slots=True)
class Nested:
    """A function whose nested temporaries have left its blocks.

    inner: what is written in the place of each of them.
    choices: what the target of an `if` is assigned that could not nest any further.
    groups: statements that are printed as one, `a, b = b, a`, by the first of them.
    wanted: the name that every slot wants. read: what anything that is printed reads.
    """

    function: Function
    inner: Mapping[Slot, Expression]
    choices: Mapping[Slot, Expression]
    groups: Mapping[Assign, tuple[Assign, ...]]
    patterns: Patterns
    wanted: Mapping[Slot, str]
    read: Set[Atom]


def nest(function: Function, quiet: Set[Slot], effects: Effects) -> Nested:
    """Decide what nests."""
    nester = _Nester(function, quiet, effects)
    body, _ = nester.region(function.body, (function.result,), depth=0)
    inner = nester.waiting.inner
    choices = {s: v for s, v in nester.choices.items() if s not in inner}
    function = with_body(function, body)
    read = {atom for atom, count in nester.uses.items() if count}
    groups, patterns = nester.groups, nester.patterns
    return Nested(function, inner, choices, groups, patterns, nester.wanted, read)


class _Nester:
    def __init__(self, function: Function, quiet: Set[Slot], effects: Effects) -> None:
        self.quiet, self.effects, self.facts = quiet, effects, effects.facts
        self.patterns = find_patterns(function, self.facts)
        self.uses = count_uses(function, quiet, self.patterns)
        self.wanted = wanted_names(function)
        self.waiting = Waiting(self.wanted)
        self.value = self._value(function)
        self.pair = self.value and function.result
        self.turn = next(filter(is_adjoint, function.body), None)
        self.forward: set[Stmt] = set()  # the user's own assignments
        self.inner, self.width = self.waiting.inner, self.waiting.width
        self.choices: dict[Slot, Expression] = {}
        self.groups: dict[Assign, tuple[Assign, ...]] = {}
        self.apart = self.patterns.taken | set(self.patterns.unpacks)

    def _value(self, function: Function) -> Slot | None:
        """The value of `(value, gradient)`, which is computed in the forward half."""
        for statement in reversed(function.body):
            match statement:
                case Assign(target, Apply("tuple", (Slot() as value, _))):
                    if target is function.result:
                        return value
        return None

    def _turn(self) -> None:
        """The user's own statements lie behind, their adjoints follow."""
        self.waiting.limited = True
        if self.value is not None and self.value in self.waiting.pending:
            self.waiting.settle(self.value)

    # Blocks

    def region(
        self,
        block: Block,
        ends: Sequence[Atom] = (),
        gone: Set[Slot] = frozenset(),
        depth: int = 1,
    ) -> tuple[Block, dict[Slot, Pending]]:
        """The block without what has nested, and what is still pending at its end.

        `ends` are read last, together, when the values of `gone` are no longer there.
        """
        with self.waiting.region(depth) as here:
            new = [self.statement(s) for s in block]
            late = [e for e in ends if not self._reads(e, gone)]
            self.line(late, lambda: len("return ") + self._of(*late))
            kept = [s for s in new if not self._absorbed(s)]
            found = find_groups(kept, self.width, self.apart, here.indent, self.forward)
            self.groups.update({group[0]: group for group in found})
        same = len(kept) == len(block) and all(map(operator.is_, kept, block))
        return block if same else tuple(kept), here.pending

    def _reads(self, atom: Atom, slots: Set[Slot]) -> bool:
        if not slots or not isinstance(atom, Slot) or atom not in self.waiting.pending:
            return False
        return not slots.isdisjoint(
            leaves(self.waiting.pending[atom].value, self.inner)
        )

    def _absorbed(self, statement: Stmt) -> bool:
        match statement:
            case Assign(target=target):
                return target in self.inner
            case If(merges=merges):
                return any(m.target in self.inner for m in merges)
            case _:
                return False

    def statement(self, statement: Stmt) -> Stmt:
        """The statement as it stays, if it stays."""
        self.waiting.now += 1
        if statement is self.turn:
            self._turn()
        match statement:
            case Assign():
                if not self.waiting.limited:
                    self.forward.add(statement)
                self._assign(statement)
            case Do():
                self._do(statement.value)
            case Store() | Update():
                self._store(statement)
            case Record(tape=tape, values=values):
                around = len(tape.name) + len(".append(())") + 2 * len(values)
                self.line(values, lambda: self._of(*values) + around)
            case Recall(tape=tape):
                self.line((tape,), lambda: self._of(tape) + len(".pop()"))
                self.waiting.happens(ACTS)
            case Comment():
                pass
            case If():
                return self._if(statement)
            case For() | While() | Replay():
                return self._loop(statement)
            case With() | Pullback():
                return self._scope(statement)
        return statement

    def _effect(self, value: Value) -> int:
        # The user's own statements stay in their order, should one of them fail.
        return self.effects.of(value, lasting=self.waiting.limited)

    def _of(self, *atoms: Atom) -> int:
        return sum(map(self.width.of, atoms))

    # One line

    def line(self, atoms: Sequence[Atom], width: Callable[[], int]) -> None:
        """Nest what a line uses that stays where it is."""
        self.waiting.happens(self.waiting.consume(atoms, width).effect)

    def _do(self, call: Apply) -> None:
        self.line(call.operands, lambda: self.width.of_value(call))
        self.waiting.happens(max(READS, self._effect(call)))

    def _store(self, statement: Store | Update) -> None:
        base, index, value = operands(statement)
        # Python evaluates what is stored first, but what is added last.
        stored = isinstance(statement, Store)
        if not stored:
            self.waiting.act_first(value)
        if statement.kind == "whole":
            self.waiting.name_call(base)
        parts = (value, base, index) if stored else (base, index, value)
        self.line(parts, lambda: self._of(*parts) + len("[] += "))
        self.waiting.happens(ACTS)

    def _assign(self, statement: Assign) -> None:
        target, value = statement.target, statement.value
        uses = self.uses.get(target, 0)
        if statement in self.patterns.taken:
            return
        if target in self.patterns.within:
            self.inner[target] = value
        elif statement in self.patterns.unpacks:
            assert isinstance(value, Apply)
            self.line(value.args[:1], lambda: self._of(value.args[0]) + 10)
            self.waiting.happens(READS)
        elif not target.temp:
            self._stays(target, value)
        elif isinstance(value, Slot) and value in self.waiting.pending and uses == 1:
            self._moves(target, value)
        elif isinstance(value, Slot | Const) or self._is_short(target, value, uses):
            self._everywhere(target, value)
        elif uses == 1 or not uses:
            self._moves(target, value)
        else:
            self._stays(target, value)

    def _is_short(self, target: Slot, value: Value, uses: int) -> bool:
        """A part of an index, or a number in a place that has a name: `theta[0]`."""
        if isinstance(value, Apply) and value.fn == "slice":
            return uses != 1
        number = self.waiting.limited and self.facts.get(target, ANY).is_scalar
        match value:
            case Apply("getitem", (Slot() as base, Const(int()))) if number:
                named = base not in self.inner and base not in self.waiting.pending
                return named and not self._effect(value)
        return False

    def _operands(self, value: Value) -> tuple[Atom, ...]:
        """The operands in order of evaluation."""
        atoms = value_operands(value)
        item_first = isinstance(value, Apply) and value.fn == "operator.contains"
        return atoms[::-1] if item_first else atoms

    def _stays(self, target: Slot, value: Value) -> None:
        name = self.width.of_name(target) + len(" = ")
        self.line(self._operands(value), lambda: name + self.width.of_value(value))
        self.waiting.happens(self._effect(value))

    def _everywhere(self, target: Slot, value: Value) -> None:
        """What is written wherever it is used: a literal, another slot, an index."""
        for atom in value_operands(value):
            if isinstance(atom, Slot) and atom in self.waiting.pending:
                self.waiting.settle(atom)
        self.inner[target] = value

    def _moves(self, target: Slot, value: Value) -> None:
        """A temporary with one use, to be met later on, or with none."""
        name = self.width.of_name(target) + len(" = ")
        part = Pending(value, fixed=slices(value, self.facts))
        width = lambda: name + self.width.of_value(value)  # noqa: E731
        # A value and its tangent stand in one line, or have a name each.
        fits = target is self.pair
        part.include(self.waiting.consume(self._operands(value), width, fits))
        does, now = self._effect(value), self.waiting.now
        part.include(Pending(value, does, now, now))
        if self.uses.get(target, 0):
            self.waiting.pending[target] = part
            self.waiting.seen = max(self.waiting.seen, part.effect)
        elif part.effect == ACTS:
            self.waiting.happens(ACTS)
        else:
            self.inner[target] = value  # Nothing needs it.

    # Branches

    def _if(self, statement: If) -> Stmt:
        waiting = self.waiting
        outer, waiting.seen = waiting.seen, PURE
        then, orelse = self.region(statement.then), self.region(statement.orelse)
        does, waiting.seen = waiting.seen, max(outer, waiting.seen)
        loud = [m for m in statement.merges if m.target not in self.quiet]
        test, merges, span = statement.test, statement.merges, statement.span
        # Beside an outcome that is not printed, the `if` is a way out of a loop.
        alone = len(loud) == len(statement.merges) == 1
        if alone and self._is_choice(loud[0], then, orelse):
            target = loud[0].target
            self.choices[target] = self._chosen(test, loud[0], then[1], orelse[1])
            return If(test, (), (), merges, span)
        part = waiting.pending.get(test) if isinstance(test, Slot) else None
        again = any(test in (m.then, m.orelse) for m in merges)
        says = then[0] or orelse[0] or loud
        if part is not None and (again or (part.effect == ACTS and not says)):
            # It is read again by a merge, or there is nothing to be written for it.
            waiting.settle(test)  # type: ignore[arg-type]
        else:
            self.line((test,), lambda: self._of(test) + len("elif :"))
        if does:
            waiting.hold(does, waiting.now)
        same = then[0] is statement.then and orelse[0] is statement.orelse
        return statement if same else If(test, then[0], orelse[0], merges, span)

    def _is_choice(
        self, merge: Merge, *arms: tuple[Block, dict[Slot, Pending]]
    ) -> bool:
        """Whether an `if` amounts to a conditional expression, or `and` or `or`."""
        if not merge.target.temp or self.uses.get(merge.target, 0) != 1:
            return False
        for (block, pending), end in zip(arms, (merge.then, merge.orelse), strict=True):
            if isinstance(end, Undefined):
                return False
            if any(not isinstance(s, Assign) or s.target is not end for s in block):
                return False
            if block and end not in pending:
                return False
        return True

    def _chosen(
        self,
        test: Atom,
        merge: Merge,
        then: Mapping[Slot, Pending],
        orelse: Mapping[Slot, Pending],
    ) -> Expression:
        value: Expression = Choice(test, merge.then, merge.orelse)
        if merge.orelse is test:
            value = Apply("and", (test, merge.then))
        elif merge.then is test:
            value = Apply("or", (test, merge.orelse))
        part = Pending(value)
        part.include(self.waiting.consume((test,), lambda: self._of(test)))
        for end, pending in ((merge.then, then), (merge.orelse, orelse)):
            if isinstance(end, Slot) and end in pending:
                self.inner[end] = pending[end].value
                part.include(pending[end])
        self.waiting.pending[merge.target] = part
        return value

    # Loops, contexts, nested functions

    def _loop(self, loop: Loop) -> Stmt:
        waiting = self.waiting
        if isinstance(loop, For):
            walk = self.patterns.walks.get(loop.index)
            bounds = (loop.start, loop.stop, loop.step)
            atoms = bounds if walk is None else walk.sequences
            self.line(atoms, lambda: self._of(*atoms) + 20)
        outer, waiting.seen = waiting.seen, PURE
        head: Block = ()
        if isinstance(loop, While):
            head, _ = self.region(loop.head, (loop.test,))
        leave = late_leave(loop)
        # It is tested when the next values have taken the place of the headers.
        gone = {carry.header for carry in loop.carries}
        ends = () if leave is None else (leave,)
        body, _ = self.region(loop.body, ends, gone)
        does, waiting.seen = waiting.seen, max(outer, waiting.seen)
        if does:
            waiting.hold(does, waiting.now)
        if body is loop.body and head == getattr(loop, "head", ()):
            return loop
        match loop:
            case For(i, start, stop, step, _, carries, leave, span, backward):
                bounds = (start, stop, step)
                return For(i, *bounds, body, carries, leave, span, backward)
            case While(_, test, _, carries, leave, span):
                return While(head, test, body, carries, leave, span)
            case Replay(targets, tape, _, carries, span):
                return Replay(targets, tape, body, carries, span)

    def _scope(self, statement: With | Pullback) -> Stmt:
        if isinstance(statement, With):
            self.line((statement.context,), lambda: 0)
            # Nothing moves into a context or out of it.
            self.waiting.happens(ACTS)
            body, _ = self.region(statement.body)
            self.waiting.happens(ACTS)
            return With(statement.context, statement.target, body, statement.span)
        outer = self.waiting.seen
        body, _ = self.region(statement.body, (statement.result,))
        self.waiting.seen = outer
        target, params = statement.target, statement.params
        return Pullback(target, params, body, statement.result, statement.span)
