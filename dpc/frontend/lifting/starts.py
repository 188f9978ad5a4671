"""What a loop starts with: the `0` of `total = 0` as a float, where floats are added.

before                              after
`total = 0`                         `total = 0.0`
`for v in x: total = total + v`     the same

What goes round is then known to be a float, so that nothing has to look when it runs.
An integer that is an index, is printed or is looked at in another way stays one.
"""

from __future__ import annotations

from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Val
from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Assign, Atom, Block, Const, For, If, Slot, Stmt, While
from dpc.ir.walk import operands, statements

MOST = 2**31  # Smaller integers are floats as well.
_ARITHMETIC = frozenset(
    f"operator.{name}"
    for name in "add sub mul truediv pow".split()  # `-0` has no sign.
)


def is_float(fact: Fact) -> bool:
    """Proven to be a real number that is no integer."""
    return fact.is_scalar and (fact.kind == "float" or fact.dtype[:1] == "f")


def as_float(
    lift: Lifter, header: Slot, init: Val, now: Fact, body: Block
) -> Const | None:
    """The integer that a loop starts with as a float, if that can be told from nothing.

    now: of what comes round, which may be a float.
    """
    number = _integer(lift, init)
    may_be = is_float(now) or (now.kind == "scalar" and not now.dtype)
    if number is None or not may_be or not _is_calculated_with(header, body):
        return None
    return Const(float(number))


def _integer(lift: Lifter, init: Val) -> int | None:
    value = lift.build.definitions.get(init, init) if isinstance(init, Slot) else init
    number = value.value if isinstance(value, Const) else None
    return number if type(number) is int and abs(number) < MOST else None


def _is_calculated_with(header: Slot, body: Block) -> bool:
    """Nothing but arithmetic reads the header, also under the names it goes on with."""
    same: set[Atom] = {header}
    size = 0
    while len(same) > size:
        size = len(same)
        for statement in statements(body):
            if not _goes_on(statement, same):
                return False
    return True


def _goes_on(statement: Stmt, same: set[Atom]) -> bool:
    match statement:
        case Assign(target, Slot() as other):
            if other in same:
                same.add(target)
            return True
        case Assign(_, Apply(fn)) if fn in _ARITHMETIC:
            return True
        case If(test, merges=merges):
            for merge in merges:
                if merge.then in same or merge.orelse in same:
                    same.add(merge.target)
            return test not in same
        case For() | While():
            for carry in statement.carries:
                if carry.init in same or carry.next in same:
                    same |= {carry.header, carry.result}
            if isinstance(statement, While):
                return statement.test not in same
            return same.isdisjoint((statement.start, statement.stop, statement.step))
    return same.isdisjoint(operands(statement))
