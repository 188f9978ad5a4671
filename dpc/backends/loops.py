"""The header of a `for`: how its range and its leading reads are written.

range(0, n, 1)                              for i in range(n)
range(0, n, 1), backward                    for i in reversed(range(n))
range(n - 1, -1, -1)                        for i in reversed(range(n))
range(0, len(xs), 1) and x = xs[i]          for x in xs
... and i is read elsewhere                 for i, x in enumerate(xs)
... and y = ys[i]                           for x, y in zip(xs, ys)
... to min(len(xs), len(ys))                the same
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gast

from dpc.backends.expressions import STORE, Expressions, call, target
from dpc.backends.tree import Expression, Inner, leaves
from dpc.ir.nodes import Apply, Assign, Atom, Block, Const, For, Slot
from dpc.ir.walk import definitions, inner, operands, statements


@dataclass(frozen=True, slots=True)
class Header:
    """How a loop begins. `elements` are read by the loop, not by its `body`."""

    loop: For
    values: Inner
    elements: tuple[Assign, ...]
    index_read: bool
    body: Block

    def target(self, assigned: Callable[[Slot], gast.AST]) -> gast.AST:
        """What every iteration assigns."""
        each = [assigned(e.target) for e in self.elements]
        if not each:
            return assigned(self.loop.index) if self.index_read else target("_")
        whole = each[0] if len(each) == 1 else gast.Tuple(each, STORE)
        if not self.index_read:
            return whole
        return gast.Tuple([assigned(self.loop.index), whole], STORE)

    def iterable(self, expressions: Expressions) -> gast.AST:
        """What the loop goes through."""
        if self.elements:
            return self._elements(expressions)
        loop = self.loop
        downward = _downward(loop, self.values)
        if downward is not None:
            made = call(expressions.dotted("range"), [expressions.of(downward)])
        else:
            bounds = [loop.start, loop.stop, loop.step]
            if _is(loop.step, 1):
                bounds.pop()
                if _is(loop.start, 0):
                    bounds.pop(0)
            made = call(
                expressions.dotted("range"), [expressions.of(b) for b in bounds]
            )
        if loop.backward != (downward is not None):
            made = call(expressions.dotted("reversed"), [made])
        return made

    def _elements(self, expressions: Expressions) -> gast.AST:
        sequences = []
        for element in self.elements:
            value = element.value
            assert isinstance(value, Apply)
            sequence = _plain(value.args[0], self.values)
            sequences.append(expressions.of(sequence))
        made = sequences[0]
        if len(sequences) > 1:
            made = call(expressions.dotted("zip"), sequences)
        if self.index_read:
            made = call(expressions.dotted("enumerate"), [made])
        if self.loop.backward:
            made = call(expressions.dotted("reversed"), [made])
        return made


def header_of(loop: For, values: Inner, allowed: Callable[[Slot], bool]) -> Header:
    """The shortest header of a loop; `allowed` says which slots it may assign."""
    elements = _elements_of(loop, values, allowed)
    body = loop.body[len(elements) :]
    read = _reads(loop, body, values)
    if loop.backward and len(elements) + (loop.index in read) > 1:
        # What `zip` and `enumerate` return cannot be walked backward.
        elements, body = [], loop.body
        read = _reads(loop, body, values)
    return Header(loop, values, tuple(elements), loop.index in read, body)


def _reads(loop: For, body: Block, values: Inner) -> set[Slot]:
    atoms = [a for s in statements(body) for a in (*operands(s), *inner(s))]
    atoms += inner(loop)
    return {s for a in atoms if isinstance(a, Slot) for s in leaves(a, values)}


def _elements_of(
    loop: For, values: Inner, allowed: Callable[[Slot], bool]
) -> list[Assign]:
    """The leading `x = xs[i]` of sequences that end where the loop ends."""
    if not _is(loop.start, 0) or not _is(loop.step, 1):
        return []
    ends = _lengths(loop.stop, values)
    if not ends:
        return []
    inside = set(definitions(loop.body))
    found: list[Assign] = []
    for statement in loop.body:
        if not isinstance(statement, Assign):
            break
        value = statement.value
        if not isinstance(value, Apply) or value.fn != "getitem":
            break
        base, index = value.args
        sequence = _plain(base, values)
        if index is not loop.index or not isinstance(sequence, Slot):
            break
        if sequence in inside or not allowed(statement.target):
            break
        found.append(statement)
    walked = {_plain(e.value.args[0], values) for e in found}  # type: ignore[union-attr]
    return found if walked == ends and len(found) == len(ends) else []


def _lengths(stop: Atom, values: Inner) -> set[Atom]:
    """The sequences of which `stop` is the length, or the least of the lengths."""
    value = _value(stop, values)
    match value:
        case Apply("len", (sequence,)):
            return {_plain(sequence, values)}
        case Apply("min", args) if len(args) > 1:
            parts = [_lengths(a, values) for a in args]
            return set().union(*parts) if all(len(p) == 1 for p in parts) else set()
        case _:
            return set()


def _plain(atom: Atom, values: Inner) -> Atom:
    """A sequence without the wrapper that made it one."""
    value = _value(atom, values)
    if isinstance(value, Apply) and value.fn == "sequence":
        return _plain(value.args[0], values)
    return value if isinstance(value, Slot) else atom


def _value(atom: Atom, values: Inner) -> Expression | Atom:
    value: Expression | Atom = atom
    while isinstance(value, Slot) and value in values:
        value = values[value]
    return value


def _downward(loop: For, values: Inner) -> Atom | None:
    """`n` of `range(n - 1, -1, -1)`."""
    if not _is(loop.stop, -1) or not _is(loop.step, -1):
        return None
    match _value(loop.start, values):
        case Apply("operator.sub", (count, Const(1))):
            return count
        case Const(int() as last):
            return Const(last + 1)
        case _:
            return None


def _is(atom: Atom, number: int) -> bool:
    return isinstance(atom, Const) and type(atom.value) is int and atom.value == number
