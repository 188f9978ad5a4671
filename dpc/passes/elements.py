"""A tape holds the elements that a loop walks over, not the index to find them again.

before                                  after
`for i, x in enumerate(xs):`            `for x in xs:`
`    tape.append((i, t))`               `    tape.append((x, t))`
`for i, t in reversed(tape):`           `for x, t in reversed(tape):`
`    x = xs[i]`

Only of elements with a name, where nothing else asks for the index: they are memory
that there is already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dpc.analysis.tapes import Tapes
from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    For,
    Function,
    Record,
    Replay,
    Slot,
    Stmt,
)
from dpc.ir.rebuild import flat_map, map_blocks, with_body
from dpc.ir.walk import inner, operands, statements, vocabulary

MOST = 3  # elements in the place of one index
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Swap:
    """What a tape holds at a place: the elements of the loop, and what takes them."""

    place: int
    values: tuple[Slot, ...]
    reads: tuple[Assign, ...]


def elements(function: Function, facts: Facts, library: Library) -> Function:
    """The function with elements on its tapes."""
    # Where rows have come off a tape, their elements may.
    while not vocabulary(function).isdisjoint((Replay,)):
        swaps = dict(_swaps(function))
        if not swaps:
            break
        function = with_body(function, _with(function.body, swaps))
    return function


def _swaps(function: Function) -> Iterator[tuple[Slot, _Swap]]:
    """By tape: what is to stand there."""
    tapes = Tapes(function.body)
    readers: dict[Atom, list[Stmt]] = {}
    for statement in statements(function.body):
        for atom in (*operands(statement), *inner(statement)):
            readers.setdefault(atom, []).append(statement)
    for loop in statements(function.body):
        if not isinstance(loop, For):
            continue
        found = {
            (s.value.args[0]): s.target
            for s in loop.body
            if isinstance(s, Assign)
            and isinstance(s.value, Apply)
            and s.value.fn == "getitem"
            and s.value.args[1] is loop.index
            and not s.target.temp
        }
        for record in loop.body:
            if isinstance(record, Record) and loop.index in record.values:
                swap = _swap(record, loop.index, tapes, readers, found)
                if swap is not None:
                    yield record.tape, swap


def _swap(
    record: Record,
    index: Slot,
    tapes: Tapes,
    readers: Mapping[Atom, Sequence[Stmt]],
    found: Mapping[Atom, Slot],
) -> _Swap | None:
    walks = tapes.readers.get(record.tape, [])
    if len(walks) != 1 or not isinstance(walks[0], Replay):
        return None
    place = record.values.index(index)
    taken = walks[0].targets[place]
    reads: list[Assign] = []
    values: list[Slot] = []
    for statement in readers.get(taken, ()):
        match statement:
            case Assign(Slot(temp=False), Apply("getitem", (base, at))) if at is taken:
                base = _recorded(base, tapes)
                if base not in found or statement not in walks[0].body:
                    return None
                reads.append(statement)
                values.append(found[base])
            case _:
                return None
    if not 0 < len(reads) <= MOST:
        return None
    return _Swap(place, tuple(values), tuple(reads))


def _recorded(atom: Atom, tapes: Tapes) -> Atom:
    """What came off a tape, as it went there."""
    while isinstance(atom, Slot) and atom in tapes.taken:
        reader, place = tapes.taken[atom]
        begun = tapes.origin(reader.tape)
        if begun is None:
            break
        atom = tapes.value(begun, place)
    return atom


def _with(block: Block, swaps: Mapping[Slot, _Swap]) -> Block:
    gone = {read for swap in swaps.values() for read in swap.reads}
    by_read = {swap.reads[0]: swap for swap in swaps.values()}

    def statement(s: Stmt) -> Sequence[Stmt]:
        if s in gone:
            return ()
        s = map_blocks(s, inside) if not isinstance(s, Replay) else replay(s)
        if isinstance(s, Record) and s.tape in swaps:
            swap = swaps[s.tape]
            return (Record(s.tape, _spliced(s.values, swap.place, swap.values)),)
        return (s,)

    def replay(s: Replay) -> Stmt:
        swap = next((by_read[line] for line in s.body if line in by_read), None)
        body = inside(s.body)
        if swap is None:
            same = body is s.body
            return s if same else Replay(s.targets, s.tape, body, s.carries, s.span)
        taken = tuple(read.target for read in swap.reads)
        targets = _spliced(s.targets, swap.place, taken)
        return Replay(targets, s.tape, body, s.carries, s.span)

    def inside(b: Block) -> Block:
        return flat_map(b, statement)

    return inside(block)


def _spliced(items: Sequence[T], place: int, others: Sequence[T]) -> tuple[T, ...]:
    return (*items[:place], *others, *items[place + 1 :])
