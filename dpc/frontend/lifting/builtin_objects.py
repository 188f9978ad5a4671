"""Builtins that ask what a value is, and those that stand for operators."""

from __future__ import annotations

import builtins
import dataclasses
import functools
import math
from abc import ABCMeta
from collections.abc import Mapping
from typing import Any

import numpy as np

from dpc.frontend.lifting.binding import set_attribute
from dpc.frontend.lifting.names import method_as_value
from dpc.frontend.lifting.objects import replaced
from dpc.frontend.lifting.operators import operate
from dpc.frontend.lifting.overloaded import class_of, method_of
from dpc.frontend.lifting.primitives import positional, primitive
from dpc.frontend.lifting.state import Handler, Lifter
from dpc.frontend.lifting.values import (
    CALLABLES,
    Arguments,
    Known,
    Method,
    Partial,
    Star,
    Super,
    Tuple,
    Val,
)
from dpc.ir.nodes import Const


def _isinstance(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    value, kinds = positional(lift, given, node, 2, 2)
    classes = _classes(kinds)
    if classes is not None:
        known = _is_instance(lift, value, classes)
        if known is not None:
            return Const(known)
    atoms = lift.materialise(value), lift.materialise(kinds)
    return lift.apply("isinstance", atoms, name=name)


def _classes(value: Val) -> tuple[type, ...] | None:
    if isinstance(value, Known) and isinstance(value.value, type):
        return (value.value,)
    if isinstance(value, Tuple):
        parts = [_classes(item) for item in value.items]
        if all(part is not None for part in parts):
            return tuple(cls for part in parts if part is not None for cls in part)
    return None


# Of a number that may be Python's or NumPy's it is not known which classes it has.
_TYPES = {
    "float": float,
    "int": int,
    "bool": bool,
    "complex": complex,
    "str": str,
    "none": type(None),
    "tuple": tuple,
    "list": list,
    "dict": dict,
    "array": np.ndarray,
}
_CONTAINERS = (list, tuple, dict, str, type(None), set)


def _is_instance(lift: Lifter, value: Val, classes: tuple[type, ...]) -> bool | None:
    fact = lift.fact(value)
    cls = _TYPES.get(fact.kind)
    if fact.kind == "object" and isinstance(fact.value, type):
        cls = fact.value
    if any(map(_judges, classes)):
        return None
    if cls is not None:
        return issubclass(cls, classes)
    if fact.kind in ("scalar", "number"):
        possible = [c for c in classes if c not in _CONTAINERS]
        if fact.kind == "scalar":
            possible = [c for c in possible if c is not np.ndarray]
        if np.generic in classes or np.number in classes:
            return None
        return None if possible else False
    if isinstance(value, CALLABLES) and not isinstance(value, Known):
        return False
    return None


def _judges(cls: type) -> bool:
    """The class of a class says what its instances are, as a protocol does."""
    kind = type(cls)
    return kind.__instancecheck__ not in (
        type.__instancecheck__,
        ABCMeta.__instancecheck__,
    )


def _callable(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = positional(lift, given, node, 1, 1)
    fact = lift.fact(value)
    if isinstance(value, CALLABLES) or fact.kind == "function":
        return Const(True)
    if fact.kind not in ("any", "object", "other"):
        return Const(False)
    return lift.apply("callable", (lift.materialise(value),), name=name)


def _getattr(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    value, attribute, *default = positional(lift, given, node, 2, 3)
    literal = lift.constant(attribute)
    if literal is None:
        lift.fail(
            node,
            "the name of an attribute to get must be a literal",
            "which attribute is read is only known when it runs",
            "keep the values in a dict, and look them up by their keys",
        )

    def get() -> Val:
        found = lift.attribute(value, str(literal.value), node, name)
        if isinstance(found, Method):
            return method_as_value(lift, found, name)
        return found

    if not default:
        return get()
    test = lift.apply("hasattr", (lift.materialise(value), literal))
    chosen = lift.branch(test, get, lambda: default[0], name)
    assert chosen is not None
    return chosen


def _setattr(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    base, attribute, value = positional(lift, given, node, 3, 3)
    literal = lift.constant(attribute)
    if literal is None:
        lift.fail(node, "the name of an attribute to set must be a literal")
    if class_of(lift, base) is not None:
        set_attribute(lift, base, str(literal.value), value, node)
    else:
        lift.store("attr", lift.materialise(base), literal, lift.materialise(value))
    return Const(None)


def _type(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = positional(lift, given, node, 1, 1)
    fact = lift.fact(value)
    cls = fact.value if fact.kind == "object" else _TYPES.get(fact.kind)
    if isinstance(cls, type):
        return lift.resolver.class_of(cls)
    return lift.apply("type", (lift.materialise(value),), name=name)


def _super(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = positional(lift, given, node)
    if len(values) == 2 and isinstance(values[0], Known):
        return Super(values[0].value, values[1])
    frame = lift.frames[-1]
    cell = frame.reading.closure.get("__class__")
    if cell is None or frame.receiver is None:
        lift.fail(node, "`super()` stands outside a method")
    return Super(cell.cell_contents, frame.receiver)


def _replace(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = positional(lift, given, node, 1, 1)
    return replaced(lift, value, given.kwargs, node, name)


def _partial(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    function, *args = positional(lift, given, node, 1)
    return Partial(function, tuple(args), dict(given.kwargs))


def _divmod(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    a, b = positional(lift, given, node, 2, 2)
    if class_of(lift, a) is not None or class_of(lift, b) is not None:
        return operate(lift, "divmod", (a, b), name, node)
    quotient = operate(lift, "floordiv", (a, b), "", node)
    return Tuple((quotient, operate(lift, "mod", (a, b), "", node)))


def _pow(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = positional(lift, given, node)
    if len(values) != 2:
        return primitive(lift, "pow", given, node, name)
    return operate(lift, "pow", (values[0], values[1]), name, node)


def _slice(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    parts = [lift.materialise(value) for value in positional(lift, given, node)]
    nothing = Const(None)
    if len(parts) == 1:
        parts = [nothing, *parts]
    parts += [nothing] * (3 - len(parts))
    if all(isinstance(part, Const) for part in parts):
        return Const(slice(*(p.value for p in parts if isinstance(p, Const))))
    return lift.apply("slice", parts, name=name)


def _special(method_name: str, key: str) -> Handler:
    """A function of numbers that asks an object for one of its methods."""

    def handler(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
        first = given.args[0] if given.args else None
        known = first is not None and not isinstance(first, Star)
        method = method_of(lift, first, method_name) if known else None  # type: ignore[arg-type]
        if method is not None:
            return lift.call(method, positional(lift, given, node), node, name)
        return primitive(lift, key, given, node, name)

    return handler


_SPECIAL: Mapping[Any, tuple[str, str]] = {
    builtins.abs: ("__abs__", "abs"),
    builtins.float: ("__float__", "float"),
    builtins.round: ("__round__", "round"),
    builtins.complex: ("__complex__", "complex"),
    math.floor: ("__floor__", "math.floor"),
    math.ceil: ("__ceil__", "math.ceil"),
    math.trunc: ("__trunc__", "math.trunc"),
}


OBJECTS: dict[int, Handler] = {
    id(builtins.isinstance): _isinstance,
    id(builtins.callable): _callable,
    id(builtins.getattr): _getattr,
    id(builtins.setattr): _setattr,
    id(builtins.type): _type,
    id(builtins.super): _super,
    id(builtins.divmod): _divmod,
    id(builtins.pow): _pow,
    id(builtins.slice): _slice,
    id(functools.partial): _partial,
    **{id(f): _special(*known) for f, known in _SPECIAL.items()},
    id(dataclasses.replace): _replace,
}
