"""Worlds that part and meet: copies of all that names reach, and their mean.

A branch runs in a copy of its world, so that it sees only what it writes itself. What
two branches leave is merged object by object: an object and its copies have one name,
a number, and meet in one object again; views meet as views of the merged array.
"""

import ast
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

World = dict[str, Any]
Memo = dict[Any, Any]


class NoMeanError(Exception):
    """Two values of different structure."""


@dataclass(frozen=True)
class Truth:
    """What a test says: exactly, and by weight."""

    holds: bool
    p: float
    q: float


@dataclass
class Weights:
    """How much two sides count, and which of them the exact program takes."""

    a: float
    b: float
    takes_a: bool | None = None


def is_object(value: object) -> bool:
    """An instance of a class of the program."""
    plain = hasattr(value, "__dict__") and not callable(value)
    return plain and not isinstance(value, ast.AST | ModuleType)


def owner(array: np.ndarray) -> np.ndarray:
    """The array whose memory a view shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def layout(array: np.ndarray) -> tuple[Any, ...]:
    """Where a view lies in the memory of its owner."""
    start = array.__array_interface__["data"][0]
    base = owner(array).__array_interface__["data"][0]
    return start - base, array.shape, array.strides, array.dtype


def view(array: np.ndarray, where: tuple[Any, ...]) -> np.ndarray:
    """What lies there in another owner."""
    start, shape, strides, dtype = where
    if where == layout(array):
        return array
    return np.ndarray(shape, dtype, array, start, strides)


@dataclass
class Memory:
    """The names of objects."""

    names: dict[int, tuple[int, object]] = field(default_factory=dict)

    def name(self, thing: object) -> int:
        # The object is kept, so that no other one gets its address.
        return self.names.setdefault(id(thing), (len(self.names), thing))[0]

    def is_same(self, a: object, b: object) -> bool:
        return self.name(a) == self.name(b)

    # Copies

    def copy(self, value: Any, memo: Memo) -> Any:
        """A value in a world of its own; `memo` holds what is already there."""
        return self._mapped(value, memo, self._twin)

    def _twin(self, value: Any) -> Any:
        """An object of the same name, whose parts are to follow."""
        if isinstance(value, np.ndarray):
            new = value.copy()
        else:
            new = object.__new__(type(value)) if is_object(value) else type(value)()
        self.names[id(new)] = (self.name(value), new)
        return new

    def settle(self, value: Any, old: dict[int, Any], memo: Memo) -> Any:
        """Write what has become of the objects of a world into these objects."""
        return self._mapped(value, memo, lambda new: old.get(self.name(new), new))

    def _mapped(self, value: Any, memo: Memo, make: Callable[[Any], Any]) -> Any:
        if isinstance(value, tuple):
            parts = [self._mapped(part, memo, make) for part in value]
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        if isinstance(value, np.ndarray):
            held = owner(value)
            if id(held) not in memo:
                new = make(held)
                if new is not held:
                    new[...] = held
                memo[id(held)] = new, held
            return view(memo[id(held)][0], layout(value))
        if not isinstance(value, list | dict) and not is_object(value):
            return value
        if id(value) not in memo:
            new = make(value)
            memo[id(value)] = new, value
            inside = vars(value) if is_object(value) else value
            if isinstance(inside, dict):
                parts = {k: self._mapped(v, memo, make) for k, v in inside.items()}
                target = vars(new) if is_object(value) else new
                target.clear()
                target.update(parts)
            else:
                new[:] = [self._mapped(part, memo, make) for part in inside]
        return memo[id(value)][0]

    def reached(self, value: Any, found: dict[int, Any]) -> dict[int, Any]:
        """All objects in a value, by name."""
        if isinstance(value, np.ndarray):
            value = owner(value)
        elif not isinstance(value, list | dict | tuple) and not is_object(value):
            return found
        if self.name(value) not in found:
            found[self.name(value)] = value
            for part in parts_of(value):
                self.reached(part, found)
        return found

    # Means

    def mean(self, a: Any, b: Any, by: Weights, memo: Memo) -> Any:
        """What two sides leave in one place."""
        if isinstance(a, Truth | bool) and isinstance(b, Truth | bool):
            return _truths(a, b, by)
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            return self._arrays(a, b, by, memo)
        if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
            parts = [self.mean(*pair, by, memo) for pair in zip(a, b, strict=True)]
            return type(a)(*parts) if hasattr(a, "_fields") else tuple(parts)
        if type(a) is type(b) and (isinstance(a, list | dict) or is_object(a)):
            return self._objects(a, b, by, memo)
        if is_number(a) and is_number(b):
            return blended(a, b, by)
        if a is b or (type(a) is type(b) and not is_number(a) and a == b):
            return a
        raise NoMeanError(f"{a!r} and {b!r}")

    def _arrays(self, a: np.ndarray, b: np.ndarray, by: Weights, memo: Memo) -> Any:
        first, second = owner(a), owner(b)
        if not self.is_same(first, second) or layout(a) != layout(b):
            return self._met(a, b, memo, lambda: blended(a, b, by))

        def whole() -> np.ndarray:
            new = np.asarray(blended(first, second, by))
            self.names[id(new)] = (self.name(first), new)
            return new

        return view(self._met(first, second, memo, whole), layout(a))

    def _met(self, a: object, b: object, memo: Memo, make: Callable[[], object]) -> Any:
        key = self.name(a), self.name(b)
        if key not in memo:
            memo[key] = make()
        return memo[key]

    def _objects(self, a: Any, b: Any, by: Weights, memo: Memo) -> Any:
        key = self.name(a), self.name(b)
        if key in memo:
            return memo[key]
        new = memo[key] = object.__new__(type(a)) if is_object(a) else type(a)()
        if self.is_same(a, b):
            self.names[id(new)] = (self.name(a), new)
        if isinstance(a, list):
            if len(a) != len(b):
                raise NoMeanError(f"lists of {len(a)} and {len(b)}")
            new += [self.mean(*pair, by, memo) for pair in zip(a, b, strict=True)]
            return new
        first, second = (vars(a), vars(b)) if is_object(a) else (a, b)
        if first.keys() != second.keys():
            raise NoMeanError(f"{sorted(first)} and {sorted(second)}")
        target = vars(new) if is_object(a) else new
        target.update({k: self.mean(first[k], second[k], by, memo) for k in first})
        return new

    def meet(self, a: World, b: World, by: Weights) -> World:
        """The mean of two worlds; a name that one of them leaves unbound is unbound."""
        memo: Memo = {}
        return {k: self.mean(a[k], b[k], by, memo) for k in a if k in b}


def is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number | np.ndarray | np.bool_)


def parts_of(value: Any) -> Iterable[Any]:
    if isinstance(value, np.ndarray):
        return ()
    if is_object(value):
        return vars(value).values()
    return value.values() if isinstance(value, dict) else value


def blended(a: Any, b: Any, by: Weights) -> Any:
    """`p * a + q * b`; equal values stay, and what is not finite on the side that the
    exact program does not take counts for nothing."""
    if by.takes_a is False:
        return blended(b, a, Weights(by.b, by.a, True))
    if np.ndim(a) or np.ndim(b):
        with np.errstate(all="ignore"):
            mixed = by.a * np.asarray(a) + by.b * np.asarray(b)
        kept = np.equal(a, b)
        if by.takes_a is not None:
            kept = kept | ~np.isfinite(b)
        return np.where(kept, a, mixed)
    if a == b or (by.takes_a is not None and not math.isfinite(b)):
        return a
    return by.a * a + by.b * b


def _truths(a: Truth | bool, b: Truth | bool, by: Weights) -> Truth | bool:
    if a is b:
        return a
    first, second = certain(a), certain(b)
    takes_a = by.a > by.b if by.takes_a is None else by.takes_a
    return Truth(
        first.holds if takes_a else second.holds,
        by.a * first.p + by.b * second.p,
        by.a * first.q + by.b * second.q,
    )


def certain(value: Any) -> Truth:
    """A truth value as a test without doubt."""
    if isinstance(value, Truth):
        return value
    holds = bool(value)
    return Truth(holds, float(holds), float(not holds))
