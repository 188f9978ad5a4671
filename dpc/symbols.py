"""Symbols for the sizes that a call has, and which other sizes its variant serves.

Since a symbol is never one, ranks and ones decide most broadcasting; which sizes are
equal matters beyond it, and which are multiples of others where arrays are cut into
parts, as a gate `z[:, :units]` is of 3 * units columns.

A variant that was compiled for some arguments serves all others of the same key for
which its `Guard` holds: sizes that were one are one, those that were not are not, those
that were equal are equal, and those that were taken for multiples are. Sizes that were
different may be equal. So arguments with fewer equal sizes give one more variant, which
then serves both.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from dpc.ir.facts import Dim, Shape

Shapes = tuple[tuple[int, ...], ...]
# Of a size, the one that it is a multiple of, and how many times.
Multiples = Mapping[int, tuple[int, int]]
# What is cut into parts has few of them.
MOST = 8


class Symbols:
    """One symbol for each size that is met, `n0`, `n1`, ..., and 1 for one."""

    def __init__(
        self,
        prefix: str = "n",
        sized: bool = True,
        once: bool = False,
        multiples: Multiples | None = None,
    ) -> None:
        """`sized=False` is for values of which no size is to be known, `once` for
        objects that hold others of their type, of which nothing is to be known."""
        self.prefix = prefix
        self.sized = sized
        self.once = once
        self.multiples = multiples or {}
        self.names: dict[int, str] = {}

    def dim(self, size: int) -> Dim:
        """What is known of a size."""
        if not self.sized:
            return None
        if size == 1:
            return 1
        base, times = self.multiples.get(size, (size, 1))
        name = self.names.setdefault(base, f"{self.prefix}{len(self.names)}")
        return name if times == 1 else f"{times}*{name}"

    def shape(self, shape: Iterable[int]) -> Shape:
        """What is known of the sizes of an array."""
        return tuple([self.dim(size) for size in shape])


class Guard:
    """Tells which sizes a variant serves, among arguments with the same key.

    `arrays` is the array module that the variant is loaded for.
    """

    def __init__(
        self,
        shapes: Shapes,
        arrays: types.ModuleType = np,
        multiples: Multiples | None = None,
    ) -> None:
        self.arrays = arrays
        groups: dict[int, int] = {}
        self.pattern: list[tuple[int, int]] = []
        for size in chain(*shapes):
            base, times = (multiples or {}).get(size, (size, 1))
            group = -1 if size == 1 else groups.setdefault(base, len(groups))
            self.pattern.append((group, times))
        self.first = shapes
        # Calls repeat: the shapes that held last are compared as a whole. Any thread
        # may write this, since any shapes that held are right.
        self.last = shapes

    def admits(self, shapes: Shapes) -> bool:
        """Whether the variant serves arguments of these shapes."""
        if shapes == self.last:
            return True
        sizes: dict[int, int] = {}
        for size, (group, times) in zip(chain(*shapes), self.pattern, strict=True):
            if group < 0 or size == 1:
                if size != 1 or group >= 0:
                    return False
                continue
            base, rest = divmod(size, times) if times > 1 else (size, 0)
            if rest or sizes.setdefault(group, base) != base:
                return False
        self.last = shapes
        return True


def multiples(shapes: Shapes, earlier: Sequence[Shapes] = ()) -> Multiples:
    """The sizes that are small multiples of others, in these shapes and all earlier.

    A size that is a multiple of several is one of the largest of them. What did not
    hold in earlier calls with the same key is an accident of this one.
    """
    flat = list(chain(*shapes))
    others = [list(chain(*old)) for old in earlier]
    places: dict[int, list[int]] = {}
    for place, size in enumerate(flat):
        places.setdefault(size, []).append(place)
    found: dict[int, tuple[int, int]] = {}
    known = sorted(size for size in places if size > 1)
    for size in known:
        for part in reversed([s for s in known if s < size <= MOST * s]):
            base, times = found.get(part, (part, 1))
            times *= size // part
            whole = size % part == 0 and all(
                old[place] == times * old[places[base][0]]
                for old in others
                for place in places[size]
            )
            if whole:
                found[size] = base, times
                break
    return found
