"""Sizes are asked of what is there, not of what is computed for them.

before                                  after
`bar = 1 / (y * np.log(p)).size`        `bar = 1 / y.size`

Only where both are known to have the same shape.
"""

from __future__ import annotations

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Shape
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Const, Function, Slot, Stmt
from dpc.ir.rebuild import with_body
from dpc.ir.walk import targets

_ASKED = ("size", "shape", "ndim")


def sizes(function: Function, facts: Facts, library: Library) -> Function:
    """The function with the sizes of its temporaries asked of other values."""
    known: dict[Shape, Slot] = {}

    def remember(slot: Slot) -> None:
        fact = facts.get(slot, ANY)
        if fact.is_array and fact.shape is not None and None not in fact.shape:
            known.setdefault(fact.shape, slot)

    def asked(statement: Stmt) -> Stmt:
        match statement:
            case Assign(target, Apply("getattr", (Slot() as base, Const(name))), span):
                fact = facts.get(base, ANY)
                if base.temp and name in _ASKED and fact.is_array and fact.shape:
                    other = known.get(fact.shape)
                    if other is not None:
                        call = Apply("getattr", (other, Const(name)))
                        return Assign(target, call, span)
        return statement

    for param in function.params:
        remember(param.slot)
    body: list[Stmt] = []
    for statement in function.body:
        body.append(asked(statement))
        for slot in targets(statement):
            if not slot.temp:
                remember(slot)
    return with_body(function, tuple(body))
