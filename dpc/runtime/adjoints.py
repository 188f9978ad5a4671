"""Adding cotangents where it is not known before the run what they are.

An adjoint is a number, an array, or a tree (see `trees`). Numbers do not change; arrays
and trees of the function's own are added to in place.
"""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module, is_complex, unbroadcast
from dpc.runtime.attributes import refuse_computed
from dpc.runtime.lookups import add_rows
from dpc.runtime.refused import RefusedError, require_elements
from dpc.runtime.trees import copy_tree, is_array, zeros


class NotScalarError(TypeError):
    """A gradient was asked of a result that is not a real scalar."""


class NotPairError(TypeError):
    """A result with an auxiliary part was wanted, and is no pair."""


def require_bits(*values: Any) -> None:
    """Refuse dicts where `|` was taken for an operation on integers."""
    if any(isinstance(value, dict) for value in values):
        raise RefusedError("dicts are joined by `|`", "write {**a, **b}")


def require_pair(value: Any) -> None:
    """Refuse a result that is no tuple of two."""
    if not isinstance(value, tuple) or len(value) != 2:
        raise NotPairError(type(value).__name__)


def require_scalar(value: Any) -> None:
    """Refuse a result without a gradient.

    A real scalar is a Python float, a NumPy floating scalar or a 0-d floating array.
    """
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if isinstance(value, float) or (kind == "f" and value.shape == ()):
        return
    shape = getattr(value, "shape", ())
    name = type(value).__name__
    what = "None" if value is None else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
    if kind:
        what = f"an array of shape {shape}" if shape else f"a scalar of {value.dtype}"
    raise NotScalarError(what)


def require_real(x: Any, name: str) -> Any:
    """`x`, of which the derivative of `name` is known where it is real."""
    if is_complex(x):
        raise RefusedError(
            f"the derivative of {name} of complex numbers",
            "write it for the real and the imaginary part, or declare a rule",
        )
    return x


def accumulate(x_bar: Any, amount: Any) -> Any:
    """`x_bar + amount`, into the memory of `x_bar` if that can be written.

    Parts that are one object in both hold the amount already, and so do arrays that are
    one place in memory: views that were taken twice.
    """
    if x_bar is amount or amount is None:
        return x_bar
    if x_bar is None:
        return copy_tree(amount)
    if is_array(x_bar):
        if isinstance(amount, list | tuple):
            for i, part in enumerate(amount):
                x_bar[i] = x_bar[i] + part
            return x_bar
        return accumulate_array(x_bar, amount)
    if isinstance(x_bar, list | tuple):
        if len(x_bar) != len(amount):
            raise RefusedError("lists are joined or repeated, not added")
        sums = [accumulate(x, amount[i]) for i, x in enumerate(x_bar)]
        if isinstance(x_bar, tuple):
            return tuple.__new__(type(x_bar), sums)
        x_bar[:] = sums
    elif isinstance(x_bar, dict):
        for key, part in amount.items():
            x_bar[key] = accumulate(x_bar.get(key), part)
    elif hasattr(x_bar, "__dict__") and hasattr(amount, "__dict__"):
        for name, part in vars(amount).items():
            setattr(x_bar, name, accumulate(getattr(x_bar, name, None), part))
    elif isinstance(x_bar, types.SimpleNamespace):
        raise RefusedError("an object is calculated with as if it were a number")
    elif isinstance(amount, list | tuple | dict) or hasattr(amount, "__dict__"):
        return copy_tree(amount)  # to a zero that stands for the whole
    else:
        return x_bar + amount
    return x_bar


def accumulate_array(x_bar: Any, amount: Any) -> Any:
    """`x_bar += amount`, where elements of `x_bar` may be one place in memory."""
    if is_array(amount) and are_one(x_bar, amount):
        return x_bar
    if not x_bar.flags.writeable:
        return x_bar + amount
    if overlaps(x_bar):
        array_module(x_bar).add.at(x_bar, ..., amount)
    else:
        x_bar += amount
    return x_bar


def are_one(x: Any, y: Any) -> bool:
    """Two arrays are views of the same elements in the same order."""
    if x.shape != y.shape or x.strides != y.strides or x.dtype != y.dtype:
        return False
    return x is y or address(x) == address(y)


def address(x: Any) -> int:
    """Where the first element of an array lies, on the device that has it."""
    host = getattr(x, "__array_interface__", None)
    place: int = (host or x.__cuda_array_interface__)["data"][0]
    return place


def overlaps(x: Any) -> bool:
    """Whether elements share memory, as in the shadow of what was broadcast."""
    if x.flags.forc or not x.size:
        return False
    extent = 0
    for step, n in sorted((abs(s), n) for s, n in zip(x.strides, x.shape, strict=True)):
        if n > 1 and step < extent + x.itemsize:
            return True
        extent += step * (n - 1)
    return False


