"""Arguments of a call: at which parameters they arrive, and which of them can vary."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dpc.ir.gradients import has_floating_leaf
from dpc.ir.symbols import Symbols
from dpc.runtime.trees import fields_of
from dpc.signature import LONG, fact_of, has_fields

# The parameter of an argument, and where in it if it takes any number of them.
Place = tuple[Any, ...]
_PLAIN = frozenset({float, complex, int, bool, str, type(None), range, slice})
_POSITIONAL = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


def places_of(
    signature: inspect.Signature, count: int, kwargs: Mapping[str, Any]
) -> list[Place]:
    """Where `count` positional arguments and the keywords arrive."""
    plain: list[Place] = []
    stars, named = "", ""
    for name, parameter in signature.parameters.items():
        if parameter.kind in _POSITIONAL:
            plain.append((name,))
        elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            stars = name
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            named = name
    packed: list[Place] = [(stars, i) for i in range(max(count - len(plain), 0))]
    known = signature.parameters.keys() - {stars, named}
    by_name: list[Place] = [(k,) if k in known else (named, k) for k in kwargs]
    return [*plain[:count], *packed, *by_name]


def placed(places: list[Place], bars: Mapping[str, Any]) -> tuple[Any, ...]:
    """The gradients of the parameters, one for each argument."""
    found = []
    for name, *key in places:
        bar = bars.get(name)
        found.append(bar[key[0]] if key and bar is not None else bar)
    return tuple(found)


def varies(value: Any, path: tuple[int, ...] = ()) -> bool:
    """Whether something in an argument can be differentiated.

    As its fact says it, for arguments of which no fact is needed. `path` are the
    containers that the value is in.
    """
    cls = type(value)
    if cls in _PLAIN:
        return cls is float or cls is complex
    if cls is np.ndarray:
        return value.dtype.kind in "fc"
    if id(value) in path:
        return True
    parts: Iterable[Any]
    if isinstance(value, list | tuple) and (cls is not list or len(value) <= LONG):
        parts = value
    elif cls is dict and has_fields(value):
        parts = value.values()
    elif hasattr(cls, "__dataclass_fields__"):
        parts = (getattr(value, name) for name in fields_of(value) or ())
    else:
        return has_floating_leaf(fact_of(value, Symbols()))
    inside = (*path, id(value))
    return any(varies(part, inside) for part in parts)
