"""How loops are checkpointed: what users say at a loop, or for all of a function.

At a loop, `dpc.checkpoint(range(T), every=k)` is a mark in its body, a call that does
nothing; whoever has no use for it drops it (`passes.prune`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dpc.ir.nodes import Atom, Block, Const, Do, For, Function, Slot, Stmt, While
from dpc.ir.rebuild import flat_map, map_blocks, with_body
from dpc.ir.walk import blocks

MARK = "dpc.checkpoint"
NONE = Const(None)


@dataclass(frozen=True, slots=True)
class Strategy:
    """Where snapshots are taken: operands of the runtime's `Checkpoints`."""

    every: Atom = NONE
    snapshots: Atom = NONE


@dataclass
class Repeats:
    """Which loops are run again, and what of them the first run does alone.

    strategies, option: of the loops that say so, and of the outermost of the rest.
    plain: the loops, by id, that are never run again.
    around: those around the place that the backward sweep has come to.
    in_step: by statement: what keeps the shadow of a list in step with it.
    """

    strategies: Mapping[Slot, Strategy] = field(default_factory=dict)
    option: object = None
    plain: set[int] = field(default_factory=set)
    around: tuple[For | While, ...] = ()
    in_step: dict[int, list[Stmt]] = field(default_factory=dict)


def of_option(checkpoint: object) -> Strategy | None:
    """The strategy that the option of the compilers names."""
    match checkpoint:
        case None | False:
            return None
        case (_, snapshots):
            return Strategy(snapshots=Const(snapshots))
    return Strategy(every=Const(checkpoint))


def key_of(loop: For | While) -> Slot | None:
    """A slot by which a loop is known."""
    if isinstance(loop, For):
        return loop.index
    return loop.carries[0].header if loop.carries else None


def take_marks(function: Function) -> tuple[Function, dict[Slot, Strategy]]:
    """The function without its marks, and the strategies of the loops that had one."""
    found: dict[Slot, Strategy] = {}

    def keep(statement: Stmt) -> Sequence[Stmt]:
        if isinstance(statement, Do) and statement.value.fn == MARK:
            return ()
        key = key_of(statement) if isinstance(statement, For | While) else None
        for inside in blocks(statement) if key is not None else ():
            for s in inside:
                if isinstance(s, Do) and s.value.fn == MARK and key is not None:
                    found[key] = Strategy(*s.value.args[1:])
        return (map_blocks(statement, inside_of),)

    def inside_of(block: Block) -> Block:
        return flat_map(block, keep)

    return with_body(function, inside_of(function.body)), found


def is_literal(atom: Atom, value: object) -> bool:
    """The atom is this literal."""
    return isinstance(atom, Const) and atom.value == value
