"""Comparing a gradient with central differences, for users and for the tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any

import numpy as np

from dpc.api import grad
from dpc.bound import Bound
from dpc.derived import Derived
from dpc.runtime.containers import each_part, keys_of, part_at
from dpc.runtime.trees import is_array
from dpc.runtime.twins import twin, twin_array
from dpc.variant import Variant
from dpc.wrt import Wrt

Function = Callable[..., Any]
Path = tuple[Any, ...]


def check_grad(
    f: Function,
    *args: Any,
    wrt: Wrt = 0,
    kwargs: Mapping[str, Any] | None = None,
    rtol: float = 1e-5,
    step: float | None = None,
    **options: Any,
) -> float:
    """The largest relative error of a gradient, compared with central differences.

    f: a function, or what `grad` or `value_and_grad` made of one, whose own `wrt` and
      options then hold. It is called with copies of `args` and `kwargs`, and draws from
      NumPy's global random numbers as if each call were the first.
    step: of the differences, for elements above 1 times their square root; by default
      the cube root of the precision of each leaf.
    options: those of `grad`.

    The error of an element is relative to its derivative; to a hundredth of the largest
    in its array, if that is larger; or to what differences can tell from rounding and
    curvature to within `rtol`, if that is larger still. Raises AssertionError, which
    names the worst element, where an error is above `rtol`, and whatever `grad` and `f`
    raise.
    """
    derivative: Any = f if _is_compiled(f) else grad(f, wrt=wrt, **options)
    if isinstance(derivative, Bound):
        args = (*derivative.args, *args)
        kwargs = {**derivative.kwargs, **(kwargs or {})}
        derivative = derivative.__wrapped__
    variant = isinstance(derivative, Variant)
    owner: Derived = derivative.owner if variant else derivative
    program = _Program(owner, args, dict(kwargs or {}))
    found = program.call(derivative)
    if owner.request.mode == "value_and_grad":
        found = found[1]
    gradients = (found,) if owner.chosen.single else found
    worst = _Worst()
    for name, gradient in zip(owner.chosen.names, gradients, strict=True):
        for path, leaf, leaf_bar in _leaves(program.arguments[name], gradient):
            _compare(program, (name, *path), leaf, leaf_bar, step, rtol, worst)
    if not worst.error <= rtol:
        name = f"the gradient of {owner.reading.qualname}"
        raise AssertionError(f"{name} is wrong: {worst.text}")
    return worst.error


def _is_compiled(f: object) -> bool:
    return isinstance(f, Derived | Bound | Variant)


@dataclass
class _Worst:
    error: float = 0.0
    text: str = ""


@dataclass
class _Program:
    """The primal at one point: calls are on copies and draw the same random numbers."""

    owner: Derived
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    arguments: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.bound = self.owner.signature.bind(*self.args, **self.kwargs)
        self.bound.apply_defaults()
        self.arguments = dict(self.bound.arguments)
        self.random = np.random.get_state()

    def call(self, function: Function, moved: Mapping[str, Any] | None = None) -> Any:
        """The result of a function of the primal's arguments, some of them replaced."""
        given = twin({**self.arguments, **(moved or {})})
        self.bound.arguments.update(given)
        np.random.set_state(self.random)
        return function(*self.bound.args, **self.bound.kwargs)

    def value(self, path: Path, leaf: Any) -> float:
        """The value of the primal with another leaf at `path`."""
        name, *inner = path
        moved = {name: _replaced(self.arguments[name], tuple(inner), leaf)}
        value = self.call(self.owner.differentiated, moved)
        return float(value[0] if self.owner.request.has_aux else value)


def _compare(
    program: _Program,
    path: Path,
    leaf: Any,
    leaf_bar: Any,
    step: float | None,
    rtol: float,
    worst: _Worst,
) -> None:
    """Compare the derivative in every element of one leaf."""
    dtype = leaf.dtype if hasattr(leaf, "dtype") else np.dtype(type(leaf))
    epsilon = float(np.finfo(dtype).eps)
    rows = []
    # Of a complex number both parts are moved: its gradient is `d/dx - 1j * d/dy`.
    units = (1.0, 1j) if dtype.kind == "c" else (1.0,)
    places = [(index, unit) for index in np.ndindex(np.shape(leaf)) for unit in units]
    for index, unit in places:
        # Far from zero numbers lie less densely; functions vary as they do near it.
        scale = math.sqrt(max(1.0, abs(_element(leaf, index))))
        size = scale * (step or math.cbrt(epsilon))
        above = _moved(leaf, index, size * unit)
        below = _moved(leaf, index, -size * unit)
        values = program.value(path, above), program.value(path, below)
        # What the leaf's precision made of the step, not the step.
        width = abs(_element(above, index) - _element(below, index))
        slope = (values[0] - values[1]) / width
        blur = max(8 * epsilon * max(map(abs, values)) / width, width * width)
        rows.append(
            (index, float((_element(leaf_bar, index) * unit).real), slope, blur)
        )
    largest = max((abs(slope) for _, _, slope, _ in rows), default=0.0)
    for index, derivative, slope, blur in rows:
        scale = max(abs(slope), largest / 100, blur / rtol)
        error = 0.0 if derivative == slope else abs(derivative - slope) / scale
        if not error <= worst.error and not math.isnan(worst.error):
            worst.error = error
            worst.text = (
                f"at {_place(program, path, index)} dpc gives {derivative:.10g}, "
                f"central differences {slope:.10g}, a relative error of {error:.2g}"
            )


def _element(leaf: Any, index: tuple[int, ...]) -> complex:
    found = leaf[index] if index else leaf
    return complex(found) if np.iscomplexobj(found) else float(found)


def _moved(leaf: Any, index: tuple[int, ...], shift: complex) -> Any:
    """The leaf with one element shifted."""
    if not is_array(leaf):
        return type(leaf)(leaf + shift)
    moved = twin_array(leaf)
    moved[index] += shift
    return moved


def _leaves(tree: Any, tree_bar: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Paths, values and gradients of the floating leaves."""
    if tree_bar is None:
        return
    if isinstance(tree, list | tuple | dict) or is_dataclass(tree):
        for key in keys_of(tree):
            parts = part_at(tree, key), part_at(tree_bar, key)
            for path, leaf, leaf_bar in _leaves(*parts):
                yield (key, *path), leaf, leaf_bar
    else:
        yield (), tree, tree_bar


def _replaced(tree: Any, path: Path, leaf: Any) -> Any:
    """The tree with another leaf at `path`; containers on the way there are new."""
    if not path:
        return leaf
    first, *rest = path

    def other(key: Any, item: Any) -> Any:
        return _replaced(item, tuple(rest), leaf) if key == first else item

    return each_part(tree, other, None)


def _place(program: _Program, path: Path, index: tuple[int, ...]) -> str:
    """How Python writes the place of an element: `params["w"][2, 3]`."""
    text, tree = str(path[0]), program.arguments[path[0]]
    for key in path[1:]:
        if isinstance(tree, tuple) and hasattr(tree, "_fields"):
            text += f".{tree._fields[key]}"
        elif isinstance(tree, list | tuple | dict):
            text += f'["{key}"]' if isinstance(key, str) else f"[{key!r}]"
        else:
            text += f".{key}"
        tree = part_at(tree, key)
    return text + (f"[{', '.join(map(str, index))}]" if index else "")
