"""Derivatives of Python's functions of sequences: `sum`, `max`, `sorted`.

The sequence may be a list, a tuple or an array; the first two get a list.
"""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module, full_like, is_typed, unbroadcast
from dpc.runtime.refused import RefusedError


def spread(g: Any, items: Any) -> Any:
    """The cotangent of the items of `sum(items)`: `g` for each."""
    if isinstance(items, list | tuple):
        return [unbroadcast(g, item) for item in items]
    return full_like(g, items)


def share_ties(g: Any, items: Any, out: Any) -> Any:
    """The cotangent of the items of `out = max(items)`: `g`, shared equally by ties."""
    if isinstance(items, list | tuple):
        require_numbers(items)
        count = sum(item == out for item in items)
        return [g / count if item == out else 0.0 for item in items]
    ties = items == out
    return ties * (g / array_module(items).sum(ties, dtype=items.dtype))


def mean_of_ties(dots: Any, items: Any, out: Any) -> Any:
    """The tangent of `out = max(items)`: the mean of those of the items that tie."""
    require_numbers(items)
    ties = [dot for dot, item in zip(dots, items, strict=True) if item == out]
    return sum(ties) / len(ties)


def require_numbers(items: Any) -> None:
    """Refuse what has no largest number: lists, tuples and objects of a user's."""
    for item in items if isinstance(items, list | tuple) else ():
        if not isinstance(item, float | int) and not is_typed(item):
            kind = type(item).__name__
            raise RefusedError(f"the largest or smallest of what holds a {kind}")


def sorting(items: Any, reverse: bool = False) -> list[int]:
    """The places that the items of `sorted(items)` come from."""
    return sorted(range(len(items)), key=lambda i: items[i], reverse=reverse)


def unsort(g: Any, items: Any, reverse: bool = False) -> Any:
    """The cotangent of the items of `sorted(items)`, in their own order."""
    bars = list(g)
    for place, origin in enumerate(sorting(items, reverse)):
        bars[origin] = g[place]
    return bars if isinstance(items, list | tuple) else array_module(items).stack(bars)


def sort_like(dots: Any, items: Any, reverse: bool = False) -> Any:
    """The tangents of `sorted(items)`."""
    return [dots[origin] for origin in sorting(items, reverse)]
