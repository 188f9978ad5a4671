"""One tape where two are filled side by side and one holds what the other holds.

before                              after
`tape.append((broke, x))`           `tape.append((broke, x))`
`tape_1.append(x)`
`for x in reversed(tape_1): ...`    `for _, x in reversed(tape): ...`

A loop that is differentiated twice is walked back twice, and its tape can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dpc.analysis.tapes import Tapes
from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Block,
    Function,
    Record,
    Replay,
    Slot,
    Stmt,
)
from dpc.ir.rebuild import flat_map, map_blocks, substitute, with_body
from dpc.ir.walk import blocks, vocabulary


def joint_tapes(function: Function, facts: Facts, library: Library) -> Function:
    """The function with one tape a loop, as far as one holds all."""
    if Record not in vocabulary(function):
        return function
    while True:
        tapes = Tapes(function.body)
        pair = next(_pairs(function.body, tapes), None)
        if pair is None:
            return function
        body = _joined(function.body, tapes, *pair, facts)
        function = with_body(function, body)


def _pairs(body: Block, tapes: Tapes) -> Iterator[tuple[Slot, Slot]]:
    """A tape, and one beside it that holds nothing else."""
    made = _made_in(body)
    for block in _all_blocks(body):
        records = [s for s in block if isinstance(s, Record)]
        for one in records:
            for other in records:
                same = made.get(one.tape) == made.get(other.tape) is not None
                less = set(other.values) <= set(one.values)
                if one is not other and same and less:
                    readers = (tapes.readers.get(r.tape, []) for r in (one, other))
                    if all(isinstance(r, Replay) for each in readers for r in each):
                        yield one.tape, other.tape


def _made_in(body: Block) -> dict[Slot, int]:
    """The block in which each tape begins."""
    return {
        statement.target: number
        for number, block in enumerate(_all_blocks(body))
        for statement in block
        if isinstance(statement, Assign) and _is_empty(statement.value)
    }


def _is_empty(value: object) -> bool:
    return isinstance(value, Apply) and value.fn == "list" and not value.args


def _all_blocks(body: Block) -> Iterator[Block]:
    yield body
    for statement in body:
        for block in blocks(statement):
            yield from _all_blocks(block)


def _joined(body: Block, tapes: Tapes, one: Slot, other: Slot, facts: Facts) -> Block:
    whole, part = tapes.records[one].values, tapes.records[other].values
    places = [whole.index(value) for value in part]
    same: dict[Slot, Slot] = {}

    def statement(s: Stmt) -> Sequence[Stmt]:
        s = map_blocks(s, inside)
        match s:
            case Assign(target) if target is other:
                return ()
            case Record(tape) if tape is other:
                return ()
            case Replay(targets, tape, inner, carries, span) if (
                tapes.origin(tape) is other
            ):
                chosen: dict[int, Slot] = {}
                for place, target in zip(places, targets, strict=True):
                    # What the other tape holds twice is taken off this one once.
                    first = chosen.setdefault(place, target)
                    if first is not target:
                        same[target] = first
                wide = [chosen.get(i) or _unread(whole[i], facts) for i in _all(whole)]
                return (Replay(tuple(wide), tape, inner, carries, span),)
        return (s,)

    def inside(b: Block) -> Block:
        return flat_map(b, statement)

    return substitute(inside(body), {other: one, **same})


def _all(values: Sequence[object]) -> range:
    return range(len(values))


def _unread(value: object, facts: Facts) -> Slot:
    slot = Slot(value.name if isinstance(value, Slot) else "unread")
    facts[slot] = facts.get(value, ANY) if isinstance(value, Slot) else ANY
    return slot
