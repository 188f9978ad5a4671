"""Only what is taken off a tape goes there.

before                              after
`tape.append((x, y))`               `tape.append(x)`
`for x, y in reversed(tape): ...`   `for x in reversed(tape): ...` (`y` unread)

The adjoint of a backward loop often needs less than the loop itself did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dpc.analysis.tapes import Tapes
from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Block,
    Function,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
)
from dpc.ir.rebuild import flat_map, map_blocks, with_body
from dpc.ir.walk import reads, vocabulary
from dpc.passes.prune import prune


def lean_tapes(function: Function, facts: Facts, library: Library) -> Function:
    """The function with tapes that hold what is read of them."""
    while not vocabulary(function).isdisjoint((Recall, Replay)):
        tapes = Tapes(function.body)
        kept = _kept(function, tapes)
        if not kept:
            break
        function = with_body(function, _with(function.body, tapes, kept))
        function = prune(function, facts, library)
    return function


def _kept(function: Function, tapes: Tapes) -> dict[Slot, Sequence[int]]:
    """By tape: the places that are read, of tapes on which others stand unread."""
    read = set(reads(function.body)) | {function.result}
    found: dict[Slot, Sequence[int]] = {}
    for begun, readers in tapes.readers.items():
        width = len(tapes.records[begun].values)
        if any(len(reader.targets) != width for reader in readers):
            continue
        wanted = [
            place
            for place in range(width)
            if any(reader.targets[place] in read for reader in readers)
        ]
        if not wanted and any(isinstance(reader, Replay) for reader in readers):
            wanted = [0]  # It says how often.
        if len(wanted) < width:
            found[begun] = wanted
    return found


def _with(block: Block, tapes: Tapes, kept: Mapping[Slot, Sequence[int]]) -> Block:
    def statement(s: Stmt) -> Sequence[Stmt]:
        s = map_blocks(s, inside)
        match s:
            case Record(tape, values) if tape in kept:
                left = tuple([values[place] for place in kept[tape]])
                return (Record(tape, left),) if left else ()
            case Recall(targets, tape) if tapes.origin(tape) in kept:
                taken = _chosen(targets, kept[tapes.origin(tape)])  # type: ignore[index]
                return (Recall(taken, tape),) if taken else ()
            case Replay(targets, tape, body, carries, span) if (
                tapes.origin(tape) in kept
            ):
                taken = _chosen(targets, kept[tapes.origin(tape)])  # type: ignore[index]
                return (Replay(taken, tape, body, carries, span),)
        return (s,)

    def inside(b: Block) -> Block:
        return flat_map(b, statement)

    return inside(block)


def _chosen(targets: Sequence[Slot], places: Sequence[int]) -> tuple[Slot, ...]:
    return tuple([targets[place] for place in places])
