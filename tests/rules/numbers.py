"""Numbers, arrays and nested lists of them as one vector space, and slopes in it."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

STEP = 1e-3


def is_floating(x: Any) -> bool:
    """Whether a leaf carries a derivative."""
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "fc"
    return isinstance(x, float | complex)


def has_floating(x: Any) -> bool:
    """Whether a value has a leaf that carries a derivative."""
    if isinstance(x, list | tuple):
        return any(map(has_floating, x))
    return is_floating(x)


def mapped(change: Callable[[Any], Any], x: Any) -> Any:
    """A nested list or tuple with its leaves changed."""
    if isinstance(x, list | tuple):
        items = [mapped(change, item) for item in x]
        return type(x)(items) if type(x) in (list, tuple) else tuple(items)
    return change(x)


def shapes(x: Any) -> Any:
    """The shapes of the leaves."""
    return [shapes(item) for item in x] if isinstance(x, list | tuple) else np.shape(x)


def inner(a: Any, b: Any) -> float:
    """The sum of the products of corresponding elements, its real part if complex."""
    if isinstance(b, list | tuple):
        assert len(a) == len(b), f"{len(a)} parts for {len(b)}"
        return sum(inner(x, y) for x, y in zip(a, b, strict=True))
    if not is_floating(b):
        return 0.0
    return float(np.sum(np.real(np.asarray(a) * np.asarray(b))))


def drawn_like(rng: np.random.Generator, x: Any) -> Any:
    """Random numbers in the place of all floating leaves, zeros elsewhere."""

    def draw(leaf: Any) -> Any:
        if not is_floating(leaf):
            return np.zeros(np.shape(leaf))[()]
        found = rng.uniform(0.5, 1.5, np.shape(leaf)) * rng.choice(
            (-1, 1), np.shape(leaf)
        )
        if np.iscomplexobj(leaf):
            found = found + 1j * rng.uniform(-1, 1, np.shape(leaf))
        if isinstance(leaf, np.ndarray | np.generic):
            return np.asarray(found).astype(leaf.dtype)[()]
        return complex(found) if isinstance(leaf, complex) else float(found)

    return mapped(draw, x)


def places(x: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """The path to every floating leaf and an index of every element in it."""
    if isinstance(x, list | tuple):
        for i, item in enumerate(x):
            yield from places(item, (*path, i))
    elif is_floating(x):
        for index in np.ndindex(np.shape(x)):
            yield path, index


def moved(x: Any, path: tuple[int, ...], index: tuple[int, ...], step: float) -> Any:
    """A copy of `x` with one element moved."""
    if path:
        items = list(x)
        items[path[0]] = moved(items[path[0]], path[1:], index, step)
        return type(x)(items)
    if not isinstance(x, np.ndarray):
        return type(x)(x + step)
    out = x.copy()
    out[index] += step
    return out


def at(x: Any, path: tuple[int, ...], index: tuple[int, ...]) -> Any:
    """One element."""
    for place in path:
        x = x[place]
    return np.asarray(x)[index] if np.shape(x) else x


def slopes(f: Callable[[Any], float], x: Any) -> Iterator[tuple[Any, Any, Any]]:
    """The derivative of `f` in every element of `x`, by differences of fourth order.

    That of a complex element is `a - b * 1j` for slopes `a` and `b` in its two parts.
    """
    for path, index in places(x):
        is_complex = np.iscomplexobj(at(x, path, index))

        def slope(unit: Any, path: Any = path, index: Any = index) -> float:
            def value(step: float) -> float:
                return f(moved(x, path, index, step * unit))

            near = (value(STEP) - value(-STEP)) / (2 * STEP)
            far = (value(2 * STEP) - value(-2 * STEP)) / (4 * STEP)
            return (4 * near - far) / 3

        yield path, index, slope(1) - 1j * slope(1j) if is_complex else slope(1)
