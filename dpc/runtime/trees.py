"""Adjoints of nested arguments: lists, tuples, dicts, NamedTuples, objects of leaves.

An adjoint under construction is a tree that can be written in place and that is read as
the program reads the argument: a list for a list or a tuple, a dict for a dict, a
namespace for an object, `Fields` for a NamedTuple, an array for an array, `0.0` for a
number, `None` for what carries no derivative. Only at the end does `gradient` make a
value of the argument's own type of it.
"""

from __future__ import annotations

import copy
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module, is_complex
from dpc.runtime.refused import RefusedError

# Their objects are leaves, whatever attributes they have.
LIBRARIES = ("numpy", "scipy", "cupy", "cupyx", "dpc")


class Fields(list):  # type: ignore[type-arg]
    """A list whose items also have names: the adjoint of a NamedTuple.

    `p_bar[0]` and `p_bar.x` are the same place, as they are in `p`.
    """

    __slots__ = ("names",)

    def __init__(self, names: Any, items: Any) -> None:
        super().__init__(items)
        object.__setattr__(self, "names", tuple(names))

    def __copy__(self) -> Fields:
        return Fields(self.names, self)

    def __getattr__(self, name: str) -> Any:
        if name not in self.names:
            raise AttributeError(name)
        return self[self.names.index(name)]

    def __setattr__(self, name: str, value: Any) -> None:
        self[self.names.index(name)] = value


def is_array(x: Any) -> bool:
    """Whether `x` is a dense array of any array module, and not a scalar of one."""
    if isinstance(x, np.ndarray):
        return True
    if isinstance(x, np.generic | list | tuple | dict | type | types.ModuleType):
        return False
    owner = type(x).__module__.partition(".")[0]
    arrayish = hasattr(x, "dtype") and hasattr(x, "shape")
    # The last is none of an array: an object may answer to any name.
    return arrayish and owner not in ("scipy", "cupyx") and not hasattr(x, "not_here")


def fields_of(x: Any) -> list[str] | None:
    """The names of the fields that `x` has as an object; `None` if it is none.

    Classes, and the objects of the types of Python itself (functions, modules, loggers)
    and of NumPy, are not objects in this sense.
    """
    if isinstance(x, type) or is_foreign(type(x)):
        return None
    names = list(getattr(x, "__dict__", ()))
    for cls in type(x).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(x, name):
                names.append(name)
    # A field of a dataclass may have its default on the class only.
    fields = getattr(type(x), "__dataclass_fields__", ())
    return names + [n for n in fields if n not in names and hasattr(x, n)]


def is_foreign(cls: type) -> bool:
    """The class is one of Python itself or of NumPy, whose objects have no fields."""
    owner = cls.__module__.partition(".")[0]
    foreign = owner in sys.stdlib_module_names or owner in LIBRARIES
    return foreign and not issubclass(cls, types.SimpleNamespace)


def zeros(x: Any, tied: Any = None) -> Any:
    """A zero adjoint for `x` that can be written in place.

    What occurs twice in `x` has two adjoints, unless `tied` is a dict: then containers
    and arrays that are the same object have one, which the dict keeps by their `id`.
    """
    return zeros_in(x, {} if tied is None else tied, tied is not None)


def zeros_in(x: Any, known: dict[int, Any], keep: bool) -> Any:
    """`zeros` inside the containers that `known` has the adjoints of."""
    if isinstance(x, float | int | complex | np.generic):
        return 0.0
    if x is None or isinstance(x, str):
        return None
    if id(x) in known:
        return known[id(x)]
    x_bar: Any = None
    if is_array(x):
        xp = array_module(x)
        x_bar = xp.zeros_like(x) if x.dtype.kind in "fcO" else xp.zeros(x.shape)
    elif isinstance(x, list | tuple):
        x_bar = Fields(x._fields, ()) if hasattr(x, "_fields") else []
        known[id(x)] = x_bar
        x_bar.extend([zeros_in(item, known, keep) for item in x])
    elif isinstance(x, dict):
        known[id(x)] = x_bar = {}
        for key, item in x.items():
            x_bar[key] = zeros_in(item, known, keep)
    elif hasattr(x, "tocsr"):
        x_bar = array_module(x.data).zeros_like(x.data)  # of a sparse matrix
    else:
        names = fields_of(x)
        if names is not None:
            known[id(x)] = x_bar = types.SimpleNamespace()
            for name in names:
                setattr(x_bar, name, zeros_in(getattr(x, name), known, keep))
    if keep:
        known[id(x)] = x_bar
    else:
        known.pop(id(x), None)
    return x_bar


