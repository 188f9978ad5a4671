"""How wide an expression prints, closely enough to decide what fits in a line.

Names are taken as they are wanted: what clashes is known only when it is known what
nests.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.backends.operators import (
    ATOM,
    BINARY,
    BOOLEAN,
    CHOICE as CHOICE_LEVEL,
    COMPARE,
    COMPARISONS,
    UNARY,
)
from dpc.backends.tree import Choice, Expression, Inner
from dpc.ir.nodes import Apply, Atom, Const, Object, Slot


class Width:
    """Widths of atoms and values, where `inner` says what nests."""

    def __init__(self, inner: Inner, wanted: Mapping[Slot, str]) -> None:
        self.inner, self.wanted = inner, wanted
        self.known: dict[Slot, tuple[Expression, int]] = {}

    def of_name(self, slot: Slot) -> int:
        """The width of a slot's name."""
        return len(self.wanted[slot])

    def of(self, atom: Atom) -> int:
        """The width of an atom, with what nests in it."""
        match atom:
            case Slot():
                value = self.inner.get(atom)
                if value is None:
                    return self.of_name(atom)
                # What nests in a nested value does not change any more.
                known = self.known.get(atom)
                if known is None or known[0] is not value:
                    known = self.known[atom] = (value, self.of_value(value))
                return known[1]
            case Const(value):
                return _of_literal(value)
            case Object(_, path):
                return sum(map(len, path)) + len(path) + 1
        return 4

    def of_value(self, value: Expression) -> int:
        """The width of a value."""
        match value:
            case Apply():
                return self._of_call(value)
            case Choice(test, then, orelse):
                return (
                    self.of(test) + self.of(then) + self.of(orelse) + len(" if  else ")
                )
            case _:
                return self.of(value)

    def _of_call(self, call: Apply) -> int:
        fn, args = call.fn, call.args
        if fn in BINARY:
            _, sign, level = BINARY[fn]
            left, right = self._inside(args[0], level), self._inside(args[1], level + 1)
            return left + len(sign) + 2 + right
        if fn in UNARY:
            _, sign, level = UNARY[fn]
            return len(sign) + self._inside(args[0], level)
        if fn in COMPARISONS or fn in BOOLEAN:
            return (
                sum(self._inside(a, COMPARE) for a in args) + 2 + len(fn.split(".")[-1])
            )
        inside = sum(map(self.of, args)) + 2 * max(0, len(args) - 1)
        if fn == "getitem":
            return inside
        if fn == "getattr":
            return inside - 3  # A dot in the place of the comma and the quotes.
        if fn in ("tuple", "list", "slice"):
            return inside + 2
        for name, atom in call.kwargs:
            inside += len(name) + self.of(atom) + 3
        return len(fn) + 2 + inside

    def _inside(self, atom: Atom, level: int) -> int:
        """The width of an operand, with the parentheses that it needs at this level."""
        around = 0
        if isinstance(atom, Slot):
            value = self.inner.get(atom)
            if value is not None and level_of(value) < level:
                around = 2
        return self.of(atom) + around


def level_of(value: Expression) -> int:
    """How tightly the outermost operator of a value binds."""
    if isinstance(value, Choice):
        return CHOICE_LEVEL
    if isinstance(value, Apply):
        for table in (BINARY, UNARY, BOOLEAN):
            if value.fn in table:
                return table[value.fn][2]
        if value.fn in COMPARISONS:
            return COMPARE
    return ATOM


def _of_literal(value: object) -> int:
    match value:
        case slice():
            ends = (value.start, value.stop, value.step)
            given = [len(repr(end)) for end in ends if end is not None]
            return sum(given) + 1 + (value.step is not None)
        case tuple():
            return sum(map(_of_literal, value)) + 2 * len(value)
        case _ if value is Ellipsis:
            return 3
        case _:
            return len(repr(value))
