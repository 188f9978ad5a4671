"""Expressions as they are printed: values whose operands may hold values themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.nodes import Apply, Atom, Const, Slot, Value


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


def slices(value: Value, facts: Facts) -> bool:
    """A slice, or an index with slices, which are written best between brackets."""
    match value:
        case Apply("slice"):
            return True
        case Apply("tuple", items):
            consts = (a.value for a in items if isinstance(a, Const))
            found = [facts.get(a, ANY).kind for a in items if isinstance(a, Slot)]
            return "slice" in found or any(isinstance(c, slice) for c in consts)
    return False
