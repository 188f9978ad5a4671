"""Cotangents as a pullback takes them: like the output, zeros in the place of None."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from dpc.errors import ArgumentError, Diagnostic
from dpc.runtime.arrays import array_module
from dpc.runtime.trees import fields_of, is_array


def cotangent_of(out: Any, given: Any) -> Any:
    """The cotangent of an output that was given, with zeros in the place of None.

    Raises ArgumentError where it does not have the structure of the output.
    """
    if not _same_structure(out, given):
        raise ArgumentError(
            Diagnostic(
                "the cotangent does not have the structure of the output",
                "",
                None,
                hint="pass numbers, arrays and containers of the same shapes; None"
                " for zero",
            )
        )
    return _filled(out, given)


def _same_structure(out: Any, cotangent: Any) -> bool:
    if cotangent is None or out is None:
        return True
    if isinstance(out, list | tuple):
        sequence = isinstance(cotangent, list | tuple)
        return (
            sequence
            and len(out) == len(cotangent)
            and all(map(_same_structure, out, cotangent))
        )
    if isinstance(out, dict):
        same = isinstance(cotangent, dict) and out.keys() == cotangent.keys()
        return same and all(_same_structure(out[k], cotangent[k]) for k in out)
    if isinstance(out, np.ndarray | np.generic | float | int):
        number = isinstance(cotangent, np.ndarray | np.generic | float | int)
        return number and np.shape(out) == np.shape(cotangent)
    return True


def _filled(out: Any, given: Any) -> Any:
    """`given`, with zeros like the output where it is None and the output floats."""
    if is_array(out):
        if given is not None or out.dtype.kind not in "fc":
            return given
        return array_module(out).zeros_like(out)
    if isinstance(out, float | complex | np.inexact):
        return type(out)(0) if given is None else given
    if isinstance(out, list | tuple | dict):
        keys = list(out) if isinstance(out, dict) else range(len(out))
        parts = {k: _filled(out[k], None if given is None else given[k]) for k in keys}
        if isinstance(out, dict):
            return parts
        items = parts.values()
        return tuple.__new__(type(out), items) if isinstance(out, tuple) else [*items]
    names = fields_of(out)
    if names is None:
        return given
    made = copy.copy(out)
    for name in names:
        part = getattr(given, name, None)
        object.__setattr__(made, name, _filled(getattr(out, name), part))
    return made
