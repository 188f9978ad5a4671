"""The program in the order in which it is printed, before names and nesting.

A tape is appended to as soon as everything that goes on it is there: the earlier it is
written, the fewer old values have to be kept under names of their own, and the fewer
branches that leave a loop have to write it too.

    for i in range(n):                     for i in range(n):
        x_2 = r * x_1                          tape.append(x_1)
        tape.append(x_1)                       x_2 = r * x_1

An outcome that repeats the test of its `if` is that test:

    if t:                                  broke = t
        broke = True                       if broke:
    else:                                      ...
        broke = False
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from dpc.ir.nodes import (
    Assign,
    Atom,
    Block,
    Const,
    For,
    Function,
    If,
    Merge,
    Record,
    Replay,
    Slot,
    Stmt,
    While,
)
from dpc.ir.rebuild import flat_map, map_blocks, substitute, with_body
from dpc.ir.walk import definitions, inner, operands, statements

Loop = For | While | Replay


@dataclass(frozen=True, slots=True)
class Arranged:
    """A function as it is printed.

    quiet: outcomes that only end a loop, which a `break` does without them.
    """

    function: Function
    quiet: Set[Slot]


def arrange(function: Function) -> Arranged:
    """The function with its tapes written early, and the merges that stay quiet."""
    body = _outcomes_as_tests(function.body)
    body = _recorded_early(body)
    function = with_body(function, body)
    quiet = frozenset(_quiet(function))
    exits = {
        slot
        for loop in statements(body)
        if isinstance(loop, For | While)
        for slot in _exits(loop.body, loop.leave)
    }
    if quiet - exits:
        body = _without(body, quiet - exits)
    return Arranged(with_body(function, body), quiet & exits)


@dataclass(frozen=True, slots=True)
class Exit:
    """The `if` at the end of a block that decides whether to leave.

    place: where in the block it stands. then, orelse: whether its branches leave.
    outcome: the merge of the two, None where the test itself is the outcome.
    """

    place: int
    statement: If
    then: Atom
    orelse: Atom
    outcome: Slot | None


def late_leave(loop: Loop) -> Atom | None:
    """What is tested at the end of an iteration, if no branch in it leaves."""
    leave = None if isinstance(loop, Replay) else loop.leave
    return leave if tail_exit(loop.body, leave) is None else None


def tail_exit(block: Block, leave: Atom | None) -> Exit | None:
    """The exit of a block that leaves where `leave` holds, if a branch decides it."""
    if not isinstance(leave, Slot):
        return None
    for place in range(len(block) - 1, -1, -1):
        statement = block[place]
        if isinstance(statement, Record):
            continue
        if isinstance(statement, If):
            for merge in statement.merges:
                if merge.target is leave:
                    return Exit(place, statement, merge.then, merge.orelse, leave)
            if statement.test is leave:
                return Exit(place, statement, Const(True), Const(False), None)
        return None
    return None


# Outcomes as tests


def _outcomes_as_tests(body: Block) -> Block:
    found = [(s, m) for s in statements(body) if isinstance(s, If) for m in s.merges]
    outcomes = {m.target: (s, m) for s, m in found if _repeats_test(m)}
    if not outcomes:
        return body
    printed, elsewhere = _uses_of_outcomes(body)
    replace: dict[Slot, Atom] = {}
    renamed: dict[Slot, Slot] = {}
    for outcome, (statement, _) in outcomes.items():
        test = statement.test
        if outcome in elsewhere or outcome not in printed or not isinstance(test, Slot):
            continue
        if test.temp and test not in elsewhere:
            renamed.setdefault(test, Slot(outcome.name))
        replace[outcome] = renamed.get(test, test)
    if not replace:
        return body
    return _with_outcomes(body, replace, renamed)


def _repeats_test(merge: Merge) -> bool:
    then, orelse = merge.then, merge.orelse
    return (
        isinstance(then, Const)
        and then.value is True
        and isinstance(orelse, Const)
        and orelse.value is False
    )


def _uses_of_outcomes(body: Block) -> tuple[set[Slot], set[Slot]]:
    """Slots read where only their truth counts, and slots read anywhere else."""
    printed: set[Slot] = set()
    elsewhere: set[Slot] = set()
    for statement in statements(body):
        truth = isinstance(statement, If | Record)
        for atom in operands(statement):
            if isinstance(atom, Slot):
                (printed if truth else elsewhere).add(atom)
        leave = getattr(statement, "leave", None)
        for atom in inner(statement):
            if isinstance(atom, Slot) and atom is not leave:
                elsewhere.add(atom)
    return printed, elsewhere


def _with_outcomes(
    body: Block, replace: dict[Slot, Atom], renamed: dict[Slot, Slot]
) -> Block:
    """The body that reads tests, but ends its loops by outcomes."""
    # A loop still ends by its outcome, so that its `if` is known to be the exit.
    leaves: dict[Slot, Slot] = {}

    def kept(statement: Stmt) -> list[Stmt]:
        mapped = map_blocks(statement, lambda b: flat_map(b, kept))
        match mapped:
            case If(test, then, orelse, merges, span):
                for m in merges:
                    if m.target in replace:
                        leaves[m.target] = Slot(m.target.name, True)
                merges = tuple(
                    Merge(leaves.get(m.target, m.target), m.then, m.orelse)
                    for m in merges
                )
                mapped = If(test, then, orelse, merges, span)
            case For() if mapped.leave in leaves:
                parts = (mapped.index, mapped.start, mapped.stop, mapped.step)
                rest = (mapped.carries, leaves[mapped.leave], mapped.span)
                mapped = For(*parts, mapped.body, *rest, mapped.backward)
            case While(head, test, inside, carries, leave, span) if leave in leaves:
                mapped = While(head, test, inside, carries, leaves[leave], span)
            case Assign(target, value, span) if target in renamed:
                mapped = Assign(renamed[target], value, span)
        return [mapped]

    new = flat_map(body, kept)
    return substitute(new, {**renamed, **replace})


# Tapes


def _recorded_early(block: Block) -> Block:
    new = []
    for statement in block:
        new.append(map_blocks(statement, _recorded_early))
    for place in range(len(new)):
        record = new[place]
        if isinstance(record, Record):
            early = _earliest(new, place, record)
            del new[place]
            new.insert(early, record)
    same = all(a is b for a, b in zip(new, block, strict=True))
    return block if same else tuple(new)


def _earliest(block: list[Stmt], place: int, record: Record) -> int:
    """Where everything that is recorded has been defined."""
    needed = {record.tape, *record.values}
    for before in range(place - 1, -1, -1):
        other = block[before]
        if isinstance(other, Record) or not needed.isdisjoint(definitions((other,))):
            return before + 1
    return 0


# Quiet merges


def _quiet(function: Function) -> Iterator[Slot]:
    """Merges and carries that no printed statement reads, not even through others."""
    sources: dict[Slot, tuple[Atom, ...]] = {}
    needed: list[Atom] = [function.result]
    for statement in statements(function.body):
        match statement:
            case If(test=test, merges=merges):
                needed.append(test)
                for merge in merges:
                    sources[merge.target] = (merge.then, merge.orelse)
            case For() | While() | Replay():
                needed += _read_by_loop(statement)
                for carry in statement.carries:
                    rest = (carry.init, carry.next)
                    sources[carry.header] = (*rest, carry.result)
                    sources[carry.result] = (*rest, carry.header)
            case _:
                needed += operands(statement)
                needed += inner(statement)
    reached: set[Atom] = set()
    while needed:
        atom = needed.pop()
        if atom not in reached and isinstance(atom, Slot):
            reached.add(atom)
            needed += sources.get(atom, ())
    return (slot for slot in sources if slot not in reached)


def _read_by_loop(loop: Loop) -> Iterator[Atom]:
    """What a loop reads apart from its carries."""
    match loop:
        case For(start=start, stop=stop, step=step):
            yield from (start, stop, step)
            yield from _read_to_leave(loop.body, loop.leave)
        case While(test=test):
            yield test
            yield from _read_to_leave(loop.body, loop.leave)
        case Replay(tape=tape):
            yield tape


def _read_to_leave(block: Block, leave: Atom | None) -> Iterator[Atom]:
    found = tail_exit(block, leave)
    if found is not None:
        yield from _read_to_leave(found.statement.then, found.then)
        yield from _read_to_leave(found.statement.orelse, found.orelse)
    elif leave is not None:
        yield leave


def _exits(block: Block, leave: Atom | None) -> Iterator[Slot]:
    """The outcomes that a `break` in the place of a branch does without."""
    found = tail_exit(block, leave)
    if found is not None:
        if found.outcome is not None:
            yield found.outcome
        yield from _exits(found.statement.then, found.then)
        yield from _exits(found.statement.orelse, found.orelse)


def _without(block: Block, dead: Set[Slot]) -> Block:
    """The block without merges and carries that nothing needs."""

    def shorter(statement: Stmt) -> list[Stmt]:
        same = map_blocks(statement, lambda b: flat_map(b, shorter))
        match same:
            case If(test, then, orelse, merges, span):
                merges = tuple(m for m in merges if m.target not in dead)
                same = If(test, then, orelse, merges, span)
            case For(i, start, stop, step, body, carries, leave, span, backward):
                carries = tuple(c for c in carries if c.header not in dead)
                bounds = (start, stop, step)
                same = For(i, *bounds, body, carries, leave, span, backward)
            case While(head, test, body, carries, leave, span):
                carries = tuple(c for c in carries if c.header not in dead)
                same = While(head, test, body, carries, leave, span)
            case Replay(targets, tape, body, carries, span):
                carries = tuple(c for c in carries if c.header not in dead)
                same = Replay(targets, tape, body, carries, span)
        return [same]

    return flat_map(block, shorter)
