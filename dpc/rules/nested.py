"""Operands that are lists of arrays: reading their elements, cotangents like them."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.ir.nodes import Const
from dpc.rules.known import array_of
from dpc.rules.trace import Traced, rt


def fact_of(x: Any) -> Fact:
    """What is known of a rule's operand, a literal or a traced value."""
    if isinstance(x, Traced):
        return x.fact
    if isinstance(x, list | tuple):
        items = tuple(fact_of(item) for item in x)
        return Fact("list" if isinstance(x, list) else "tuple", items=items)
    return array_of(Fact("scalar", np.asarray(x).dtype.kind, ()))


def items_of(arrays: Any) -> list[Any] | None:
    """The elements of a list or rows of an array, None where nobody knows how many."""
    if isinstance(arrays, list | tuple):
        return list(arrays)
    fact = fact_of(arrays)
    if fact.items is not None:
        return [_item(arrays, i) for i in range(len(fact.items))]
    if fact.is_array and fact.shape and isinstance(fact.shape[0], int):
        return [arrays[i] for i in range(fact.shape[0])]
    return None


def _item(arrays: Traced, index: int) -> Any:
    """An element of a container: itself, where it is a literal."""
    found = arrays.build.definition(arrays.atom)
    if found is None or found.fn not in ("list", "tuple"):
        return arrays[index]
    # What varies is read from the container, whose cotangent is made of its parts.
    atom = found.args[index]
    return atom.value if isinstance(atom, Const) else arrays[index]


def written_as(arrays: Any, index: int, item: Any) -> Any:
    """What stands in a literal list for its element, to be asked for its shape."""
    if not isinstance(arrays, Traced) or arrays.build.display(arrays.atom) is None:
        return item
    found = arrays.build.definition(arrays.atom)
    assert found is not None
    return Traced(arrays.build, found.args[index])


def like(arrays: Any, parts: list[Any]) -> Any:
    """The cotangents of a list's elements as a list, of an array's as an array."""
    return np.stack(parts) if fact_of(arrays).is_array else parts


def unnested(g: Any, x: Any) -> Any:
    """The cotangent of `x`, an array or nested lists, from that of `np.asarray(x)`."""
    return _unnested(g, x, fact_of(x), ())


def _unnested(g: Any, x: Any, fact: Fact, place: tuple[int, ...]) -> Any:
    if fact.is_number:
        return g if not place else g[place if len(place) > 1 else place[0]]
    if fact.items is None:
        # Also for what may be a list when the program runs.
        part = g if not place else g[place]
        for k in place:
            x = _item(x, k) if isinstance(x, Traced) else x[k]
        return rt.nested_like(part, x)
    return [_unnested(g, x, f, (*place, k)) for k, f in enumerate(fact.items)]


def like_operand(g: Any, x: Any) -> Any:
    """`g`, which has the elements of `x` in order, in the shape of `x`."""
    if isinstance(x, int | float | complex):
        return None  # a literal
    fact, have = fact_of(x), fact_of(g)
    if fact.kind in ("list", "tuple"):
        return unnested(np.reshape(g, np.shape(x)), x)
    if fact.is_scalar:
        return g if have.is_scalar else np.reshape(g, ())[()]
    if fact.shape is not None and have.shape == fact.shape and None not in fact.shape:
        return g
    if fact.rank == 1:
        return np.reshape(g, -1)
    return np.reshape(g, x.shape if fact.is_array else np.shape(x))
