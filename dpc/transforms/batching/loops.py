"""Loops over a batch: they run as long as any row is in them.

A row that has left keeps its last state and is fed it again; what it would have become
is not looked at.

of a row                    over a batch
`while x > 1:`              `while np.any(live := x > 1):`
`    x = x / 2`             `    x = np.where(live, x / 2, x)`
"""

from __future__ import annotations

from collections.abc import Callable

from dpc.errors import Diagnostic, InternalError
from dpc.ir import facts as F
from dpc.ir.facts import ANY, Fact, join
from dpc.ir.nodes import (
    Assign,
    Atom,
    Carry,
    Const,
    For,
    Object,
    Replay,
    Slot,
    Stmt,
    Undefined,
    While,
)
from dpc.rules.batching.batch import NoBatch
from dpc.rules.batching.rows import Tree, Value, union, varies
from dpc.rules.trace import Traced
from dpc.transforms.batching.iterations import (
    Attempt,
    Loop,
    Writer,
    for_body,
    replay_body,
    while_body,
)
from dpc.transforms.batching.merging import with_rows
from dpc.transforms.batching.promote import placeholder, promoted
from dpc.transforms.batching.quiet import add_quiet
from dpc.transforms.batching.state import State, differs

_MAKERS = ("np.where", "np.zeros", "np.ones", "np.full", "np.repeat")


def for_loop(writer: Writer, loop: For) -> None:
    """`for`: a break, or a bound, may differ from row to row."""
    state = writer.state
    start, stop, step = (state.value(a) for a in (loop.start, loop.stop, loop.step))
    if differs(step):
        raise NoBatch("the step of a range differs from row to row")
    bounds = differs(start) or differs(stop)
    if not bounds:
        _run(writer, loop, for_body, (start, stop, step))
        return
    sign = step.literal
    if not isinstance(sign, int) or isinstance(sign, bool):
        raise NoBatch("the step of a range whose length differs is not a literal")
    _run(writer, loop, for_body, (start, stop, step))


def while_loop(writer: Writer, loop: While) -> None:
    """`while`."""
    _run(writer, loop, while_body, ())


def replay(writer: Writer, loop: Replay) -> None:
    """The backward walk over a tape, which says which rows were in the loop."""
    _run(writer, loop, replay_body, ())


def _run(
    writer: Writer,
    loop: Loop,
    body: Callable[..., Attempt],
    bounds: tuple[Value, ...],
) -> None:
    """Write the body until it is known which of the carried values differ."""
    state = writer.state
    inits = [state.value(carry.init) for carry in loop.carries]
    trees: list[Tree] = []
    for carry, init in zip(loop.carries, inits, strict=True):
        slots = (carry.header, carry.result)
        wanted = any(slot in state.demanded for slot in slots)
        if wanted:
            for atom in (carry.init, carry.next):
                if isinstance(atom, Slot) and not _is_scalar(state, atom):
                    state.demand(atom)
        trees.append(True if wanted else init.rows)
    facts = [_first_fact(state, c, i) for c, i in zip(loop.carries, inits, strict=True)]
    outer_live, outer_mask, masks = state.live, state.mask, dict(state.masks)
    for _ in range(2 * len(trees) + 4):
        met = len(state.leaving)
        state.live, state.mask, state.masks = None, outer_mask, dict(masks)
        tried = body(writer, loop, trees, facts, bounds)
        found = _wanted(loop, tried)
        known = [
            join(f, v.fact) if v.fact != f and not isinstance(v.atom, Undefined) else f
            for f, v in zip(tried.facts, tried.nexts, strict=True)
        ]
        known = [_vague(state, c, f) for c, f in zip(loop.carries, known, strict=True)]
        if found == trees and known == facts and met == len(state.leaving):
            break
        trees, facts = found, known
    else:
        title = "what differs from row to row in a loop has no end"
        raise InternalError(Diagnostic(title, "", loop.span))
    state.live, state.mask, state.masks = outer_live, outer_mask, masks
    _finish(writer, loop, tried, inits, bounds)


def _is_scalar(state: State, slot: Slot) -> bool:
    return state.program.facts.get(slot, ANY).is_scalar


def _first_fact(state: State, carry: Carry, init: Value) -> Fact:
    known = state.program.facts.get(carry.header, ANY)
    if isinstance(init.atom, Undefined):
        return known
    return state.known(carry.header, init.fact)


def _vague(state: State, carry: Carry, fact: Fact) -> Fact:
    known = state.program.facts.get(carry.header, ANY)
    return state.known(carry.header, fact) if known.kind != "any" else fact


def _wanted(loop: Loop, tried: Attempt) -> list[Tree]:
    """What differs in what goes round, given what differed when it came in."""
    found: list[Tree] = []
    rows = zip(loop.carries, tried.headers, tried.nexts, tried.trees, strict=True)
    for carry, header, following, tree in rows:
        tree = (
            union(tree, following.rows)
            if not isinstance(following.atom, Undefined)
            else tree
        )
        changes = carry.next is not carry.header
        if tried.live is not None and changes and tree is not True:
            number = following.fact.is_number or header.fact.is_number
            if number or following.fact.kind == "tuple":
                tree = True
        found.append(tree)
    return found


