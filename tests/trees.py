"""The nested arguments of API.md, walked by the tests on their own account.

A tree is a list, tuple, dict, NamedTuple or dataclass of trees; all else is a leaf.
Nothing here imports dpc: what the tests believe about structure is written down twice.
"""

import copy
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

Path = tuple[Any, ...]
# Their copies are themselves.
ATOMS = (float, int, bool, str, type(None))


def is_floating(leaf: Any) -> bool:
    """Whether a leaf carries a derivative: a float or an array or scalar of floats."""
    if isinstance(leaf, np.ndarray | np.generic):
        return bool(np.issubdtype(leaf.dtype, np.floating))
    return isinstance(leaf, float)


def is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def items(tree: Any) -> list[tuple[Any, Any]] | None:
    """Keys and children of a container, `None` for a leaf."""
    if isinstance(tree, np.ndarray | float):  # Most.
        return None
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, list | tuple):
        return list(enumerate(tree))
    if is_record(tree):
        names = [field.name for field in dataclasses.fields(tree)]
        return [(name, getattr(tree, name)) for name in names if hasattr(tree, name)]
    return None


def rebuild(tree: Any, children: dict[Any, Any]) -> Any:
    """A container of the same type over other children, no initialiser called."""
    if isinstance(tree, tuple):
        values = tuple(children.values())
        return type(tree)._make(values) if hasattr(tree, "_make") else values
    if isinstance(tree, list):
        return list(children.values())
    if isinstance(tree, dict):
        twin = copy.copy(tree)
        twin.update(children)
        return twin
    record = copy.copy(tree)
    for name, child in children.items():
        object.__setattr__(record, name, child)
    return record


def map_leaves(tree: Any, change: Callable[[Path, Any], Any], path: Path = ()) -> Any:
    children = items(tree)
    if children is None:
        return change(path, tree)
    return rebuild(
        tree, {key: map_leaves(c, change, (*path, key)) for key, c in children}
    )


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Paths and values of all leaves, in order."""
    children = items(tree)
    if children is None:
        yield path, tree
        return
    for key, child in children:
        yield from leaves(child, (*path, key))


def copied(tree: Any) -> Any:
    """A copy that shares no memory, leaf by leaf: tied leaves come out separate."""
    return map_leaves(tree, lambda _, leaf: _copied_leaf(leaf))


def _copied_leaf(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return _copied_array(leaf)
    return leaf if type(leaf) in ATOMS else copy.deepcopy(leaf)


def _copied_array(array: np.ndarray) -> np.ndarray:
    """A copy with the strides of the original: what is a view of it depends on them."""
    if type(array) is np.ndarray and array.flags.c_contiguous:
        plain = array.copy()
        if plain.strides == array.strides:
            return plain
    low, high = byte_bounds(array)
    memory = np.zeros(high - low, np.uint8)
    start = array.__array_interface__["data"][0] - low
    twin = np.ndarray(array.shape, array.dtype, memory, start, array.strides)
    twin[...] = array
    return twin


def as_dtype(tree: Any, dtype: type[np.floating]) -> Any:
    """The tree with its floating arrays in another precision; Python floats stay."""

    def convert(_: Path, leaf: Any) -> Any:
        is_array = isinstance(leaf, np.ndarray | np.generic) and is_floating(leaf)
        return leaf.astype(dtype) if is_array else leaf

    return map_leaves(tree, convert)


def name_of(path: Path) -> str:
    return "".join(f"[{key!r}]" for key in path) or "the whole"


def assert_same(actual: Any, expected: Any, ulps: int = 0) -> None:
    """Equal in structure, types, dtypes, shapes and values (up to units last place)."""
    _assert_like(actual, expected, ())
    for (path, left), (_, right) in zip(leaves(actual), leaves(expected), strict=True):
        if isinstance(right, np.ndarray | np.generic | float):
            equal = np.array_equal(left, right, equal_nan=is_floating(right))
            if not equal and ulps and is_floating(right):
                gap = np.abs(np.subtract(left, right))
                equal = bool(np.all(gap <= ulps * np.spacing(np.abs(right))))
            assert equal, f"{name_of(path)}: {left!r} is not {right!r}"
        elif isinstance(right, int | str | bytes | type(None)):
            assert left == right, f"{name_of(path)}: {left!r} is not {right!r}"


def assert_is_gradient_of(gradient: Any, argument: Any) -> None:
    """The structure, shapes and dtypes that API.md promises for a gradient."""
    template = map_leaves(argument, lambda _, x: x if is_floating(x) else None)
    _assert_like(gradient, template, ())


def _assert_like(actual: Any, expected: Any, path: Path) -> None:
    where = name_of(path)
    same_type = type(actual) is type(expected)
    assert same_type, f"{where}: a {type(actual)} in place of a {type(expected)}"
    children = items(expected)
    if children is None:
        if isinstance(expected, np.ndarray):
            assert actual.shape == expected.shape, f"{where}: shape {actual.shape}"
            assert actual.dtype == expected.dtype, f"{where}: dtype {actual.dtype}"
        return
    found = dict(items(actual) or [])
    assert list(found) == [key for key, _ in children], f"{where}: keys {list(found)}"
    for key, child in children:
        _assert_like(found[key], child, (*path, key))
