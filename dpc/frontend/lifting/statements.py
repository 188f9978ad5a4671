"""Statements other than branches, loops and augmented assignments."""

from __future__ import annotations

from typing import Any

from dpc.frontend.lifting.binding import assign
from dpc.frontend.lifting.names import bound
from dpc.frontend.lifting.state import Lifter
from dpc.ir import facts as F
from dpc.ir.nodes import Apply, Assign, Const, Do, Slot, With


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