def gradient(x_bar: Any, x: Any, fresh: bool = False) -> Any:
    """The finished gradient: `x_bar` with exactly the structure, shapes, dtypes of `x`.

    Leaves that are not floating give `None`. What `x_bar` lacks, or holds `None` or a
    smaller shape for, is filled up: with zeros, or by broadcasting. The result shares
    memory with nothing. `fresh` says that this holds for the arrays of `x_bar` already,
    so that they need not be copied.
    """
    return gradient_in(x_bar, x, fresh, {})


def gradient_in(x_bar: Any, x: Any, fresh: bool, known: dict[int, Any]) -> Any:
    """`gradient` inside the containers that `known` has the gradients of."""
    if isinstance(x, float | np.floating):
        return type(x)(leaf_part(x_bar))
    if isinstance(x, complex | np.complexfloating):
        return type(x)(0.0 if x_bar is None else x_bar)
    if is_array(x):
        return leaf_array(x_bar, x, fresh) if x.dtype.kind in "fc" else None
    if id(x) in known:
        return known[id(x)]
    sequences = isinstance(x, list | tuple) and isinstance(x_bar, list | tuple)
    if sequences and len(x) != len(x_bar):
        raise RefusedError("lists are joined or repeated, not added")
    if isinstance(x, tuple):
        names = getattr(x, "_fields", range(len(x)))
        parts = zip(x, range(len(x)), names, strict=True)
        return tuple.__new__(
            type(x),
            [gradient_in(part(x_bar, i, n), a, fresh, known) for a, i, n in parts],
        )
    keys: Any = ()
    made: Any = None
    if isinstance(x, list | dict):
        keys = list(x) if isinstance(x, dict) else range(len(x))
        made = copy.copy(x)
        for key in keys:
            known[id(x)] = made
            made[key] = gradient_in(part(x_bar, key, key), x[key], fresh, known)
    elif hasattr(type(x), "__dataclass_fields__"):
        known[id(x)] = made = object.__new__(type(x))
        for name in fields_of(x) or ():
            inner = gradient_in(part(x_bar, name, name), getattr(x, name), fresh, known)
            object.__setattr__(made, name, inner)
    known.pop(id(x), None)
    return made


def part(x_bar: Any, key: Any, name: Any) -> Any:
    """One part of an adjoint by its key or, in an object, its name; `None` for zero."""
    if isinstance(x_bar, dict):
        return x_bar.get(key)
    if isinstance(x_bar, list | tuple):
        return x_bar[key]
    if x_bar is None or isinstance(x_bar, float | int | np.generic):
        return None  # A zero that stands for the whole.
    return getattr(x_bar, name, None)


def leaf_part(x_bar: Any) -> Any:
    """The cotangent of a real leaf: 0.0 for none, the real part of a complex one."""
    if x_bar is None:
        return 0.0
    return x_bar.real if is_complex(x_bar) else x_bar


def leaf_array(x_bar: Any, x: Any, fresh: bool) -> Any:
    """The cotangent of an array as a writable array of its shape and dtype."""
    if (
        fresh
        and is_array(x_bar)
        and x_bar.shape == x.shape
        and x_bar.dtype == x.dtype
        and x_bar.flags.writeable
    ):
        return x_bar
    out = array_module(x).empty(x.shape, x.dtype)
    complex_one = x.dtype.kind == "c" and x_bar is not None
    out[...] = x_bar if complex_one else leaf_part(x_bar)
    return out


def copy_tree(x: Any) -> Any:
    """`x` with fresh arrays and containers; what is one object stays one object."""
    return copy_in(x, {})


def copy_in(
    x: Any, known: dict[int, Any], copied: Callable[[Any], Any] | None = None
) -> Any:
    """`copy_tree` where `known` has the copies that are made already, by `id`.

    copied: how an array is copied, if not row by row.
    """
    if isinstance(x, float | int | complex | str | np.generic | None):
        return x
    if id(x) in known:
        return known[id(x)]
    made: Any
    if is_array(x):
        made = x.copy() if copied is None else copied(x)
    elif isinstance(x, tuple):
        made = tuple.__new__(type(x), [copy_in(item, known, copied) for item in x])
    elif isinstance(x, list | dict):
        known[id(x)] = made = copy.copy(x)
        for key in x if isinstance(x, dict) else range(len(x)):
            made[key] = copy_in(x[key], known, copied)
    elif fields_of(x) is not None:
        known[id(x)] = made = copy.copy(x)
        for name in fields_of(x) or ():
            object.__setattr__(made, name, copy_in(getattr(x, name), known, copied))
    else:
        try:
            made = copy.deepcopy(x)  # A random generator, a sparse matrix, a function.
        except TypeError:
            made = x  # A module, a lock.
    known[id(x)] = made
    return made
