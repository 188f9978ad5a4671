"""`for t in dpc.checkpoint(range(T), every=k)`: a mark in the body of the loop.

before                                          after
`for t in dpc.checkpoint(range(T), every=k):`   `for t in range(T):`
`    x = f(x)`                                  `    dpc.checkpoint(None, k, None)`
                                                `    x = f(x)`
"""

from __future__ import annotations

from typing import Any

from dpc.frontend.lifting.primitives import positional
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Arguments, Val
from dpc.ir.nodes import Const

KEY = "dpc.checkpoint"
OPERANDS = ("every", "snapshots")


def checkpointed(lift: Lifter, given: Arguments, node: Any) -> Val:
    """What the call goes over; the loop whose header it is finds the rest."""
    values = positional(lift, given, node, 1, 3)
    operands = {**dict(zip(OPERANDS, values[1:], strict=False)), **given.kwargs}
    for name in operands:
        if name not in OPERANDS:
            lift.fail(
                node,
                f"`dpc.checkpoint` has no argument `{name}`",
                hint="write every=k, snapshots=n, or both",
            )
    atoms = [lift.materialise(operands.get(name, Const(None))) for name in OPERANDS]
    for atom in atoms:
        refuse_value(lift, atom, node)
    lift.marks[id(node)] = (atoms[0], atoms[1])
    return values[0]


def refuse_value(lift: Lifter, atom: Any, node: Any) -> None:
    """What can be seen not to be a number of steps or of snapshots."""
    match atom:
        case Const(None | "sqrt"):
            return
        case Const(int() as count) if count > 0 and not isinstance(count, bool):
            return
        case Const(value):
            lift.fail(
                node,
                f"a loop cannot be checkpointed with {value!r}",
                hint='write a number of steps, every="sqrt", or snapshots=n',
            )


def put_mark(lift: Lifter, node: Any) -> None:
    """The mark of the loop over `node`, if it has one."""
    if id(node) in lift.marks:
        lift.do(KEY, (Const(None), *lift.marks[id(node)]))