def _finish(
    writer: Writer,
    loop: Loop,
    tried: Attempt,
    inits: list[Value],
    bounds: tuple[Value, ...],
) -> None:
    """Emit the loop."""
    state = writer.state
    carries = []
    for place, carry in enumerate(loop.carries):
        header, following = tried.headers[place], tried.nexts[place]
        init = _begun(state, inits[place], header, following, carry, tried)
        with_end = _with_block(state, tried.body, following, header.rows, carry.next)
        result = state.new(carry.result, header.rows, header.fact)
        assert isinstance(header.atom, Slot) and isinstance(result.atom, Slot)
        carries.append(Carry(header.atom, init.atom, with_end.atom, result.atom))
        if _is_made(state, init.atom) and _is_made(state, with_end.atom):
            state.fresh.add(result.atom)
    stop = None
    if tried.header is not None:
        carry, stop = _live_carry(state, loop, tried)
        carries.append(carry)
    elif tried.leave is not None:
        stop = tried.leave.atom
    _emit(writer, loop, tried, tuple(carries), stop, bounds)


def _is_made(state: State, atom: Atom) -> bool:
    """An array that has just been computed, not a view of another."""
    found = state.build.definition(atom)
    return found is not None and found.fn in _MAKERS


def _with_block(
    state: State, block: list[Stmt], value: Value, tree: Tree, atom: Atom
) -> Value:
    outer, state.build.block = state.build.block, block
    try:
        return with_rows(state, value, tree, atom)
    finally:
        state.build.block = outer


def _begun(
    state: State,
    init: Value,
    header: Value,
    following: Value,
    carry: Carry,
    tried: Attempt,
) -> Value:
    """What a carried value is before the loop."""
    if isinstance(init.atom, Undefined):
        read = tried.live is not None and varies(header.rows)
        number = following.fact.is_number and following.fact.rank is not None
        return placeholder(state, following) if read and number else init
    found = with_rows(state, init, header.rows, carry.init)
    weak = init.fact.kind in ("int", "bool") and following.fact.dtype[:1] == "f"
    if found is not init and weak and isinstance(init.atom, Const):
        assert isinstance(init.atom.value, int)
        as_float = Value(Const(float(init.atom.value)), False, F.FLOAT)
        return promoted(state, as_float)
    return found


def _live_carry(state: State, loop: Loop, tried: Attempt) -> tuple[Carry, Atom | None]:
    """The rows that have not left, and whether none is left."""
    build, batch = state.build, state.batch
    assert tried.header is not None and tried.leave is not None
    outer = state.taken()
    if outer is None:
        first: Atom = build.apply("np.ones", batch.count, _bool())
    else:
        first = outer
    live = tried.live if tried.live is not None else tried.header
    before, build.block = build.block, tried.body
    try:
        gone = tried.leave
        stays: Atom = live
        if differs(gone):
            stays = state.both(live, state.turned(batch.rows(gone).atom))
        following = Slot("live")
        fact = F.array("b1", (batch.size,))
        last = build.block[-1] if build.block else None
        if isinstance(last, Assign) and last.target is stays:
            _renamed(state, stays, following)
        else:
            build.assign(following, stays)  # type: ignore[arg-type]
        build.facts[following] = fact
        stop: Atom | None = None
        if isinstance(loop, For):
            some = build.apply("np.any", following)
            stop = build.apply("operator.not_", some)
    finally:
        build.block = before
    result = build.slot("live", F.array("b1", (batch.size,)))
    return Carry(tried.header, first, following, result), stop


def _renamed(state: State, old: Slot, new: Slot) -> None:
    last = state.build.block.pop()
    assert isinstance(last, Assign) and last.target is old
    state.build.assign(new, last.value)


def _bool() -> Atom:
    return Object("builtins", ("bool",))


def _emit(
    writer: Writer,
    loop: Loop,
    tried: Attempt,
    carries: tuple[Carry, ...],
    stop: Atom | None,
    bounds: tuple[Value, ...],
) -> None:
    state = writer.state
    masked, span = tried.live is not None, loop.span
    made: Stmt
    match loop:
        case For():
            assert tried.index is not None
            made = For(
                tried.index,
                *_bounds(state, loop, bounds),
                tuple(tried.body),
                carries,
                stop,
                span,
                loop.backward,
            )
        case While():
            assert tried.test is not None
            test = tried.test.atom
            if tried.live is not None:
                outer, state.build.block = state.build.block, tried.head
                test = state.build.apply("np.any", tried.live)
                state.build.block = outer
            leave = None if tried.header is not None else stop
            head, body = tuple(tried.head), tuple(tried.body)
            made = While(head, test, body, carries, leave, span)
        case Replay():
            targets = [state.values[slot].atom for slot in loop.targets]
            if tried.live is not None:
                targets.append(tried.live)
            slots = tuple(t for t in targets if isinstance(t, Slot))
            tape = state.value(loop.tape).atom
            assert isinstance(tape, Slot)
            made = Replay(slots, tape, tuple(tried.body), carries, span)
    if masked:
        add_quiet(state, [made], bool(state.mask))
    else:
        state.build.emit(made)


def _bounds(
    state: State, loop: For, bounds: tuple[Value, ...]
) -> tuple[Atom, Atom, Atom]:
    """The range that holds the ranges of all rows."""
    start, stop, step = bounds
    if not differs(start) and not differs(stop):
        return start.atom, stop.atom, step.atom
    batch, mask, sign = state.batch, state.taken(), step.literal
    last = "np.max" if sign > 0 else "np.min"
    end = batch.rows(stop)
    if mask is not None:
        end = batch.apply(
            "np.where", Traced(state.build, mask), end, batch.aligned(start, 0)
        )
    if not differs(start):
        return start.atom, batch.apply(last, end).atom, step.atom
    begin = batch.rows(start)
    span = end - begin if sign > 0 else begin - end
    count = batch.apply("np.max", span)
    if abs(sign) != 1:
        count = batch.apply(
            "operator.neg",
            batch.apply(
                "operator.floordiv", batch.apply("operator.neg", count), abs(sign)
            ),
        )
    return Const(0), count.atom, Const(1)
