"""The key of a live function in the library: the dotted path users know it by."""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

_MODULES: tuple[tuple[str, ModuleType], ...] = (
    ("np", np),
    ("np.linalg", np.linalg),
    ("np.fft", np.fft),
    ("np.random", np.random),
    ("math", math),
    ("operator", operator),
    ("", builtins),
)


def _table() -> dict[int, str]:
    found: dict[int, str] = {}
    for prefix, module in _MODULES:
        for name in dir(module):
            if name.startswith("_"):
                continue
            value = getattr(module, name)
            if callable(value):
                found.setdefault(id(value), f"{prefix}.{name}" if prefix else name)
    # Where NumPy holds a function under two names, the one that rules are listed under.
    for name in ("abs", "max", "min", "round", "conj", "concatenate", "transpose"):
        found[id(getattr(np, name))] = f"np.{name}"
    return found


PATHS = _table()


def path_of(function: Callable[..., Any]) -> str:
    """The key of a function: `np.sin`, `math.sin`, `len`, `scipy.special.expit`.

    A function of another module has the path of the module that defines it and its name;
    "" for what has no name.
    """
    found = PATHS.get(id(function))
    if found is not None:
        return found
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", getattr(function, "__name__", None))
    return "" if module is None or name is None else f"{module}.{name}"
