"""Copies of arguments for a program to run on, as it would run on the arguments.

Whether `x.reshape(-1)` is a view, and in which order `x.ravel("K")` has the elements,
depends on how an array lies in memory. Its copy lies as it does.
"""

from __future__ import annotations

from typing import Any

from dpc.runtime.shadows import shadow
from dpc.runtime.trees import copy_in


def twin(x: Any) -> Any:
    """`copy_tree(x)`, with arrays that have the strides of the originals."""
    return copy_in(x, {}, twin_array)


def twin_array(x: Any) -> Any:
    """A copy of an array with the same strides."""
    if x.flags.forc:
        return x.copy(order="K")
    made = shadow(x)
    made[...] = x
    return made
