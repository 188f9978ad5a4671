"""Batches of arguments, and what a function does to each of their rows."""

import copy
import inspect
import warnings
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any

import numpy as np

SCALES = (1.0, 0.93, 1.06)


def is_leaf(x: Any) -> bool:
    return isinstance(x, float | np.floating) or (
        isinstance(x, np.ndarray) and x.dtype.kind == "f"
    )


def mapped(f: Callable[..., Any], *trees: Any) -> Any:
    """`f` of the floating leaves of trees of one structure; the rest is the first's."""
    x = trees[0]
    if is_leaf(x):
        return f(*trees)
    if isinstance(x, tuple):
        parts = [mapped(f, *items) for items in zip(*trees, strict=True)]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    if isinstance(x, list):
        return [mapped(f, *items) for items in zip(*trees, strict=True)]
    if isinstance(x, dict):
        return {k: mapped(f, *(t[k] for t in trees)) for k in x}
    if is_dataclass(x) and not isinstance(x, type):
        made = copy.copy(x)
        for name in vars(x):
            inner = mapped(f, *(getattr(t, name) for t in trees))
            object.__setattr__(made, name, inner)
        return made
    return x


def axes_of(x: Any) -> Any:
    """The axes of a batch made of `x`: 0 for its floating leaves."""
    if is_leaf(x):
        return 0
    if isinstance(x, tuple):
        parts = [axes_of(item) for item in x]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    if isinstance(x, list):
        return [axes_of(item) for item in x]
    if isinstance(x, dict):
        return {k: axes_of(v) for k, v in x.items()}
    if is_dataclass(x) and not isinstance(x, type):
        made = copy.copy(x)
        for name, value in vars(x).items():
            object.__setattr__(made, name, axes_of(value))
        return made
    return None


def rows_of(x: Any) -> list[Any]:
    """Several arguments like `x`."""
    return [mapped(lambda leaf, s=s: _scaled(leaf, s), x) for s in SCALES]


def _scaled(leaf: Any, scale: float) -> Any:
    out = leaf * np.asarray(scale, getattr(leaf, "dtype", float))
    return np.float64(out) if isinstance(leaf, float) else out.astype(leaf.dtype)


def stacked(rows: list[Any]) -> Any:
    """One batch of several arguments or results."""
    return mapped(lambda *leaves: np.stack([np.asarray(x) for x in leaves]), *rows)


def each(function: Callable[..., Any], rows: list[tuple[Any, ...]]) -> list[Any]:
    """What the function does to each row, in order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [function(*args) for args in rows]


def names_of(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)
