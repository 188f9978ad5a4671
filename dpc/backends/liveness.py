"""Which slots of the same name are needed at the same time.

The program is walked against the order of execution with the set of slots whose values
are still needed. Where a slot is defined, its value would overwrite that of every other
needed slot under its name: the two *interfere*. Only slots that want the same name are
compared, so that the work is proportional to the program.

A header that is needed after its variable has moved on is kept under a second name:
`splits` gives that slot for it, `saves` does so for the initial value of a loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from dpc.backends.arrange import Loop, late_leave
from dpc.backends.nest import Nested
from dpc.backends.patterns import slots_of
from dpc.backends.tree import Expression, leaves
from dpc.ir.nodes import (
    Assign,
    Atom,
    Block,
    Carry,
    Comment,
    Const,
    Do,
    For,
    Function,
    If,
    Object,
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.walk import (
    blocks,
    bound,
    inner,
    operands,
    statements,
    targets,
    value_operands,
)

# The needed slots by the name that they want.
Live = dict[str, tuple[Slot, ...]]
Edges = dict[Slot, set[Slot]]


def lines(block: Block, nested: Nested) -> list[Stmt | tuple[Assign, ...]]:
    """The statements of a block, those that are printed as one together."""
    groups, taken = nested.groups, nested.patterns.taken
    if not groups and not taken:
        return list(block)
    found: list[Stmt | tuple[Assign, ...]] = []
    skip = 0
    for statement in block:
        if skip:
            skip -= 1
        elif statement in taken:
            continue
        elif isinstance(statement, Assign) and statement in groups:
            group = groups[statement]
            found.append(group)
            skip = len(group) - 1
        else:
            found.append(statement)
    return found


class Liveness:
    """The interference of one function's slots."""

    def __init__(
        self,
        wanted: Mapping[Slot, str],
        nested: Nested,
        quiet: Set[Slot],
        splits: Mapping[Slot, Slot],
        saves: Mapping[Slot, tuple[Slot, Slot]],
    ) -> None:
        self.wanted, self.nested, self.quiet = wanted, nested, quiet
        self.inner, self.patterns = nested.inner, nested.patterns
        self.splits, self.saves = splits, saves
        self.edges: Edges = {}
        # What is read in the place of a slot at the current place.
        self.instead: dict[Slot, Slot] = {}
        self.live: Live = {}
        # Slots that a nested function takes from outside: what it assigns is its own.
        self.foreign: set[Slot] = set()

    def function(self, function: Function) -> Edges:
        """Walk a whole function."""
        for slot, saved in self.saves.values():
            self.instead[slot] = saved
        for statement in statements(function.body):
            if isinstance(statement, Pullback):
                # It may be called at any time after it has been defined.
                self._use_all(self._outside(statement))
        self._use(function.result)
        self._block(function.body)
        self._define([param.slot for param in function.params])
        return self.edges

    # Uses and definitions

    def _use(self, value: Expression | Atom) -> None:
        if isinstance(value, Slot) and value not in self.inner:
            self._use_slot(value)
        elif not isinstance(value, Const | Object):
            self._use_all(leaves(value, self.inner))

    def _use_all(self, slots: Iterable[Slot]) -> None:
        for slot in slots:
            self._use_slot(slot)

    def _use_slot(self, slot: Slot) -> None:
        slot = self.instead.get(slot, slot)
        name = self.wanted[slot]
        now = self.live.get(name, ())
        if slot not in now:
            self.live[name] = (*now, slot)

    def _define(self, slots: Sequence[Slot], *values: Atom) -> None:
        """Slots are assigned at once; `values` are what a single one is a copy of."""
        live = self.live
        sources = [self.instead.get(v, v) for v in values if isinstance(v, Slot)]
        for slot in slots:
            name = self.wanted[slot]
            now = live.get(name)
            if now is None:
                continue
            for other in now:
                if other is not slot and (
                    other not in sources or other in self.foreign
                ):
                    self._interfere(slot, other)
        for slot in slots:
            self._forget(slot)
        for place, slot in enumerate(slots):
            for other in slots[:place]:
                if self.wanted[other] == self.wanted[slot]:
                    self._interfere(slot, other)

    def _forget(self, slot: Slot) -> None:
        name = self.wanted[slot]
        if name in self.live:
            self.live[name] = tuple([s for s in self.live[name] if s is not slot])

    def _interfere(self, a: Slot, b: Slot) -> None:
        self.edges.setdefault(a, set()).add(b)
        self.edges.setdefault(b, set()).add(a)

    def _is_live(self, slot: Slot) -> bool:
        return slot in self.live.get(self.wanted[slot], ())

    # Statements, from last to first

    def _block(self, block: Block) -> None:
        for line in reversed(lines(block, self.nested)):
            if isinstance(line, tuple):
                self._define([s.target for s in line])
                for statement in line:
                    self._use(statement.value)
            else:
                self._statement(line)

    def _statement(self, statement: Stmt) -> None:
        match statement:
            case Assign() if statement in self.patterns.unpacks:
                pattern, whole = self.patterns.unpacks[statement]
                self._define([*slots_of(pattern), *([whole] if whole else [])])
                self._use(value_operands(statement.value)[0])
            case Assign(target, value):
                self._define((target,), *((value,) if isinstance(value, Slot) else ()))
                self._use(value)
            case Store() | Update() | Do() | Record():
                for atom in operands(statement):
                    self._use(atom)
            case Recall(targets, tape):
                self._define(targets)
                self._use(tape)
            case Comment():
                pass
            case If():
                self._if(statement)
            case For() | While() | Replay():
                self._loop(statement)
            case With(context, target, body):
                self._block(body)
                if target is not None:
                    self._define((target,))
                self._use(context)
            case Pullback():
                self._pullback(statement)

    def _if(self, statement: If) -> None:
        merges = [m for m in statement.merges if m.target not in self.quiet]
        if merges and merges[0].target in self.nested.choices:
            self._define((merges[0].target,))
            self._use_all(leaves(self.nested.choices[merges[0].target], self.inner))
            return
        self._define([m.target for m in merges])
        after = self.live
        self.live = dict(after)
        self._end(statement.then, [m.then for m in statement.merges])
        then, self.live = self.live, after
        self._end(statement.orelse, [m.orelse for m in statement.merges])
        self._join(then)
        self._use(statement.test)

    def _end(self, branch: Block, ends: Sequence[Atom]) -> None:
        """A branch, and what it leaves; it ends with a test if the loop may end there.

        Of the outcomes that a `break` does without only the innermost is tested.
        """
        for atom in ends:
            if atom not in self.quiet:
                self._use(atom)
        self._block(branch)

    def _join(self, other: Live) -> None:
        for name, slots in other.items():
            now = self.live.get(name)
            if not now:
                self.live[name] = slots
            elif now is not slots:
                self.live[name] = tuple(dict.fromkeys(now + slots))

    def _loop(self, loop: Loop) -> None:
        carries = loop.carries
        stays = [c.header for c in carries if self._is_live(c.result)]
        self._define([c.result for c in carries])
        outside = self._outside(loop)
        after = dict(self.live)
        self._use_all(outside)
        for carry in carries:
            self._use(carry.next)
        leave = late_leave(loop)
        late = [] if leave is None else leaves(leave, self.inner)
        self._use_all(late)
        self._body(loop, carries)
        if isinstance(loop, While):
            self._join(after)
            self._use_all(stays)
            self._use(loop.test)
            self._block(loop.head)
        if isinstance(loop, For):
            self._define(self.patterns.assigned_by(loop))
        # How the loop ends is tested when the next values are in place.
        self._continue(carries, late)
        for atom in self.patterns.walked_by(loop) if isinstance(loop, For) else ():
            self._use(atom)
        for carry in carries:
            self._define((carry.header,), carry.init)
        for carry in carries:
            self._use(carry.init)
        for carry in carries:
            if carry.header in self.saves:
                slot, saved = self.saves[carry.header]
                del self.instead[slot]
                self._define((saved,), slot)
                self._use_slot(slot)
        if isinstance(loop, Replay):
            self._use(loop.tape)

    def _body(self, loop: Loop, carries: Sequence[Carry]) -> None:
        split = [c.header for c in carries if c.header in self.splits]
        for header in split:
            self.instead[header] = self.splits[header]
        self._block(loop.body)
        for header in split:
            del self.instead[header]
        self._define([self.splits[header] for header in split], *split)
        self._use_all(split)
        if isinstance(loop, Replay):
            self._define(loop.targets)

    def _continue(self, carries: Sequence[Carry], late: Sequence[Slot]) -> None:
        """The headers become the values that the last iteration left."""
        outer = dict(self.live)
        for _ in range(2):  # All together, whether they are needed or not.
            for carry in carries:
                self._define((carry.header,))
                self._use_slot(carry.header)
        self._use_all(late)
        for carry in carries:
            self._define((carry.header,), carry.next)
        self.live = outer
        for carry in carries:
            self._forget(carry.header)

    def _pullback(self, statement: Pullback) -> None:
        outer, self.live = self.live, {}
        self.foreign = {self.instead.get(s, s) for s in self._outside(statement)}
        self._use_all(self._outside(statement))
        self._use(statement.result)
        self._block(statement.body)
        self._define(statement.params)
        self.foreign = set()
        self.live = outer
        self._define((statement.target,))
        self._use_all(self._outside(statement))

    def _outside(self, statement: Loop | Pullback) -> list[Slot]:
        """The slots from outside that an iteration reads, or a pullback."""
        inside = [s for block in blocks(statement) for s in statements(block)]
        own = {slot for s in inside for slot in (*targets(s), *bound(s))}
        own.update(bound(statement))
        found: dict[Slot, None] = {}
        read = [s for s in inside if s not in self.patterns.taken]
        reads = [a for s in read for a in (*operands(s), *inner(s))]
        for atom in (*reads, *inner(statement)):
            if isinstance(atom, Slot):
                found.update(dict.fromkeys(leaves(atom, self.inner)))
        return [slot for slot in found if slot not in own]
