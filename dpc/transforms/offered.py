"""The forward sweep of a checkpointed loop: the primal, with its state offered.

before                  after
`for t in steps:`       `checkpoints = Checkpoints(T, snapshots=50, advance=advance)`
`    x = f(x)`          `for t in steps:`
                        `    keep(checkpoints, x)`
                        `    x = f(x)`

Where the number of snapshots is limited, a nested function runs steps once more without
recording them:

`def advance(first, last, x):`
`    for t in range(first, last):`
`        x = f(x)`
`    return (x,)`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dpc.ir.build import Builder
from dpc.ir.facts import ANY, INT, Fact
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
    Slot,
    Stmt,
    Undefined,
    While,
)
from dpc.ir.rebuild import flat_map, map_blocks, renewed
from dpc.passes.prune import prune_block
from dpc.transforms.repeated import Repeated
from dpc.transforms.state import State
from dpc.transforms.strategies import NONE, Strategy, is_literal
from dpc.transforms.sweep import Entry


class Offered:
    """Writes the forward sweep of one loop.

    carries: those of the loop that a second run needs; memory: the arrays, lists and
      dicts from outside that are part of its state; frozen: copies of what is written
      after it.
    """

    def __init__(
        self,
        state: State,
        again: Repeated,
        carries: list[Carry],
        memory: list[Slot],
        frozen: Mapping[Slot, Slot],
    ) -> None:
        self.state, self.again, self.loop = state, again, again.loop
        self.carries, self.memory, self.frozen = carries, memory, frozen

    def slot(self, name: str, fact: Fact = ANY) -> Slot:
        made = self.state.build.slot(name, fact)
        self.state.homes[made] = self.state.scope
        return made

    def like(self, slot: Slot) -> Slot:
        """Another slot of the same name and facts."""
        return self.slot(slot.name, self.state.build.fact(slot))

    def sweep(self, entry: Entry, strategy: Strategy, checkpoints: Slot) -> None:
        """Put the loop into its entry, and what it needs before."""
        offered = (*(c.header for c in self.carries), *self.memory)
        keep = Do(Apply("dpc.keep", (checkpoints, *offered)), self.loop.span)
        before: list[Stmt] = []
        for slot, copy in self.frozen.items():
            fn = "np.copy" if self.state.is_array(slot) else "dpc.copy_tree"
            before.append(Assign(copy, Apply(fn, (slot,))))
        advance: Atom = NONE
        if not is_literal(strategy.snapshots, None):
            nested = self.advance()
            advance = nested.target
            before.append(nested)
        before += self.made(strategy, checkpoints, advance)
        entry.before[:], entry.carries[:] = before, []
        entry.statement = self.renewed_loop(self.with_shadows(keep))
        entry.regions = ()

    def made(self, strategy: Strategy, checkpoints: Slot, advance: Atom) -> list[Stmt]:
        """The statements that begin the snapshots."""
        before: list[Stmt] = []
        every, snapshots = strategy.every, strategy.snapshots
        args: tuple[Atom, ...] = ()
        planned = not is_literal(snapshots, None) or is_literal(every, "sqrt")
        if planned or not isinstance(every, Const):
            args = self.count(before)
        written = sum(c in self.again.moving for c in self.carries) + len(self.memory)
        kwargs: list[tuple[str, Atom]] = []
        if not is_literal(every, None):
            kwargs.append(("every", every))
        if not is_literal(snapshots, None):
            kwargs += [("snapshots", snapshots), ("advance", advance)]
        if written:
            kwargs.append(("written", Const(written)))
        held = sum(slot in self.again.held for slot in self.memory)
        if held:
            kwargs.append(("held", Const(held)))
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
        step.

        As a part of another loop that is run again it leaves both to the first run.
        """
        repeats = self.state.repeats
        around = [Repeated(self.state, loop) for loop in repeats.around]
        done = {each for again in around for each in again.done}
        first = self.again.done | self.again.grown
        first -= done.union(*(again.grown for again in around))
        grown = {each: repeats.in_step.get(each, []) for each in first}

        def also(statement: Stmt) -> Sequence[Stmt]:
            if id(statement) in done:
                return ()
            inside = map_blocks(statement, lambda b: flat_map(b, also))
            return (inside, *grown.get(id(statement), ()))

        loop = map_blocks(self.loop, lambda b: flat_map(b, also))
        assert isinstance(loop, For | While)
        place = 0
        while isinstance(loop, For) and _is_item(loop.body[place : place + 1], loop):
            place += 1
        body = (*loop.body[:place], keep, *loop.body[place:])
        return _with_body(loop, body, loop.carries)

    def advance(self) -> Pullback:
        """A nested function that runs steps without recording them."""
        state, loop = self.state, self.loop
        first, last = self.slot("first", INT), self.slot("last", INT)
        params = {c: self.like(c.header) for c in self.carries}
        copies = {slot: self.like(slot) for slot in self.memory}
        with state.build.region() as block:
            index, ends = steps_between(state.build, loop, first, last)
            rows = tuple(
                Carry(c.header, s, c.next, c.result) for c, s in params.items()
            )
            run = For(index, *ends, self.undone(), rows, None, loop.span)
            replace: dict[Slot, Atom] = {**copies, **self.frozen}
            (made,) = renewed((run,), replace)
            self.known(replace)
            block.append(made)
            assert isinstance(made, For)
            after = (*(c.result for c in made.carries), *copies.values())
            result = Slot("t", temp=True)
            block.append(Assign(result, Apply("tuple", after)))
        own = (first, last, *params.values(), *copies.values())
        body = prune_block(tuple(block), (result,), state.library, state.build.facts)
        return Pullback(self.slot("advance"), own, body, result, loop.span)

    def undone(self) -> Block:
        """One step without what the first run has done."""

        def again(statement: Stmt) -> Sequence[Stmt]:
            if id(statement) in self.again.done:
                return ()
            return (map_blocks(statement, inside),)

        def inside(block: Block) -> Block:
            return flat_map(block, again)

        return inside(self.again.body)

    def renewed_loop(self, loop: For | While) -> For | While:
        """The loop over slots of its own, with the results of the primal."""
        replace: dict[Slot, Atom] = {}
        (made,) = renewed((loop,), replace)
        self.known(replace)
        assert isinstance(made, For | While)
        carries = tuple(
            Carry(new.header, self.bound(new.init, old), new.next, old.result)
            for new, old in zip(made.carries, loop.carries, strict=True)
        )
        return _with_body(made, made.body, carries)

    def known(self, replace: Mapping[Slot, Atom]) -> None:
        """What is known of slots is known of those that stand for them."""
        for old, new in replace.items():
            if isinstance(new, Slot) and new not in self.state.build.facts:
                self.state.build.facts[new] = self.state.build.fact(old)

    def bound(self, init: Atom, carry: Carry) -> Atom:
        """What is offered must have been assigned."""
        return NONE if isinstance(init, Undefined) and carry in self.carries else init


def steps_between(
    build: Builder, loop: For | While, first: Slot, last: Slot
) -> tuple[Slot, tuple[Atom, Atom, Atom]]:
    """The index of the steps from `first` to `last` of a loop, and its range."""
    if isinstance(loop, While):
        return Slot("_"), (first, last, Const(1))
    ends: list[Atom] = []
    for place in (first, last):
        far = build.apply("operator.mul", place, loop.step)
        none = is_literal(loop.start, 0)
        ends.append(far if none else build.apply("operator.add", loop.start, far))
    return loop.index, (ends[0], ends[1], loop.step)


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
