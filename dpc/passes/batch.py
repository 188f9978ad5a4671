"""Products summed over a loop become one product after it.

before                                  after
`tape = []`                             `hs = np.empty((n + 1, h.size)); hs[0] = h`
`for t in range(n):`                    `for t in range(n):`
`    h_prev = h`
`    h = np.tanh(w @ h_prev)`           `    h = np.tanh(w @ h)`
`    tape.append((h_prev, h))`          `    hs[t + 1] = h`
                                        `z_bars = np.empty((n, h.size))`
`for h_prev, h in reversed(tape):`      `for t in reversed(range(n)):`
                                        `    h = hs[t + 1]`
`    z_bar = h_bar * (1 - h * h)`       `    z_bars[t] = h_bar * (1 - h * h)`
`    w_bar += np.outer(z_bar, h_prev)`
`    h_bar = w.T @ z_bar`               `    h_bar = w.T @ z_bars[t]`
                                        `w_bar = z_bars.T @ hs[:-1]`

Only where the number of iterations and all shapes are known before the loop, and where
the tape holds vectors and numbers: to copy a matrix a step costs more than the one
product saves.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    For,
    Function,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.rebuild import with_body
from dpc.ir.walk import reads, targets
from dpc.passes.naming import with_named_sizes
from dpc.passes.stacks import CountedLoop, Stacks


class _Batch:
    def __init__(self, function: Function, facts: Facts) -> None:
        self.facts = facts
        self.body = list(function.body)
        self.definitions: dict[Slot, Apply] = {}
        for statement in function.body:
            self._define(statement)
        self.params = [param.slot for param in function.params]

    def _define(self, statement: Stmt) -> None:
        if isinstance(statement, Assign) and isinstance(statement.value, Apply):
            self.definitions[statement.target] = statement.value

    def fact(self, atom: Atom) -> Fact:
        return self.facts.get(atom, ANY) if isinstance(atom, Slot) else ANY

    def slot(self, name: str, fact: Fact = ANY) -> Slot:
        slot = Slot(name)
        self.facts[slot] = fact
        return slot

    def run(self) -> Block:
        for position, statement in enumerate(self.body):
            if isinstance(statement, Replay):
                loop = self.matched(position, statement)
                if loop is not None and self.rewrite(loop):
                    return self.run()
        return tuple(self.body)

    def matched(self, third: int, replay: Replay) -> CountedLoop | None:
        """The forward loop of a tape, if it is counted and writes nothing else to
        it."""
        for second, statement in enumerate(self.body[:third]):
            if not isinstance(statement, For) or statement.leave is not None:
                continue
            last = statement.body[-1] if statement.body else None
            if not isinstance(last, Record) or last.tape is not replay.tape:
                continue
            if not self.counts(statement):
                return None
            for first, made in enumerate(self.body[:second]):
                if isinstance(made, Assign) and made.target is replay.tape:
                    return CountedLoop(statement, replay, last, first, second, third)
        return None

    def counts(self, loop: For) -> bool:
        """`range(n)` with an `n` that is a size, so never negative."""
        plain = _is(loop.start, 0) and _is(loop.step, 1)
        if not plain or not isinstance(loop.stop, Slot):
            return False
        size = self.definitions.get(loop.stop)
        if size is None or size.fn == "len":
            return size is not None
        shape = size.args[0] if size.fn == "getitem" else None
        found = self.definitions.get(shape) if isinstance(shape, Slot) else None
        return (
            found is not None and found.fn == "getattr" and _is(found.args[1], "shape")
        )

    def rewrite(self, loop: CountedLoop) -> bool:
        sums = self.sums(loop)
        if not any(product is not None for _, _, product in sums):
            return False
        index = self.slot(loop.forward.index.name, self.fact(loop.forward.index))
        stacks = self.stacks(loop, index)
        if stacks is None:
            return False
        body = self.batched(loop, list(loop.replay.body), sums, stacks, index)
        if body is None:
            return False
        self.replace(loop, stacks, body, index)
        return True

    # Which sums there are

    def sums(self, loop: CountedLoop) -> list[tuple[Update, Slot, Apply | None]]:
        """Updates of buffers that the loop only adds to: the update, what is added, and
        the outer product that it is, if it is one."""
        own = {s.target: s.value for s in loop.replay.body if isinstance(s, Assign)}
        counts: dict[Slot, int] = {}
        for slot in reads(loop.replay.body):
            counts[slot] = counts.get(slot, 0) + 1
        for statement in loop.replay.body:
            match statement:
                case Update("whole", "add", Slot() as base, _, Slot() as value):
                    counts[base] -= value is not base
                case _:
                    pass
        found: list[tuple[Update, Slot, Apply | None]] = []
        for statement in loop.replay.body:
            match statement:
                case Update("whole", "add", Slot() as base, _, Slot() as value):
                    if counts[base] or base in own or value not in own:
                        continue
                    how = own[value]
                    outer = isinstance(how, Apply) and how.fn == "np.outer"
                    if not outer and self.fact(value).shape != self.fact(base).shape:
                        continue
                    product = how if isinstance(how, Apply) and outer else None
                    found.append((statement, value, product))
                case _:
                    pass
        return found

    # Arrays in the place of the tape

    def like(self, fact: Fact, before: int) -> Slot | None:
        """An array of this shape and dtype that exists before a position; at most a
        vector."""
        if not fact.is_array or fact.shape is None or None in fact.shape:
            return None
        if len(fact.shape) > 1:
            return None
        known = [*self.params]
        for statement in self.body[:before]:
            known += targets(statement)
        for slot in known:
            have = self.fact(slot)
            if have.is_array and have.shape == fact.shape and have.dtype == fact.dtype:
                return slot
        return None

    def empty(
        self, name: str, fact: Fact, rows: Atom, like: Slot, into: list[Stmt]
    ) -> Slot:
        """`name = np.empty((rows, *like.shape))`."""
        size = Slot("t", temp=True)
        into.append(Assign(size, Apply("tuple", (rows, *self.sizes(like, into)))))
        stack = self.slot(name, Fact("array", fact.dtype, (None, *(fact.shape or ()))))
        kwargs: tuple[tuple[str, Atom], ...] = ()
        if fact.dtype != "f8":
            dtype = Slot("t", temp=True)
            into.append(Assign(dtype, Apply("getattr", (like, Const("dtype")))))
            kwargs = (("dtype", dtype),)
        into.append(Assign(stack, Apply("np.empty", (size,), kwargs)))
        return stack

    def sizes(self, like: Slot, into: list[Stmt]) -> list[Atom]:
        """The sizes of an array, axis by axis."""
        rank = self.fact(like).rank or 0
        found: list[Atom] = []
        for axis in range(rank):
            shape, size = Slot("t", temp=True), Slot("t", temp=True)
            if rank == 1:
                into.append(Assign(size, Apply("getattr", (like, Const("size")))))
            else:
                into.append(Assign(shape, Apply("getattr", (like, Const("shape")))))
                into.append(Assign(size, Apply("getitem", (shape, Const(axis)))))
            found.append(size)
        return found

    def stacks(self, loop: CountedLoop, index: Slot) -> Stacks | None:
        """Arrays for all taped values; None if one cannot be put in an array."""
        stacks = Stacks()
        taped = dict(zip(loop.record.values, loop.replay.targets, strict=True))
        carries = {carry.header: carry for carry in loop.forward.carries}
        rows = loop.forward.stop
        done: set[Atom] = set()
        for header, carry in carries.items():
            if header in taped:
                made = self.rolled(loop, carry, taped, rows, index, stacks)
                if not made:
                    return None
                done |= {header, carry.next}
        for value, target in taped.items():
            if value in done:
                continue
            if value is loop.forward.index:
                stacks.loads.insert(0, Assign(target, index))
                continue
            fact = self.fact(value)
            like = self.like(fact, loop.second)
            if like is None or not isinstance(value, Slot):
                return None
            name = f"{value.name}s"
            stack = self.empty(name, fact, rows, like, stacks.before)
            stacks.stores.append(Store("item", stack, loop.forward.index, value))
            stacks.loads.append(Assign(target, Apply("getitem", (stack, index))))
            stacks.whole[target] = stack
        return stacks

    def rolled(
        self,
        loop: CountedLoop,
        carry: Carry,
        taped: dict[Atom, Slot],
        rows: Atom,
        index: Slot,
        stacks: Stacks,
    ) -> bool:
        """All values of a carry in one array: row `t` before, row `t + 1` after step
        t."""
        fact = self.fact(carry.header)
        if not isinstance(carry.init, Slot) or not isinstance(carry.next, Slot):
            return False
        if self.like(fact, loop.second) is None:
            return False
        start = self.fact(carry.init)
        if start.shape != fact.shape or start.dtype != fact.dtype:
            return False
        more, step = Slot("t", temp=True), Slot("t", temp=True)
        stacks.before.append(Assign(more, Apply("operator.add", (rows, Const(1)))))
        name = f"{carry.header.name}s"
        stack = self.empty(name, fact, more, carry.init, stacks.before)
        stacks.before.append(Store("item", stack, Const(0), carry.init))
        following = Apply("operator.add", (loop.forward.index, Const(1)))
        stacks.stores.append(Assign(step, following))
        stacks.stores.append(Store("item", stack, step, carry.next))
        before = taped[carry.header]
        stacks.loads.append(Assign(before, Apply("getitem", (stack, index))))
        olds = Slot("t", temp=True)
        self.facts[olds] = self.fact(stack)
        stacks.after.append(
            Assign(olds, Apply("getitem", (stack, Const(slice(None, -1)))))
        )
        stacks.whole[before] = olds
        if carry.next in taped:
            now = Slot("t", temp=True)
            stacks.loads.append(Assign(now, Apply("operator.add", (index, Const(1)))))
            load = Apply("getitem", (stack, now))
            stacks.loads.append(Assign(taped[carry.next], load))
            news = Slot("t", temp=True)
            stacks.after.append(
                Assign(news, Apply("getitem", (stack, Const(slice(1, None)))))
            )
            stacks.whole[taped[carry.next]] = news
        return True

    # The products after the loop

    def batched(
        self,
        loop: CountedLoop,
        body: list[Stmt],
        sums: list[tuple[Update, Slot, Apply | None]],
        stacks: Stacks,
        index: Slot,
    ) -> list[Stmt] | None:
        """The body without the sums; what they become goes to `stacks.after`."""
        own = {s.target: s.value for s in body if isinstance(s, Assign)}
        for update, value, product in sums:
            operands = product.args if product is not None else (value,)
            wholes: list[Atom] = []
            for atom in operands:
                whole = self.whole(loop, atom, own, stacks, index, body)
                if whole is None:
                    return None
                wholes.append(whole)
            assert isinstance(update.base, Slot)
            total = Slot("t", temp=True)
            self.facts[total] = self.fact(update.base)
            if product is None:
                sum_ = Apply("np.sum", (wholes[0],), (("axis", Const(0)),))
                stacks.after.append(Assign(total, sum_))
            else:
                turned = Slot("t", temp=True)
                turn = Apply("getattr", (wholes[0], Const("T")))
                stacks.after.append(Assign(turned, turn))
                matmul = Apply("operator.matmul", (turned, wholes[1]))
                stacks.after.append(Assign(total, matmul))
            base = update.base
            stacks.after.append(Update("whole", "add", base, Const(None), total))
            body.remove(update)
        return body

    def whole(
        self,
        loop: CountedLoop,
        atom: Atom,
        own: Mapping[Slot, object],
        stacks: Stacks,
        index: Slot,
        body: list[Stmt],
    ) -> Atom | None:
        """The array of all values that an atom of the backward body takes."""
        if not isinstance(atom, Slot):
            return None
        if atom in stacks.whole:
            return stacks.whole[atom]
        how = own.get(atom)
        if isinstance(how, Apply) and how.fn == "getitem":
            rows = self.all_rows(loop, how)
            if rows is not None:
                return rows
        like = self.like(self.fact(atom), loop.third)
        if like is None or atom not in own:
            return None
        made: list[Stmt] = []
        stack = self.empty(
            f"{atom.name}s", self.fact(atom), loop.forward.stop, like, made
        )
        stacks.between += made
        at = next(i for i, s in enumerate(body) if atom in targets(s))
        body.insert(at + 1, Store("item", stack, index, atom))
        stacks.whole[atom] = stack
        return stack

    def all_rows(self, loop: CountedLoop, load: Apply) -> Slot | None:
        """`xs[t]` over every row of `xs` is `xs`."""
        base, at = load.args
        if not isinstance(base, Slot) or not isinstance(at, Slot):
            return None
        taped = dict(zip(loop.replay.targets, loop.record.values, strict=True))
        if taped.get(at) is not loop.forward.index or base in taped:
            return None
        fact, stop = self.fact(base), self.fact(loop.forward.stop)
        rows = fact.shape[0] if fact.is_array and fact.shape else None
        return base if rows is not None and rows == stop.value else None

    def replace(
        self, loop: CountedLoop, stacks: Stacks, body: list[Stmt], index: Slot
    ) -> None:
        forward, replay = loop.forward, loop.replay
        inside = (*forward.body[:-1], *stacks.stores)
        bounds = (forward.start, forward.stop, forward.step)
        new = For(forward.index, *bounds, inside, forward.carries, None, forward.span)
        back = For(
            index,
            *bounds,
            (*stacks.loads, *body),
            replay.carries,
            None,
            replay.span,
            True,
        )
        result = list(self.body)
        result[loop.third : loop.third + 1] = [*stacks.between, back, *stacks.after]
        result[loop.second : loop.second + 1] = [new]
        result[loop.first : loop.first + 1] = []
        at = loop.second - 1
        result[at:at] = stacks.before
        self.body = result


def _is(atom: Atom, value: object) -> bool:
    return isinstance(atom, Const) and atom.value == value


def batch(function: Function, facts: Facts, library: Library) -> Function:
    """The function with its summed products batched."""
    if not any(isinstance(statement, Replay) for statement in function.body):
        return function
    body = _Batch(function, facts).run()
    if len(body) != len(function.body):
        body = with_named_sizes(body, facts)
    return with_body(function, body)
