"""Loops over the places of a grid: one for each axis.

before                                                 after
`for i, j in itertools.product(range(n), range(m)):`   `for i in range(n):`
`for i, j in np.ndindex(n, m):`                        `    for j in range(m):`
`for (i, j), v in np.ndenumerate(x):`                  the same, and `v = x[i, j]`
`for i, j in itertools.combinations(range(n), 2):`     `    for j in range(i + 1, n):`
`for a, b in itertools.product(x, y):`                 `a = x[i]`, `b = y[j]`, of copies
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from dpc.frontend.lifting.comprehensions import fresh_list
from dpc.frontend.lifting.elements import items
from dpc.frontend.lifting.primitives import positional, primitive
from dpc.frontend.lifting.state import Handler, Lifter
from dpc.frontend.lifting.values import Arguments, Grid, Range, Star, Val
from dpc.ir.nodes import Atom, Const

ZERO, ONE = Const(0), Const(1)
MOST = 4  # loops within each other


def _product(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    parts = [arg for arg in given.args if not isinstance(arg, Star)]
    repeat = _count(given.kwargs.get("repeat", ONE))
    if not parts or len(parts) < len(given.args) or not repeat:
        return primitive(lift, "itertools.product", given, node, name)
    axes = [_axis(lift, part, node) for part in parts] * repeat
    ranges, pools = zip(*axes, strict=True)
    return Grid(ranges, pools, depth=lift.depth)


def _combinations(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return _rising(lift, given, node, name, "combinations", 1)


def _with_replacement(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return _rising(lift, given, node, name, "combinations_with_replacement", 0)


def _rising(
    lift: Lifter, given: Arguments, node: Any, name: str, which: str, least: int
) -> Val:
    """Of each place on an axis, those on the next are above, or not below."""
    part, *rest = positional(lift, given, node, 1, 2)
    count = _count(rest[0] if rest else given.kwargs.get("r", ONE))
    stepped = isinstance(part, Range) and not _is_one(part.step)
    if not count or stepped:
        return primitive(lift, f"itertools.{which}", given, node, name)
    axis, pool = _axis(lift, part, node)
    return Grid((axis,) * count, (pool,) * count, rising=least, depth=lift.depth)


def _count(value: Val) -> int:
    if isinstance(value, Const) and isinstance(value.value, int):
        return value.value if 0 < value.value <= MOST else 0
    return 0


def _is_one(step: Atom) -> bool:
    return isinstance(step, Const) and step.value == 1


def _axis(lift: Lifter, part: Val, node: Any) -> tuple[Range, Atom | None]:
    """The places of an axis, and what is taken there: it is read before the loops."""
    if isinstance(part, Range):
        return part, None
    fact = lift.whole(part)
    pool: Atom
    if fact.kind == "array" and fact.rank == 1:
        pool = lift.apply("np.copy", (lift.materialise(part),))
    elif fact.kind == "array" and fact.rank:
        pool = lift.materialise(part)  # The rows are parts of it.
    else:
        pool = fresh_list(lift, part, node)
    return Range(ZERO, lift.apply("len", (pool,)), ONE), pool


def _ndindex(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    """`np.ndindex` of a shape, or of its sizes."""
    sizes: Sequence[Val] | None
    match given.args:
        case [Star(value)]:
            sizes, given = items(lift, value), Arguments([value], {})
        case [value] if not isinstance(value, Star):
            single = lift.fact(value).kind in ("int", "scalar")
            sizes = [value] if single else items(lift, value)
        case _:
            sizes = positional(lift, given, node)
    if not sizes:
        return primitive(lift, "np.ndindex", given, node, name)
    return Grid(_axes(lift, sizes), depth=lift.depth)


def _ndenumerate(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = positional(lift, given, node, 1, 1)
    array = lift.materialise(value)
    rank = lift.fact(array).rank
    if not rank:
        return Grid(None, of=array, depth=lift.depth)
    shape = lift.apply("getattr", (array, Const("shape")))
    sizes = [lift.apply("getitem", (shape, Const(k))) for k in range(rank)]
    return Grid(_axes(lift, sizes), of=array, depth=lift.depth)


def _axes(lift: Lifter, sizes: Sequence[Val]) -> tuple[Range, ...]:
    return tuple([Range(ZERO, lift.materialise(size), ONE) for size in sizes])


GRIDS: dict[int, Handler] = {
    id(itertools.product): _product,
    id(itertools.combinations): _combinations,
    id(itertools.combinations_with_replacement): _with_replacement,
    id(np.ndindex): _ndindex,
    id(np.ndenumerate): _ndenumerate,
}
