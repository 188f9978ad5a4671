"""Symbols for sizes: what is the same size, or a multiple of another, has one symbol.

Since a symbol is never one, ranks and ones decide most broadcasting; which sizes are
equal matters beyond it, and which are multiples of others where arrays are cut into
parts, as a gate `z[:, :units]` is of 3 * units columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from dpc.ir.facts import Dim, Shape

Shapes = Sequence[tuple[int, ...]]
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

    def number(self, value: int) -> Dim:
        """What is known of an integer that may be a size: its symbol, if it has one."""
        base, _ = self.multiples.get(value, (value, 1))
        return self.dim(value) if base in self.names else value

    def shape(self, shape: Iterable[int]) -> Shape:
        """What is known of the sizes of an array."""
        return tuple([self.dim(size) for size in shape])


def multiples(
    shapes: Shapes, earlier: Sequence[Shapes] = (), fixed: Sequence[int] = ()
) -> Multiples:
    """The sizes that are small multiples of others, in these shapes and all earlier.

    fixed: sizes that are the same in every call, which may be large multiples.

    A size that is a multiple of several is one of the largest of them. What did not
    hold in earlier calls with the same key is an accident of this one.
    """
    flat = list(chain(*shapes))
    # What an earlier call does not tell of, data outside, was the same.
    others = [[*now, *flat[len(now) :]] for now in (list(chain(*o)) for o in earlier)]
    places: dict[int, list[int]] = {}
    for place, size in enumerate(flat):
        places.setdefault(size, []).append(place)
    found: dict[int, tuple[int, int]] = {}
    known = sorted(size for size in places if size > 1)
    for size in known:
        for part in reversed([s for s in known if s < size]):
            if size > MOST * part and not {size, part} <= {*fixed}:
                continue
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


class Sizes(NamedTuple):
    """The sizes of a call, of data outside the function, and of earlier calls."""

    shapes: Shapes
    data: tuple[int, ...] = ()
    earlier: Sequence[Shapes] = ()

    def ways(self) -> Iterator[tuple[Multiples, tuple[int, ...]]]:
        """What more can be known of them: multiples, and with those of the data too."""
        if known := multiples(self.shapes, self.earlier):
            yield known, ()
        if self.data:
            shapes = (*self.shapes, self.data)
            yield multiples(shapes, self.earlier, fixed=self.data), self.data
