"""Iterables by position: how many elements there are, and the one at a position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dpc.frontend.lifting.sites import Sites
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Range, Val
from dpc.ir.nodes import Atom, Const

# `element(index, target)`: the target's names are given to what is read.
Element = Callable[[Atom, Any], Val]


@dataclass(frozen=True, slots=True)
class Walk:
    """`for index in range(start, stop, step)`, and the element for an index.

    is_range: the index is the element; counted: it is the first part of the element.
    length: of what is walked, to be asked again if that changes while it is walked.
    sites: of the lists that are walked.
    """

    start: Atom
    stop: Atom
    step: Atom
    element: Element
    is_range: bool = False
    counted: bool = False
    length: Callable[[], Atom] | None = None
    sites: tuple[Sites, ...] = ()


@dataclass(frozen=True, slots=True)
class Positions:
    """A sequence: its length, and the element at a position."""

    length: Callable[[], Atom]
    element: Element
    sites: tuple[Sites, ...] = ()


def of_range(lift: Lifter, value: Range) -> Positions:
    def length() -> Atom:
        if number_of(value.start) == 0 and number_of(value.step) == 1:
            return value.stop
        return lift.apply("len", (lift.materialise(value),))

    def element(k: Atom, target: Any) -> Val:
        if number_of(value.step) != 1:
            k = lift.apply("operator.mul", (k, value.step))
        return plus(lift, k, value.start, name_of(target))

    return Positions(length, element)


def number_of(atom: Atom) -> int:
    """The value of a literal integer; a number that is none of those asked for else."""
    if isinstance(atom, Const) and isinstance(atom.value, int):
        return atom.value
    return -(10**9)


def plus(lift: Lifter, a: Atom, b: Atom | int, name: str = "") -> Atom:
    """`a + b`, where both may be literals."""
    b = Const(b) if isinstance(b, int) else b
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Const) and isinstance(one.value, int):
            if isinstance(other, Const) and isinstance(other.value, int):
                return Const(one.value + other.value)
            if one.value == 0:
                return other
            if one.value < 0:
                return lift.apply("operator.sub", (other, Const(-one.value)), (), name)
    return lift.apply("operator.add", (a, b), (), name)


def name_of(target: Any) -> str:
    return str(target.id) if type(target).__name__ == "Name" else ""


def part_of(target: Any, position: int) -> Any:
    """The target of one element of a tuple, if there is one."""
    if type(target).__name__ not in ("Tuple", "List"):
        return None
    if any(type(part).__name__ == "Starred" for part in target.elts):
        return None
    return target.elts[position] if position < len(target.elts) else None
