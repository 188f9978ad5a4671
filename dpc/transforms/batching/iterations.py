"""One iteration of a loop over a batch.

A row that has left keeps its last state and is fed it again; what it would have become
is not looked at:

of a row                    over a batch
`x = x / 2`                 `x = np.where(live, x / 2, x)`
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from dpc.ir import facts as F
from dpc.ir.facts import ANY, Fact
from dpc.ir.nodes import (
    Atom,
    Block,
    For,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Undefined,
    While,
)
from dpc.rules.batching.batch import NoBatch
from dpc.rules.batching.rows import Kept, Tree, Value, union
from dpc.rules.trace import Traced
from dpc.transforms.batching.merging import selected, with_rows
from dpc.transforms.batching.state import State, differs

Loop = For | While | Replay


class Writer(Protocol):
    """Whoever writes the statements of a loop's body."""

    state: State

    def block(self, block: Block) -> None: ...


@dataclass
class Attempt:
    """One writing of a loop's body, on an assumption of which headers differ."""

    headers: list[Value]
    trees: list[Tree]
    head: list[Stmt] = field(default_factory=list)
    body: list[Stmt] = field(default_factory=list)
    nexts: list[Value] = field(default_factory=list)
    test: Value | None = None
    leave: Value | None = None
    # The rows that run this iteration; None if all do, or none is known to leave.
    live: Atom | None = None
    following: Atom | None = None
    header: Slot | None = None  # the rows that have not left, where that is carried
    index: Slot | None = None
    facts: list[Fact] = field(default_factory=list)


def record(state: State, statement: Record) -> None:
    """What is put on a tape, and which rows were in the loop."""
    tape = state.value(statement.tape)
    kept = tape.rows
    if not isinstance(kept, Kept):
        raise NoBatch("a tape that is not known")
    values = [state.value(atom) for atom in statement.values]
    trees = [v.rows for v in values]
    if len(kept.columns) == len(trees):
        # Of a tape on a tape only the last writing counts.
        trees = [
            b if isinstance(b, Kept) else union(a, b)
            for a, b in zip(kept.columns, trees, strict=True)
        ]
    values = [
        with_rows(state, v, tree, atom)
        for v, tree, atom in zip(values, trees, statement.values, strict=True)
    ]
    kept.columns = trees
    kept.facts = [v.fact for v in values]
    atoms = [v.atom for v in values]
    if state.live is not None:
        kept.gone = len(atoms)
        atoms.append(state.live)
    assert isinstance(tape.atom, Slot)
    state.build.emit(Record(tape.atom, tuple(atoms)))


def recall(state: State, statement: Recall) -> None:
    """What was put on a tape last: the rows that had left are still gone."""
    tape = state.value(statement.tape)
    kept = tape.rows
    if not isinstance(kept, Kept):
        raise NoBatch("a tape that is not known")
    targets = _taken(state, kept, statement)
    if kept.gone is not None:
        live = state.build.slot("live", F.array("b1", (state.batch.size,)))
        targets = (*targets, live)
    assert isinstance(tape.atom, Slot)
    state.build.emit(Recall(targets, tape.atom))


def _taken(state: State, kept: Kept, reader: Replay | Recall) -> tuple[Slot, ...]:
    """The slots over the batch for what comes off a tape.

    What has to differ from row to row there has to where it was put on.
    """
    for value, target in state.aliases.tapes.flows(reader):
        if target in state.demanded:
            state.demand(value)
    made: list[Slot] = []
    for place, slot in enumerate(reader.targets):
        tree = kept.columns[place] if place < len(kept.columns) else False
        known = kept.facts[place] if place < len(kept.facts) else ANY
        new = state.new(slot, tree, state.known(slot, known)).atom
        assert isinstance(new, Slot)
        made.append(new)
    return tuple(made)


def _headers(state: State, loop: Loop, tried: Attempt) -> None:
    for carry, tree, fact in zip(loop.carries, tried.trees, tried.facts, strict=True):
        tried.headers.append(state.new(carry.header, tree, fact))


def _live_header(state: State, tried: Attempt) -> None:
    """The rows that are still in the loop go round with the rest."""
    header = state.build.slot("live", F.array("b1", (state.batch.size,)))
    tried.header = header


def for_body(
    writer: Writer,
    loop: For,
    trees: list[Tree],
    facts: list[Fact],
    bounds: tuple[Value, ...],
) -> Attempt:
    state = writer.state
    tried = Attempt([], trees, facts=facts)
    _headers(state, loop, tried)
    start, stop, _ = bounds
    index = state.build.slot(loop.index.name, F.INT)
    leaving = _may_differ(state, loop)
    tried.index = index
    with state.build.region() as tried.body:
        state.values[loop.index] = Value(index, False, F.INT)
        if leaving:
            _live_header(state, tried)
            tried.live = tried.header
        if differs(start) or differs(stop):
            inside = _in_range(state, loop, index, bounds)
            tried.live = (
                inside if tried.live is None else state.both(tried.live, inside)
            )
        _among(writer, loop, tried, index)
    return tried


