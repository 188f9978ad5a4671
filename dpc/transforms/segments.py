"""Checkpointed loops: the backward sweep runs them again, segment by segment.

primal              forward sweep       backward sweep
`for t in steps:`   `for t in steps:`   `for first, last, x in reversed(checkpoints):`
`    x = f(x)`      `    keep(c, x)`    `    for t in range(first, last):`
                    `    x = f(x)`      `        tape.append(x)`
                                        `        x = f(x)`
                                        `    for x in reversed(tape): ...`

What else would be the forward sweep, with its tapes and shadows, moves to the backward
sweep and stands there inside the loop over segments; the forward sweep is a copy of the
primal loop that offers its state to the runtime at every step (`offered`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dpc.ir.facts import ANY, INT, Fact
from dpc.ir.nodes import (
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    For,
    Pullback,
    Record,
    Replay,
    Slot,
    Stmt,
    Update,
    While,
)
from dpc.ir.rebuild import substitute
from dpc.ir.walk import inner, operands, statements
from dpc.passes.prune import prune_block
from dpc.transforms.apart import fresh_shadows
from dpc.transforms.held import leave_shadows
from dpc.transforms.offered import Offered, steps_between
from dpc.transforms.repeated import Repeated
from dpc.transforms.state import WHOLE, State
from dpc.transforms.strategies import (
    Strategy,
    is_literal,
    key_of,
    of_option,
)
from dpc.transforms.sweep import Entry, Region, assemble
from dpc.transforms.tape import Tape

Row = tuple[Slot, Atom, Atom, Slot]


def strategy_of(state: State, loop: Stmt) -> Strategy | None:
    """How the loop is checkpointed, if it is.

    What an earlier backward sweep has written is not: its tapes are not run again.
    """
    if not isinstance(loop, For | While) or id(loop) in state.repeats.plain:
        return None
    if any(isinstance(s, Record | Replay | Pullback) for s in statements((loop,))):
        return None
    key = key_of(loop)
    if key is not None and key in state.repeats.strategies:
        return state.repeats.strategies[key]
    outer = [s for s in state.scope.within(state.root) if s.kind == "loop"]
    return None if outer else of_option(state.repeats.option)


@contextmanager
def inside(state: State, loop: Stmt, strategy: Strategy | None) -> Iterator[None]:
    """Sweep over the body of a loop that may be checkpointed."""
    repeats = state.repeats
    around = repeats.around
    if strategy is not None and isinstance(loop, For | While):
        repeats.around = (*around, loop)
    yield
    repeats.around = around


class Segments:
    """Takes one loop apart into its two sweeps."""

    def __init__(self, state: State, entry: Entry, strategy: Strategy) -> None:
        self.state, self.entry, self.strategy = state, entry, strategy
        assert isinstance(entry.statement, For | While)
        self.loop: For | While = entry.statement
        self.again = Repeated(state, self.loop)
        self.first, self.last = self.slot("first", INT), self.slot("last", INT)
        self.starts = {c: self.like(c.header) for c in self.loop.carries}
        self.copies = {slot: self.like(slot) for slot in self.again.memory}
        self.shadows: list[tuple[Carry, Carry]] = []  # of primal carries, and theirs
        self.gathered: list[tuple[Atom, Slot]] = []  # what goes on before the loop

    def slot(self, name: str, fact: Fact = ANY) -> Slot:
        made = self.state.build.slot(name, fact)
        self.state.homes[made] = self.state.scope
        return made

    def like(self, slot: Slot) -> Slot:
        """Another slot of the same name and facts."""
        return self.slot(slot.name, self.state.build.fact(slot))

    def close(self, body: Block, rows: list[Row]) -> None:
        """Write both sweeps, for a `body` that reverses one step."""
        frozen = {slot: self.like(slot) for slot in self.again.frozen}
        replace: dict[Slot, Atom] = {**self.copies, **frozen}
        segment, handed = self.segment(body, rows, replace)
        ends = [carry.next for carry in handed]
        segment = prune_block(segment, ends, self.state.library, self.state.build.facts)
        read = {s for each in statements(segment) for s in _reads(each)}
        carries = [c for c in self.loop.carries if self.starts[c] in read]
        carries.sort(key=lambda c: c in self.again.moving)
        memory = [slot for slot in self.again.memory if self.copies[slot] in read]
        checkpoints = self.slot("checkpoints")
        state = [self.starts[c] for c in carries] + [self.copies[s] for s in memory]
        back = Replay(
            (self.first, self.last, *state),
            checkpoints,
            segment,
            tuple(handed),
            self.loop.span,
        )
        self.state.build.emit(back)
        for slot, amount in self.gathered:
            if isinstance(slot, Slot):
                self.state.contribute(slot, amount)
        offered = Offered(self.state, self.again, carries, memory, frozen)
        offered.sweep(self.entry, self.strategy, checkpoints)
        owners = [owner for owner, _ in self.shadows]
        self.entry.after[:] = fresh_shadows(self.state, self.again, owners)
        self.say(carries, memory)

    # The backward sweep

    def segment(
        self, body: Block, rows: list[Row], replace: Mapping[Slot, Atom]
    ) -> tuple[Block, list[Carry]]:
        """The body of the loop over segments, and what it carries."""
        state, loop = self.state, self.loop
        handed: list[Carry] = []
        inner: list[Row] = []
        for header, init, following, result in rows:
            start, end = self.like(header), self.like(result)
            inner.append((header, start, following, end))
            handed.append(Carry(start, init, end, result))
        with state.build.region() as block:
            index, bounds = steps_between(state.build, loop, self.first, self.last)
            zeros, shadows = self.shadow_carries()
            block += zeros
            carries = tuple(
                Carry(c.header, self.starts[c], c.next, self.like(c.result))
                for c in loop.carries
            )
            run = For(index, *bounds, (), carries, None, loop.span)
            backward = Tape(state, self.entry, run).close(body, inner)
            block += self.entry.before
            regions = self.entry.regions
            for region in regions:
                leave_out(state, region, self.again.done)
                leave_shadows(state, region, self.again.grown)
            steps = (*assemble(regions[0]), *assemble(regions[1]))
            carries = (*carries, *shadows, *self.counts())
            block.append(For(index, *bounds, steps, carries, None, loop.span))
            block += self.entry.after
            handed += self.handed_on(block)
            block.append(backward)
        return substitute(tuple(block), replace), handed

    def shadow_carries(self) -> tuple[list[Stmt], list[Carry]]:
        """Every segment begins with shadows of its own for what it carries."""
        state, made, carries = self.state, list[Stmt](), list[Carry]()
        primal = {state.shadows.get(c.header): c for c in self.loop.carries}
        for carry in self.entry.carries:
            owner = primal.get(carry.header)
            if owner is None:
                continue
            start, end = self.like(carry.header), self.like(carry.result)
            made.append(Assign(start, state.zeros(self.starts[owner])))
            mine = Carry(carry.header, start, carry.next, end)
            carries.append(mine)
            self.shadows.append((owner, mine))
        return made, carries

    def counts(self) -> list[Carry]:
        """What the tape has added to the loop: a count of its steps."""
        shadows = set(self.state.shadows.values())
        return [c for c in self.entry.carries if c.header not in shadows]

    def handed_on(self, block: list[Stmt]) -> list[Carry]:
        """What the shadows have gathered goes to the segment before."""
        state, handed = self.state, list[Carry]()
        for owner, shadow in self.shadows:
            if not state.is_array(owner.header):
                continue  # A carry of the backward sweep as well.
            later, first = self.like(shadow.result), self.like(shadow.result)
            block.append(Update("whole", "add", shadow.result, WHOLE, later))
            before = state.current(owner.result)
            assert before is not None and isinstance(shadow.init, Slot)
            handed.append(Carry(later, before, shadow.init, first))
            self.gathered.append((owner.init, first))
        return handed

    def say(self, carries: list[Carry], memory: list[Slot]) -> None:
        """Lines of the report."""
        names = ", ".join(
            [*(c.header.name for c in carries), *(s.name for s in memory)]
        )
        every, snapshots = self.strategy.every, self.strategy.snapshots
        how = f"every {_shown(every)} steps" if not is_literal(every, None) else ""
        how = "at the square root of its steps" if is_literal(every, "sqrt") else how
        if not is_literal(snapshots, None):
            how = f"{how}, at most {_shown(snapshots)}".removeprefix(", ")
        text = f"run again from snapshots, {how}: {names or 'its steps'}"
        self.state.note(self.loop.span, text)


def leave_out(state: State, region: Region, done: set[int]) -> None:
    """Mark the statements that are not run again."""
    for entry in region.entries:
        if id(entry.statement) in done:
            entry.done = True
            state.repeats.in_step[id(entry.statement)] = list(entry.after)
        for inside in entry.regions:
            leave_out(state, inside, done)


def _reads(statement: Stmt) -> list[Slot]:
    atoms = (*operands(statement), *inner(statement))
    return [atom for atom in atoms if isinstance(atom, Slot)]


def _shown(atom: Atom) -> str:
    return repr(atom.value) if isinstance(atom, Const) else getattr(atom, "name", "n")
