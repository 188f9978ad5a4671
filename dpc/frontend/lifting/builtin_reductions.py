"""Builtins that run over iterables: sums, tests, extremes, order, the first."""

from __future__ import annotations

import builtins
import functools
from typing import Any

from dpc.frontend.lifting.comprehensions import for_each, listed
from dpc.frontend.lifting.iterables import walk
from dpc.frontend.lifting.names import require_true
from dpc.frontend.lifting.operators import operate
from dpc.frontend.lifting.primitives import positional, primitive
from dpc.frontend.lifting.searches import extreme, holds_objects, sorted_by
from dpc.frontend.lifting.state import Handler, Lifter
from dpc.frontend.lifting.values import (
    ITERATORS,
    Arguments,
    Filter,
    Generator,
    Val,
)
from dpc.ir.nodes import Const
from dpc.ir.program import FOUND


def _sum(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    value, *rest = positional(lift, given, node, 1)
    start = given.kwargs.get("start", rest[0] if rest else Const(0))
    if not isinstance(value, ITERATORS) and not holds_objects(lift, value):
        atoms = [lift.materialise(value)]
        if rest or given.kwargs:
            atoms.append(lift.materialise(start))
        return lift.apply("sum", atoms, name=name)

    def add(item: Val) -> None:
        names = lift.scope.names
        total = names["$total"]
        names["$total"] = operate(lift, "add", (total, item), "total", node)

    return for_each(lift, value, add, {"$total": start})["$total"]


def _any(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return _decided(lift, given, node, name, "any")


def _all(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return _decided(lift, given, node, name, "all")


def _decided(lift: Lifter, given: Arguments, node: Any, name: str, which: str) -> Val:
    """`any` and `all` end with the first element that decides."""
    (value,) = positional(lift, given, node, 1, 1)
    if not isinstance(value, ITERATORS):
        return lift.apply(which, (lift.materialise(value),), name=name)

    def look(item: Val) -> None:
        def decide() -> None:
            lift.scope.names[FOUND] = Const(True)

        def go_on() -> None:
            pass

        test = lift.parts.condition(lift, item)
        if which == "any":
            lift.branch(test, decide, go_on)
        else:
            lift.branch(test, go_on, decide)

    start: dict[str, Val] = {FOUND: Const(False)}
    found = for_each(lift, value, look, start, FOUND)[FOUND]
    return found if which == "any" else lift.parts.negated(lift, found, name)


def _next(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    """The first element of an iterator that nothing else takes from, or a default."""
    value, *default = positional(lift, given, node, 1, 2)
    if not isinstance(value, ITERATORS):
        return primitive(lift, "next", given, node, name)
    if not default and not isinstance(value, Filter | Generator):
        steps = walk(lift, value)
        return steps.element(steps.start, None)

    def take(item: Val) -> None:
        lift.scope.names.update({"$item": item, FOUND: Const(True)})

    start = {"$item": default[0] if default else Const(None), FOUND: Const(False)}
    end = for_each(lift, value, take, start, FOUND)
    if not default:
        require_true(lift, end[FOUND], StopIteration, (), node)
    return end["$item"]


def _max(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return extreme(lift, given, node, name, "max")


def _min(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return extreme(lift, given, node, name, "min")


def _sorted(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = positional(lift, given, node, 1, 1)
    return sorted_by(lift, value, given.kwargs, node, name)


def _reduce(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    function, value, *rest = positional(lift, given, node, 2, 3)
    if rest:
        start: Val = rest[0]
    else:
        whole = listed(lift, value, node)
        start = lift.apply("getitem", (whole, Const(0)))
        value = lift.apply("getitem", (whole, Const(slice(1, None, None))))

    def step(item: Val) -> None:
        names = lift.scope.names
        names["$total"] = lift.call(function, (names["$total"], item), node)

    return for_each(lift, value, step, {"$total": start})["$total"]


REDUCTIONS: dict[int, Handler] = {
    id(builtins.sum): _sum,
    id(builtins.any): _any,
    id(builtins.all): _all,
    id(builtins.next): _next,
    id(builtins.max): _max,
    id(builtins.min): _min,
    id(builtins.sorted): _sorted,
    id(functools.reduce): _reduce,
}
