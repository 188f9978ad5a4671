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

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from dpc.backends.arrange import Loop, tail_exit
from dpc.backends.effects import ACTS, PURE, READS, effect
from dpc.backends.tree import Choice, Expression, leaves
from dpc.backends.width import Width
from dpc.ir.build import Facts
from dpc.ir.library import Library
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
    Object,
    Pullback,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.rebuild import with_body
from dpc.ir.walk import inner, operands, statements

LIMIT = 88
INDENT = 4


@dataclass(frozen=True, slots=True)
class Nested:
    """A function whose nested temporaries have left its blocks.

    inner: what is written in the place of each of them.
    groups: statements that are printed as one, `a, b = b, a`, by the first of them.
    """

    function: Function
    inner: Mapping[Slot, Expression]
    groups: Mapping[Assign, tuple[Assign, ...]]


def nest(
    function: Function, quiet: frozenset[Slot], library: Library, facts: Facts
) -> Nested:
    """Decide what nests."""
    nester = _Nester(function, quiet, library, facts)
    body, _ = nester.region(function.body, 1, (function.result,))
    return Nested(with_body(function, body), nester.inner, nester.groups)


@dataclass(slots=True, eq=False)
class _Pending:
    """A temporary that may still nest: its value, and what evaluating it does when."""

    value: Expression
    effect: int = PURE
    first: int = 0  # the moments of the first and the last effect in it
    last: int = 0
    fixed: bool = False  # an index: it has to nest


@dataclass(slots=True, eq=False)
class _Region:
    """The block that is being walked."""

    indent: int
    pending: dict[Slot, _Pending] = field(default_factory=dict)


