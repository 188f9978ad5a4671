"""What a grid takes on each of its axes, and gives at its places."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from dpc.frontend.lifting.positions import Positions, name_of, of_range, part_of
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Grid, Range, Tuple, Val
from dpc.ir.nodes import Atom


def taken(lift: Lifter, grid: Grid, axis: int, place: Val, target: Any) -> Val:
    """What a grid takes at a place of one axis."""
    pool = grid.pools[axis] if grid.pools else None
    if pool is None:
        return place
    name = name_of(part_of(target, axis))
    return lift.apply("getitem", (pool, lift.materialise(place)), name=name)


def at_place(lift: Lifter, grid: Grid, parts: Sequence[Val], target: Any) -> Val:
    """What a grid gives, of what it takes on each axis."""
    place = Tuple(tuple(parts))
    if grid.of is None:
        return place
    name = name_of(part_of(target, 1))
    item = lift.apply("getitem", (grid.of, lift.materialise(place)), name=name)
    return Tuple((place, item))


def of_grid(lift: Lifter, grid: Grid, ranges: Sequence[Range]) -> Positions:
    """The places by their number: the last axis goes round first."""
    axes = [of_range(lift, axis) for axis in ranges]
    counts = [axis.length() for axis in axes]

    def length() -> Atom:
        return functools.reduce(lambda a, b: lift.apply("operator.mul", (a, b)), counts)

    def element(k: Atom, target: Any) -> Val:
        turns = [k]
        for count in counts[:0:-1]:
            turns[:1] = [
                lift.apply("operator.floordiv", (turns[0], count)),
                lift.apply("operator.mod", (turns[0], count)),
            ]
        places = [axis.element(k, None) for axis, k in zip(axes, turns, strict=True)]
        parts = [taken(lift, grid, i, place, target) for i, place in enumerate(places)]
        return at_place(lift, grid, parts, target)

    return Positions(length, element)


def places_of(lift: Lifter, of: Atom) -> Atom:
    """A list of the places of an array whose number of axes is not known."""
    shape = lift.apply("np.shape", (of,))
    return lift.apply("builtins.list", (lift.apply("np.ndindex", (shape,)),))


def of_places(lift: Lifter, of: Atom, places: Positions) -> Positions:
    """These, with the elements."""

    def element(k: Atom, target: Any) -> Val:
        place = places.element(k, part_of(target, 0))
        item = lift.apply("getitem", (of, lift.materialise(place)))
        return Tuple((place, item))

    return Positions(places.length, element)
