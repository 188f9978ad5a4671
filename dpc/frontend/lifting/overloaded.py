"""Operators that a user's class defines: whose method is called, and on what.

Python asks the left operand first, the right one first if its class is a subclass that
knows better, and the other one where the answer is `NotImplemented`. NumPy's arrays do
not ask the class on their right: they calculate with its objects one by one.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Known, Tuple, Val
from dpc.frontend.resolve import MISSING
from dpc.ir.nodes import Atom, Const, Object, Slot
from dpc.ir.walk import inner, operands, statements

# The methods of a class that stand for an operator, and for its mirror image.
_MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}

# What never knows how to calculate with an object of a user's class.
_PLAIN = frozenset(
    "float int bool complex str none list tuple dict range slice function "
    "module".split()
)


def of_objects(
    lift: Lifter, op: str, operands: tuple[Val, ...], name: str, node: Any
) -> Val | None:
    """The method of a user's class that implements the operator."""
    special = op.rstrip("_")
    first = operands[0]
    if len(operands) == 2 and special != "contains":
        return _of_two(lift, special, first, operands[1], name, node)
    method = method_of(lift, first, f"__{special}__")
    return None if method is None else lift.call(method, operands, node, name)


def _of_two(
    lift: Lifter, special: str, first: Val, second: Val, name: str, node: Any
) -> Val | None:
    mirrored = f"__{_MIRRORED.get(special, f'r{special}')}__"
    asked = [(f"__{special}__", first, second), (mirrored, second, first)]
    if _knows_better(lift, special, mirrored, first, second):
        asked.reverse()
    for place, (method_name, receiver, other) in enumerate(asked):
        if _is_unread(lift, receiver, method_name):
            return None
        method = method_of(lift, receiver, method_name)
        if method is None:
            continue
        if receiver is second and place:
            _require_no_claim(lift, first, second, node)
        start = len(lift.build.block)
        found = lift.call(method, (receiver, other), node, name)
        if isinstance(found, Known) and found.value is NotImplemented:
            continue
        _refuse_doubt(lift, start, special, node)
        return found
    return None  # Python finds out, and raises or compares identities.


def _knows_better(
    lift: Lifter, special: str, mirrored: str, first: Val, second: Val
) -> bool:
    """Whether the class on the right is asked first: a subclass with its own way."""
    one, other = class_of(lift, first), class_of(lift, second)
    if one is None or other is None or other is one or not issubclass(other, one):
        return False
    if special in _MIRRORED:
        return True
    return lift.resolver.member(other, mirrored) != lift.resolver.member(one, mirrored)


def _is_unread(lift: Lifter, value: Val, name: str) -> bool:
    """A class has the method, and its text cannot be read: `__eq__` of a dataclass."""
    cls = class_of(lift, value)
    found = None if cls is None else lift.resolver.member(cls, name)
    if found is None or found[0] is object:
        return False
    return not isinstance(found[1], FunctionType) or (
        lift.resolver.reading(found[1]) is None
    )


def _require_no_claim(lift: Lifter, first: Val, second: Val, node: Any) -> None:
    """The left operand must be one that leaves the operator to the right one."""
    kind, cls = lift.fact(first).kind, class_of(lift, second)
    if isinstance(first, Const) or kind in _PLAIN or class_of(lift, first) is not None:
        return
    own = getattr(cls, "__array_ufunc__", MISSING)
    asks = own is None or getattr(cls, "__array_priority__", 0) > 0
    walked = hasattr(cls, "__len__") and hasattr(cls, "__getitem__")
    if asks and kind in ("array", "scalar", "number"):
        return
    if kind == "array":
        lift.fail(
            node,
            f"an array stands on the left of an object of {cls and cls.__name__}",
            "NumPy calculates with such objects element by element",
            "put the object on the left, or give its class `__array_ufunc__ = None`",
        )
    strict = walked or own is not MISSING
    kinds = "array" if asks else "float" if strict else "scalar"
    if kind != "scalar" or strict:
        lift.do("dpc.require_plain", (lift.materialise(first), Const(kinds)))


def _refuse_doubt(lift: Lifter, start: int, special: str, node: Any) -> None:
    """Whether the method answers `NotImplemented` must be known."""
    for statement in statements(tuple(lift.build.block[start:])):
        if any(map(_is_not_implemented, (*operands(statement), *inner(statement)))):
            lift.fail(
                node,
                f"`__{special}__` is not implemented for some operands",
                "for which of them is only known when it runs",
                "let isinstance decide about it, or raise a TypeError",
            )


def _is_not_implemented(atom: Atom) -> bool:
    return isinstance(atom, Object) and atom.path == ("NotImplemented",)


def class_of(lift: Lifter, value: Val) -> type | None:
    """The class of an object, where it is known."""
    if not isinstance(value, Slot | Tuple):
        return None
    fact = lift.fact(value)
    known = fact.kind == "object" and isinstance(fact.value, type)
    return fact.value if known else None  # type: ignore[return-value]


def method_of(lift: Lifter, value: Val, name: str) -> Known | None:
    """The function behind a special method of a value whose class is a user's."""
    cls = class_of(lift, value)
    found = None if cls is None else lift.resolver.member(cls, name)
    if found is None or not isinstance(found[1], FunctionType):
        return None
    if lift.resolver.reading(found[1]) is None:  # Such as `__eq__` of a dataclass.
        return None
    return lift.resolver.method(found[0], name, found[1])
