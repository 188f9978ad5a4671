"""`max`, `min` and `sorted`, also by a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dpc.frontend.lifting.comprehensions import for_each, listed
from dpc.frontend.lifting.conditions import compared
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import ITERATORS, Arguments, Star, Val, View
from dpc.ir.facts import Fact, element_of
from dpc.ir.nodes import Atom, Const


def extreme(lift: Lifter, given: Arguments, node: Any, name: str, which: str) -> Val:
    """`max` or `min` of several arguments or of one iterable."""
    args = [arg for arg in given.args if not isinstance(arg, Star)]
    if len(args) < len(given.args):
        if len(given.args) > 1:
            lift.fail(node, f"`{which}` of a starred argument beside others")
        # The largest of `*values` is the largest of `values`.
        args = [arg.value for arg in given.args if isinstance(arg, Star)]
    key = given.kwargs.get("key", Const(None))
    default = given.kwargs.get("default")
    if len(args) == 1 and isinstance(args[0], (*ITERATORS, View)):
        args = [listed(lift, args[0], node)]
    several = len(args) > 1 and any(_is_no_number(lift.fact(arg)) for arg in args)
    if not isinstance(key, Const) or several or holds_objects(lift, args[0]):
        if len(args) > 1:
            whole: Atom = lift.apply("list", [lift.materialise(a) for a in args])
        else:
            whole = listed(lift, args[0], node)
        return _by_key(lift, whole, key, default, which, node, name)
    atoms = [lift.materialise(arg) for arg in args]
    if default is None:
        return lift.apply(which, atoms, name=name)
    empty = lift.apply("operator.eq", (lift.apply("len", atoms), Const(0)))
    value = lift.branch(empty, lambda: default, lambda: lift.apply(which, atoms), name)
    assert value is not None
    return value


def holds_objects(lift: Lifter, value: Val) -> bool:
    """Whether the elements of a sequence have operators of their own, or are lists."""
    element = element_of(lift.whole(value))
    return element is not None and _is_no_number(element)


def _is_no_number(fact: Fact) -> bool:
    return fact.kind in ("object", "list", "tuple")


def _by_key(
    lift: Lifter,
    whole: Atom,
    key: Val,
    default: Val | None,
    which: str,
    node: Any,
    name: str,
) -> Val:
    """The first element whose key is the largest or smallest."""
    whole = lift.apply("sequence", (whole,))

    def key_of(item: Val) -> Val:
        return item if isinstance(key, Const) else lift.call(key, (item,), node)

    def search() -> Val:
        first = lift.apply("getitem", (whole, Const(0)))
        start: dict[str, Val] = {"$best": first, "$key": key_of(first)}
        rest = lift.apply("getitem", (whole, Const(slice(1, None, None))))

        def look(item: Val) -> None:
            names = lift.scope.names
            of_item = key_of(item)
            op = "Gt" if which == "max" else "Lt"
            test = compared(lift, op, of_item, names["$key"], "", node)

            def take() -> None:
                lift.scope.names.update({"$best": item, "$key": of_item})

            lift.branch(lift.materialise(test), take, lambda: None)

        return for_each(lift, rest, look, start)["$best"]

    if default is None:
        return search()
    empty = lift.apply("operator.eq", (lift.apply("len", (whole,)), Const(0)))
    value = lift.branch(empty, lambda: default, search, name)
    assert value is not None
    return value


def sorted_by(
    lift: Lifter, value: Val, options: Mapping[str, Val], node: Any, name: str
) -> Val:
    """`sorted(value, key=..., reverse=...)`: by the order of the keys."""
    whole = listed(lift, value, node)
    key = options.get("key", Const(None))
    reverse = options.get("reverse")
    kwargs = [] if reverse is None else [("reverse", lift.materialise(reverse))]
    if isinstance(key, Const):
        return lift.apply("sorted", (whole,), kwargs, name)
    whole = lift.apply("sequence", (whole,))
    keys = lift.apply("list", ())

    def append(item: Val) -> None:
        of_item = lift.materialise(lift.call(key, (item,), node))
        lift.do("method.append", (keys, of_item))

    for_each(lift, whole, append)
    order = _order(lift, keys, reverse, node)
    result = lift.apply("list", (), name=name)

    def take(position: Val) -> None:
        item = lift.apply("getitem", (whole, lift.materialise(position)))
        lift.do("method.append", (result, item))

    for_each(lift, order, take)
    return result


def _order(lift: Lifter, keys: Atom, reverse: Val | None, node: Any) -> Atom:
    """The positions in ascending or descending order of the keys, stable in both."""
    up = lift.apply("np.argsort", (keys,), [("kind", Const("stable"))])
    if reverse is None:
        return up

    def down() -> Val:
        backwards = Const(slice(None, None, -1))
        turned = lift.apply("getitem", (keys, backwards))
        order = lift.apply("np.argsort", (turned,), [("kind", Const("stable"))])
        order = lift.apply("getitem", (order, backwards))
        last = lift.apply("operator.sub", (lift.apply("len", (keys,)), Const(1)))
        return lift.apply("operator.sub", (last, order))

    test = lift.parts.condition(lift, reverse)
    order = lift.branch(test, down, lambda: up)
    assert order is not None
    return lift.materialise(order)
