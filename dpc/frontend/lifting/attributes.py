"""Attributes whose reading or writing a class has taken into its own hands."""

from __future__ import annotations

from typing import Any, NoReturn

from dpc.frontend.lifting.state import Lifter
from dpc.ir.descriptors import computing, standing_in


def refuse_computed(
    lift: Lifter, cls: type, name: str, node: Any, writes: bool = False
) -> None:
    """Refuse an attribute that a method or descriptor of the class reads or writes.

    Properties are called, and what Python itself puts into classes does what it says.
    """
    lift.resolver.rest_on(cls, "__setattr__" if writes else "__getattribute__")
    by = computing(cls, name, writes)
    if by and by != "property":
        _refuse(lift, cls, name, by, node, writes)


def refuse_missing(lift: Lifter, cls: type, name: str, node: Any) -> None:
    """Refuse an attribute that is in no field, and that `__getattr__` may find."""
    lift.resolver.rest_on(cls, "__getattr__")
    if standing_in(cls, "__getattr__") is not None:
        _refuse(lift, cls, name, "__getattr__", node)


def _refuse(
    lift: Lifter, cls: type, name: str, by: str, node: Any, writes: bool = False
) -> NoReturn:
    verb = "stored" if writes else "computed"
    lift.fail(
        node,
        f"`{name}` is {verb} by {cls.__name__}, in its `{by}`",
        "what it does with the value is not visible",
        "write a property or a method, and keep the value in a plain field",
    )
