"""Arguments that are given beforehand; the arrays and the classes in arguments."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np


class Bound:
    """A derivative of which some arguments are given: of a method, of a partial."""

    def __init__(
        self, derivative: Any, *args: Any, kwargs: Mapping[str, Any] | None = None
    ) -> None:
        self.__wrapped__ = derivative
        self.args = args
        self.kwargs = dict(kwargs or {})

    @property
    def given(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments that are given beforehand, by position and by name."""
        return self.args, self.kwargs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*self.args, *args, **{**self.kwargs, **kwargs})

    def specialize(self, *args: Any, **kwargs: Any) -> Any:
        """The variant for arguments like these."""
        given = {**self.kwargs, **kwargs}
        return self.__wrapped__.specialize(*self.args, *args, **given)

    @property
    def generic(self) -> Bound:
        """The variant that serves any arguments."""
        return Bound(self.__wrapped__.generic, *self.args, kwargs=self.kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)


def unpacked(
    signature: inspect.Signature, args: tuple[Any, ...]
) -> tuple[list[Any], dict[str, Any]]:
    """Arguments by parameter as a call takes them: by position, and by name."""
    plain: list[Any] = []
    named: dict[str, Any] = {}
    for (name, parameter), value in zip(
        signature.parameters.items(), args, strict=True
    ):
        match parameter.kind:
            case inspect.Parameter.VAR_POSITIONAL:
                plain += value
            case inspect.Parameter.KEYWORD_ONLY:
                named[name] = value
            case inspect.Parameter.VAR_KEYWORD:
                named |= value
            case _:
                plain.append(value)
    return plain, named


def arrays_in(value: Any) -> list[np.ndarray[Any, Any]]:
    """The arrays in an argument, each as often as it occurs."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in arrays_in(item)]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in arrays_in(item)]
    if hasattr(value, "__dataclass_fields__"):
        return [leaf for item in vars(value).values() for leaf in arrays_in(item)]
    return []


# Whose methods of a name mean what NumPy's or Python's do, but for those of _OTHERS.
_KNOWN = frozenset({"builtins", "numpy", "cupy", "scipy"})
_OTHERS = np.matrix | np.ma.MaskedArray


def classes_in(value: Any, seen: frozenset[int] = frozenset()) -> Iterator[type]:
    """The classes of users' objects in an argument, each as often as it occurs."""
    cls = type(value)
    inner: Iterable[Any] = ()
    known = cls.__module__.partition(".")[0] in _KNOWN
    if not known or isinstance(value, _OTHERS):
        yield cls
        inner = getattr(value, "__dict__", {}).values()
    if isinstance(value, list | tuple):
        inner = value
    elif isinstance(value, dict):
        inner = value.values()
    if id(value) not in seen:
        for item in inner:
            yield from classes_in(item, seen | {id(value)})
