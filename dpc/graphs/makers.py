"""Which node made a value, while a program runs.

A number is known by its identity, and an array by its memory: beside the memory of each
array lie the numbers of the nodes that wrote its elements. So a view shows what was
written through the array and the other way round, a list holds what was put into it,
and neither needs a case of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from dpc.runtime.trees import fields_of, is_array

NOBODY = -1
Owners = np.ndarray[Any, np.dtype[np.int64]]


def is_number(value: object) -> bool:
    """A real or complex number; integers and flags are the structure of a program."""
    return isinstance(value, float | complex | np.inexact)


def is_opaque(value: object) -> bool:
    """A matrix whose memory is not looked into: a sparse one, one on a device."""
    if isinstance(value, np.ndarray | np.generic | type):
        return False
    return hasattr(value, "dtype") and hasattr(value, "shape")


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers and arrays in a value, with the expressions that name them."""
    return _leaves(value, name, frozenset())


def _leaves(value: Any, name: str, around: frozenset[int]) -> Iterator[tuple[str, Any]]:
    if is_number(value) or is_array(value) or is_opaque(value):
        yield name, value
        return
    if value is None or isinstance(value, str | int) or id(value) in around:
        return
    inside = around | {id(value)}
    if isinstance(value, list | tuple | dict):
        keys = value if isinstance(value, dict) else range(len(value))
        fields = getattr(value, "_fields", None)
        for place, key in enumerate(keys):
            part = f"{name}[{key!r}]" if fields is None else f"{name}.{fields[place]}"
            yield from _leaves(value[key], part, inside)
        return
    for field in fields_of(value) or ():
        yield from _leaves(getattr(value, field), f"{name}.{field}", inside)


class Makers:
    """The node of every number and of every element of an array."""

    def __init__(self) -> None:
        self._objects: dict[int, int] = {}
        self._parts: dict[int, tuple[int, int]] = {}
        self._memory: dict[int, tuple[int, int, Owners]] = {}
        # An identity and an address mean something only while the object lives.
        self._kept: list[object] = []

    def keep(self, value: object) -> None:
        """Hold the value as long as its identity is to mean something."""
        self._kept.append(value)

    def mark(self, value: Any, node: int) -> None:
        """A number, or all elements of an array, were made by a node."""
        self.keep(value)
        if isinstance(value, np.ndarray):
            self.owners(value)[...] = node
        else:
            self._objects[id(value)] = node

    def mark_part(self, part: Any, node: int, whole: int) -> None:
        """A view of some elements that `whole` made goes by a node of its own.

        That holds until one of them is written.
        """
        self.keep(part)
        self._parts[id(part)] = (node, whole)

    def of(self, value: Any) -> tuple[int, ...]:
        """The nodes that made a number or the elements of an array, each once."""
        if not isinstance(value, np.ndarray):
            found = self._objects.get(id(value))
            return () if found is None else (found,)
        found_all = np.unique(self.owners(value))
        whole = tuple(int(n) for n in found_all if n != NOBODY)
        if id(value) in self._parts:
            node, owner = self._parts[id(value)]
            if whole == (owner,):
                return (node,)
        return whole

    def within(self, value: Any) -> tuple[int, ...]:
        """The nodes of all numbers and arrays in a value."""
        made = [node for _, leaf in leaves(value) for node in self.of(leaf)]
        return tuple(dict.fromkeys(made))

    def store(self, base: np.ndarray[Any, Any], index: Any, value: Any) -> None:
        """The elements `base[index]` are now what `value` is."""
        made = self.of(value) if is_number(value) or is_array(value) else ()
        target = self.owners(base)
        if not made:
            target[index] = NOBODY
        elif len(made) == 1:
            target[index] = made[0]
        else:
            target[index] = self.owners(value)

    def owners(self, array: np.ndarray[Any, Any]) -> Owners:
        """The node of every element of an array, as a view of what is kept of them."""
        root = array
        while isinstance(root.base, np.ndarray):
            root = root.base
        if id(root) not in self._memory:
            self.keep(root)
            low, high = np.lib.array_utils.byte_bounds(root)
            unit = max(root.itemsize, 1)
            owners = np.full(max((high - low) // unit, 1), NOBODY)
            self._memory[id(root)] = (low, unit, owners)
        low, unit, owners = self._memory[id(root)]
        if not array.size:
            return np.empty(array.shape, np.int64)
        address = array.__array_interface__["data"][0]
        strides = tuple(s // unit * owners.itemsize for s in array.strides)
        return as_strided(owners[(address - low) // unit :], array.shape, strides)


def place(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """Where an array lies: equal for views of the same elements."""
    return (array.__array_interface__["data"][0], array.shape, array.strides)
