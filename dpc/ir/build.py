"""The builder: emits statements, gives every new slot its fact, simplifies on request.

The frontend builds the primal with `simplify=False`, statement for statement as
written. The transforms build adjoints with `simplify=True`: `g * 1.0`, `0.0 + g`,
`-(-g)` never come into being.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    Object,
    Slot,
    Stmt,
    Undefined,
    Value,
)
from dpc.ir.simplify import simplified
from dpc.source import Span

Facts = dict[Slot, Fact]
_TYPES: dict[str, ModuleType] = {"builtins": builtins, "np": np}


@cache
def of_object(scope: str, path: tuple[str, ...]) -> Fact:
    """What is known of a live object: types, `float`, `np.float32`, may be dtypes."""
    found: object = _TYPES.get(scope)
    for name in path:
        found = getattr(found, name, None)
    return Fact("function", value=found) if isinstance(found, type) else F.ANY


class Builder:
    """Appends statements to the current block and knows the fact of every slot."""

    def __init__(
        self, library: Library, facts: Facts | None = None, simplify: bool = False
    ) -> None:
        self.library = library
        self.facts: Facts = {} if facts is None else facts
        self.definitions: dict[Slot, Value] = {}
        # Memory that is written: it is not what it was made as.
        self.opaque: set[Slot] = set()
        self.hidden: set[Slot] = set()  # of these, no pass is told how they were made
        self.block: list[Stmt] = []
        self.span: Span | None = None
        self.simplify = simplify

    def fact(self, atom: Atom) -> Fact:
        """What is known of an atom."""
        match atom:
            case Slot():
                return self.facts.get(atom, F.ANY)
            case Const(value):
                return F.of_constant(value)
            case Object(scope, path):
                return of_object(scope, path)
            case Undefined():
                return F.ANY

    def display(self, atom: Atom) -> Fact | None:
        """The fact of a list that is written where it is used: it has not grown."""
        if not isinstance(atom, Slot) or not atom.temp:
            return None
        found = self.definitions.get(atom)
        if isinstance(found, Slot):
            return self.display(found)
        if not isinstance(found, Apply) or found.fn != "list" or not found.args:
            return None
        items = tuple(self.display(item) or self.fact(item) for item in found.args)
        return Fact("list", items=items)

    def slot(self, name: str, fact: Fact = F.ANY, temp: bool = False) -> Slot:
        """A new slot."""
        slot = Slot(name, temp)
        self.facts[slot] = fact
        return slot

    def emit(self, statement: Stmt) -> None:
        """Append a statement to the current block."""
        self.block.append(statement)

    @contextmanager
    def region(self) -> Iterator[list[Stmt]]:
        """A nested block: statements emitted inside go to the list that is yielded."""
        outer, self.block = self.block, []
        try:
            yield self.block
        finally:
            self.block = outer

    def infer(self, value: Value) -> Fact:
        """The fact of a value's result."""
        if isinstance(value, Apply):
            args = tuple(self.display(a) or self.fact(a) for a in value.args)
            kwargs = {k: self.fact(a) for k, a in value.kwargs}
            return self.library.infer(value.fn, args, kwargs)
        return self.fact(value)

    def assign(self, target: Slot, value: Value) -> Slot:
        """`target = value`, with the fact of `value` unless `target` has one
        already."""
        if self.facts.get(target, F.ANY) == F.ANY:
            self.facts[target] = self.infer(value)
        self.definitions[target] = value
        self.emit(Assign(target, value, self.span))
        return target

    def apply(self, fn: str, *args: Atom, name: str = "", **kwargs: Atom) -> Atom:
        """The result of a primitive: a new slot, or less where that simplifies.

        `name` makes a slot of that name instead of a temporary.
        """
        return self.computed(Apply(fn, args, tuple(kwargs.items())), name)

    def computed(self, call: Apply, name: str = "") -> Atom:
        """The result of a call; see `apply`."""
        value = simplified(self, call) if self.simplify else call
        if isinstance(value, Undefined) or not (name or isinstance(value, Apply)):
            return value
        return self.assign(Slot(name or "t", temp=not name), value)

    def unwritten(self, atom: Atom) -> Apply | None:
        """The same, where it would still compute the atom: nothing of it is written."""
        found = None if atom in self.opaque else self.definition(atom)
        if found is None or self.just_made(atom):
            return found
        return None if self.opaque.intersection(found.operands) else found

    def just_made(self, atom: Atom) -> bool:
        """A temporary of the last statement: nothing has read it yet."""
        last = self.block[-1] if self.block else None
        made = isinstance(last, Assign) and last.target is atom
        return made and isinstance(atom, Slot) and atom.temp

    def definition(self, atom: Atom) -> Apply | None:
        """The primitive that computed an atom, if it is known here."""
        if isinstance(atom, Slot) and atom not in self.hidden:
            value = self.definitions.get(atom)
            if isinstance(value, Apply):
                return value
            if isinstance(value, Slot):
                return self.definition(value)
        return None
