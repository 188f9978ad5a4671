"""Making objects and taking sequences apart, as Python does it."""

from __future__ import annotations

import itertools
from typing import Any

from dpc.runtime.refused import RefusedError
from dpc.runtime.trees import is_array


def new(cls: Any, *items: Any, **fields: Any) -> Any:
    """An object of a class with these fields, its initialiser not called.

    `items` are the elements of a NamedTuple.
    """
    made = cls.__new__(cls, *items)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def unpack(values: Any, count: int) -> tuple[Any, ...]:
    """The elements of `values`, of which there must be `count`."""
    items = tuple(values)
    if len(items) < count:
        raise ValueError(
            f"not enough values to unpack (expected {count}, got {len(items)})"
        )
    if len(items) > count:
        raise ValueError(f"too many values to unpack (expected {count})")
    return items


def sequence(values: Any, lasting: bool = False) -> Any:
    """`values` where its elements have positions, else a list of them.

    An array or a list stays what it is: what is written to it while it is walked over
    is seen by the walk. An iterator is used up; it is refused where it has to be
    `lasting`, as something else may go on with it.
    """
    if is_array(values) or isinstance(values, list | tuple | range | str):
        return values
    if isinstance(values, itertools.count | itertools.cycle):
        raise RefusedError("a list of an iterator without an end")
    if lasting and hasattr(values, "__next__"):
        raise RefusedError(
            "an iterator is run over that may not be run to its end here, or is run"
            " over by another loop at the same time",
            "pass a list: list(...)",
        )
    return list(values)
