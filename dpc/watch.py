"""What a compiled program rests on, looked at before every call.

A global, a closure variable or an attribute of a class is nearly always the same
object; only when it is another one does it matter what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import BuiltinMethodType

from dpc.frontend.data import fact_of, sizes_of
from dpc.frontend.resolve import standing
from dpc.ir.program import Dependency


class _Place:
    """A variable, and what was there when it was last found to hold.

    An array may be given another shape where it stands.
    """

    __slots__ = ("dependency", "holder", "last", "name", "shape")

    def __init__(self, dependency: Dependency) -> None:
        self.dependency = dependency
        self.holder = dependency.holder
        self.name = dependency.path[-1]
        now = standing(self.holder, self.name)
        self.last: object = now if _holds(dependency, now) else self
        self.shape = getattr(now, "shape", None)


class Watch:
    """The variables that a program was compiled for, as they were last seen."""

    __slots__ = ("places",)

    def __init__(self, dependencies: Iterable[Dependency]) -> None:
        self.places = [_Place(dependency) for dependency in dependencies]

    def holds(self) -> bool:
        """The variables still are what the program was compiled for."""
        for place in self.places:
            now = standing(place.holder, place.name)
            shape = getattr(now, "shape", None)
            if now is not place.last or shape != place.shape:
                if not _holds(place.dependency, now):
                    return False
                # Any thread may write this, since any value that held is right.
                place.last, place.shape = now, shape
        return True


def _holds(dependency: Dependency, now: object) -> bool:
    if dependency.fact is not None:
        same = dependency.sizes is None or sizes_of(now) == dependency.sizes
        return same and fact_of(now) == dependency.fact
    if isinstance(now, BuiltinMethodType):
        # `np.add.at` is another object each time that it is looked up.
        return now == dependency.identity
    return now is dependency.identity


def data_sizes(dependencies: Iterable[Dependency]) -> tuple[int, ...]:
    """The sizes and whole numbers of the data that a program rests on, as it is now."""
    return tuple(
        size
        for dependency in dependencies
        if dependency.fact is not None
        for size in sizes_of(standing(dependency.holder, dependency.path[-1]))
    )
