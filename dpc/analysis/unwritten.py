"""Memory that nothing writes: what is read of it may be read at any time."""

from __future__ import annotations

from dpc.analysis.aliases import find_aliases
from dpc.analysis.classes import within
from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Function, Slot
from dpc.ir.walk import statements

_OWN = frozenset(("dpc.masked", "dpc.ratio"))  # They always make numbers of their own.


def unwritten(function: Function, facts: Facts, library: Library) -> set[Slot]:
    """The slots of which no statement writes the memory, or what it holds.

    What dpc's own functions make may be what they were given: not without its class.
    """
    aliases = find_aliases(function, facts, library)
    made = {
        statement.target
        for statement in statements(function.body)
        if isinstance(statement, Assign)
        and isinstance(statement.value, Apply)
        and (statement.value.fn in _OWN or not statement.value.fn.startswith("dpc."))
    }
    found = set()
    for slot in {*aliases.nodes, *made}:
        node = aliases.node(slot)
        if node is None or all(n.last < 0 for n in (node, *within(node))):
            found.add(slot)
    return found
