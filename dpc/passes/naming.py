"""Names for what is used repeatedly after a rewrite.

before                              after
`np.empty(xs.shape[0]) ...`         `steps = xs.shape[0]`, `np.empty(steps) ...`
"""

from __future__ import annotations

from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.nodes import Assign, Atom, Block, For, Slot
from dpc.ir.rebuild import substitute


def with_named_sizes(block: Block, facts: Facts) -> Block:
    """The number of steps has a name, now that it is used repeatedly."""
    names: dict[Slot, Atom] = {}
    for statement in block:
        if not isinstance(statement, For) or not isinstance(statement.stop, Slot):
            continue
        if statement.stop.temp and statement.stop not in names:
            names[statement.stop] = steps = Slot("steps")
            facts[steps] = facts.get(statement.stop, ANY)
    renamed = substitute(block, names)
    return tuple(
        Assign(new, s.value, s.span)
        if isinstance(s, Assign) and isinstance(new := names.get(s.target), Slot)
        else s
        for s in renamed
    )
