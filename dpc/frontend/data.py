"""What is known of data outside the program: its kind, and its sizes if asked for.

An array of a module has its rank and dtype; a program that rests on its sizes too knows
them by symbols, and so whole numbers that are sizes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact, Shape
from dpc.ir.plain import names_of
from dpc.ir.symbols import Symbols


def fact_of(value: Any, symbols: Symbols | None = None) -> Fact:
    """What holds for data outside the program, as it is now.

    Its sizes are known by `symbols`, if at all, and so are numbers that are sizes.
    """
    match value:
        case bool():
            return F.BOOL
        case int() if symbols is not None and type(value) is int:
            size = symbols.number(value)
            return F.INT if size is None else replace(F.INT, value=size)
        case np.ndarray():
            return F.array(_dtype(value.dtype), _shape(value, symbols))
        case np.generic():
            return Fact("scalar", _dtype(value.dtype), ())
        case tuple() if type(value) is tuple:
            return Fact(
                "tuple", items=tuple([fact_of(item, symbols) for item in value])
            )
        case tuple() if names := names_of(type(value)):
            facts = [fact_of(item, symbols) for item in value]
            fields = tuple(zip(names, facts, strict=True))
            return Fact("object", fields=fields, value=type(value))
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain
    if type(value).__module__.startswith("scipy.sparse"):
        shape = None if symbols is None else _shape(value, symbols)
        return Fact("sparse", _dtype(value.dtype), shape)
    return Fact("object", value=type(value))


def _shape(value: Any, symbols: Symbols | None) -> Shape:
    return (None,) * value.ndim if symbols is None else symbols.shape(value.shape)


def sizes_of(value: Any) -> tuple[int, ...]:
    """The sizes of arrays in data outside the program, and its whole numbers."""
    match value:
        case bool():
            return ()
        case int():
            return (value,)
        case np.ndarray():
            return tuple(value.shape)
        case tuple():
            return tuple(size for item in value for size in sizes_of(item))
    if type(value).__module__.startswith("scipy.sparse"):
        return tuple(value.shape)
    return ()


_PLAIN = {
    int: F.INT,
    float: F.FLOAT,
    complex: F.COMPLEX,
    str: F.STR,
    type(None): F.NONE,
    list: Fact("list"),
    dict: Fact("dict"),
    slice: Fact("slice"),
    range: Fact("range"),
}


def _dtype(dtype: np.dtype[Any]) -> str:
    return f"{dtype.kind}{dtype.itemsize}" if dtype.kind in "biufc" else dtype.kind
