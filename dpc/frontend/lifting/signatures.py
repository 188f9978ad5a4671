"""Where NumPy's functions take `out` by position: it is given by name from there on."""

from __future__ import annotations

import inspect
from functools import cache

import numpy as np

from dpc.ir.live import live
from dpc.ir.nodes import Atom


@cache
def positions(key: str) -> tuple[str, ...]:
    """The names of what a function takes by position, as far as it has an `out`."""
    try:
        function = live(key)
    except (LookupError, ImportError):
        return ()
    if isinstance(function, np.ufunc):
        one = function.nout == 1
        return (*(f"x{k + 1}" for k in range(function.nin)), *("out",) * one)
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    names = tuple(
        p.name
        for p in parameters
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    )
    return names if "out" in names else ()


def named(
    key: str, args: list[Atom], kwargs: dict[str, Atom]
) -> tuple[list[Atom], dict[str, Atom]]:
    """The arguments of a call with `out`, and all behind it, given by name."""
    names = positions(key)
    if "out" not in names or len(args) <= names.index("out") or len(args) > len(names):
        return args, kwargs
    place = names.index("out")
    return args[:place], dict(zip(names[place:], args[place:], strict=False)) | kwargs
