"""The key of a live function in the library: the dotted path users know it by."""

from __future__ import annotations

import builtins
import math
import operator
import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

_MODULES: tuple[tuple[str, ModuleType], ...] = (
    ("np", np),
    ("np.linalg", np.linalg),
    ("np.fft", np.fft),
    ("np.random", np.random),
    ("np.lib.stride_tricks", np.lib.stride_tricks),
    ("math", math),
    ("operator", operator),
    ("", builtins),
)
# Modules that dpc does without: looked at once somebody has imported them.
_OPTIONAL = ("scipy.special", "scipy.linalg")
# Ufuncs go by the name they give themselves (`np.pow` is `np.power`), except for these.
_SHORT = {"absolute": "abs", "conjugate": "conj"}


def _table() -> dict[int, str]:
    found: dict[int, str] = {}
    for prefix, module in _MODULES:
        # Not dir: it names modules that NumPy imports when they are first looked at.
        for name, value in sorted(vars(module).items()):
            if name.startswith("_") or not callable(value):
                continue
            if isinstance(value, np.ufunc):
                name = _SHORT.get(value.__name__, value.__name__)
            elif isinstance(value, type) and issubclass(value, np.generic):
                name = value.__name__
            found.setdefault(id(value), f"{prefix}.{name}" if prefix else name)
    # Where NumPy holds a function under two names, the one that rules are listed under.
    for name in ("max", "min", "round", "concatenate", "transpose"):
        found[id(getattr(np, name))] = f"np.{name}"
    return found


@cache
def _names_in(module: str) -> dict[int, str]:
    """The functions of a module that has been imported, by identity."""
    values = vars(sys.modules[module]).items()
    return {id(v): f"{module}.{k}" for k, v in values if callable(v) and k[0] != "_"}


PATHS = _table()


def path_of(function: Callable[..., Any]) -> str:
    """The key of a function: `np.sin`, `math.sin`, `len`, `scipy.special.expit`.

    A function of another module has the path of the module that defines it and its
    name; "" for what has no name.
    """
    found = PATHS.get(id(function))
    if found is not None:
        return found
    for optional in _OPTIONAL:
        if optional in sys.modules and id(function) in _names_in(optional):
            return _names_in(optional)[id(function)]
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", getattr(function, "__name__", None))
    return "" if module is None or name is None else f"{module}.{name}"
