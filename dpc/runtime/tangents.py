"""Tangents where it is not known before the run what they are the tangents of.

A tangent is structured as the value is: a tuple for a tuple, a list for a list, a dict
for a dict, a namespace for an object, an array for an array, `0.0` for a number that
does not vary, `None` for what cannot.
"""

from __future__ import annotations

import copy
import types
from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module
from dpc.runtime.attributes import refuse_computed
from dpc.runtime.refused import RefusedError, require_elements
from dpc.runtime.shadows import shadow, shadow_view
from dpc.runtime.trees import Fields, fields_of, gradient, is_array, part


def zero_tangent(x: Any) -> Any:
    """A zero tangent of `x`, in memory of its own, laid out as `x` is."""
    return shadow_of(x, None)


def shadow_of(x: Any, x_dot: Any, number: bool = False) -> Any:
    """The tangent `x_dot` of `x` in memory of its own, laid out as `x` is.

    What `x_dot` lacks, or holds `None` for, is zero. What was taken for a `number` must
    be no list: what is joined of lists shares what they hold.
    """
    if number and isinstance(x, list | tuple):
        raise RefusedError("lists are joined or repeated where numbers were expected")
    return shadow_in(x, x_dot, {})


def shadow_in(x: Any, x_dot: Any, known: dict[int, Any]) -> Any:
    """`shadow_of` inside the containers that `known` has the tangents of, by `id`."""
    if isinstance(x, float | int | complex | np.generic):
        return 0.0 if x_dot is None else x_dot
    if x is None or isinstance(x, str):
        return None
    if id(x) in known:
        return known[id(x)]
    made: Any = None
    if is_array(x):
        made = shadow(x)
        if x_dot is not None and made.dtype.kind in "fcO":
            made[...] = x_dot
        return made
    if hasattr(x, "tocsr"):
        return x * 0.0 if x_dot is None else x_dot  # of a sparse matrix
    if isinstance(x, tuple):
        names = getattr(x, "_fields", range(len(x)))
        parts = zip(x, range(len(x)), names, strict=True)
        items = [shadow_in(item, part(x_dot, i, n), known) for item, i, n in parts]
        return tuple.__new__(type(x), items)
    if isinstance(x, list | dict):
        known[id(x)] = made = copy.copy(x)  # of a list with names, the names too
        for key in x if isinstance(x, dict) else range(len(x)):
            made[key] = shadow_in(x[key], part(x_dot, key, key), known)
    elif (names_of := fields_of(x)) is not None:
        known[id(x)] = made = types.SimpleNamespace()
        for name in names_of:
            inner = shadow_in(getattr(x, name), part(x_dot, name, name), known)
            setattr(made, name, inner)
    known.pop(id(x), None)
    return made


def tangent(x_dot: Any, x: Any) -> Any:
    """The finished tangent: with exactly the structure, shapes and dtypes of `x`.

    Leaves that are not floating give `None`. It shares memory with nothing.
    """
    return gradient(x_dot, x)


def tangent_of_view(x_dot: Any, x: Any, view: Any, copied: Any) -> Any:
    """The tangent of `view`: that part of `x_dot` where `view` lies in `x`.

    What does not lie in `x` is a copy, and has the tangent `copied` of its own.
    """
    if is_array(x) and is_array(view) and array_module(x).shares_memory(view, x):
        return shadow_view(view, x, x_dot)
    return x_dot if view is x else shadow_of(view, copied)


def tangent_of_parts(x_dot: Any, x: Any, parts: Any, copied: Any) -> list[Any]:
    """The tangents of arrays, each of which is a part of `x` or a copy."""
    pairs = zip(parts, copied, strict=True)
    return [tangent_of_view(x_dot, x, view, copy) for view, copy in pairs]


def tangent_of_attribute(x: Any, x_dot: Any, name: str) -> Any:
    """The tangent of `x.name`. An attribute of the class of `x` is a constant."""
    if is_array(x) or isinstance(x, float | int | complex | np.generic):
        return getattr(x_dot, name)
    names = x.names if isinstance(x, Fields) else getattr(x, "_fields", ())
    if name in names and isinstance(x_dot, list | tuple):
        return x_dot[names.index(name)]  # of a rule or a blend: without names
    refuse_computed(x, name)
    if isinstance(x_dot, dict | list) or not hasattr(x_dot, name):
        return zero_tangent(getattr(x, name))
    return getattr(x_dot, name)


def tangent_of_items(x: Any, x_dot: Any) -> Any:
    """The tangents of the elements of `x` in the order of iteration."""
    if is_array(x) or isinstance(x, list | tuple):
        return x_dot
    require_elements(x)
    return [zero_tangent(item) for item in x]  # the keys of a dict, a string


def tangent_of_object(x: Any, names: Any, *parts: Any) -> Any:
    """The tangent of a new object `x`, of which the named fields have these."""
    x_dot: Any = types.SimpleNamespace()
    if isinstance(x, tuple):
        return tuple.__new__(type(x), parts)
    for name, inner in zip(names, parts, strict=True):
        setattr(x_dot, name, inner)
    return x_dot


def assigned(x_dot: Any, amount: Any) -> Any:
    """`x_dot` with the value `amount`: written where it is an array or a list."""
    if is_array(x_dot):
        x_dot[...] = amount
        return x_dot
    if isinstance(x_dot, list):
        x_dot[:] = amount
        return x_dot
    return amount


def set_tangent(x_dot: Any, x: Any, name: str, value_dot: Any) -> None:
    """Keep the tangent of `x` in step with `x.name = value`."""
    refuse_computed(x, name, writes=True)
    setattr(x_dot, name, value_dot)


def tangent_tree(x: Any, x_dot: Any) -> Any:
    """A tangent as programs take it: like `x`, arrays of its shapes and dtypes.

    Raises ValueError where the structure or a shape does not fit.
    """
    if isinstance(x, float | int | complex | np.generic):
        if x_dot is None or not isinstance(x, float | complex | np.inexact):
            return 0.0
        if np.shape(x_dot) != ():
            raise ValueError(f"{np.shape(x_dot)} where a number was expected")
        return type(x)(x_dot)
    if is_array(x):
        if x.dtype.kind not in "fcO" or x_dot is None:
            return shadow(x)
        made = array_module(x).asarray(x_dot, dtype=x.dtype)
        if made.shape != x.shape:
            raise ValueError(f"{made.shape} in the place of {x.shape}")
        return made
    if x is None or isinstance(x, str):
        return None
    if x_dot is None or hasattr(x, "tocsr"):
        return zero_tangent(x)
    if isinstance(x, list | tuple):
        if not isinstance(x_dot, list | tuple) or len(x) != len(x_dot):
            raise ValueError(f"a {type(x).__name__} of {len(x)} was expected")
        parts = [tangent_tree(a, b) for a, b in zip(x, x_dot, strict=True)]
        return tuple.__new__(type(x), parts) if isinstance(x, tuple) else parts
    if isinstance(x, dict):
        if not isinstance(x_dot, dict) or not x_dot.keys() <= x.keys():
            raise ValueError("a dict with the same keys was expected")
        return {key: tangent_tree(item, x_dot.get(key)) for key, item in x.items()}
    names = fields_of(x)
    if names is None:
        return None
    made = types.SimpleNamespace()
    for name in names:
        inner = tangent_tree(getattr(x, name), part(x_dot, name, name))
        setattr(made, name, inner)
    return made
