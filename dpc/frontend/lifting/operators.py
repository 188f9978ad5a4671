"""Operators: on numbers a primitive, on tuples at hand a tuple, on objects a method."""

from __future__ import annotations

import operator
from typing import Any

from dpc.frontend.lifting.overloaded import of_objects
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Tuple, Val
from dpc.ir.nodes import Const

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

_FOLDED = frozenset("add sub mul floordiv mod neg pos lshift rshift".split())


def operate(
    lift: Lifter, op: str, operands: tuple[Val, ...], name: str, node: Any
) -> Val:
    """`operator.op` of the operands."""
    found = _of_tuples(lift, op, operands)
    if found is None:
        found = _of_integers(lift, op, operands)
    if found is None:
        found = of_objects(lift, op, operands, name, node)
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


def _of_dicts(lift: Lifter, operands: tuple[Val, ...], name: str) -> Val | None:
    """`a | b` of dicts: a new one that holds what both hold."""
    if not any(lift.fact(operand).kind == "dict" for operand in operands):
        return None
    whole = lift.apply("dict", (), name=name)
    for operand in operands:
        lift.do("method.update", (whole, lift.materialise(operand)))
    return whole
