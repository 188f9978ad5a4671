"""Attributes that are computed: by a property, a descriptor, a method of the class."""

from __future__ import annotations

import types
from typing import Any

from dpc.runtime.refused import RefusedError


def standing_in(cls: type, name: str) -> Any:
    """What is written under a name in a class or its bases; `None` for nothing."""
    for owner in cls.__mro__:
        if name in owner.__dict__:
            return owner.__dict__[name]
    return None


def computing(cls: type, name: str, writes: bool = False) -> str:
    """What of the class computes an attribute that is read, or written; "" if nothing.

    A frozen dataclass has a method that refuses to write, made by Python itself.
    """
    whole = "__setattr__" if writes else "__getattribute__"
    found = standing_in(cls, whole)
    if isinstance(found, types.FunctionType):
        params = standing_in(cls, "__dataclass_params__")
        if not (writes and getattr(params, "frozen", False)):
            return whole
    kind = type(standing_in(cls, name))
    if kind is property:
        return "property"
    # What is written in C, as a method or the place of a slot is, computes nothing.
    descends = standing_in(kind, "__set__" if writes else "__get__")
    own = isinstance(descends, types.FunctionType) and kind is not types.FunctionType
    return kind.__name__ if own else ""


def refuse_computed(x: Any, name: str, writes: bool = False) -> None:
    """Refuse an attribute whose derivative is that of what computes it."""
    cls = type(x)
    by = computing(cls, name, writes)
    if not by and not writes and standing_in(cls, "__getattr__") is not None:
        here = name in getattr(x, "__dict__", ())
        by = "" if here or standing_in(cls, name) is not None else "__getattr__"
    if by == "property" and writes:
        raise RefusedError(f"`{name}` is a property of {cls.__name__}")
    if by == "property":
        raise RefusedError(
            f"`{name}` is computed by {cls.__name__}, and it was not known before"
            " the call which class has it"
        )
    if by:
        verb = "stored" if writes else "computed"
        raise RefusedError(f"`{name}` is {verb} by {cls.__name__}, in its `{by}`")
