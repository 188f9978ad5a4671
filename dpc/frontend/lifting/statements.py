"""Statements other than branches and loops."""

from __future__ import annotations

from typing import Any

from dpc.frontend.lifting.binding import (
    assign,
    bind,
    memory_of,
    set_attribute,
    set_item,
)
from dpc.frontend.lifting.expressions import item
from dpc.frontend.lifting.names import bound, look_up, outside
from dpc.frontend.lifting.operators import BINARY, method_of, operate
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Table, Tuple
from dpc.ir import facts as F
from dpc.ir.nodes import Apply, Assign, Atom, Const, Do, Slot, With

# Values of these kinds are immutable: `+=` binds the name anew.
_REBOUND = frozenset("float int bool complex scalar str none tuple range slice".split())
_WRITTEN = frozenset("array list".split())


def assign_statement(lift: Lifter, node: Any) -> None:
    """`a = b = e`, targets from left to right."""
    first = node.targets[0]
    pairs = _pairs(first, node.value) if len(node.targets) == 1 else None
    if pairs is not None:
        # `a, b = e, f`: all values before any target.
        values = [lift.expr(value, _name(target)) for target, value in pairs]
        for (target, _), value in zip(pairs, values, strict=True):
            if type(target).__name__ == "Name" and isinstance(value, Slot):
                bound(lift.scope, target.id, value)
            else:
                assign(lift, target, value, node)
        return
    value = lift.expr(node.value, next(filter(None, map(_name, node.targets)), ""))
    if type(value).__name__ == "Undefined":
        lift.scope.names[first.id] = value  # A flag that a loop resets.
        return
    for target in node.targets:
        assign(lift, target, value, node)


def _name(target: Any) -> str:
    if type(target).__name__ != "Name" or target.id.startswith("$"):
        return ""
    return str(target.id)


def _pairs(target: Any, value: Any) -> list[tuple[Any, Any]] | None:
    """Targets and values of an assignment that need not make a tuple."""
    displays = ("Tuple", "List")
    if type(target).__name__ not in displays or type(value).__name__ not in displays:
        return None
    targets, values = target.elts, value.elts
    if len(targets) != len(values):
        return None
    if any(type(part).__name__ == "Starred" for part in (*targets, *values)):
        return None
    return list(zip(targets, values, strict=True))


def annotated(lift: Lifter, node: Any) -> None:
    if node.value is not None:
        assign(lift, node.target, lift.expr(node.value, _name(node.target)), node)


def augmented(lift: Lifter, node: Any) -> None:
    """`target op= value`."""
    op = BINARY[type(node.op).__name__]
    target = node.target
    match type(target).__name__:
        case "Name":
            _augmented_name(lift, target, op, node)
        case "Subscript":
            base, index = lift.expr(target.value), lift.expr(target.slice)
            if method_of(lift, base, "__setitem__") is not None:
                old = item(lift, base, index, "", target)
                new = operate(lift, op, (old, lift.expr(node.value)), "", node)
                set_item(lift, base, index, new, target)
                return
            memory, place = memory_of(lift, base, target), lift.materialise(index)
            held = _held(lift, "getitem", memory, place)
            value = lift.atom(node.value)
            if held is None or not _extended(lift, held, op, value):
                lift.update("item", op, memory, place, value)
        case "Attribute":
            _augmented_attribute(lift, target, op, node)


def _augmented_attribute(lift: Lifter, target: Any, op: str, node: Any) -> None:
    base = lift.expr(target.value)
    fact = lift.fact(base)
    if isinstance(base, Slot) and isinstance(fact.value, type):
        member = lift.resolver.member(fact.value, target.attr)
        if member is not None and isinstance(member[1], property):
            old = lift.attribute(base, target.attr, target)
            new = operate(lift, op, (old, lift.expr(node.value)), "", node)
            set_attribute(lift, base, target.attr, new, target)
            return
    memory = memory_of(lift, base, target)
    held = _held(lift, "getattr", memory, Const(target.attr))
    value = lift.atom(node.value)
    if held is None or not _extended(lift, held, op, value):
        lift.update("attr", op, memory, Const(target.attr), value)


