"""`np.r_[...]`, `np.mgrid[...]`, `np.s_[...]`: functions called by subscripts."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Tuple, Val
from dpc.ir.nodes import Apply, Atom, Const


def indexed(lift: Lifter, indexer: Any, index: Val, name: str) -> Val:
    """What an indexer makes of its subscript, in terms of ordinary functions."""
    if indexer is np.mgrid or indexer is np.ogrid:
        return _grid(lift, indexer is np.mgrid, index, name)
    if indexer is not np.r_ and indexer is not np.c_:
        return index  # `np.s_` and `np.index_exp` hand it back.
    parts = index.items if isinstance(index, Tuple) else (index,)
    arrays = [_array(lift, part) for part in parts]
    if any(isinstance(a, Const) and isinstance(a.value, str) for a in arrays):
        lift.fail(
            None,
            "a text in `np.r_` or `np.c_` changes what the other parts mean",
            "cannot be seen through",
            "call np.concatenate, np.stack or np.column_stack",
        )
    if indexer is np.c_:
        return lift.apply("np.column_stack", (lift.apply("list", arrays),), name=name)
    rows = [lift.apply("np.atleast_1d", (a,)) for a in arrays]
    return lift.apply("np.concatenate", (lift.apply("list", rows),), name=name)


def _grid(lift: Lifter, filled: bool, index: Val, name: str) -> Val:
    """The coordinates of a grid: `np.indices((n, m))` for `np.mgrid[:n, :m]`."""
    if not isinstance(index, Tuple):
        return _array(lift, index)
    bounds = [_bounds(lift, lift.materialise(part)) for part in index.items]
    if not all(bounds):
        lift.fail(None, "an axis of a grid that is no slice", hint="write a slice: 0:n")
    if filled and all(
        _literal(start) in (None, 0) and _literal(step) in (None, 1)
        for start, _, step in bounds
    ):
        shape = lift.apply("tuple", [stop for _, stop, _ in bounds])
        return lift.apply("np.indices", (shape,), name=name)
    axes = [_array(lift, part) for part in index.items]
    how = [("indexing", Const("ij")), ("sparse", Const(not filled))]
    parts = lift.apply("np.meshgrid", axes, how, "" if filled else name)
    return lift.apply("np.stack", (parts,), name=name) if filled else parts


def _bounds(lift: Lifter, atom: Atom) -> tuple[Atom, ...]:
    """Start, stop and step of a slice; nothing of another index."""
    found = lift.build.definition(atom)
    if isinstance(atom, Const) and isinstance(atom.value, slice):
        of = atom.value
        return Const(of.start), Const(of.stop), Const(of.step)
    return found.args if isinstance(found, Apply) and found.fn == "slice" else ()


def _array(lift: Lifter, part: Val) -> Atom:
    """A slice stands for its numbers."""
    atom = lift.materialise(part)
    bounds = _bounds(lift, atom)
    if not bounds:
        return atom
    start, stop, step = bounds
    start = Const(0) if _literal(start) is None else start
    number = _literal(step)
    if isinstance(number, complex):  # The number of points, by a convention of NumPy.
        count = Const(int(abs(number)))
        return lift.apply("np.linspace", (start, stop, count))
    step = Const(1) if number is None else step
    return lift.apply("np.arange", (start, stop, step))


def _literal(bound: Atom) -> object:
    """The value of a literal; anything that is not None for what is computed."""
    return bound.value if isinstance(bound, Const) else bound