class _Nester:
    def __init__(
        self,
        function: Function,
        quiet: frozenset[Slot],
        library: Library,
        facts: Facts,
    ) -> None:
        self.quiet, self.library, self.facts = quiet, library, facts
        self.inner: dict[Slot, Expression] = {}
        self.groups: dict[Assign, tuple[Assign, ...]] = {}
        self.uses = _count_uses(function, quiet)
        self.width = Width(self.inner)
        self.now = 0  # statements are moments
        self.seen = PURE  # the strongest effect since this was last reset
        self.forward = True  # the user's own statements, not yet their adjoints
        self.here = _Region(1)

    # Blocks

    def region(
        self,
        block: Block,
        depth: int,
        ends: Sequence[Atom] = (),
        gone: Set[Slot] = frozenset(),
    ) -> tuple[Block, dict[Slot, _Pending]]:
        """The block without what has nested.

        `ends` are read last, together, when the values of `gone` are no longer there.
        """
        outer, self.here = self.here, _Region(depth * INDENT)
        try:
            new = [self.statement(s) for s in block]
            pending = self.here.pending
            ends = [
                end
                for end in ends
                if not (end in pending and self._reads(pending[end].value, gone))
            ]
            self.consume(ends, lambda: len("return ") + sum(map(self.width.of, ends)))
            kept = [s for s in new if not self._absorbed(s)]
            self._group(kept)
            same = len(kept) == len(block) and all(
                a is b for a, b in zip(kept, block, strict=True)
            )
            return block if same else tuple(kept), self.here.pending
        finally:
            self.here = outer

    def _reads(self, value: Expression, slots: Set[Slot]) -> bool:
        return bool(slots) and not slots.isdisjoint(leaves(value, self.inner))

    def _absorbed(self, statement: Stmt) -> bool:
        match statement:
            case Assign(target=target):
                return target in self.inner
            case If(merges=merges):
                return any(m.target in self.inner for m in merges)
            case _:
                return False

    def statement(self, statement: Stmt) -> Stmt:
        self.now += 1
        match statement:
            case Assign():
                self._assign(statement)
            case Do(value=value):
                self._line(operands(statement), lambda: self.width.of_value(value))
                self._happens(max(READS, effect(value, self.library, self.facts)))
            case Store() | Update():
                # Python evaluates what is stored first.
                parts = (statement.value, statement.base, statement.index)
                if isinstance(statement, Update):
                    parts = (statement.base, statement.index, statement.value)
                self._line(parts, lambda: sum(map(self.width.of, parts)) + 6)
                self._happens(ACTS)
            case Record(values=values):
                around = len(statement.tape.name) + len(".append(())")
                around += 2 * len(values)
                self._line(values, lambda: sum(map(self.width.of, values)) + around)
            case Comment():
                self.forward = False
            case If():
                return self._if(statement)
            case For() | While() | Replay():
                return self._loop(statement)
            case With() | Pullback():
                return self._scope(statement)
        return statement

    # One line

    def _assign(self, statement: Assign) -> None:
        target, value = statement.target, statement.value
        uses = self.uses.get(target, 0)
        if isinstance(value, Slot | Const) and target.temp:
            self._alias(target, value, uses)
            return
        does = effect(value, self.library, self.facts)
        atoms = operands(statement)
        if isinstance(value, Apply) and value.fn == "operator.contains":
            atoms = atoms[::-1]  # `item in container`
        fixed = isinstance(value, Apply) and value.fn == "slice"
        name = self.width.of_name(target) + len(" = ")
        mine = self._line(atoms, lambda: name + self.width.of_value(value))
        if target.temp and (uses == 1 or fixed):
            first, last = mine.first or self.now, max(mine.last, self.now)
            if does == PURE:
                first, last = mine.first, mine.last
            found = _Pending(value, max(mine.effect, does), first, last, fixed)
            self.here.pending[target] = found
            self.seen = max(self.seen, found.effect)
            if uses != 1:
                self.inner[target] = value
        elif target.temp and not uses and does != ACTS:
            self.inner[target] = value  # Nothing needs it.
        else:
            self._happens(does)

    def _alias(self, target: Slot, value: Slot | Const, uses: int) -> None:
        pending = self.here.pending
        if value in pending and uses == 1:
            pending[target] = pending.pop(value)
            return
        if value in pending:
            self._settle(value)
        self.inner[target] = value

    def _line(self, atoms: Iterable[Atom], width: Callable[[], int]) -> _Pending:
        return self.consume(tuple(atoms), width)

    def consume(self, atoms: Sequence[Atom], width: Callable[[], int]) -> _Pending:
        """Nest the pending operands of a line, given in order of evaluation.

        Returns what evaluating all of them does. `width` is that of the line.
        """
        pending = self.here.pending
        while True:
            found = [(a, pending[a]) for a in atoms if a in pending]
            late = self._out_of_order(found)
            if late is None:
                for slot, part in found:
                    self.inner[slot] = part.value
                late = self._too_wide(found, width)
            if late is None:
                break
            self._settle(late)
        whole = _Pending(Const(None))
        for slot, part in found:
            del pending[slot]
            whole.effect = max(whole.effect, part.effect)
            if part.effect:
                whole.first = min(whole.first or part.first, part.first)
                whole.last = max(whole.last, part.last)
        return whole

    def _out_of_order(self, found: list[tuple[Slot, _Pending]]) -> Slot | None:
        """An operand that would be evaluated after what it came before."""
        here = dict(found)
        others = [p for s, p in self.here.pending.items() if p.effect and s not in here]
        last, strongest = 0, PURE
        for slot, part in found:
            if not part.effect:
                continue
            # What waits outside of this line may yet have to stay where it is.
            moved = [p for p in others if p.last > part.first]
            before = [strongest] if part.first < last else []
            if ACTS in (part.effect, *before) and (moved or before):
                return slot
            if any(p.effect == ACTS for p in moved):
                return slot
            last, strongest = max(last, part.last), max(strongest, part.effect)
        return None

    def _too_wide(
        self, found: list[tuple[Slot, _Pending]], width: Callable[[], int]
    ) -> Slot | None:
        """The widest operand, if the line is too long with all of them nested."""
        if not found or self.forward:
            return None
        if self.here.indent + width() <= LIMIT:
            return None
        free = [slot for slot, part in found if not part.fixed]
        widths = {slot: self.width.of(slot) for slot in free}
        worth = [s for s in free if widths[s] > self.width.of_name(s) + INDENT]
        return max(worth, key=widths.__getitem__, default=None)

    def _settle(self, slot: Slot) -> None:
        """Leave a temporary where it stands, and what may not pass it before it."""
        part = self.here.pending.pop(slot)
        self.inner.pop(slot, None)
        if part.effect:
            self._hold(part.effect, part.last)

    def _happens(self, does: int) -> None:
        """A line that stays has an effect now: what must come before it has to stay."""
        self.seen = max(self.seen, does)
        if does:
            self._hold(does, self.now)

    def _hold(self, does: int, moment: int) -> None:
        weakest = READS if does == ACTS else ACTS
        for slot, part in list(self.here.pending.items()):
            waits = slot in self.here.pending and part.first < moment
            if waits and part.effect >= weakest:
                self._settle(slot)

    # Statements with blocks

    def _if(self, statement: If) -> Stmt:
        indent = self.here.indent // INDENT + 1
        outer, self.seen = self.seen, PURE
        then, then_pending = self.region(statement.then, indent)
        orelse, orelse_pending = self.region(statement.orelse, indent)
        does, self.seen = self.seen, max(outer, self.seen)
        chosen = self._choice(statement, (then, then_pending), (orelse, orelse_pending))
        if chosen is not None:
            self.here.pending[chosen[0]] = chosen[1]
            self.inner.pop(chosen[0], None)
            return statement
        if self._short_circuit(statement) and statement.test in self.here.pending:
            self._settle(statement.test)  # It is read again by the merge.
        else:
            self._line((statement.test,), lambda: self.width.of(statement.test) + 4)
        if does:
            self._hold(does, self.now)
        if then is statement.then and orelse is statement.orelse:
            return statement
        return If(statement.test, then, orelse, statement.merges, statement.span)

    def _short_circuit(self, statement: If) -> bool:
        return any(
            statement.test in (m.then, m.orelse) and isinstance(statement.test, Slot)
            for m in statement.merges
        )

    def _choice(
        self,
        statement: If,
        then: tuple[Block, dict[Slot, _Pending]],
        orelse: tuple[Block, dict[Slot, _Pending]],
    ) -> tuple[Slot, _Pending] | None:
        """The conditional expression or `and`, `or` that an `if` amounts to."""
        merges = [m for m in statement.merges if m.target not in self.quiet]
        if len(merges) != 1:
            return None
        (merge,) = merges
        target = merge.target
        if not target.temp or self.uses.get(target, 0) != 1:
            return None
        parts = []
        for (block, pending), end in ((then, merge.then), (orelse, merge.orelse)):
            if not isinstance(end, Slot | Const | Object):
                return None
            if any(not isinstance(s, Assign) or s.target is not end for s in block):
                return None
            if block and end not in pending:
                return None
            parts.append(pending[end] if block else None)  # type: ignore[index]
        return self._chosen(statement, merge, parts)

    def _chosen(
        self, statement: If, merge: Merge, parts: list[_Pending | None]
    ) -> tuple[Slot, _Pending] | None:
        test = statement.test
        value: Expression
        if merge.orelse is test:
            value = Apply("and", (test, merge.then))
        elif merge.then is test:
            value = Apply("or", (test, merge.orelse))
        else:
            value = Choice(test, merge.then, merge.orelse)
        whole = self.consume((test,), lambda: 0)
        for end, part in zip((merge.then, merge.orelse), parts, strict=True):
            if part is None:
                continue
            assert isinstance(end, Slot)
            self.inner[end] = part.value
            whole.effect = max(whole.effect, part.effect)
            if part.effect:
                whole.first = min(whole.first or part.first, part.first)
                whole.last = max(whole.last, part.last)
        whole.value = value
        return merge.target, whole

    def _loop(self, statement: Loop) -> Stmt:
        indent = self.here.indent // INDENT + 1
        if isinstance(statement, For):
            bounds = (statement.start, statement.stop, statement.step)
            self._line(bounds, lambda: sum(map(self.width.of, bounds)) + 20)
        outer, self.seen = self.seen, PURE
        head: Block = ()
        if isinstance(statement, While):
            head, _ = self.region(statement.head, indent, (statement.test,))
        leave = None if isinstance(statement, Replay) else statement.leave
        plain = leave is not None and tail_exit(statement.body, leave) is None
        # It is tested when the next values have taken the place of the headers.
        headers = {carry.header for carry in statement.carries}
        ends = (leave,) if plain and leave is not None else ()
        body, _ = self.region(statement.body, indent, ends, headers)
        does, self.seen = self.seen, max(outer, self.seen)
        if does:
            self._hold(does, self.now)
        if body is statement.body and head == getattr(statement, "head", ()):
            return statement
        match statement:
            case For(i, start, stop, step, _, carries, leave, span, backward):
                bounds = (start, stop, step)
                return For(i, *bounds, body, carries, leave, span, backward)
            case While(_, test, _, carries, leave, span):
                return While(head, test, body, carries, leave, span)
            case Replay(targets, tape, _, carries, span):
                return Replay(targets, tape, body, carries, span)

    def _scope(self, statement: With | Pullback) -> Stmt:
        indent = self.here.indent // INDENT + 1
        if isinstance(statement, With):
            self._line((statement.context,), lambda: 0)
            # Nothing moves into a context or out of it.
            self._happens(ACTS)
            body, _ = self.region(statement.body, indent)
            self._happens(ACTS)
            return With(statement.context, statement.target, body, statement.span)
        outer = self.seen
        body, _ = self.region(statement.body, indent, (statement.result,))
        self.seen = outer
        target, params = statement.target, statement.params
        return Pullback(target, params, body, statement.result, statement.span)

    # Statements that stood in one line

    def _group(self, block: list[Stmt]) -> None:
        """Find the assignments that were one statement of the user: `a, b = b, a`."""
        place = 0
        while place < len(block):
            group = self._simultaneous(block, place)
            if len(group) > 1:
                self.groups[group[0]] = tuple(group)
            place += max(1, len(group))

    def _simultaneous(self, block: list[Stmt], place: int) -> list[Assign]:
        group: list[Assign] = []
        width = self.here.indent
        for statement in block[place:]:
            if not isinstance(statement, Assign) or statement.span is None:
                break
            if group and statement.span != group[0].span:
                break
            read = leaves(statement.value, self.inner)
            if any(earlier.target in read for earlier in group):
                break
            width += self.width.of_name(statement.target)
            width += self.width.of_value(statement.value) + 4
            if width > LIMIT:
                break
            group.append(statement)
        return group


