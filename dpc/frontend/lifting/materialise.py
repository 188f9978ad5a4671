"""Virtual values that take part in an operation come into being."""

from __future__ import annotations

from dpc.frontend.lifting.closures import kept
from dpc.frontend.lifting.comprehensions import fresh_list
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    ITERATORS,
    Bound,
    Choice,
    Closure,
    Known,
    Method,
    Partial,
    Range,
    Table,
    Tuple,
    Val,
    View,
)
from dpc.ir.nodes import Assign, Atom, Const, Object, Slot


def materialise(lift: Lifter, value: Val) -> Atom:
    """The atom of a virtual value; fails for what only exists while lifting."""
    match value:
        case Tuple():
            return _tuple(lift, value) if value.whole is None else value.whole
        case Known(_, atom):
            return atom
        case Range():
            return _range(lift, value)
        case View(base, part):
            return lift.apply(f"method.{part}", (base,))
        case Method(receiver, name):
            return lift.apply("getattr", (lift.materialise(receiver), Const(name)))
        case Bound(Known(function), receiver) if hasattr(function, "__name__"):
            attribute = Const(function.__name__)
            return lift.apply("getattr", (lift.materialise(receiver), attribute))
        case Partial(function, args, kwargs):
            atoms = [lift.materialise(a) for a in (function, *args)]
            named = [(k, lift.materialise(v)) for k, v in kwargs.items()]
            return lift.apply("functools.partial", atoms, named)
        case Table(entries, is_list):
            atoms = [lift.materialise(v) for v in entries.values()]
            if is_list:
                return lift.apply("list", atoms)
            keys = map(Const, entries)
            pairs = [a for pair in zip(keys, atoms, strict=True) for a in pair]
            return lift.apply("dict", pairs)
        case Choice(test, then, orelse):
            merged = lift.branch(
                test, lambda: lift.materialise(then), lambda: lift.materialise(orelse)
            )
            assert merged is not None
            return lift.materialise(merged)
    if isinstance(value, ITERATORS):
        return fresh_list(lift, value, None)
    if isinstance(value, Closure):
        return kept(lift, value)
    lift.fail(None, "this value cannot be kept or handed on", type(value).__name__)


def spare(lift: Lifter, value: Tuple) -> Atom | None:
    """The tuple, made in case that it is needed; None if that would leave traces."""
    if value.whole is not None:
        return value.whole
    parts = list(value.items)
    while parts:
        part = parts.pop()
        if isinstance(part, Tuple):
            parts += part.items
        elif not isinstance(part, Slot | Const | Object):
            return None
    size = len(lift.build.block)
    atom = _tuple(lift, value)
    for statement in lift.build.block[size:]:
        assert isinstance(statement, Assign)
        lift.spares.add(statement.target)
    return atom


def _tuple(lift: Lifter, value: Tuple) -> Atom:
    atoms = [lift.materialise(item) for item in value.items]
    if value.kind is not None:
        cls = lift.resolver.class_of(value.kind).atom
        lift.heap.classes[cls] = value.kind
        return lift.apply("new", (cls, *atoms))
    if all(isinstance(atom, Const) for atom in atoms):
        return Const(tuple(a.value for a in atoms if isinstance(a, Const)))
    return lift.apply("tuple", atoms)


def _range(lift: Lifter, value: Range) -> Atom:
    start, stop, step = value.start, value.stop, value.step
    plain = isinstance(step, Const) and step.value == 1
    if plain and isinstance(start, Const) and start.value == 0:
        return lift.apply("range", (stop,))
    if plain:
        return lift.apply("range", (start, stop))
    return lift.apply("range", (start, stop, step))
