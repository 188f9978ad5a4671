"""What a program of the corpus declares: its arguments and the rows it stands for."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from tests import differences, trees

ROWS = {
    "assignment": "name, nested, starred, chained, annotated, walrus",
    "store": "int, slice, step, negative, ellipsis, None, mask, integers, duplicates, "
    "container, view",
    "augmented": "scalar, array, subscript, attribute, operators",
    "test": "if, conditional, and or not, chained comparison, is, in",
    "for": "range, step, data-dependent, array, list, zip, enumerate, reversed, items, "
    "tuple target, zero trips, else",
    "while": "test, True, break, continue, else",
    "return": "early, multiple, missing, in loop",
    "operator": "arithmetic, power, matmul, floor and remainder, unary, bits",
    "call": "numpy, math, scipy.special, abs min max, sum len, float int, range round, "
    "zip map",
    "array": "method, T, shape, reshape, copy, astype, attribute",
    "function": "positional, keyword, default, *args, **kwargs, starred call, partial, "
    "recursion, mutates",
    "nested": "def, closure, lambda, passed",
    "container": "list, tuple, dict, index, append, extend, pop, comprehension, "
    "generator",
    "object": "method, dataclass, NamedTuple, field write, call, property",
    "global": "read, closure read, module constant, read when called",
    "effect": "assert, raise, print, f-string, docstring, string test, None test",
    "context": "errstate, other",
    "sparse": "matmul",
    "random": "draw",
}
"""The accepted rows of LANGUAGE.md: group, and the constructs that the row names."""

TAGS = {f"{group} {tag}" for group, tags in ROWS.items() for tag in tags.split(", ")}


@dataclass(frozen=True)
class Case:
    """A program of the corpus: a plain function at one point.

    `wrt` is as in `dpc.grad`. `float32` says whether the program also makes sense in
    single precision, and `before` runs ahead of each call: it seeds a global generator.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    rows: tuple[str, ...]
    wrt: Any = 0
    kwargs: tuple[tuple[str, Any], ...] = ()
    float32: bool = True
    before: Callable[[], object] | None = None

    @property
    def single(self) -> bool:
        """Whether single precision is another case at all: are there arrays?"""
        arrays = (np.ndarray, np.generic)
        leaves = [leaf for _, leaf in trees.leaves(self.arguments)]
        return self.float32 and any(isinstance(leaf, arrays) for leaf in leaves)

    @property
    def positions(self) -> tuple[int | str, ...]:
        return self.wrt if isinstance(self.wrt, tuple) else (self.wrt,)

    @property
    def name(self) -> str:
        module = self.function.__module__.rpartition(".")[2]
        return f"{module}-{self.function.__name__}"

    def args(self) -> tuple[Any, ...]:
        """Fresh arguments, the same each time."""
        return trees.copied(self.arguments)  # type: ignore[no-any-return]

    def keywords(self) -> dict[str, Any]:
        return trees.copied(dict(self.kwargs))  # type: ignore[no-any-return]

    def seeded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The program, or a derivative of it, with what runs ahead of each call."""
        if self.before is None:
            return function
        before = self.before

        def call(*args: Any, **kwargs: Any) -> Any:
            before()
            return function(*args, **kwargs)

        return call

    @cached_property
    def differences(self) -> differences.Estimate:
        """The gradient that the derivative is to have, from the program alone."""
        primal = self.seeded(self.function)
        names = tuple(inspect.signature(self.function).parameters)
        return differences.gradient(
            primal, self.args(), self.wrt, self.keywords(), names=names
        )

    def as_dtype(self, dtype: type[np.floating]) -> "Case":
        return replace(self, arguments=trees.as_dtype(self.arguments, dtype))


def case(
    function: Callable[..., Any],
    *arguments: Any,
    rows: str,
    wrt: Any = 0,
    kwargs: dict[str, Any] | None = None,
    float32: bool = True,
    before: Callable[[], object] | None = None,
) -> Case:
    """A case whose rows are tags of `ROWS`, separated by semicolons."""
    tags = tuple(tag.strip() for tag in rows.split(";"))
    unknown = set(tags) - TAGS
    if unknown:
        raise ValueError(f"{function.__name__}: no such rows: {sorted(unknown)}")
    named = tuple((kwargs or {}).items())
    return Case(function, arguments, tags, wrt, named, float32, before)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Standard normal numbers: generic points, away from ties."""
    return np.random.default_rng(seed).normal(size=shape)


def positive(*shape: int, seed: int = 0) -> np.ndarray:
    """Numbers between 0.5 and 2."""
    return np.random.default_rng(seed).uniform(0.5, 2.0, size=shape)
