"""Gradients by central differences over nested arguments: an oracle that knows no dpc.

Two steps, h and h / 2, are combined by Richardson's extrapolation, so that the error is
of order h**4; what the extrapolation changed tells how far the result can be trusted.
One-sided differences at the same points tell kinks and jumps from smooth functions.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests import trees

Scalar = Callable[..., Any]
STEP = 2e-4


@dataclass(frozen=True)
class Estimate:
    """A gradient, and how it was come by."""

    gradient: Any
    """Structured like the differentiated argument, `None` for what is not floating."""
    error: float
    """The largest change made by extrapolating, relative to max(1, |derivative|)."""
    jump: float
    """The largest disagreement of one-sided slopes in the limit, relative likewise."""

    @property
    def smooth(self) -> bool:
        return self.error < 1e-4 and self.jump < 1e-4


def gradient(
    function: Scalar,
    args: tuple[Any, ...],
    wrt: Any = 0,
    kwargs: dict[str, Any] | None = None,
    step: float = STEP,
    names: tuple[str, ...] = (),
) -> Estimate:
    """The gradient of the scalar `function(*args, **kwargs)`, on copies of all of them.

    `wrt` holds positions in `args` or names in `kwargs`; names of positional
    parameters are looked up in `names`, or else in the signature. A tuple of them gives
    a tuple of gradients.
    """
    names = names or tuple(inspect.signature(function).parameters)
    arguments = _Arguments(args, dict(kwargs or {}), names)
    worst = _Worst()
    chosen = wrt if isinstance(wrt, tuple) else (wrt,)
    parts = tuple(_partial(function, arguments, key, step, worst) for key in chosen)
    value = parts if isinstance(wrt, tuple) else parts[0]
    return Estimate(value, worst.error, worst.jump)


@dataclass(frozen=True)
class _Arguments:
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    names: tuple[str, ...]

    def place(self, key: int | str) -> int | str:
        if isinstance(key, str) and key not in self.kwargs:
            return self.names.index(key)
        return key

    def value(self, place: int | str) -> Any:
        return self.args[place] if isinstance(place, int) else self.kwargs[place]

    def call(self, function: Scalar, place: int | str, value: Any) -> float:
        args = [
            value if i == place else trees.copied(a) for i, a in enumerate(self.args)
        ]
        kwargs = {
            name: value if name == place else trees.copied(kept)
            for name, kept in self.kwargs.items()
        }
        result = function(*args, **kwargs)
        assert np.ndim(result) == 0, f"a scalar was expected, not {result!r}"
        return float(result)


@dataclass
class _Worst:
    error: float = 0.0
    jump: float = 0.0


def _partial(
    function: Scalar, arguments: _Arguments, key: int | str, step: float, worst: _Worst
) -> Any:
    place = arguments.place(key)
    argument = arguments.value(place)

    def derivative(path: trees.Path, leaf: Any) -> Any:
        if not trees.is_floating(leaf):
            return None
        found = np.zeros(np.shape(leaf))
        for index in np.ndindex(found.shape):

            def moved(shift: float, index: tuple[int, ...] = index) -> float:
                value = _shifted(argument, path, index, shift)
                return arguments.call(function, place, value)

            size = max(1.0, abs(float(np.asarray(leaf)[index])))
            found[index] = _slope(moved, step * size, worst)
        return _like(found, leaf)

    return trees.map_leaves(argument, derivative)


def _like(found: np.ndarray, leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return found.astype(leaf.dtype)
    return type(leaf)(found)


def _shifted(tree: Any, path: trees.Path, index: tuple[int, ...], shift: float) -> Any:
    def change(at: trees.Path, leaf: Any) -> Any:
        if at != path:
            return leaf
        if not isinstance(leaf, np.ndarray):
            return type(leaf)(leaf + shift)
        leaf[index] += shift
        return leaf

    return trees.map_leaves(trees.copied(tree), change)


def _slope(moved: Callable[[float], float], step: float, worst: _Worst) -> float:
    middle = moved(0.0)
    coarse_right, coarse_left = _one_sided(moved, middle, step)
    fine_right, fine_left = _one_sided(moved, middle, step / 2)
    coarse, fine = (coarse_right + coarse_left) / 2, (fine_right + fine_left) / 2
    slope = (4 * fine - coarse) / 3
    size = max(1.0, abs(slope))
    # For smooth functions the disagreement of the sides halves with the step.
    jump = 2 * (fine_right - fine_left) - (coarse_right - coarse_left)
    worst.error = _larger(worst.error, abs(slope - fine) / size)
    worst.jump = _larger(worst.jump, abs(jump) / size)
    return slope


def _larger(worst: float, new: float) -> float:
    """The larger of the two, where nan counts as the largest."""
    return new if not new <= worst else worst


def _one_sided(
    moved: Callable[[float], float], middle: float, step: float
) -> tuple[float, float]:
    return (moved(step) - middle) / step, (middle - moved(-step)) / step


def assert_close(actual: Any, expected: Any, rtol: float = 1e-6) -> None:
    """Two gradients agree, each leaf relative to its own largest element (or one)."""
    pairs = zip(trees.leaves(actual), trees.leaves(expected), strict=True)
    for (path, left), (_, right) in pairs:
        if right is None:
            assert left is None, f"{trees.name_of(path)}: {left!r} in place of None"
            continue
        scale = max(1.0, float(np.max(np.abs(right), initial=0.0)))
        np.testing.assert_allclose(
            left, right, rtol=rtol, atol=rtol * scale, err_msg=trees.name_of(path)
        )
