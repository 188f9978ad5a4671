"""Expressions as they are printed: values whose operands may hold values themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dpc.ir.nodes import Apply, Atom, Slot, Value


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
