"""Checkpointed loops: the backward sweep runs them again, segment by segment.

primal                      forward sweep                   backward sweep
`for t in range(T):`        `for t in range(T):`            `for first, last, x in reversed(c):`
`    x = f(x)`              `    keep(c, x)`                `    tape = []`
                            `    x = f(x)`                  `    for t in range(first, last):`
                                                            `        tape.append(x)`
                                                            `        x = f(x)`
                                                            `    for x in reversed(tape): ...`

What the forward sweep would have been, with its tapes and shadows, moves to the backward
sweep and stands there inside the loop over the segments; the forward sweep is a copy of
the primal loop that offers its state to the runtime at every step (`runtime.checkpoints`).
With a limited number of snapshots a nested function `advance` runs steps that are not
recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dpc.ir.facts import ANY, INT
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    Do,
    For,
    Pullback,
    Replay,
    Slot,
    Stmt,
    Update,
    While,
)
from dpc.ir.rebuild import flat_map, map_statement, renewed, substitute
from dpc.ir.walk import inner, operands, statements
from dpc.passes.prune import prune_block
from dpc.transforms.repeated import Repeated
from dpc.transforms.state import WHOLE, State
from dpc.transforms.strategies import (
    NONE,
    Strategy,
    is_literal,
    key_of,
    of_option,
)
from dpc.transforms.sweep import Entry, Region, assemble
from dpc.transforms.tape import Tape

Row = tuple[Slot, Atom, Atom, Slot]


def strategy_of(state: State, loop: For | While) -> Strategy | None:
    """How the loop is checkpointed, if it is."""
    key = key_of(loop)
    if key in state.strategies:
        return state.strategies[key]
    outer = [s for s in state.scope.within(state.root) if s.kind == "loop"]
    return None if outer else of_option(state.checkpoint)


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

    def slot(self, name: str, fact: object = ANY, temp: bool = False) -> Slot:
        made = self.state.build.slot(name, fact, temp)  # type: ignore[arg-type]
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
        self.forward(checkpoints, carries, memory, frozen)
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
            index, bounds = self.bounds()
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
                leave_out(region, self.again.done)
            steps = (*assemble(regions[0]), *assemble(regions[1]))
            carries = (*carries, *shadows, *self.counts())
            block.append(For(index, *bounds, steps, carries, None, loop.span))
            block += self.entry.after
            handed += self.handed_on(block)
            block.append(backward)
        return substitute(tuple(block), replace), handed

    def bounds(self) -> tuple[Slot, tuple[Atom, Atom, Atom]]:
        """The index of the steps from `first` to `last`, and its range."""
        build = self.state.build
        if isinstance(self.loop, While):
            return self.slot("_", INT), (self.first, self.last, Const(1))
        start, step = self.loop.start, self.loop.step
        ends: list[Atom] = []
        for place in (self.first, self.last):
            far = build.apply("operator.mul", place, step)
            zero = isinstance(start, Const) and start.value == 0
            ends.append(far if zero else build.apply("operator.add", start, far))
        return self.loop.index, (ends[0], ends[1], step)

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

    # The forward sweep

    def forward(
        self,
        checkpoints: Slot,
        carries: list[Carry],
        memory: list[Slot],
        frozen: Mapping[Slot, Slot],
    ) -> None:
        """The primal loop, with its state offered at every step."""
        state, entry = self.state, self.entry
        offered = (*(c.header for c in carries), *memory)
        keep = Do(Apply("dpc.keep", (checkpoints, *offered)), self.loop.span)
        before: list[Stmt] = []
        for slot, copy in frozen.items():
            fn = "np.copy" if state.is_array(slot) else "dpc.copy_tree"
            before.append(Assign(copy, Apply(fn, (slot,))))
        advance: Atom = NONE
        if not is_literal(self.strategy.snapshots, None):
            nested = self.advance(carries, memory, frozen)
            advance = nested.target
            before.append(nested)
        moving = sum(c in self.again.moving for c in carries) + len(memory)
        before += self.made(checkpoints, advance, moving)
        entry.before[:], entry.carries[:] = before, []
        entry.statement = self.renewed_loop(self.with_shadows(keep))
        entry.regions = ()
        entry.after[:] = self.shadows_after()

    def made(self, checkpoints: Slot, advance: Atom, written: int) -> list[Stmt]:
        """The statements that begin the snapshots."""
        before: list[Stmt] = []
        every, snapshots = self.strategy.every, self.strategy.snapshots
        args: tuple[Atom, ...] = ()
        planned = not is_literal(snapshots, None) or is_literal(every, "sqrt")
        if planned or not isinstance(every, Const):
            args = self.count(before)
        kwargs: list[tuple[str, Atom]] = []
        if not is_literal(every, None):
            kwargs.append(("every", every))
        if not is_literal(snapshots, None):
            kwargs += [("snapshots", snapshots), ("advance", advance)]
        if written:
            kwargs.append(("written", Const(written)))
        if self.again.draws:
            draws = Slot("t", temp=True)
            before.append(Assign(draws, Apply("tuple", tuple(self.again.draws))))
            kwargs.append(("draws", draws))
        call = Apply("dpc.Checkpoints", args, tuple(kwargs))
        return [*before, Assign(checkpoints, call, self.loop.span)]

    def count(self, before: list[Stmt]) -> tuple[Atom, ...]:
        """The number of steps, where it is known before the loop."""
        loop = self.loop
        if not isinstance(loop, For) or loop.leave is not None:
            return ()
        if is_literal(loop.start, 0) and is_literal(loop.step, 1):
            return (loop.stop,)
        steps, count = Slot("t", temp=True), Slot("t", temp=True)
        bounds = (loop.start, loop.stop, loop.step)
        before.append(Assign(steps, Apply("range", bounds)))
        before.append(Assign(count, Apply("len", (steps,))))
        return (count,)

    def with_shadows(self, keep: Stmt) -> For | While:
        """The primal loop that offers its state, and keeps outer lists' shadows in
        step."""
        grown: dict[int, list[Stmt]] = {}
        for region in self.entry.regions:
            _grown(region, self.again.done, grown)

        def also(statement: Stmt) -> Sequence[Stmt]:
            inside = map_statement(statement, lambda a: a, lambda b: flat_map(b, also))
            return (inside, *grown.get(id(statement), ()))

        loop = map_statement(self.loop, lambda a: a, lambda b: flat_map(b, also))
        assert isinstance(loop, For | While)
        place = 0
        while isinstance(loop, For) and _is_item(loop.body[place : place + 1], loop):
            place += 1
        body = (*loop.body[:place], keep, *loop.body[place:])
        return _with_body(loop, body, loop.carries)

    def advance(
        self, carries: list[Carry], memory: list[Slot], frozen: Mapping[Slot, Slot]
    ) -> Pullback:
        """A nested function that runs steps without recording them."""
        state, loop = self.state, self.loop
        first, last = self.slot("first", INT), self.slot("last", INT)
        params = {c: self.like(c.header) for c in carries}
        copies = {slot: self.like(slot) for slot in memory}
        with state.build.region() as block:
            outer = self.first, self.last
            self.first, self.last = first, last
            _, bounds = self.bounds()
            self.first, self.last = outer

            def again(statement: Stmt) -> Sequence[Stmt]:
                if id(statement) in self.again.done:
                    return ()
                inside = lambda b: flat_map(b, again)  # noqa: E731
                return (map_statement(statement, lambda a: a, inside),)

            head = loop.head if isinstance(loop, While) else ()
            body = flat_map((*head, *loop.body), again)
            index = loop.index if isinstance(loop, For) else self.slot("_", INT)
            rows = tuple(Carry(c.header, params[c], c.next, c.result) for c in carries)
            run = For(index, *bounds, body, rows, None, loop.span)
            replace: dict[Slot, Atom] = {**copies, **frozen}
            (made,) = renewed((run,), replace)
            self.known(replace)
            block.append(made)
            assert isinstance(made, For)
            ends = (*(c.result for c in made.carries), *copies.values())
            result = self.slot("t", temp=True)
            block.append(Assign(result, Apply("tuple", ends)))
        own = (first, last, *params.values(), *copies.values())
        body = prune_block(tuple(block), (result,), state.library, state.build.facts)
        return Pullback(self.slot("advance"), own, body, result, loop.span)

    def renewed_loop(self, loop: For | While) -> For | While:
        """The loop over slots of its own, with the results of the primal."""
        replace: dict[Slot, Atom] = {}
        (made,) = renewed((loop,), replace)
        self.known(replace)
        assert isinstance(made, For | While)
        carries = tuple(
            Carry(new.header, new.init, new.next, old.result)
            for new, old in zip(made.carries, loop.carries, strict=True)
        )
        return _with_body(made, made.body, carries)

    def known(self, replace: Mapping[Slot, Atom]) -> None:
        """What is known of slots is known of those that stand for them."""
        for old, new in replace.items():
            if isinstance(new, Slot) and new not in self.state.build.facts:
                self.state.build.facts[new] = self.state.build.fact(old)

    def shadows_after(self) -> list[Stmt]:
        """The results of the loop have shadows of their own, and no other memory."""
        made: list[Stmt] = []
        for owner, _ in self.shadows:
            shadow = self.state.shadows[owner.result]
            assert isinstance(shadow, Slot)
            made.append(Assign(shadow, self.state.zeros(owner.result)))
            others = self.others(owner)
            if others:
                check = Apply("dpc.require_apart", (owner.result, *others))
                made.append(Do(check, self.loop.span))
        return made

    def others(self, owner: Carry) -> list[Atom]:
        """What is needed after the loop and might share memory with a result."""
        state = self.state
        node = state.aliases.node(owner.result)
        results = [c.result for c, _ in self.shadows]
        before = results[: results.index(owner.result)]
        found = [r for r in before if state.aliases.node(r) is node]
        params = {p.slot for p in state.program.function.params if state.mutated}
        own = {*self.again.own, *(c.result for c in self.loop.carries)}
        here, begin, end = state.aliases.positions[id(self.loop)]
        inside = {id(s) for s in self.again.all}
        for slot in [s for s in state.aliases.nodes if state.aliases.node(s) is node]:
            if slot in own:
                continue
            if slot in params or self.read_after(slot, here, begin, end, inside):
                found.append(slot)
        return found

    def read_after(
        self, slot: Slot, here: int, begin: int, end: int, inside: set[int]
    ) -> bool:
        """A statement reads the slot that runs after the loop has run."""
        state = self.state
        home = state.homes.get(slot, state.root)
        for statement in statements(state.program.function.body):
            if id(statement) in inside or slot not in _reads(statement):
                continue
            place, _, _ = state.aliases.positions[id(statement)]
            again = begin >= 0 and begin <= place <= end and home is state.root
            if place > here or again:
                return True
        return slot is state.program.function.result

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


def leave_out(region: Region, done: set[int]) -> None:
    """Mark the statements that are not run again."""
    for entry in region.entries:
        if id(entry.statement) in done:
            entry.done = True
        for inside in entry.regions:
            leave_out(inside, done)


def _grown(region: Region, done: set[int], grown: dict[int, list[Stmt]]) -> None:
    for entry in region.entries:
        if id(entry.statement) in done and entry.after:
            grown[id(entry.statement)] = list(entry.after)
        for inside in entry.regions:
            _grown(inside, done, grown)


def _with_body(
    loop: For | While, body: Block, carries: tuple[Carry, ...]
) -> For | While:
    if isinstance(loop, While):
        return While(loop.head, loop.test, body, carries, loop.leave, loop.span)
    bounds = (loop.start, loop.stop, loop.step)
    return For(loop.index, *bounds, body, carries, loop.leave, loop.span)


def _is_item(block: Block, loop: For) -> bool:
    match block:
        case (Assign(_, Apply("getitem", (_, at))),):
            return at is loop.index
    return False


def _reads(statement: Stmt) -> list[Slot]:
    atoms = (*operands(statement), *inner(statement))
    return [atom for atom in atoms if isinstance(atom, Slot)]


def _shown(atom: Atom) -> str:
    return repr(atom.value) if isinstance(atom, Const) else getattr(atom, "name", "n")
