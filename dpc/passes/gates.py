"""Weights are written as what they are.

before                              after
`w = dpc.gate(p, q, d, t)`          `p` in the place of `w`
`w = dpc.against(q, p)`             `q` in the place of `w`

Until the derivative is there, the two say on what a weight depends.
"""

from __future__ import annotations

from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Block, Function, Slot, Stmt
from dpc.ir.rebuild import flat_map, map_blocks, substitute_function, with_body
from dpc.ir.walk import statements, vocabulary
from dpc.rules.gates import WEIGHTS


def bare_gates(function: Function, facts: Facts, library: Library) -> Function:
    """The function with bare weights."""
    if vocabulary(function).isdisjoint(WEIGHTS):
        return function
    same: dict[Slot, Atom] = {}
    for statement in statements(function.body):
        match statement:
            case Assign(target, Apply(fn, (weight, *_))) if fn in WEIGHTS:
                known = isinstance(weight, Slot) and weight in same
                same[target] = same[weight] if known else weight  # type: ignore[index]

    def kept(statement: Stmt) -> tuple[Stmt, ...]:
        if isinstance(statement, Assign) and statement.target in same:
            return ()
        return (map_blocks(statement, block),)

    def block(inner: Block) -> Block:
        return flat_map(inner, kept)

    return substitute_function(with_body(function, block(function.body)), same)
