"""Slots that may have no value: names that no path to a place has assigned."""

from __future__ import annotations

from collections.abc import Iterable

from dpc.ir.nodes import UNDEFINED, Atom, Block, For, If, Replay, Slot, While
from dpc.ir.walk import statements

# The zero of a value that is not there is not there either.
ZEROS = frozenset(("np.zeros_like", "dpc.zeros", "dpc.zero_tangent", "dpc.shadow"))


def may_be_undefined(block: Block) -> set[Slot]:
    """The slots of the block that some path leaves without a value."""
    targets: dict[Atom, list[Slot]] = {}
    for statement in statements(block):
        match statement:
            case If(merges=merges):
                for merge in merges:
                    _flows(targets, (merge.then, merge.orelse), (merge.target,))
            case (
                For(carries=carries) | While(carries=carries) | Replay(carries=carries)
            ):
                for carry in carries:
                    into = (carry.header, carry.result)
                    _flows(targets, (carry.init, carry.next), into)
            case _:
                pass
    found: set[Slot] = set()
    pending = list(targets.get(UNDEFINED, ()))
    while pending:
        slot = pending.pop()
        if slot not in found:
            found.add(slot)
            pending += targets.get(slot, ())
    return found


def _flows(
    targets: dict[Atom, list[Slot]], sources: Iterable[Atom], into: Iterable[Slot]
) -> None:
    for source in sources:
        targets.setdefault(source, []).extend(into)
