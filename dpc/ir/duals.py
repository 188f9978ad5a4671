"""Values with tangents: numbers that carry theirs, and a second memory for arrays'.

A `Dual` is a number of the type it was, with a `dot`: lists, dicts and objects hold
tangents by holding such numbers. `Shadows` is memory laid out like that of the arrays,
in which an array's tangent is found from the array's address: what shares memory has
tangents that share memory.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np


class Dual:
    """A number with a tangent. Its classes are made by `dual`, one a type of number."""

    dot: Any
    plain_type: type


_DUALS: dict[type, type] = {}
for _type in (
    *(float, complex, np.float64, np.float32, np.float16, np.longdouble),
    *(np.complex128, np.complex64),
):
    _DUALS[_type] = type(f"Dual_{_type.__name__}", (_type, Dual), {"plain_type": _type})


def dual(value: Any, dot: Any) -> Any:
    """The number with a tangent; what is no floating number stays as it is."""
    cls = _DUALS.get(type(value))
    if cls is None:
        return value
    made = cls(value)
    made.dot = dot
    return made


def is_floating(value: Any) -> bool:
    """Whether a value is a number that could have a tangent."""
    return type(value) in _DUALS


def plain(value: Any) -> Any:
    """The value without tangents: containers of numbers with tangents are copied."""
    if isinstance(value, Dual):
        return value.plain_type(value)
    if isinstance(value, tuple | list):
        items = [plain(item) for item in value]
        if all(map(operator.is_, items, value)):
            return value
        return tuple.__new__(type(value), items) if isinstance(value, tuple) else items
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


class Shadows:
    """The tangents of arrays, in memory that is laid out like theirs."""

    def __init__(self) -> None:
        # By the identity of the array that owns the memory, which is kept alive so that
        # the identity stays its own.
        self.owners: dict[int, tuple[np.ndarray, int, np.ndarray]] = {}

    def knows(self, array: np.ndarray) -> bool:
        """Whether the array's memory has been seen."""
        return id(_owner(array)) in self.owners

    def of(self, array: np.ndarray) -> np.ndarray | None:
        """The tangent of an array, to read and to write; None if it is not floating."""
        if array.dtype.kind not in "fc":
            return None
        owner = _owner(array)
        if id(owner) not in self.owners:
            low, high = np.lib.array_utils.byte_bounds(owner)
            memory = np.zeros(high - low, np.uint8)
            self.owners[id(owner)] = (owner, low, memory)
        _, start, memory = self.owners[id(owner)]
        if not array.size:
            return np.zeros(array.shape, array.dtype)
        offset = array.__array_interface__["data"][0] - start
        return np.ndarray(array.shape, array.dtype, memory, offset, array.strides)


def _owner(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory of a view."""
    base: Any = array
    while base is not None:
        if isinstance(base, np.ndarray):
            array = base
        base = getattr(base, "base", None)
    return array


def varies(dot: Any) -> bool:
    """Whether a tangent is anything but zero."""
    if isinstance(dot, tuple | list):
        return any(map(varies, dot))
    if isinstance(dot, dict):
        return any(map(varies, dot.values()))
    return dot is not None and bool(np.any(dot != 0))


def filled(dot: Any, value: Any) -> Any:
    """The tangent of `value` with zeros in place of what has none."""
    if isinstance(value, tuple | list):
        dots = [None] * len(value) if dot is None else dot
        return [filled(d, v) for d, v in zip(dots, value, strict=True)]
    if dot is None:
        return np.zeros(np.shape(value)) if isinstance(value, np.ndarray) else 0.0
    return dot
