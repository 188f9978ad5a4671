"""Assignments that take place at once, in an order that Python can carry out."""

from __future__ import annotations

from collections.abc import Sequence, Set


def in_sequence(copies: Sequence[tuple[str, Set[str]]]) -> list[list[int]]:
    """Positions of `copies`, each of a target and the variables its source reads.

    A variable is read before it is assigned: one copy comes after the other, or those
    that read one another come as one tuple assignment.

    before              after
    a = b; b = a        a, b = b, a
    a = b; b = c        a = b, then b = c
    """
    waiting = list(range(len(copies)))
    found: list[list[int]] = []
    while waiting:
        free = _free(copies, waiting)
        if free is None:
            found.append(waiting)
            break
        found.append([free])
        waiting.remove(free)
    return found


def _free(copies: Sequence[tuple[str, Set[str]]], waiting: list[int]) -> int | None:
    """The first copy whose target no other waiting copy reads."""
    for place in waiting:
        target = copies[place][0]
        if not any(target in copies[p][1] for p in waiting if p != place):
            return place
    return None
