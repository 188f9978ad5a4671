"""The parts of lists, tuples, dicts and objects, and like ones of other parts."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from dpc.runtime.trees import fields_of


def keys_of(x: Any) -> Any:
    """The keys of a container's parts, a dict's in any order; `None` of a leaf."""
    if isinstance(x, dict):
        return x.keys()
    return range(len(x)) if isinstance(x, list | tuple) else fields_of(x)


def part_at(x: Any, key: Any) -> Any:
    """One part of a container by its key: its place, or in an object its name."""
    return x[key] if isinstance(x, list | tuple | dict) else getattr(x, key)


def rebuilt(x: Any, parts: Iterable[Any]) -> Any:
    """A container like `x` of other parts; no initialiser is called."""
    if isinstance(x, tuple):
        return tuple.__new__(type(x), parts)
    made = copy.copy(x)
    for key, value in zip(keys_of(x), parts, strict=True):
        if isinstance(x, list | dict):
            made[key] = value
        else:
            object.__setattr__(made, key, value)
    return made


def each_part(x: Any, change: Callable[[Any, Any], Any], leaf: Any) -> Any:
    """A container like `x` of `change(key, part)`; `leaf` if `x` is none."""
    keys = keys_of(x)
    if keys is None:
        return leaf
    return rebuilt(x, [change(key, part_at(x, key)) for key in keys])
