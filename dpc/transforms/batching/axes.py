"""Which axis of each argument, and of each part of it, is that of the batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact
from dpc.rules.batching.rows import Parts, Tree, settled

# One axis for all leaves, None for none, or a container of them by part.
Axes = Any


class AxesError(Exception):
    """The axes do not fit the arguments; says why, for whoever knows the call."""


@dataclass(frozen=True, slots=True)
class Batching:
    """What is asked for: axes by parameter and of the result, and the number of rows.

    size: what facts call the number of rows.
    generic: nothing is known of the arguments.
    gradient: the program is that of a derivative.
    """

    axes: dict[str, Axes]
    out: Axes
    size: Dim
    generic: bool = False
    gradient: bool = False


def tree_of(axes: Axes) -> Tree:
    """What differs from row to row in an argument with these axes."""
    if axes is None:
        return False
    if isinstance(axes, int):
        return True
    return settled({key: tree_of(part) for key, part in parts_of(axes)})


def parts_of(axes: Axes) -> list[tuple[int | str, Axes]]:
    """The parts of a container of axes, by position or by name."""
    if isinstance(axes, dict):
        return list(axes.items())
    if isinstance(axes, list | tuple):
        names = getattr(axes, "_fields", None)
        return list(zip(names or range(len(axes)), axes, strict=True))
    if hasattr(axes, "__dict__"):
        return list(vars(axes).items())
    raise AxesError(f"an axis is an int, None or a container of them, not {axes!r}")


def is_plain(axes: Axes) -> bool:
    """The axis of the batch is the first everywhere, or nowhere."""
    if axes is None or isinstance(axes, int):
        return axes in (None, 0)
    return all(is_plain(part) for _, part in parts_of(axes))


def row_fact(fact: Fact, axes: Axes, where: str) -> Fact:
    """What is known of one row of an argument."""
    if axes is None:
        return fact
    if isinstance(axes, int):
        return _row(fact, axes, where)
    parts = dict(parts_of(axes))
    if fact.items is not None:
        if set(parts) != set(range(len(fact.items))):
            raise AxesError(f"the axes of {where} are not as many as its parts")
        items = [row_fact(f, parts[i], where) for i, f in enumerate(fact.items)]
        return replace(fact, items=tuple(items))
    if fact.fields is not None:
        if set(parts) != {name for name, _ in fact.fields}:
            raise AxesError(f"the axes of {where} do not have the names of its parts")
        fields = [(k, row_fact(f, parts[k], where)) for k, f in fact.fields]
        return replace(fact, fields=tuple(fields))
    if fact.kind == "any":
        return fact
    raise AxesError(f"{where} has axes by part, and no parts")


def _row(fact: Fact, axis: int, where: str) -> Fact:
    """A leaf without the axis of the batch, or a container of such leaves."""
    match fact.kind:
        case "array":
            return _row_of_array(fact, axis, where)
        case "list" | "tuple" | "dict" | "object":
            items = fact.items and tuple(_row(f, axis, where) for f in fact.items)
            fields = fact.fields and tuple(
                (k, _row(f, axis, where)) for k, f in fact.fields
            )
            element = fact.element and _row(fact.element, axis, where)
            return replace(fact, items=items, fields=fields, element=element)
        case "any" | "none" | "str" | "function":
            return fact
        case "number":
            return F.NUMBER
    raise AxesError(f"{where} is a {fact.kind}, which has no axis for a batch")


def _row_of_array(fact: Fact, axis: int, where: str) -> Fact:
    if fact.shape is None:
        return Fact("number", fact.dtype)
    rank = len(fact.shape)
    if not -rank <= axis < rank:
        raise AxesError(f"{where} has no axis {axis}: it has {rank}")
    place = axis % rank
    shape = fact.shape[:place] + fact.shape[place + 1 :]
    if not shape:
        return Fact("scalar", fact.dtype, ())
    return F.array(fact.dtype, shape)


def leaf_of(value: Any, axes: Axes) -> tuple[Any, int] | None:
    """A leaf with the axis of the batch, and the axis; None if there is none."""
    for leaf, axis in leaves_of(value, axes):
        return leaf, axis
    return None


def leaves_of(value: Any, axes: Axes) -> list[tuple[Any, int]]:
    """The leaves of an argument that have the axis of the batch."""
    if axes is None:
        return []
    parts: list[tuple[Any, Axes]]
    if isinstance(value, dict):
        keys = list(value)
        whole = isinstance(axes, int)
        parts = [(value[k], axes if whole else axes[k]) for k in keys]
    elif isinstance(value, list | tuple):
        inner = [axes] * len(value) if isinstance(axes, int) else list(axes)
        parts = list(zip(value, inner, strict=True))
    elif hasattr(value, "ndim"):
        return [(value, axes)]
    elif hasattr(value, "__dict__"):
        names = vars(value)
        whole = isinstance(axes, int)
        named = dict.fromkeys(names, axes) if whole else dict(parts_of(axes))
        parts = [(v, named[k]) for k, v in names.items()]
    else:
        return []
    return [leaf for part, axis in parts for leaf in leaves_of(part, axis)]


__all__ = ["Axes", "AxesError", "Batching", "Parts", "is_plain", "row_fact", "tree_of"]
