"""Names and attributes: what they stand for."""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Any

from dpc.frontend.lifting.attributes import refuse_computed, refuse_missing
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    BOUND,
    Bound,
    Choice,
    Closure,
    Known,
    Method,
    Partial,
    Scope,
    Super,
    Tuple,
    Val,
)
from dpc.frontend.resolve import Live, is_compiled, standing
from dpc.ir.nodes import UNDEFINED, Const, Object, Slot


def name(lift: Lifter, node: Any, target: str) -> Val:
    """What a name stands for where it is read."""
    value = look_up(lift, node.id, node)
    return outside(lift, value, node.id)


def look_up(lift: Lifter, name: str, node: Any) -> Val | Live:
    scope: Scope | None = lift.scope
    while scope is not None:
        found = scope.names.get(name)
        if found is UNDEFINED or (found is None and name in scope.bound):
            undefined(lift, name, node)
        if found is not None:
            if node in scope.doubts.reads:
                require(lift, name, node, scope)
            return found
        frame, scope = scope.frame, scope.parent
    return lift.resolver.outside(frame, name)


def flag_of(name: str) -> str:
    """The flag that says whether a name has been bound."""
    return f"{BOUND}{name}"


def flags_of(scope: Scope, names: Iterable[str]) -> list[str]:
    """The flags of those names of which there is one."""
    return [flag_of(name) for name in names if name in scope.doubts.names]


def bound(scope: Scope, name: str, value: Val) -> None:
    """Give a name its value, and say so to its flag."""
    scope.names[name] = value
    if name in scope.doubts.names:
        scope.names[flag_of(name)] = Const(True)


def require(lift: Lifter, name: str, node: Any, scope: Scope) -> None:
    """Raise what Python raises where a name is read that nothing was bound to."""
    flag = scope.names[flag_of(name)]
    own = scope.frame is lift.frames[-1]
    error: type[Exception] = UnboundLocalError if own else NameError
    text = f"'{name}' is read before it is assigned"

    require_true(lift, flag, error, (Const(text),), node)
    scope.names[flag_of(name)] = Const(True)


def require_true(
    lift: Lifter,
    test: Val,
    error: type[Exception],
    args: tuple[Const, ...],
    node: Any,
) -> None:
    """Raise a builtin exception where the test does not hold."""

    def fail() -> None:
        known = lift.resolver.of_library(error, (error.__name__,))
        raised = lift.call(outside(lift, known, error.__name__), args, node)
        lift.do("raise", (lift.materialise(raised),))
        lift.dead = True

    lift.branch(lift.parts.condition(lift, test), lambda: None, fail)


def undefined(lift: Lifter, name: str, node: Any) -> None:
    lift.fail(
        node,
        f"`{name}` is read before it is assigned",
        "has no value here",
        f"assign `{name}` before this line, on every way that leads to it",
    )


def outside(lift: Lifter, found: Val | Live, name: str) -> Val:
    """A value from outside is read when the program runs, into a slot of its own."""
    if isinstance(found, Live):
        return lift.read(found, name)
    return found


def attribute_of(lift: Lifter, node: Any, target: str) -> Val:
    """`value.attr`, read."""
    base = lift.expr(node.value)
    found = lift.attribute(base, node.attr, node, target)
    if isinstance(found, Method):
        return method_as_value(lift, found, target)
    return found


def method_as_value(lift: Lifter, found: Method, target: str) -> Val:
    """An attribute that is read without being called.

    What looks like a method of an array stays one, so that it can be called later.
    """
    if found.name in lift.parts.methods:
        return found
    receiver = lift.materialise(found.receiver)
    return lift.apply("getattr", (receiver, Const(found.name)), name=target)


