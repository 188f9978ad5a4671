"""Operators: on numbers a primitive, on tuples at hand a tuple, on objects a method."""

from __future__ import annotations

import operator
from types import FunctionType
from typing import Any

from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Known, Tuple, Val
from dpc.ir.nodes import Const, Slot

BINARY = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "Div": "truediv",
    "FloorDiv": "floordiv",
    "Mod": "mod",
    "Pow": "pow",
    "MatMult": "matmul",
    "BitAnd": "and_",
    "BitOr": "or_",
    "BitXor": "xor",
    "LShift": "lshift",
    "RShift": "rshift",
}
UNARY = {"USub": "neg", "UAdd": "pos", "Invert": "invert"}

# The methods of a class that stand for an operator, and for its mirror image.
_MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
_FOLDED = frozenset("add sub mul floordiv mod neg pos lshift rshift".split())


def operate(
    lift: Lifter, op: str, operands: tuple[Val, ...], name: str, node: Any
) -> Val:
    """`operator.op` of the operands."""
    found = _of_tuples(lift, op, operands)
    if found is None:
        found = _of_integers(lift, op, operands)
    if found is None:
        found = _of_objects(lift, op, operands, name, node)
    if found is None and op == "or_":
        found = _of_dicts(lift, operands, name)
    if found is not None:
        return found
    atoms = [lift.materialise(operand) for operand in operands]
    return lift.apply(f"operator.{op}", atoms, name=name)


def binary(lift: Lifter, node: Any, name: str) -> Val:
    left = lift.expr(node.left)
    right = lift.expr(node.right)
    return operate(lift, BINARY[type(node.op).__name__], (left, right), name, node)


def _of_tuples(lift: Lifter, op: str, operands: tuple[Val, ...]) -> Val | None:
    match operands:
        case (Tuple(first, None), Tuple(second, None)) if op == "add":
            return Tuple(first + second)
        case (Tuple(items, None), Const(int(count))) if op == "mul":
            return Tuple(items * count)
    return None


def _of_integers(lift: Lifter, op: str, operands: tuple[Val, ...]) -> Val | None:
    """Integers that a caller gave as literals: recursion on them comes to an end."""
    if len(lift.frames) == 1 or op not in _FOLDED:
        return None
    values = []
    for operand in operands:
        constant = lift.constant(operand)
        if constant is None or type(constant.value) is not int:
            return None
        values.append(constant.value)
    try:
        return Const(getattr(operator, op)(*values))
    except (ValueError, ZeroDivisionError):
        return None


def _of_objects(
    lift: Lifter, op: str, operands: tuple[Val, ...], name: str, node: Any
) -> Val | None:
    """The method of a user's class that implements the operator."""
    special = op.rstrip("_")
    first = operands[0]
    method = method_of(lift, first, f"__{special}__")
    if method is not None:
        return lift.call(method, operands, node, name)
    if len(operands) == 2 and special != "contains":
        mirrored = _MIRRORED.get(special, f"r{special}")
        method = method_of(lift, operands[1], f"__{mirrored}__")
        if method is not None:
            return lift.call(method, (operands[1], first), node, name)
    return None


def _of_dicts(lift: Lifter, operands: tuple[Val, ...], name: str) -> Val | None:
    """`a | b` of dicts: a new one that holds what both hold."""
    if not any(lift.fact(operand).kind == "dict" for operand in operands):
        return None
    whole = lift.apply("dict", (), name=name)
    for operand in operands:
        lift.do("method.update", (whole, lift.materialise(operand)))
    return whole


def method_of(lift: Lifter, value: Val, name: str) -> Known | None:
    """The function behind a special method of a value whose class is a user's."""
    if not isinstance(value, Slot | Tuple):
        return None
    fact = lift.fact(value)
    if fact.kind != "object" or not isinstance(fact.value, type):
        return None
    found = lift.resolver.member(fact.value, name)
    if found is None or not isinstance(found[1], FunctionType):
        return None
    if lift.resolver.reading(found[1]) is None:  # Such as `__eq__` of a dataclass.
        return None
    return lift.resolver.method(found[0], name, found[1])