def _count_uses(function: Function, quiet: frozenset[Slot]) -> dict[Atom, int]:
    """How often each slot is read by what is printed."""
    uses: dict[Atom, int] = {function.result: 1}

    def count(atoms: Iterable[Atom]) -> None:
        for atom in atoms:
            uses[atom] = uses.get(atom, 0) + 1

    for statement in statements(function.body):
        match statement:
            case If(test=test, merges=merges):
                loud = [m for m in merges if m.target not in quiet]
                ends = [a for m in loud for a in (m.then, m.orelse)]
                # `a and b` reads `a` once.
                short = len(loud) == 1 and loud[0].target.temp and test in ends
                count(ends if short else (test, *ends))
            case For() | While() | Replay():
                count(_read_by_loop(statement, quiet))
            case _:
                count(operands(statement))
                count(inner(statement))
    return uses


def _read_by_loop(loop: Loop, quiet: frozenset[Slot]) -> list[Atom]:
    carries = [c for c in loop.carries if c.header not in quiet]
    atoms: list[Atom] = [a for c in carries for a in (c.init, c.next)]
    match loop:
        case For(start=start, stop=stop, step=step):
            atoms += (start, stop, step)
        case While(test=test):
            atoms.append(test)
        case Replay(tape=tape):
            atoms.append(tape)
    leave = None if isinstance(loop, Replay) else loop.leave
    if leave is not None:
        atoms.append(leave)
    return atoms