def attribute(lift: Lifter, base: Val, name: str, node: Any, target: str = "") -> Val:
    """An attribute of a value; a `Method` where nothing better is known."""
    if name == "__dict__" and isinstance(base, Slot):
        lift.fail(
            node,
            "the fields of an object cannot be reached through `__dict__`",
            "which of them are read and written is not visible",
            "name the fields: x.rate, or keep the values in a dict",
        )
    match base:
        case Known():
            found = lift.resolver.attribute(base, name)
            if found is None:
                return Method(base, name)
            return outside(lift, found, name)
        case Object():
            return Object(base.scope, (*base.path, name))
        case Super(owner, receiver):
            return _of_super(lift, owner, receiver, name, node)
        case Tuple(items, kind) if kind is not None:
            names = list(kind._fields)  # type: ignore[attr-defined]
            if name in names:
                return items[names.index(name)]
            return _of_object(lift, base, kind, name, node, target)
        case Slot():
            fact = lift.fact(base)
            if fact.kind == "object" and isinstance(fact.value, type):
                return _of_object(lift, base, fact.value, name, node, target)
            if fact.kind == "object":
                return lift.apply("getattr", (base, Const(name)), name=target)
        case Partial() if name == "func":
            return base.function
        case Choice(test, then, orelse):
            value = lift.branch(
                test,
                lambda: lift.attribute(then, name, node),
                lambda: lift.attribute(orelse, name, node),
                target,
            )
            assert value is not None
            return value
        case Closure(tree) if name == "__name__":
            return Const(getattr(tree, "name", "<lambda>"))
    return Method(base, name)


def _of_object(
    lift: Lifter, base: Val, cls: type, name: str, node: Any, target: str
) -> Val:
    """An attribute of an object whose class is known."""
    if name == "__class__":
        return lift.resolver.class_of(cls)
    if not is_compiled(standing(cls, name)):
        refuse_computed(lift, cls, name, node)
    fields = lift.whole(base).fields
    own = name in dict(fields or ())
    if own and not isinstance(standing(cls, name), property):
        return _field(lift, base, name, target)
    member = lift.resolver.member(cls, name)
    if member is None:
        if fields is not None:
            refuse_missing(lift, cls, name, node)
        return _field(lift, base, name, target)
    owner, value = member
    if name in ("_replace", "_asdict") and value.__module__ == "collections":
        return Method(base, name)  # of a named tuple
    match value:
        case FunctionType():
            return Bound(lift.resolver.method(owner, name, value), base)
        case property(fget=FunctionType() as getter):
            function = lift.resolver.method(owner, name, getter)
            return lift.call(function, (base,), node, target)
        case staticmethod(__func__=FunctionType() as function):
            return lift.resolver.method(owner, name, function)
        case classmethod(__func__=FunctionType() as function):
            known = lift.resolver.method(owner, name, function)
            return Bound(known, lift.resolver.class_of(cls))
    if is_compiled(value):
        held = lift.resolver.hold(name, value)
        assert isinstance(held, Known)
        return Bound(held, base)
    if isinstance(base, Tuple) or callable(value) or cls.__module__ == "builtins":
        return Method(base, name)
    return _field(lift, base, name, target)


def _field(lift: Lifter, base: Val, name: str, target: str) -> Val:
    atom = lift.materialise(base)
    return lift.apply("getattr", (atom, Const(name)), name=target)


def _of_super(lift: Lifter, owner: type, receiver: Val, name: str, node: Any) -> Val:
    """An attribute after `owner` in the order of the receiver's class."""
    fact = lift.fact(receiver)
    cls = fact.value if isinstance(fact.value, type) else owner
    if isinstance(receiver, Known):
        cls = receiver.value
    order = cls.__mro__
    for base in order[order.index(owner) + 1 :]:
        lift.resolver.rest_on(base, name)
        value = vars(base).get(name)
        match value:
            case None:
                continue
            case FunctionType():
                return Bound(lift.resolver.method(base, name, value), receiver)
            case property(fget=FunctionType() as getter):
                function = lift.resolver.method(base, name, getter)
                return lift.call(function, (receiver,), node)
            case classmethod(__func__=FunctionType() as function):
                known = lift.resolver.method(base, name, function)
                return Bound(known, lift.resolver.class_of(cls))
            case staticmethod(__func__=FunctionType() as function):
                return lift.resolver.method(base, name, function)
        if base is object and name == "__init__":
            return Partial(lift.resolver.class_of(type(None)), (), {})
        break
    lift.fail(
        node,
        f"`super().{name}` is not a method that is written in Python",
        "",
        f"call the method of the class by its name: {owner.__name__}.{name}(self, ...)",
    )
