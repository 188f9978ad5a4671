"""Builtins that make iterables and containers."""

from __future__ import annotations

import builtins
import collections
import functools
from typing import Any

from dpc.frontend.lifting.comprehensions import (
    for_each,
    fresh_list,
    generated,
    listed,
)
from dpc.frontend.lifting.overloaded import method_of
from dpc.frontend.lifting.primitives import positional
from dpc.frontend.lifting.state import Handler, Lifter
from dpc.frontend.lifting.values import (
    ITERATORS,
    Arguments,
    Enumerate,
    Filter,
    Known,
    Map,
    Range,
    Reversed,
    Star,
    Table,
    Tuple,
    Val,
    View,
    Zip,
)
from dpc.ir.nodes import Atom, Const, Slot

# The kinds of sequences that keep their length.
_FIXED = frozenset("array tuple str range".split())

_UNEQUAL = "make lists of them, and compare their lengths: assert len(a) == len(b)"


def _range(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    atoms = [lift.materialise(value) for value in positional(lift, given, node)]
    match atoms:
        case [stop]:
            return Range(Const(0), stop, Const(1))
        case [start, stop]:
            return Range(start, stop, Const(1))
        case [start, stop, step]:
            return Range(start, stop, step)
    lift.fail(node, f"`range` takes one to three arguments, not {len(atoms)}")


def _zip(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    strict = given.kwargs.pop("strict", Const(False))
    if len(given.args) == 1 and isinstance(given.args[0], Star):
        if lift.truth(strict) is not False:
            lift.fail(node, "`zip` of a starred argument with `strict`", hint=_UNEQUAL)
        return _columns(lift, given.args[0].value)
    parts = positional(lift, given, node)
    if lift.truth(strict) is False:
        return Zip(tuple(parts), lift.depth)
    if lift.truth(strict) is None or any(isinstance(p, ITERATORS) for p in parts):
        lift.fail(node, "`strict` of iterators, or one that varies", hint=_UNEQUAL)
    return Zip(tuple(parts), lift.depth, strict=True)


def _columns(lift: Lifter, rows: Atom) -> Val:
    """`zip(*rows)` of any number of rows: the list of their columns."""
    rows = lift.apply("sequence", (rows,))
    columns = lift.apply("list", ())
    lengths = lift.apply("list", ())

    def measure(row: Val) -> None:
        length = lift.apply("len", (lift.materialise(row),))
        lift.do("method.append", (lengths, length))

    def gather(k: Val) -> None:
        column = lift.apply("list", ())
        place = lift.materialise(k)

        def take(row: Val) -> None:
            item = lift.apply("getitem", (lift.materialise(row), place))
            lift.do("method.append", (column, item))

        for_each(lift, rows, take)
        lift.do("method.append", (columns, column))

    for_each(lift, rows, measure)
    for_each(lift, Range(Const(0), lift.apply("min", (lengths,)), Const(1)), gather)
    return columns


def _enumerate(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = positional(lift, given, node)
    start = given.kwargs.get("start", values[1] if len(values) > 1 else Const(0))
    part = values[0] if values else given.kwargs["iterable"]
    return Enumerate(part, lift.materialise(start), lift.depth)


def _reversed(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = positional(lift, given, node, 1, 1)
    method = method_of(lift, value, "__reversed__")
    if method is not None:
        return lift.call(method, (value,), node, name)
    length: Atom | None = None
    if name and isinstance(value, Slot) and lift.fact(value).kind not in _FIXED:
        length = lift.apply("len", (value,))  # It may grow before it is walked over.
    return Reversed(value, lift.depth, length)


def _map(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    function, *parts = positional(lift, given, node, 2)
    return Map(function, tuple(parts), lift.depth)


def _filter(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    function, part = positional(lift, given, node, 2, 2)
    nothing = isinstance(function, Const) and function.value is None
    return Filter(None if nothing else function, part, lift.depth)


def _iter(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    value = positional(lift, given, node, 1)[0]
    if isinstance(value, ITERATORS):
        return value
    return Map(Known(_same, Const(None)), (value,), lift.depth)


def _same(value: Any) -> Any:
    return value


def _len(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = positional(lift, given, node, 1, 1)
    if isinstance(value, Tuple):
        return Const(len(value.items))
    if isinstance(value, Table):
        return Const(len(value.entries))
    constant = lift.constant(value)
    if constant is not None and isinstance(constant.value, str | tuple):
        return Const(len(constant.value))
    method = method_of(lift, value, "__len__")
    if method is not None:
        return lift.call(method, (value,), node, name)
    return lift.apply("len", (lift.materialise(value),), name=name)


def _list(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = positional(lift, given, node)
    if not values:
        return lift.apply("list", (), name=name)
    return fresh_list(lift, values[0], node, name)


def _deque(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    """`collections.deque`, as a list."""
    values = positional(lift, given, node, 0, 2)
    longest = given.kwargs.get("maxlen", values[1] if len(values) > 1 else Const(None))
    if not isinstance(longest, Const) or longest.value is not None:
        lift.fail(
            node,
            "a deque that drops elements by itself has no derivative",
            "has a largest length",
            "drop them by name: if len(q) == 3: q.popleft()",
        )
    if "iterable" in given.kwargs:
        values = [given.kwargs["iterable"]]
    return _list(lift, Arguments(list(values[:1]), {}), node, name)


def _defaultdict(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    lift.fail(
        node,
        "a dict that makes what it does not hold has no derivative",
        "has a factory of defaults",
        "write d.setdefault(key, []).append(v), or d[key] = d.get(key, 0.0) + v",
    )


def _tuple(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = positional(lift, given, node)
    items = lift.parts.items(lift, values[0]) if values else []
    if items is None:
        items = generated(lift, values[0])
    if items is not None:
        return Tuple(tuple(items))
    whole = listed(lift, values[0], node)
    return lift.apply("builtins.tuple", (whole,), name=name)


def _dict(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = positional(lift, given, node)
    pairs = [
        atom
        for key, value in given.kwargs.items()
        for atom in (Const(key), lift.materialise(value))
    ]
    if not values:
        return lift.apply("dict", pairs, name=name)
    (value,) = values
    if isinstance(value, Slot) and lift.fact(value).kind == "dict":
        whole = lift.apply("method.copy", (value,), name=name)
    elif isinstance(value, (*ITERATORS, View, Tuple)) or (
        lift.fact(value).kind in ("list", "tuple", "array")  # of pairs
    ):
        whole = lift.apply("dict", (), name=name)
        for_each(lift, value, lambda pair: _put(lift, whole, pair, node))
    else:
        source = lift.materialise(value)
        whole = lift.apply("builtins.dict", (source,), name=name)
    for key, atom in zip(pairs[::2], pairs[1::2], strict=True):
        lift.store("item", whole, key, atom)
    return whole


def _put(lift: Lifter, whole: Atom, pair: Val, node: Any) -> None:
    items = lift.parts.items(lift, pair)
    if items is None:
        atom = lift.apply("unpack", (lift.materialise(pair), Const(2)))
        items = [lift.apply("getitem", (atom, Const(i))) for i in range(2)]
    key, value = (lift.materialise(item) for item in items)
    lift.store("item", whole, key, value)


def _wraps(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    """`functools.wraps(f)` changes what a function is called, not what it does."""
    return Known(_same, Const(None))


def _identity(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return positional(lift, given, node, 1)[0]


ITERABLES: dict[int, Handler] = {
    id(builtins.range): _range,
    id(builtins.zip): _zip,
    id(builtins.enumerate): _enumerate,
    id(builtins.reversed): _reversed,
    id(builtins.map): _map,
    id(builtins.filter): _filter,
    id(builtins.iter): _iter,
    id(builtins.len): _len,
    id(builtins.list): _list,
    id(collections.deque): _deque,
    id(collections.defaultdict): _defaultdict,
    id(builtins.tuple): _tuple,
    id(builtins.dict): _dict,
    id(functools.wraps): _wraps,
    id(_same): _identity,
}
