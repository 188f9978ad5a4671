"""Expressions as they are printed: values whose operands may hold values themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dpc.ir.nodes import Apply, Atom, Comment, Slot, Stmt, Value
from dpc.ir.walk import statements


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """`then if test else orelse`."""

    test: Atom
    then: Atom
    orelse: Atom


Expression = Value | Choice
Inner = Mapping[Slot, Expression]


def parts(value: Expression) -> tuple[Atom, ...]:
    """The atoms of an expression."""
    match value:
        case Apply():
            return value.operands
        case Choice(test, then, orelse):
            return (test, then, orelse)
        case _:
            return (value,)


def leaves(value: Expression | Atom, inner: Inner) -> list[Slot]:
    """The slots that evaluating an expression reads, nested ones expanded."""
    found: list[Slot] = []
    pending: list[Expression | Atom] = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, Slot):
            nested = inner.get(part)
            if nested is None:
                found.append(part)
            else:
                pending.append(nested)
        elif isinstance(part, Apply):
            pending += part.operands
        elif isinstance(part, Choice):
            pending += (part.test, part.then, part.orelse)
    return found


def is_adjoint(statement: Stmt) -> bool:
    """A statement of the backward half: a comment names the one it belongs to."""
    return any(isinstance(s, Comment) for s in statements((statement,)))
