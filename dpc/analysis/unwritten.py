"""Memory that nothing writes: what is read of it may be read at any time."""

from __future__ import annotations

from dpc.analysis.aliases import find_aliases
from dpc.analysis.classes import within
from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import Function, Slot
from dpc.ir.walk import definitions


def unwritten(function: Function, facts: Facts, library: Library) -> set[Slot]:
    """The slots of which no statement writes the memory, or what it holds."""
    aliases = find_aliases(function, facts, library)
    found = set()
    for slot in {*aliases.nodes, *definitions(function.body)}:
        node = aliases.node(slot)
        if node is None or all(n.last < 0 for n in (node, *within(node))):
            found.add(slot)
    return found
