"""The header of a `for`: what it goes through.

range(0, n, 1)                   for i in range(n)
range(0, n, 1), backward         for i in reversed(range(n))
range(n - 1, -1, -1)             for i in reversed(range(n))
elements of xs                   for x in xs
elements and their positions     for i, x in enumerate(xs)
elements of several sequences    for x, y in zip(xs, ys)
of sequences of one length       for x, y in zip(xs, ys, strict=True)
"""

from __future__ import annotations

import gast

from dpc.backends.expressions import Expressions, call, constant
from dpc.backends.patterns import Walk
from dpc.backends.tree import Expression, Inner
from dpc.ir.nodes import Apply, Atom, Const, For, Slot


def walked(walk: Walk, expressions: Expressions) -> gast.AST:
    """The expression for the elements of sequences."""
    sequences = [expressions.of(sequence) for sequence in walk.sequences]
    made = sequences[0]
    if len(sequences) > 1:
        strict = [("strict", constant(True))] if walk.strict else []
        made = call(expressions.dotted("zip"), sequences, strict)
    if walk.index is not None:
        made = call(expressions.dotted("enumerate"), [made])
    if walk.backward:
        made = call(expressions.dotted("reversed"), [made])
    return made


def counted(loop: For, inner: Inner, expressions: Expressions) -> gast.AST:
    """The expression for a range of integers."""
    last = _counted_down(loop, inner)
    bounds = [loop.start, loop.stop, loop.step]
    if last is not None:
        bounds = [last]
    elif _is(loop.step, 1):
        bounds = bounds[:2] if not _is(loop.start, 0) else bounds[1:2]
    made = call(expressions.dotted("range"), [expressions.of(b) for b in bounds])
    if loop.backward != (last is not None):
        made = call(expressions.dotted("reversed"), [made])
    return made


def _counted_down(loop: For, inner: Inner) -> Atom | None:
    """`n` of `range(n - 1, -1, -1)`."""
    if not _is(loop.stop, -1) or not _is(loop.step, -1):
        return None
    value: Expression | Atom = loop.start
    while isinstance(value, Slot) and value in inner:
        value = inner[value]
    match value:
        case Apply("operator.sub", (count, Const(1))):
            return count
        case Const(int() as last):
            return Const(last + 1)
        case _:
            return None


def _is(atom: Atom, number: int) -> bool:
    return isinstance(atom, Const) and type(atom.value) is int and atom.value == number
