"""Functions of NumPy that take functions: the calls that they make, written out."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.frontend.lifting.primitives import positional, primitive
from dpc.frontend.lifting.state import Handler, Lifter
from dpc.frontend.lifting.values import Arguments, Val
from dpc.ir.nodes import Atom, Const, Object, Slot


def _from_function(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    """`np.fromfunction(f, shape)` is `f` of the indices of an array of that shape."""
    args = positional(lift, given, node)
    shape = lift.parts.items(lift, args[1]) if len(args) == 2 else None
    if shape is None or set(given.kwargs) - {"dtype"}:
        return primitive(lift, "np.fromfunction", given, node, name)
    dtype = given.kwargs.get("dtype", Object("builtins", ("float",)))
    sizes = lift.materialise(args[1])
    grid = lift.apply("np.indices", (sizes,), [("dtype", lift.materialise(dtype))])
    indices: list[Val] = [
        lift.apply("getitem", (grid, Const(k))) for k in range(len(shape))
    ]
    return lift.call(args[0], indices, node, name)


def _piecewise(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    """`np.piecewise(x, tests, functions)`: each of what its test selects, the last one
    of what none does, stored into zeros like `x`."""
    args = positional(lift, given, node)
    found = [lift.parts.items(lift, value) for value in args[1:3]]
    if len(args) != 3 or given.kwargs or None in found:
        return primitive(lift, "np.piecewise", given, node, name)
    tests, functions = found[0] or [], found[1] or []
    if len(functions) not in (len(tests), len(tests) + 1):
        return primitive(lift, "np.piecewise", given, node, name)
    x = lift.apply("np.asarray", (lift.materialise(args[0]),))
    masks: list[Atom] = []
    for test in tests:
        named = [("dtype", Object("builtins", ("bool",)))]
        masks.append(lift.apply("np.asarray", (lift.materialise(test),), named))
    if len(functions) > len(tests):
        none = masks[0]
        for mask in masks[1:]:
            none = lift.apply("np.logical_or", (none, mask))
        masks.append(lift.apply("np.logical_not", (none,)))
    out = lift.apply("np.zeros_like", (x,), name=name or "pieces")
    for mask, function in zip(masks, functions, strict=True):
        value: Val = function
        number = isinstance(function, Const | Slot) and lift.fact(function).is_number
        if not number:
            chosen = lift.apply("getitem", (x, mask))
            value = lift.call(function, [chosen], node, "")
        lift.store("item", out, mask, lift.materialise(value))
    return out


FUNCTIONALS: dict[int, Handler] = {
    id(np.fromfunction): _from_function,
    id(np.piecewise): _piecewise,
}
