"""The array modules that generated code can run on."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

import numpy as np

from dpc.errors import ArgumentError, Diagnostic

BACKENDS = ("auto", "numpy", "cupy")


def array_module(backend: str, *args: object) -> ModuleType:
    """The module that `np` stands for in a call with these arguments.

    "auto" is CuPy where an argument, or a leaf of a nested one, is an array of CuPy's,
    else NumPy. ArgumentError where arrays of both are given, and ImportError where CuPy
    is asked for and not there.
    """
    if backend == "numpy":
        return np
    if backend == "cupy":
        try:
            import cupy
        except ImportError:
            raise ArgumentError(
                Diagnostic(
                    'backend="cupy" needs CuPy, which is not installed',
                    "",
                    None,
                    hint='install dpc[cuda], or write backend="auto"',
                )
            ) from None
        return cupy  # type: ignore[no-any-return]
    # Nobody can hold an array of CuPy's who has not imported it.
    cupy = sys.modules.get("cupy")
    if cupy is None:
        return np
    kinds = {isinstance(leaf, cupy.ndarray) for leaf in _arrays(args, cupy.ndarray)}
    if len(kinds) > 1:
        raise ArgumentError(
            Diagnostic(
                "arrays of NumPy and of CuPy cannot be mixed in one call",
                "",
                None,
                hint="move all of them to the device with cupy.asarray(x), or all of"
                " them\nto the host with cupy.asnumpy(x)",
            )
        )
    return cupy if True in kinds else np


def counterpart(module: str, arrays: ModuleType, whole: bool) -> ModuleType | None:
    """What stands for a module where code runs on `arrays`; None for the module itself.

    `import scipy.special` binds `scipy`; with `whole` it is bound to a name of its own.
    """
    if module == "numpy":
        return arrays
    if arrays.__name__ != "cupy" or module.partition(".")[0] != "scipy":
        return None
    found = importlib.import_module(f"cupyx.{module}")
    return found if whole else sys.modules["cupyx.scipy"]


def _arrays(value: object, other: type) -> Iterator[object]:
    match value:
        case tuple() | list():
            for item in value:
                yield from _arrays(item, other)
        case dict():
            for item in value.values():
                yield from _arrays(item, other)
        case np.ndarray():
            yield value
        case _ if isinstance(value, other):
            yield value
        case _ if hasattr(value, "__dataclass_fields__"):
            for field in value.__dataclass_fields__:
                yield from _arrays(getattr(value, field, None), other)