def _held(lift: Lifter, fn: str, base: Atom, index: Atom) -> Slot | None:
    """The array, list or dict in a container, which is written by an operator."""
    mark = lift.mark()
    held = lift.apply(fn, (base, index))
    written = lift.fact(base).kind in ("list", "dict", "object")
    if lift.fact(held).kind in ("list", "dict") or (
        written and lift.fact(held).is_array
    ):
        return held
    lift.back(mark)
    return None


def _extended(lift: Lifter, held: Slot, op: str, value: Atom) -> bool:
    """Whether `held op= value` is an operator of arrays, lists or dicts that writes."""
    kind = lift.fact(held).kind
    if op == "or_" and kind == "any" and lift.fact(value).kind == "dict":
        kind = "dict"
    match kind, op:
        case ("array", _) | ("list", "add"):
            lift.update("whole", op, held, Const(None), value)
        case "list", "mul":
            repeated = lift.apply("operator.mul", (held, value))
            lift.store("item", held, Const(slice(None)), repeated)
        case "dict", "or_":
            lift.do("method.update", (held, value))
        case _:
            return False
    return True


def _augmented_name(lift: Lifter, target: Any, op: str, node: Any) -> None:
    """A scalar is bound anew, an array or list is written, the rest is told apart
    when the program runs."""
    name = target.id
    old = outside(lift, look_up(lift, name, target), name)
    value = lift.expr(node.value)
    kind = lift.fact(old).kind
    if isinstance(old, Slot):
        method = method_of(lift, old, f"__i{op.rstrip('_')}__")
        if method is not None:
            bind(lift, name, lift.call(method, (old, value), node, name))
            return
    if isinstance(old, Slot) and _extended(lift, old, op, lift.materialise(value)):
        return
    if kind in _WRITTEN and isinstance(old, Atom):
        lift.update("whole", op, old, Const(None), lift.materialise(value))
    elif isinstance(old, Const | Tuple | Table) or kind in _REBOUND or kind == "object":
        bind(lift, name, operate(lift, op, (old, value), name, node))
    else:
        atoms = lift.materialise(old), lift.materialise(value)
        guarded = f"dpc.i{op.rstrip('_')}"
        bind(lift, name, lift.apply(guarded, atoms, name=name))


def expression(lift: Lifter, node: Any) -> None:
    """An expression whose value is not used: what it does stays, and what can fail."""
    value = lift.expr(node.value)
    block = lift.build.block
    match block[-1:]:
        case [Assign(target, Apply() as call, span)] if target is value:
            block[-1] = Do(call, span)


def assert_(lift: Lifter, node: Any) -> None:
    """The message is only made where the assertion fails."""
    test = lift.parts.condition(lift, lift.expr(node.test))
    truth = lift.truth(test)
    if truth is True:
        return
    with lift.build.region() as block:
        message = Const(None) if node.msg is None else lift.atom(node.msg)
    if not block:
        lift.do("assert", (test, message))
        return

    def fail() -> None:
        for statement in block:
            lift.emit(statement)
        lift.do("assert", (Const(False), message))

    lift.branch(test, lambda: None, fail)


def raise_(lift: Lifter, node: Any) -> None:
    if node.exc is None:
        lift.fail(
            node,
            "there is no exception to raise again",
            hint="name the exception: raise ValueError(...)",
        )
    parts = [lift.atom(node.exc)]
    if node.cause is not None:
        parts.append(lift.atom(node.cause))
    lift.do("raise", parts)
    lift.dead = True


def with_(lift: Lifter, node: Any) -> None:
    _with_items(lift, node.items, node)


def _with_items(lift: Lifter, items: list[Any], node: Any) -> None:
    if not items:
        lift.block(node.body)
        return
    first = items[0]
    context = lift.atom(first.context_expr)
    lift.heap.lose(lift.sites(context))
    span = lift.build.span
    target: Slot | None = None
    if first.optional_vars is not None:
        name = _name(first.optional_vars)
        target = lift.slot(name, F.ANY)
    with lift.build.region() as body:
        if target is not None:
            if name:
                bound(lift.scope, name, target)
            else:
                assign(lift, first.optional_vars, target, node)
        _with_items(lift, items[1:], node)
    lift.emit(With(context, target, tuple(body), span))


def pass_(lift: Lifter, node: Any) -> None:
    """Leaves no trace."""