def _in_range(state: State, loop: For, index: Slot, bounds: tuple[Value, ...]) -> Atom:
    """The rows whose range has not ended; the index of each if they begin apart."""
    batch = state.batch
    start, stop, step = bounds
    sign = step.literal
    here = Traced(state.build, index)
    if differs(start):
        here = here * sign if sign != 1 else here
        here = batch.apply("operator.add", batch.rows(start), here)
        state.values[loop.index] = Value(here.atom, True, F.INT)
    end = batch.aligned(stop, 0)
    fn = "operator.lt" if sign > 0 else "operator.gt"
    return batch.apply(fn, here, end).atom


def _may_differ(state: State, loop: For | While) -> bool:
    """Whether rows leave by a break of their own: known once it has been met."""
    return loop.leave is not None and loop.leave in state.leaving


def _among(writer: Writer, loop: For, tried: Attempt, index: Slot) -> None:
    state = writer.state
    tests = () if tried.live is None else ((tried.live, False),)
    outer = state.live
    state.live = tried.live
    with state.among(*tests, alone=tried.header is not None):
        writer.block(loop.body)
    state.live = outer
    _ends(writer, loop, tried)


def _ends(writer: Writer, loop: Loop, tried: Attempt) -> None:
    """What goes round: for rows that are not in the loop, what came in."""
    state = writer.state
    tried.nexts = [state.value(carry.next) for carry in loop.carries]
    leave = getattr(loop, "leave", None)
    if leave is not None:
        tried.leave = state.value(leave)
        if differs(tried.leave) and tried.header is None:
            # Write the body once more, with the rows that have not left.
            state.leaving.add(leave)
            _live_header(state, tried)
            tried.live = tried.header
            tried.trees = [*tried.trees]
    if tried.live is None:
        return
    for place, carry in enumerate(loop.carries):
        header, following = tried.headers[place], tried.nexts[place]
        if carry.next is carry.header or following.atom is header.atom:
            continue
        if header.rows is not True and not isinstance(header.rows, bool):
            continue
        pair = (carry.next, carry.header)
        if isinstance(following.atom, Undefined):
            tried.nexts[place] = header
            continue
        tried.nexts[place] = _kept(state, tried.live, following, header, pair)


def _kept(
    state: State, live: Atom, following: Value, header: Value, pair: tuple[Atom, Atom]
) -> Value:
    """The next state of rows in the loop, the last one of the others.

    `np.where(live, np.where(test, x, new), x)` is `np.where(live & ~test, new, x)`.
    """
    found = state.build.definition(following.atom)
    if found is not None and found.fn == "np.where" and header.rank == 0:
        test, then, orelse = found.args
        row = Value(following.atom, True, following.fact)
        if then is header.atom and isinstance(orelse, Slot):
            live = state.both(live, state.turned(test))
            return selected(state, live, replace(row, atom=orelse), header, ANY, pair)
        if orelse is header.atom and isinstance(then, Slot):
            live = state.both(live, test)
            return selected(state, live, replace(row, atom=then), header, ANY, pair)
    return selected(state, live, following, header, ANY, pair)


def while_body(
    writer: Writer,
    loop: While,
    trees: list[Tree],
    facts: list[Fact],
    bounds: tuple[Value, ...],
) -> Attempt:
    state = writer.state
    tried = Attempt([], trees, facts=facts)
    _headers(state, loop, tried)
    if _may_differ(state, loop):
        _live_header(state, tried)
    with state.build.region() as tried.head:
        writer.block(loop.head)
        tried.test = state.test(loop.test)
        outer = state.taken()
        if differs(tried.test) or tried.header is not None:
            tried.live = _running(state, tried, outer)
    with state.build.region() as tried.body:
        tests = () if tried.live is None else ((tried.live, False),)
        before, state.live = state.live, tried.live
        with state.among(*tests, alone=True):
            writer.block(loop.body)
        state.live = before
        _ends(writer, loop, tried)
    return tried


def _running(state: State, tried: Attempt, outer: Atom | None) -> Atom:
    """The rows for which a `while` goes on."""
    assert tried.test is not None
    live: Atom | None = tried.header
    if differs(tried.test):
        test = state.batch.rows(tried.test).atom
        live = test if live is None else state.both(live, test)
    if outer is not None and tried.header is None:
        live = state.both(outer, live) if live is not None else outer
    assert live is not None
    return live


def replay_body(
    writer: Writer,
    loop: Replay,
    trees: list[Tree],
    facts: list[Fact],
    bounds: tuple[Value, ...],
) -> Attempt:
    state = writer.state
    tried = Attempt([], trees, facts=facts)
    tape = state.value(loop.tape)
    kept = tape.rows
    if not isinstance(kept, Kept):
        raise NoBatch("a tape that is not known")
    _headers(state, loop, tried)
    _taken(state, kept, loop)
    if kept.gone is not None:
        tried.live = state.build.slot("live", F.array("b1", (state.batch.size,)))
    with state.build.region() as tried.body:
        tests = () if tried.live is None else ((tried.live, False),)
        before, state.live = state.live, tried.live
        with state.among(*tests, alone=True):
            writer.block(loop.body)
        state.live = before
        _ends(writer, loop, tried)
    return tried