def added(x_bar: Any, amount: Any) -> Any:
    """`x_bar + amount` in memory of its own; both stay what they are."""
    if is_array(x_bar) and isinstance(amount, list | tuple):
        return accumulate(x_bar.copy(), amount)
    if is_array(x_bar) or isinstance(x_bar, float | int | complex | np.generic):
        plain = is_array(amount) or isinstance(amount, float | int | np.generic)
        if plain or isinstance(amount, complex):
            return x_bar + amount
    copy = copy_tree(x_bar)
    return accumulate(copy, copy_tree(amount) if amount is x_bar else amount)


def of_summand(g: Any, x: Any) -> Any:
    """The cotangent of `x`, given that of a sum of which it is a part."""
    if is_array(g) or isinstance(g, float | int | complex | np.generic):
        return unbroadcast(g, x)
    return g  # trees are added leaf by leaf


def assembled(items_bar: Any, whole: Any) -> Any:
    """The adjoint of `whole` from those of its elements, in the order of iteration."""
    if is_array(items_bar) or isinstance(whole, list | tuple):
        return items_bar
    if is_array(whole):
        if len(whole) != len(items_bar):
            raise RefusedError("lists are joined or repeated, not added")
        return accumulate(zeros(whole), items_bar)
    require_elements(whole)
    return None  # the keys of a dict, a string


def add_at(x_bar: Any, index: Any, amount: Any) -> None:
    """`x_bar[index] += amount`; an element that is named twice receives both."""
    if amount is None:
        return
    if isinstance(x_bar, list | dict):
        if isinstance(index, slice) and isinstance(x_bar, list):
            for i, part in zip(range(len(x_bar))[index], amount, strict=True):
                x_bar[i] = accumulate(x_bar[i], part)
        else:
            x_bar[index] = accumulate(x_bar[index], amount)
        return
    if not is_array(x_bar):
        raise RefusedError(
            "what is neither an array nor a container is read by an index",
            "write np.asarray(x)[index]",
        )
    parts = index if isinstance(index, tuple) else (index,)
    if overlaps(x_bar):
        array_module(x_bar).add.at(x_bar, index, amount)
    elif is_array(index) and repeats(index) and is_array(amount) and x_bar.ndim > 1:
        add_rows(x_bar, index, amount)
    elif any(map(repeats, parts)):
        array_module(x_bar).add.at(x_bar, index, amount)
    else:
        x_bar[index] += amount


def repeats(index: Any) -> bool:
    """Whether a part of an index may name an element twice: integers in an array."""
    dtype = np.asarray(index).dtype if isinstance(index, list) else None
    return getattr(dtype or getattr(index, "dtype", None), "kind", "") in ("i", "u")


def require_metadata(x: Any, name: str) -> None:
    """Refuse an attribute that was taken for that of an array, `x.size`, and is not."""
    if is_array(x) or isinstance(x, np.generic | int | float | complex):
        return
    if not isinstance(getattr(x, name), int | str | None):
        raise RefusedError(
            f"`{name}` of {type(x).__name__} is not the {name} of an array"
        )


def add_attr(x_bar: Any, x: Any, name: str, amount: Any) -> None:
    """`x_bar.name += amount`, where `x.name` is a field of the object `x`.

    An attribute of its class is a constant. A property is neither, nor what
    `__getattr__` finds: what it depends on is not known here.
    """
    if is_array(x):
        if name == "imag":
            if is_complex(x_bar):
                x_bar.imag -= amount
        elif name in ("T", "mT", "real"):
            accumulate(getattr(x_bar, name), amount)
        else:
            raise RefusedError(
                f"`{name}` of an array, as a value", "use the array itself"
            )
        return
    refuse_computed(x, name)
    if hasattr(x_bar, name):
        setattr(x_bar, name, accumulate(getattr(x_bar, name), amount))


def part_bar(amount: Any, x: Any, name: str) -> Any:
    """The cotangent of `x`, given that of `x.real` or `x.imag`.

    The part of a number or an array, or a field of an object that has such a name.
    """
    if is_array(x) or isinstance(x, np.generic | int | float | complex):
        if name == "real":
            return amount.real
        return -1j * amount if is_complex(x) else 0.0 * amount
    x_bar = zeros(x)
    add_attr(x_bar, x, name, amount)
    return x_bar


def part_of(x_bar: Any, x: Any, name: str) -> Any:
    """The adjoint of `part_bar`: what it makes of a cotangent of `x_bar`."""
    if is_array(x) or isinstance(x, np.generic | int | float | complex):
        if name == "real":
            return x_bar.real
        return x_bar.imag if is_complex(x) else 0.0 * x_bar
    return getattr(x_bar, name)
