"""The states of random generators, so that what was drawn can be drawn again."""

from __future__ import annotations

import functools
import random
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

# What they hold is not looked into.
CLOSED = ("numpy", "scipy", "cupy", "dpc")


def generators_in(
    value: Any, depth: int = 8, seen: dict[int, Any] | None = None
) -> Iterator[Any]:
    """What holds the states of the random generators in a value and its parts.

    A function's parts are its closure variables and the globals that it names.
    """
    seen = {} if seen is None else seen
    if id(value) in seen:
        return
    seen[id(value)] = value
    if isinstance(value, np.random.Generator):
        yield value.bit_generator
    elif isinstance(value, np.random.RandomState):
        yield value._bit_generator
    elif depth:
        for part in parts_of(value):
            yield from generators_in(part, depth - 1, seen)


def parts_of(value: Any) -> list[Any]:
    """What a container, an object or a function of the user's refers to."""
    if isinstance(value, list | tuple):
        return [part for part in value if not isinstance(part, float | int | str)]
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, types.MethodType):
        return [value.__self__, value.__func__]
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, types.FunctionType) and not in_library(value.__module__):
        cells = [c.cell_contents for c in value.__closure__ or () if is_filled(c)]
        known = value.__globals__
        return cells + [known[n] for n in value.__code__.co_names if n in known]
    if isinstance(value, type | types.ModuleType | types.FunctionType):
        return []
    if hasattr(value, "primal"):  # What a compiler has made of a function.
        return [value.primal]
    if in_library(type(value).__module__) and type(value) is not types.SimpleNamespace:
        return []
    return list(getattr(value, "__dict__", {}).values())


def in_library(module: Any) -> bool:
    """Whether a module is one of a library or of Python itself."""
    root = str(module).partition(".")[0]
    return root in CLOSED or root in sys.stdlib_module_names - {"__main__"}


def is_filled(cell: Any) -> bool:
    """Whether a closure variable has been assigned."""
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def states_of(generators: list[Any]) -> Any:
    """The states of these generators and of the global ones."""
    drawn = [generator.state for generator in generators]
    return np.random.get_state(), random.getstate(), drawn


def put_states(generators: list[Any], states: Any) -> None:
    """Put the generators back into states that `states_of` has taken."""
    legacy, standard, drawn = states
    np.random.set_state(legacy)
    random.setstate(standard)
    for generator, state in zip(generators, drawn, strict=True):
        generator.state = state
