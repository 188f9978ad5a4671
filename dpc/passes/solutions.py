"""Solutions are what they are found to be.

before                                      after
`x_1 = at_fixed_point(y, x, tol, steps)`    `x_1 = y`
`x_1 = at_root(x, r)`                       `x_1 = x`

The equations that they satisfy are for the derivative. Where one of the two is
written, the other is a copy.
"""

from __future__ import annotations

from dpc.analysis.activity import EQUATIONS
from dpc.analysis.aliases import find_aliases
from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Block, Function, Slot, Stmt
from dpc.ir.rebuild import map_block, map_blocks, with_body
from dpc.ir.walk import vocabulary


def solutions(function: Function, facts: Facts, library: Library) -> Function:
    """The function without the marks of equations."""
    if vocabulary(function).isdisjoint(EQUATIONS):
        return function
    aliases = find_aliases(function, facts, library)

    def statement(s: Stmt) -> Stmt:
        match s:
            case Assign(target, Apply(fn, (Slot() as value, *_)), span):
                if fn in EQUATIONS:
                    written = aliases.written(target) or aliases.written(value)
                    copy = Apply("dpc.copy_tree", (value,))
                    return Assign(target, copy if written else value, span)
        return map_blocks(s, inside)

    def inside(block: Block) -> Block:
        return map_block(block, statement)

    return with_body(function, inside(function.body))
