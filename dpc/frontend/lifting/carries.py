"""What goes round a loop is found by lifting its body until the facts of it hold.

A loop's headers start with what is known of the values before it. The body is lifted;
if a value at its end does not fit its header, the header is weakened and the body is
lifted again. What a body leaves as it was is not carried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dpc.frontend.lifting.branches import Names, restore, snapshot
from dpc.frontend.lifting.headers import Fixed, Header, Leaf, Node, fact_of, tuples
from dpc.frontend.lifting.known import plain
from dpc.frontend.lifting.sites import UNKNOWN, Cell, joined
from dpc.frontend.lifting.starts import as_float, is_float
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    Closure,
    Known,
    Scope,
    Tuple,
    Val,
    mapped,
)
from dpc.ir import facts as F, walk as ir
from dpc.ir.nodes import (
    UNDEFINED,
    Atom,
    Carry,
    Const,
    Object,
    Slot,
    Stmt,
    Undefined,
)

PATIENCE = 4  # rounds in which facts of headers may still be something
Key = tuple[Scope, str]
Body = Callable[[], None]


@dataclass(slots=True)
class Loop:
    """One loop while it is being lifted."""

    lift: Lifter
    keys: list[Key]
    before: Names
    headers: dict[Key, Header] = field(default_factory=dict)
    inits: dict[Key, Val] = field(default_factory=dict)
    entered: dict[Key, Val] = field(default_factory=dict)
    carries: list[Carry] = field(default_factory=list)
    found: dict[str, Cell] = field(default_factory=dict)  # in earlier rounds
    tried: dict[Key, Val | None] = field(default_factory=dict)  # integers, as floats

    def begin(self) -> None:
        lift = self.lift
        place = lift.path, id(lift.where), tuple([name for _, name in self.keys])
        self.found = lift.heap.loops.setdefault(place, {})
        for scope, name in self.keys:
            init = scope.names.get(name, UNDEFINED)
            self.inits[scope, name] = init
            self.headers[scope, name] = self.first(init, self.found.get(name))

    def first(self, init: Val, found: Cell | None) -> Header:
        """The header to begin with: what it was when the loop was lifted before."""
        header = self.header(init)
        if found is None or isinstance(header, Fixed):
            return header
        cell = header.cell if isinstance(header, Leaf) else self.cell(init)
        return Leaf(joined(found, cell))

    def header(self, init: Val) -> Header:
        match init:
            case Undefined():
                return Leaf(None)
            case Tuple(items, kind, None):
                return Node([self.header(item) for item in items], kind)
            case Tuple(whole=Slot() as whole):
                return Leaf(self.cell(whole))
            case Slot() | Const() | Object():
                return Leaf(self.cell(init))
        return Fixed(init)

    def again(self, now: Val) -> Header:
        """A header for what came round where nothing was before."""
        if isinstance(now, Slot | Const | Object | Undefined | Tuple):
            return self.header(now)
        return Fixed(now) if self.is_steady(now) else Leaf(UNKNOWN)

    def is_steady(self, value: Val) -> bool:
        """A function that is the same wherever in the loop it is looked at."""
        if isinstance(value, Closure):
            return not value.defaults and value.scope.frame in self.lift.frames
        return isinstance(value, Known)

    def cell(self, value: Val) -> Cell:
        """What is known of a value that goes round."""
        lift = self.lift
        sites = lift.sites(value) if isinstance(value, Slot | Const | Object) else None
        return Cell(plain(lift.fact(value)), sites)

    def enter(self) -> None:
        """Bind names to their headers."""
        for (scope, name), header in self.headers.items():
            value = self.value(header, name)
            scope.names[name] = self.entered[scope, name] = value

    def value(self, header: Header, name: str) -> Val:
        match header:
            case Leaf(cell):
                cell = cell or UNKNOWN
                header.slot = self.lift.variable(name, cell.fact, cell.sites)
                return header.slot
            case Node(parts, kind):
                return Tuple(tuple([self.value(p, name) for p in parts]), kind)
            case Fixed(value):
                return value

    def fits(self, block: Sequence[Stmt], extra: Sequence[Val], strict: bool) -> bool:
        """Whether the headers hold for what came round; weakens those that do not."""
        used: set[Slot] | None = None
        result = True
        for (scope, name), header in self.headers.items():
            now = scope.names.get(name, UNDEFINED)
            opened = self.opened(header, self.inits[scope, name], now)
            start = self.as_float((scope, name), header, now, block)
            if opened is not None:
                self.inits[scope, name] = opened
                new = self.weakened(self.header(opened), now, strict)
            elif start is not None:
                self.inits[scope, name] = start
                new = self.header(start)  # What came round followed from another.
            else:
                new = self.weakened(header, now, strict)
            if new is header:
                continue
            if isinstance(header, Leaf) and header.cell is None:
                # Undefined at first: what it is matters only where it is read.
                if used is None:
                    used = _reads(block, [s.names.get(n) for s, n in self.keys], extra)
                if header.slot not in used:
                    continue
            self.headers[scope, name] = new
            if isinstance(new, Leaf) and new.cell is not None:
                self.found[name] = new.cell
            result = False
        return result

    def opened(self, header: Header, init: Val, now: Val) -> Tuple | None:
        """A tuple from before the loop by its elements, where one of the same kind
        comes round: each goes round on its own."""
        lift = self.lift
        if not (isinstance(header, Leaf) and isinstance(init, Slot)):
            return None
        if not isinstance(now, Tuple) or now.whole is not None:
            return None
        fact, kind = lift.fact(init), now.kind
        if kind is not None and fact.value is kind:
            names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
            parts = [lift.apply("getattr", (init, Const(name))) for name in names]
            return Tuple(tuple(parts), kind)
        if kind is None and fact.kind == "tuple" and fact.value is None:
            items = lift.parts.items(lift, init)
            if items is not None and len(items) == len(now.items):
                return Tuple(tuple(items))
        return None

    def as_float(
        self, key: Key, header: Header, now: Val, block: Sequence[Stmt]
    ) -> Val | None:
        """A start that is a float: kept if what comes round then is one."""
        fact, init = self.lift.fact(now), self.inits[key]
        if key in self.tried:
            found = None if is_float(fact) else self.tried[key]
            self.tried[key] = None
        elif isinstance(header, Leaf) and header.slot is not None:
            found = as_float(self.lift, header.slot, init, fact, tuple(block))
            if found is not None:
                self.tried[key] = init
        else:
            return None
        if found is not None:
            for cells in self.lift.heap.loops.values():
                cells.pop(key[1], None)  # What is known of it in loops within.
        return found

    def weakened(self, header: Header, now: Val, strict: bool) -> Header:
        """The header itself if it holds for `now`, else one that does."""
        if isinstance(now, Undefined):
            return header
        match header:
            case Leaf(None):
                return self.again(now)
            case Leaf(cell):
                if now is header.slot:
                    return header
                new_cell = joined(cell, self.cell(now))
                if new_cell == cell:
                    return header
                return Leaf(UNKNOWN if strict else new_cell)
            case Node(parts, kind):
                if not isinstance(now, Tuple) or now.kind is not kind:
                    return Leaf(tuples(fact_of(header), self.lift.fact(now)))
                if len(now.items) != len(parts) or now.whole is not None:
                    return Leaf(tuples(fact_of(header), self.lift.fact(now)))
                pairs = zip(parts, now.items, strict=True)
                new = [self.weakened(part, item, strict) for part, item in pairs]
                same = all(a is b for a, b in zip(new, parts, strict=True))
                return header if same else Node(new, kind)
            case Fixed(value):
                same = _same(value, now) and self.is_steady(now)
                return header if same or now is value else Leaf(UNKNOWN)

    def end(self, body: list[Stmt]) -> None:
        """Bind names to what they are after the loop, and collect its carries."""
        after = {
            key: self.result(header, self.inits[key], _now(key), key[1], body)
            for key, header in self.headers.items()
        }
        restore(self.lift, self.before)
        for (scope, name), value in after.items():
            scope.names[name] = value

    def result(
        self, header: Header, init: Val, now: Val, name: str, body: list[Stmt]
    ) -> Val:
        match header:
            case Fixed(value):
                return value
            case Node(parts, kind):
                inits = self.parts(init, len(parts))
                nows = self.parts(now, len(parts))
                rows = zip(parts, inits, nows, strict=True)
                items = [self.result(*row, name, body) for row in rows]
                return Tuple(tuple(items), kind)
            case Leaf():
                return self.leaf(header, init, now, name, body)

    def alone(self, slot: Slot, body: list[Stmt]) -> Atom:
        """A slot of the body, as it is after the loop."""
        header = Leaf(None, self.lift.slot("", F.ANY))
        after = self.leaf(header, UNDEFINED, slot, "", body)
        assert isinstance(after, Slot)
        return after

    def parts(self, value: Val, count: int) -> Sequence[Val]:
        if isinstance(value, Tuple):
            return value.items
        assert isinstance(value, Undefined)
        return (value,) * count

    def leaf(
        self, header: Leaf, init: Val, now: Val, name: str, body: list[Stmt]
    ) -> Val:
        lift = self.lift
        if now is header.slot or _is_truth(init, now):
            # Unchanged: what was there before is there in every iteration and after.
            assert header.slot is not None
            if not isinstance(init, Undefined):
                lift.replace[header.slot] = lift.materialise(init)
            return init
        if isinstance(now, Undefined):
            return now
        if isinstance(init, Undefined) and isinstance(now, Tuple):
            parts = [Leaf(None) for _ in now.items]
            for part in parts:
                part.slot = lift.variable(name, F.ANY)
            items = [
                self.leaf(part, init, item, name, body)
                for part, item in zip(parts, now.items, strict=True)
            ]
            with lift.into(body):
                one = lift.parts.spare(lift, now)
            whole = self.alone(one, body) if isinstance(one, Slot) else one
            return Tuple(tuple(items), now.kind, whole)
        if isinstance(init, Undefined) and not isinstance(now, Atom):
            return mapped(now, lambda slot: self.alone(slot, body), lift.frames)
        start = lift.materialise(init)
        with lift.into(body):
            following = lift.materialise(now)
        cell = header.cell or self.cell(following)
        assert header.slot is not None
        if header.cell is None:
            # No iteration reads it: if anything, it is what the last one left.
            lift.build.facts[header.slot] = cell.fact
        result = lift.variable(name, cell.fact, cell.sites)
        self.carries.append(Carry(header.slot, start, following, result))
        return result


def _now(key: Key) -> Val:
    return key[0].names.get(key[1], UNDEFINED)


def _same(a: Val, b: Val) -> bool:
    if a is b:
        return True
    if isinstance(a, Known) and isinstance(b, Known):
        return a.value is b.value
    # A function that is defined in every iteration, by the same text.
    if isinstance(a, Closure) and isinstance(b, Closure):
        return a.tree is b.tree and a.scope is b.scope
    return False


def _is_truth(init: Val, now: Val) -> bool:
    """The same literal truth, before the loop and at the end of an iteration."""
    if not isinstance(init, Const) or not isinstance(now, Const):
        return False
    return isinstance(now.value, bool) and init.value is now.value


def _reads(
    block: Sequence[Stmt], names: Sequence[Val | None], extra: Sequence[Val]
) -> set[Slot]:
    """The slots that a body reads, or that live on in names."""
    found = set(ir.reads(tuple(block)))
    pending: list[Val | None] = [*names, *extra]
    while pending:
        value = pending.pop()
        if isinstance(value, Slot):
            found.add(value)
        elif isinstance(value, Tuple):
            pending += value.items
    return found


def run(
    lift: Lifter,
    keys: list[Key],
    body: Body,
    leave: str | None,
    head: Body | None = None,
) -> tuple[list[Stmt], list[Stmt], list[Carry], Atom | None]:
    """Lift a loop's head and body until the headers hold.

    Names are left as they are after the loop. The result is head, body, carries, leave.
    """
    loop = Loop(lift, keys, snapshot(lift))
    loop.begin()
    lift.depth += 1
    count = lift.count
    for attempt in range(100):
        restore(lift, loop.before)
        lift.count = count
        loop.enter()
        with lift.build.region() as top:
            if head is not None:
                head()
        with lift.build.region() as block:
            body()
        if lift.dead:
            # Whatever the body does, it ends in an exception.
            for (scope, name), value in loop.entered.items():
                scope.names[name] = value
            lift.dead = False
        stop = None if leave is None else lift.scope.names.get(leave)
        extra = () if stop is None else (stop,)
        if loop.fits([*top, *block], extra, attempt >= PATIENCE):
            break
    lift.depth -= 1
    loop.end(block)
    left = None if stop is None or lift.truth(stop) is False else stop
    assert left is None or isinstance(left, Atom)
    return top, block, loop.carries, left
