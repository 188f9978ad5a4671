"""Solutions are what they are found to be.

before                                      after
`x_1 = at_fixed_point(y, x, tol, steps)`    `x_1 = y`
`x_1 = at_root(x, r)`                       `x_1 = x`

The equations that they satisfy are for the reverse pass.
"""

from __future__ import annotations

from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Block, Function, Object, Slot, Stmt
from dpc.ir.rebuild import map_block, map_statement, with_body

EQUATIONS = frozenset(("dpc.at_fixed_point", "dpc.at_root"))


def solutions(function: Function, facts: Facts, library: Library) -> Function:
    """The function without the marks of equations."""

    def statement(s: Stmt) -> Stmt:
        match s:
            case Assign(target, Apply(fn, (Slot() | Object() as value, *_)), span):
                if fn in EQUATIONS:
                    return Assign(target, value, span)
        return map_statement(s, lambda atom: atom, inside)

    def inside(block: Block) -> Block:
        return map_block(block, statement)

    return with_body(function, inside(function.body))
