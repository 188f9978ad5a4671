"""Objects: made from classes of the user, their fields written and replaced."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from dpc.frontend.lifting.inline import held
from dpc.frontend.lifting.primitives import call_late, primitive
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Arguments, Bound, Known, Star, Tuple, Val
from dpc.frontend.resolve import OPAQUE, key_of
from dpc.ir.nodes import Atom, Const, Object, Slot
from dpc.ir.plain import is_named_tuple


def construct(lift: Lifter, cls: Known, given: Arguments, node: Any, name: str) -> Val:
    """A call of a class."""
    value: type = cls.value
    if is_named_tuple(value):
        return _named_tuple(lift, value, given, node)
    module = value.__module__.partition(".")[0]
    key = key_of(value)
    if issubclass(value, BaseException) or module in OPAQUE:
        if key.partition(".")[0] in OPAQUE or "." not in key or key[:3] == "np.":
            return primitive(lift, key, given, node, name)
        return call_late(lift, cls.atom, given, node, name)
    init = lift.resolver.member(value, "__init__")
    new = lift.resolver.member(value, "__new__")
    calls = type(value).__call__ is not type.__call__  # of a metaclass
    if calls or new is None or new[0] is not object or init is None:
        return call_late(lift, cls.atom, given, node, name)
    if isinstance(init[1], FunctionType):
        if lift.resolver.reading(init[1]) is None:
            if dataclasses.is_dataclass(value):
                return _dataclass(lift, value, given, node, name)
            return call_late(lift, cls.atom, given, node, name)
        made = new_object(lift, value, {}, name)
        method = lift.resolver.method(init[0], "__init__", init[1])
        lift.parts.call(lift, Bound(method, made), given, node, "")
        return made
    return new_object(lift, value, {}, name)


def new_object(
    lift: Lifter, cls: type, fields: Mapping[str, Atom], name: str = ""
) -> Slot:
    """An object with these fields, no initialiser called."""
    atom = lift.resolver.class_of(cls).atom
    lift.heap.classes[atom] = cls
    return lift.apply("new", (atom,), list(fields.items()), name)


def _named_tuple(lift: Lifter, cls: Any, given: Arguments, node: Any) -> Val:
    found = _fields(lift, cls, cls._fields, given, node)
    for name, default in cls._field_defaults.items():
        if name not in found:
            found[name] = held(lift, name, default)
    missing = [name for name in cls._fields if name not in found]
    if missing:
        lift.fail(
            node,
            f"`{cls.__name__}` gets no value for `{missing[0]}`",
            hint=f"pass it: {missing[0]}=...",
        )
    return Tuple(tuple(found[name] for name in cls._fields), cls)


def _dataclass(lift: Lifter, cls: Any, given: Arguments, node: Any, name: str) -> Val:
    """A dataclass, as its generated initialiser makes it."""
    fields = [field for field in dataclasses.fields(cls) if field.init]
    order = [field.name for field in fields if not field.kw_only]
    order += [field.name for field in fields if field.kw_only]
    found = _fields(lift, cls, order, given, node)
    values: dict[str, Atom] = {}
    for field in dataclasses.fields(cls):
        if field.name in found:
            value: Val = found[field.name]
        elif field.default is not dataclasses.MISSING:
            value = held(lift, field.name, field.default)
        elif field.default_factory is not dataclasses.MISSING:
            factory = held(lift, field.name, field.default_factory)
            value = lift.call(factory, (), node)
        elif field.init:
            lift.fail(
                node,
                f"`{cls.__name__}` gets no value for `{field.name}`",
                hint=f"pass it: {field.name}=...",
            )
        else:
            continue
        values[field.name] = lift.materialise(value)
    made = new_object(lift, cls, values, name)
    after = lift.resolver.member(cls, "__post_init__")
    if after is not None and isinstance(after[1], FunctionType):
        lift.call(
            lift.resolver.method(after[0], "__post_init__", after[1]), (made,), node
        )
    return made


def _fields(
    lift: Lifter, cls: type, order: Any, given: Arguments, node: Any
) -> dict[str, Val]:
    """The arguments of a generated initialiser, by field."""
    args = list(given.args)
    if len(args) == 1 and isinstance(args[0], Star):
        star = args[0].value
        parts = lift.apply("unpack", (star, Const(len(order))))
        args = [lift.apply("getitem", (parts, Const(i))) for i in range(len(order))]
    values = [arg for arg in args if not isinstance(arg, Star)]
    unknown = [name for name in given.kwargs if name not in order]
    if given.spread or len(values) < len(args) or unknown or len(values) > len(order):
        lift.fail(
            node,
            f"these arguments do not fit the fields of `{cls.__name__}`",
            hint="pass each of its fields once",
        )
    return {**dict(zip(order, values, strict=False)), **given.kwargs}


def replaced(
    lift: Lifter, value: Val, changes: Mapping[str, Val], node: Any, name: str = ""
) -> Val:
    """`dataclasses.replace(value, ...)`, `value._replace(...)`."""
    cls = lift.fact(value).value
    if not isinstance(cls, type):
        scope = lift.resolver.scope("dataclasses", vars(dataclasses))
        callee = Object(scope, ("replace",))
        return call_late(lift, callee, Arguments([value], dict(changes)), node, name)
    if is_named_tuple(cls):
        names = list(cls._fields)  # type: ignore[attr-defined]
    else:
        names = [field.name for field in dataclasses.fields(cls) if field.init]
    given = Arguments([], dict(changes))
    for key in names:
        if key not in changes:
            given.kwargs[key] = lift.attribute(value, key, node)
    return construct(lift, lift.resolver.class_of(cls), given, node, name)


def as_dict(lift: Lifter, value: Val, cls: Any, node: Any, name: str = "") -> Val:
    """`value._asdict()`: a new dict of the fields of a named tuple."""
    pairs = [
        atom
        for key in cls._fields
        for atom in (Const(key), lift.materialise(lift.attribute(value, key, node)))
    ]
    return lift.apply("dict", pairs, name=name)
