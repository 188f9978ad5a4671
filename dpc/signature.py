"""What a call's arguments prove, and the key under which its variant is found.

Three things are read off the same walk over the arguments, in the same order:

key     structure, types, ranks and dtypes: arguments with one key have the same facts
        but for their sizes
shapes  the sizes of all arrays, flat
facts   what the compiler is told; a size is 1, or a symbol that stands for a size
        that is not 1, the same symbol wherever the same size occurred

Which other sizes a variant serves is told by its guard: see `dpc.guard`.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.plain import names_of
from dpc.ir.symbols import Shapes, Symbols
from dpc.runtime.trees import fields_of, is_array

# A list or dict longer than this is described by one fact for all its elements, without
# sizes, and its length is not part of the key.
LONG = 16

Key = tuple[Any, ...]
Path = tuple[Any, ...]  # the containers around a value, and in _ONCE their types
_ONCE: Path = ("once",)


def signature_key(args: Iterable[Any]) -> Key:
    """The key of a call, by structure, types, ranks and dtypes, never by sizes."""
    return signature(args)[0]


def signature(args: Iterable[Any], once: bool = False) -> tuple[Key, Shapes]:
    """Key and shapes of a call's arguments.

    once: an object within another of its type adds nothing, whatever it is. So a
      function that calls itself on the parts of a tree, of any shape, has few keys.
    """
    return _signature(args, _ONCE if once else ())


def _signature(args: Iterable[Any], path: Path) -> tuple[Key, Shapes]:
    key: list[Any] = []
    shapes: list[tuple[int, ...]] = []
    _walk(args, key, shapes, path)
    return tuple(key), tuple(shapes)


def _again(value: Any, path: Path) -> bool:
    """Nothing is to be said of an object within another of its type."""
    return path[:1] == _ONCE and type(value) in path


def _within(path: Path, value: Any) -> Path:
    """The path to what an object holds."""
    if path[:1] == _ONCE:
        return (*path, id(value), type(value))
    return (*path, id(value))


def _walk(values: Iterable[Any], key: list[Any], shapes: list[Any], path: Path) -> None:
    """Append what the values add to key and shapes; `path` holds containers around."""
    for value in values:
        kind = type(value)
        if kind is np.ndarray:
            # Written out: this loop is run at every call.
            key.append(value.dtype)
            key.append(value.ndim)
            shapes.append(value.shape)
        elif kind in LEAVES:
            key.append(kind)
        else:
            _reader(value)(value, key, shapes, path)


Reader = Callable[[Any, list[Any], list[Any], Path], None]


def _reader(value: Any) -> Reader:
    kind = type(value)
    found = READERS.get(kind)
    if found is None:
        found = READERS[kind] = _new_reader(value)
    return found


def _new_reader(value: Any) -> Reader:
    """How values of a type that is met for the first time are read."""
    cls = type(value)
    if is_array(value):
        return _read_array if dtype_of(value) else _read_leaf
    if isinstance(value, np.generic):
        return _read_leaf
    if issubclass(cls, tuple):
        return _read_tuple
    if issubclass(cls, list):
        return _read_list
    if issubclass(cls, dict):
        return _read_dict
    if issubclass(cls, type | types.ModuleType | types.FunctionType):
        return _read_itself
    if fields_of(value) is not None:
        return _read_object
    if is_sparse(value):
        return _read_array
    if callable(value):
        return _read_identity
    return _read_leaf


def _read_leaf(value: Any, key: list[Any], shapes: list[Any], path: Path) -> None:
    key.append(type(value))


def _read_array(value: Any, key: list[Any], shapes: list[Any], path: Path) -> None:
    key += (type(value), value.dtype, value.ndim)
    shapes.append(value.shape)


def _read_itself(value: Any, key: list[Any], shapes: list[Any], path: Path) -> None:
    key.append(value)


def _read_identity(value: Any, key: list[Any], shapes: list[Any], path: Path) -> None:
    # Bound methods and partials may not be hashable. Their facts keep them alive as
    # long as a variant has them, so that no other object can have the same id.
    key += (type(value), id(value))


def _read_tuple(value: Any, key: list[Any], shapes: list[Any], path: Path) -> None:
    key += (type(value), len(value))
    _walk(value, key, shapes, path)


def _read_list(value: Any, key: list[Any], shapes: list[Any], path: Path) -> None:
    if id(value) in path:
        key.append(path.index(id(value)))
    elif len(value) > LONG:
        _read_long(value, key, path)
    else:
        key += (type(value), len(value))
        _walk(value, key, shapes, (*path, id(value)))


def _read_dict(value: Any, key: list[Any], shapes: list[Any], path: Path) -> None:
    if id(value) in path:
        key.append(path.index(id(value)))
    elif not has_fields(value):
        _read_long(value, key, path)
    else:
        key += (type(value), tuple(value))
        _walk(value.values(), key, shapes, (*path, id(value)))


def has_fields(value: dict[Any, Any]) -> bool:
    """Whether a dict is described key by key."""
    return len(value) <= LONG and all(type(key) is str for key in value)


def _read_long(value: Any, key: list[Any], path: Path) -> None:
    """One part of the key for all elements, whatever their number and sizes."""
    inside = (*path, id(value))
    kinds = set()
    for item in value.values() if isinstance(value, dict) else value:
        part: list[Any] = []
        _walk((item,), part, [], inside)
        kinds.add(tuple(part))
    key += (type(value), frozenset(kinds))


def _read_object(value: Any, key: list[Any], shapes: list[Any], path: Path) -> None:
    if id(value) in path:
        key.append(path.index(id(value)))
        return
    if _again(value, path):
        key.append(_ONCE)
        return
    names = fields_of(value) or ()
    key += (type(value), tuple(names))
    parts = [getattr(value, name) for name in names]
    _walk(parts, key, shapes, _within(path, value))


LEAVES = frozenset(
    {float, int, bool, complex, str, bytes, type(None), range, slice, type(Ellipsis)}
    | {np.float64, np.float32, np.float16, np.int64, np.int32, np.bool_}
    | {np.complex128, np.complex64}
)
READERS: dict[type, Reader] = {
    tuple: _read_tuple,
    list: _read_list,
    dict: _read_dict,
    types.FunctionType: _read_itself,
}


def fact_of(value: Any, symbols: Symbols) -> Fact:
    """What is known of an argument before the call: never its sizes or its numbers."""
    return _fact(value, symbols, _ONCE if symbols.once else ())


def _fact(value: Any, symbols: Symbols, path: Path) -> Fact:
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain
    if is_array(value):
        shape = symbols.shape(value.shape)
        dtype = dtype_of(value)
        return F.array(dtype, shape) if dtype else Fact("object", value=type(value))
    if isinstance(value, np.generic) and dtype_of(value):
        return Fact("scalar", dtype_of(value), ())
    for cls, fact in _PLAIN.items():
        if isinstance(value, cls):
            return fact
    if id(value) in path:
        return F.ANY
    return _container(value, symbols, (*path, id(value)))


def _other_than(cls: type, value: Any) -> type | None:
    """The type of a value, unless it is exactly this."""
    return None if type(value) is cls else type(value)


def _container(value: Any, symbols: Symbols, path: Path) -> Fact:
    match value:
        case tuple() if named := names_of(type(value)):
            parts = zip(named, value, strict=True)
            fields = tuple([(name, _fact(v, symbols, path)) for name, v in parts])
            return Fact("object", fields=fields, value=type(value))
        case tuple():
            items = tuple([_fact(v, symbols, path) for v in value])
            return Fact("tuple", items=items, value=_other_than(tuple, value))
        case list() if len(value) <= LONG:
            return Fact("list", items=tuple([_fact(v, symbols, path) for v in value]))
        case list():
            return Fact("list", element=_common(value, path))
        case dict() if has_fields(value):
            pairs = value.items()
            fields = tuple([(name, _fact(v, symbols, path)) for name, v in pairs])
            return Fact("dict", fields=fields, value=_other_than(dict, value))
        case dict():
            return Fact("dict", element=_common(value.values(), path))
        case types.ModuleType():
            return Fact("module", value=value)
        case type() | types.FunctionType():
            return Fact("function", value=value)
    if _again(value, path):
        return F.ANY
    names = fields_of(value)
    if names is not None:
        path = _within(path, value)
        fields = tuple([(n, _fact(getattr(value, n), symbols, path)) for n in names])
        return Fact("object", fields=fields, value=type(value))
    if is_sparse(value):
        return Fact("sparse", dtype_of(value), symbols.shape(value.shape))
    if callable(value):
        return Fact("function", value=value)
    return Fact("object", value=type(value))


def _common(values: Iterable[Any], path: Path) -> Fact:
    """One fact for all elements, without sizes."""
    unsized = Symbols(sized=False)
    return reduce(F.join, (_fact(value, unsized, path) for value in values))


_PLAIN: dict[type, Fact] = {
    float: F.FLOAT,
    bool: F.BOOL,
    int: F.INT,
    complex: F.COMPLEX,
    str: F.STR,
    type(None): F.NONE,
    range: Fact("range"),
    slice: Fact("slice"),
}


def is_sparse(value: Any) -> bool:
    """Whether a value is a sparse matrix of SciPy or CuPy, neither of them imported."""
    module = type(value).__module__
    return module.startswith(("scipy.sparse", "cupyx.scipy.sparse"))


def dtype_of(value: Any) -> str:
    """Kind and size of an array's dtype, "" where it does not act as numbers do."""
    if isinstance(value, np.ndarray) and type(value) not in (np.ndarray, np.memmap):
        return ""
    dtype = value.dtype
    return f"{dtype.kind}{dtype.itemsize}" if dtype.kind in "biufcO" else ""
