"""Where the numeric tests of the rules draw their operands from.

An elementwise rule names an interval an operand, or one for all of them. Any other rule
gives a function of a generator and a shape; it returns calls to test,
`call(x, axis=0)`, or none where the shape does not suit it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

Interval = tuple[float, float]
Shape = tuple[int, ...]

REAL: Interval = (-2.0, 2.0)
POSITIVE: Interval = (0.4, 2.5)
UNIT: Interval = (-0.9, 0.9)
PROBABILITY: Interval = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Call:
    """Operands of one call of the primal."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)


def call(*args: Any, **kwargs: Any) -> Call:
    """One call to test."""
    return Call(args, kwargs)


def draw(rng: np.random.Generator, shape: Shape, interval: Interval) -> Any:
    """An array of this shape, no two elements closer than the tests' steps."""
    low, high = interval
    count = int(np.prod(shape))
    # Well apart from each other and off round numbers, where kinks tend to be.
    steps = rng.permutation(count) + rng.uniform(0.3, 0.7, count)
    return (low + (high - low) * steps / max(count, 1)).reshape(shape)


def choices(rank: int) -> Iterator[Any]:
    """Values of `axis` for an array of this rank."""
    yield None
    for axis in range(rank):
        yield axis
        yield axis - rank
    for count in range(2, rank + 1):
        yield from combinations(range(rank), count)


def reduced(
    interval: Interval = REAL, *, least: int = 0, **more: Any
) -> Callable[[np.random.Generator, Shape], list[Call]]:
    """Calls of a reduction along every axis, with and without `keepdims`.

    `least`: how many elements it must at least have to take together.
    """

    def domain(rng: np.random.Generator, shape: Shape) -> list[Call]:
        calls = []
        for axis in choices(len(shape)):
            x = draw(rng, shape, interval)
            if np.sum(np.ones(shape), axis=axis).min(initial=np.inf) < least:
                continue
            calls.append(call(x, axis=axis, **more))
            calls.append(call(x, axis=axis, keepdims=True, **more))
        return calls

    return domain


def along(
    interval: Interval = REAL, **more: Any
) -> Callable[[np.random.Generator, Shape], list[Call]]:
    """Calls of a function that works along one axis and keeps the others."""

    def domain(rng: np.random.Generator, shape: Shape) -> list[Call]:
        axes = [axis for axis in choices(len(shape)) if isinstance(axis, int)]
        return [call(draw(rng, shape, interval), axis=axis, **more) for axis in axes]

    return domain
