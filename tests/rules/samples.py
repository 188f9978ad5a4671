"""The calls that a rule is tested on, from the domain that it declares."""

import os
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from dpc.rules.domains import Call, call, draw
from dpc.rules.ruleset import Rule

ALL = os.environ.get("DPC_TEST_ALL") == "1"

FEW = ((), (3,), (2, 3), (0, 2))
MANY = (*FEW, (1,), (2, 1, 3), (4,), (0,), (1, 3), (3, 3), (2, 2, 2))

# Functions of Python's that arrays do not go through.
SCALAR = {"and", "or", "float", "complex"}


def generator(*key: Any) -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


# So many calls of one rule are enough for the short run.
ENOUGH = 6


def suited(rule: Rule, key: str) -> Iterator[Call]:
    """The calls of the suite: all of them, or some of each of four shapes that suit."""
    found = list(_suited(rule, key))
    if ALL or len(found) <= ENOUGH:
        return iter(found)
    return iter([found[k * len(found) // ENOUGH] for k in range(ENOUGH)])


def _suited(rule: Rule, key: str) -> Iterator[Call]:
    left = len(MANY) if ALL else len(FEW)
    for shape in MANY:
        found = list(samples(rule, key, shape))
        left -= bool(found)
        yield from found
        if not left:
            return


def samples(rule: Rule, key: str, shape: tuple[int, ...]) -> Iterator[Call]:
    """Calls of the primal with operands of about this shape."""
    rng = generator(key, shape)
    if rule.otherwise is not None:
        yield from samples(rule.otherwise, key, shape)
    if callable(rule.domain):
        for one in rule.domain(rng, shape):
            if not key.startswith("math.") or not any(map(is_array, one.args)):
                yield one
    elif rule.domain is not None:
        yield from elementwise(rule, key, rng, shape)


def elementwise(
    rule: Rule, key: str, rng: np.random.Generator, shape: tuple[int, ...]
) -> Iterator[Call]:
    """Operands in all pairs of shapes that broadcast together."""
    intervals = intervals_of(rule)
    python = key.startswith("math.") or key in SCALAR
    if python or (not shape and not key.startswith(("np.", "scipy."))):
        if not shape:
            yield call(*(scalar(rng, interval) for interval in intervals))
        return
    for shapes in broadcasts(shape, len(intervals)):
        operands = drawn(rng, shapes, intervals)
        while not apart(operands):
            operands = drawn(rng, shapes, intervals)
        yield call(*operands)


def drawn(
    rng: np.random.Generator, shapes: tuple[Any, ...], intervals: tuple[Any, ...]
) -> list[Any]:
    pairs = zip(shapes, intervals, strict=True)
    return [operand(rng, shape, interval) for shape, interval in pairs]


def apart(operands: list[Any]) -> bool:
    """Elements that meet keep off each other and off zero, where there are kinks."""
    for i, x in enumerate(operands):
        for y in (0.0, *operands[:i]):
            if np.any(np.abs(np.subtract(x, y)) < 0.02):
                return False
    return True


def is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray)


def intervals_of(rule: Rule) -> tuple[Any, ...]:
    """One interval an operand; None stands for an integer."""
    given = rule.domain
    assert isinstance(given, tuple)
    if given and isinstance(given[0], int | float):
        return (given,) * max(rule.positional, 1)
    return given


def broadcasts(shape: tuple[int, ...], count: int) -> Iterator[tuple[Any, ...]]:
    """Shapes of operands; None for a Python number."""
    yield (shape,) * count
    if count == 1:
        if not shape:
            yield (None,)
        return
    ones = (1,) * len(shape)
    others = [None, (), ones, shape[1:], (*shape[:-1], 1), (1, *shape)]
    for other in dict.fromkeys(others):
        if other != shape and (shape or other):
            yield (shape, *(other,) * (count - 1))
            yield (*(other,) * (count - 1), shape)


def operand(rng: np.random.Generator, shape: Any, interval: Any) -> Any:
    if shape is None:
        return scalar(rng, interval)
    if interval is None:
        return rng.integers(1, 4, shape)
    return np.asarray(draw(rng, shape, interval))


def scalar(rng: np.random.Generator, interval: Any) -> Any:
    """A Python number."""
    if interval is None:
        return int(rng.integers(1, 4))
    return float(rng.uniform(*interval))
