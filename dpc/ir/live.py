"""The live function behind the key of a primitive, for running programs directly."""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

Live = Callable[..., Any]

# The first name of a dotted key where it is not the name of a module.
MODULES = {"np": "numpy", "dpc": "dpc.runtime"}


@cache
def live(key: str) -> Live:
    """The function that `key` names; `LookupError` if there is none."""
    if key in SYNTAX:
        return SYNTAX[key]
    head, _, name = key.partition(".")
    if head == "method":
        return _method(name)
    if not name:
        head, name = "builtins", key
    names = [*MODULES.get(head, head).split("."), *name.split(".")]
    found: Any = importlib.import_module(names[0])
    for place, part in enumerate(names[1:], start=2):
        if not hasattr(found, part) and isinstance(found, ModuleType):
            try:
                importlib.import_module(".".join(names[:place]))
            except ModuleNotFoundError as error:
                raise LookupError(f"no function behind {key!r}") from error
        found = getattr(found, part, None)
    if not callable(found):
        raise LookupError(f"no function behind {key!r}")
    return found  # type: ignore[no-any-return]


def _method(name: str) -> Live:
    def call(receiver: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(receiver, name)(*args, **kwargs)

    return call


def _dict(*entries: Any) -> dict[Any, Any]:
    return dict(zip(entries[::2], entries[1::2], strict=True))


def _call(callee: Live, *args: Any, **kwargs: Any) -> Any:
    return callee(*args, **kwargs)


def _new(cls: type, *args: Any, **fields: Any) -> Any:
    """An object without its initialiser run."""
    made = cls.__new__(cls, *args)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def _and(a: Any, b: Any) -> Any:
    return a and b


def _or(a: Any, b: Any) -> Any:
    return a or b


def _raise(error: Any, cause: Any = None) -> None:
    if cause is None:
        raise error
    raise error from cause


def _assert(test: Any, message: Any = None) -> None:
    if not test:
        raise AssertionError() if message is None else AssertionError(message)


def _fstring(*parts: Any) -> str:
    return "".join(format(part, "") for part in parts)


def _unpack(iterable: Iterable[Any], count: int) -> tuple[Any, ...]:
    items = tuple(iterable)
    if len(items) < count:
        raise ValueError(
            f"not enough values to unpack (expected {count}, got {len(items)})"
        )
    if len(items) > count:
        raise ValueError(f"too many values to unpack (expected {count})")
    return items


def _sequence(iterable: Iterable[Any], lasting: bool = False) -> Sequence[Any]:
    indexed = isinstance(iterable, list | tuple | range | str | np.ndarray)
    return iterable if indexed else list(iterable)  # type: ignore[return-value]


# Keys of syntax. Displays of containers have the plain names; their types as functions
# are `builtins.list` and so on.
SYNTAX: dict[str, Live] = {
    "getitem": operator.getitem,
    "getattr": getattr,
    "slice": slice,
    "tuple": lambda *items: items,
    "list": lambda *items: list(items),
    "dict": _dict,
    "and": _and,
    "or": _or,
    "call": _call,
    "new": _new,
    "raise": _raise,
    "assert": _assert,
    "fstring": _fstring,
    "unpack": _unpack,
    "sequence": _sequence,
}
