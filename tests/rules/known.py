"""The fact of a value, and whether a fact holds for one."""

import math
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact

PYTHON = {float: "float", int: "int", bool: "bool", complex: "complex"}


def symbol(size: int) -> F.Dim:
    """The name of a size; literal sizes stay out but for one."""
    return 1 if size == 1 else f"n{size}"


def fact_of(value: Any) -> Fact:
    """All that can be known of an argument before the call."""
    match value:
        case np.ndarray():
            return F.array(dtype_of(value), tuple(map(symbol, value.shape)))
        case np.generic():
            return Fact("scalar", dtype_of(value), ())
        case list() | tuple():
            kind = "list" if isinstance(value, list) else "tuple"
            return Fact(kind, items=tuple(map(fact_of, value)))
        case int() if not isinstance(value, bool):
            return F.INT
        case _:
            return replace(F.of_constant(value), value=None)


def dtype_of(value: Any) -> str:
    return f"{value.dtype.kind}{value.dtype.itemsize}"


@dataclass
class _Shown:
    """What a message says, written down when there is one."""

    fact: Fact
    value: Any

    def __repr__(self) -> str:
        kind, dtype = type(self.value).__name__, getattr(self.value, "dtype", "")
        return f"{self.fact} for {kind} {dtype} {self.value!r}"


def assert_holds(fact: Fact, value: Any) -> None:
    """What is claimed of a result is true of it."""
    shown = _Shown(fact, value)
    if fact.kind == "any":
        return
    if fact.kind in ("tuple", "list"):
        assert isinstance(value, tuple if fact.kind == "tuple" else list), shown
        if fact.items is not None:
            assert len(value) == len(fact.items), shown
            for one, item in zip(fact.items, value, strict=True):
                assert_holds(one, item)
        return
    match fact.kind:
        case "number":
            assert isinstance(value, np.ndarray | np.generic | int | float | complex), (
                shown
            )
        case "scalar":
            assert isinstance(value, np.generic | int | float | complex), shown
        case "array":
            assert isinstance(value, np.ndarray), shown
        case "float" | "int" | "bool" | "complex":
            assert PYTHON.get(type(value)) == fact.kind, shown
        case "none":
            assert value is None, shown
        case "str":
            assert isinstance(value, str), shown
    if fact.kind in ("number", "scalar", "array"):
        have = np.asarray(value).dtype
        assert f"{have.kind}{have.itemsize}".startswith(fact.dtype), shown
    if fact.shape is not None:
        assert len(fact.shape) == np.ndim(value), shown
        for dim, size in zip(fact.shape, np.shape(value), strict=True):
            assert dim is None or measured(dim) in (size, None), shown


def measured(dim: int | str) -> int | None:
    """The size that a symbolic size means; None for an opaque one."""
    if isinstance(dim, int):
        return dim
    text = re.sub(r"n(\d+)", r"\1", dim)
    try:
        found = eval(text, {"min": min, "max": max, "ceil": math.ceil})
    except (SyntaxError, TypeError, NameError, ZeroDivisionError):
        return None
    # A difference in brackets is cut off at zero.
    return max(int(found), 0)
