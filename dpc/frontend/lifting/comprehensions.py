"""Comprehensions and generator expressions: loops in a scope of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import gast

from dpc.frontend.bound import assigned
from dpc.frontend.lifting.binding import assign
from dpc.frontend.lifting.elements import few_items, items
from dpc.frontend.lifting.expressions import dict_of, holds_function
from dpc.frontend.lifting.iterables import consume, in_order, is_walked
from dpc.frontend.lifting.loops import iterate, keys_of
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    ITERATORS,
    Filter,
    Generator,
    Map,
    Range,
    Scope,
    Table,
    Tuple,
    Val,
    View,
)
from dpc.ir.nodes import Atom, Const, Object, Slot


@contextmanager
def inside(lift: Lifter, scope: Scope) -> Iterator[Scope]:
    """In an expression with names of its own; statements keep their place."""
    outer, held = lift.scope, lift.held_span
    lift.scope, lift.held_span = scope, True
    try:
        yield scope
    finally:
        lift.scope, lift.held_span = outer, held


def comprehension_scope(lift: Lifter, node: Any, parent: Scope) -> Scope:
    bound = assigned([g.target for g in node.generators])
    return Scope(parent.frame, parent, {}, True, frozenset(bound))


def run(
    lift: Lifter,
    node: Any,
    first: Val,
    emit: Callable[[], None],
    extra: Iterable[str] = (),
    leave: str | None = None,
) -> None:
    """The loops of a comprehension; `extra` are names that they carry round."""
    scope = lift.scope
    outer = scope
    while outer.inner and outer.parent is not None:
        outer = outer.parent
    walrus = keys_of(outer, assigned([node]))
    last = len(node.generators) - 1

    def level(position: int, value: Val) -> None:
        generator = node.generators[position]
        targets = [g.target for g in node.generators[position:]]
        names = dict.fromkeys((*assigned(targets), *extra))
        keys = [(scope, name) for name in names] + walrus

        def body() -> None:
            if leave is not None and position < last:
                scope.names[leave] = Const(False)
            condition(position, generator.ifs)

        iterate(
            lift,
            value,
            keys,
            generator.target,
            lambda item: assign(lift, generator.target, item, node),
            body,
            leave,
        )

    def condition(position: int, tests: Sequence[Any]) -> None:
        if tests:
            test = lift.parts.condition(lift, lift.expr(tests[0]))
            lift.branch(test, lambda: condition(position, tests[1:]), lambda: None)
        elif position < last:
            level(position + 1, lift.expr(node.generators[position + 1].iter))
        else:
            emit()

    level(0, first)


def list_comp(lift: Lifter, node: Any, name: str) -> Val:
    first = lift.expr(node.generators[0].iter)
    static = _written_out(lift, node, first, lift.scope)
    if static is None:
        return _listed(lift, node, first, lift.scope, name)
    if any(map(holds_function, static)):
        return Table(dict(enumerate(static)), is_list=True)
    return lift.apply("list", [lift.materialise(v) for v in static], name=name)


def _written_out(
    lift: Lifter, node: Any, first: Val, parent: Scope
) -> list[Val] | None:
    """The elements, where a single loop runs over a few that are told apart."""
    generator = node.generators[0]
    if len(node.generators) > 1 or generator.ifs or assigned([node]):
        return None
    found = few_items(lift, first)
    if found is None:
        return None
    out: list[Val] = []
    with inside(lift, comprehension_scope(lift, node, parent)):
        for read in found:
            assign(lift, generator.target, read(), node)
            if isinstance(node, gast.DictComp):
                out.append(lift.expr(node.key))
                out.append(lift.expr(node.value))
            else:
                out.append(lift.expr(node.elt))
    return out


def _listed(lift: Lifter, node: Any, first: Val, parent: Scope, name: str) -> Slot:
    """A list that a loop fills."""
    whole = lift.apply("list", (), name=name)

    def append() -> None:
        lift.do("method.append", (whole, lift.atom(node.elt)))

    with inside(lift, comprehension_scope(lift, node, parent)):
        run(lift, node, first, append)
    return whole


def dict_comp(lift: Lifter, node: Any, name: str) -> Val:
    first = lift.expr(node.generators[0].iter)
    static = _written_out(lift, node, first, lift.scope)
    if static is not None:
        atoms = [lift.materialise(part) for part in static]
        return dict_of(lift, atoms[::2], atoms[1::2], name)
    whole = lift.apply("dict", (), name=name)

    def store() -> None:
        key = lift.atom(node.key)
        lift.store("item", whole, key, lift.atom(node.value))

    with inside(lift, comprehension_scope(lift, node, lift.scope)):
        run(lift, node, first, store)
    return whole


def generator(lift: Lifter, node: Any, name: str) -> Val:
    """Its first iterable is evaluated now, all else when it is run over."""
    first = lift.expr(node.generators[0].iter)
    return Generator(node, lift.scope, first, lift.depth)


# What runs over any iterable.


def for_each(
    lift: Lifter,
    value: Val,
    body: Callable[[Val], None],
    start: Mapping[str, Val] | None = None,
    leave: str | None = None,
) -> dict[str, Val]:
    """Run a body for the elements of an iterable, in a scope of its own.

    `start` are names of that scope that go round, with their values before; the result
    is what they are after. The loop ends when the name `leave` is true.
    """
    start = start or {}
    match value:
        case Generator(tree, parent, first):
            consume(lift, value)
            scope = comprehension_scope(lift, tree, parent)
            scope.names.update(start)
            with inside(lift, scope):
                run(lift, tree, first, lambda: body(lift.expr(tree.elt)), start, leave)
        case Filter(function, part):
            consume(lift, value)
            kept = _kept(lift, function, body)
            return for_each(lift, part, kept, start, leave)
        case _:
            scope = Scope(lift.scope.frame, lift.scope, dict(start), True)
            keys = [(scope, name) for name in start]
            item: list[Val] = []
            with inside(lift, scope):
                iterate(
                    lift,
                    value,
                    keys,
                    None,
                    lambda v: item.__setitem__(slice(None), [v]),
                    lambda: body(item[0]),
                    leave,
                )
    return {name: scope.names[name] for name in start}


def generated(lift: Lifter, value: Val) -> list[Val] | None:
    """What a generator expression gives, if it is written out."""
    if not isinstance(value, Generator):
        return None
    found = _written_out(lift, value.tree, value.first, value.scope)
    if found is not None:
        consume(lift, value)
    return found


def _kept(
    lift: Lifter, function: Val | None, body: Callable[[Val], None]
) -> Callable[[Val], None]:
    def kept(item: Val) -> None:
        test = item if function is None else lift.call(function, (item,), None)
        condition = lift.parts.condition(lift, test)
        lift.branch(condition, lambda: body(item), lambda: None)

    return kept


def fresh_list(lift: Lifter, value: Val, node: Any, name: str = "") -> Atom:
    """`list(value)`: a new list of the elements."""
    known = items(lift, value)
    if known is not None:
        return lift.apply("list", [lift.materialise(v) for v in known], name=name)
    if isinstance(value, Generator):
        static = generated(lift, value)
        if static is not None:
            return lift.apply("list", [lift.materialise(v) for v in static], name=name)
        consume(lift, value)
        return _listed(lift, value.tree, value.first, value.scope, name)
    if isinstance(value, Slot) and lift.fact(value).kind == "list":
        return lift.apply("method.copy", (value,), name=name)
    if isinstance(value, Slot | Const | Object | Range):
        atom = lift.materialise(value)
        atom = in_order(lift, atom) if is_walked(lift, atom) else atom
        return lift.apply("builtins.list", (atom,), name=name)
    whole = lift.apply("list", (), name=name)

    def append(item: Val) -> None:
        lift.do("method.append", (whole, lift.materialise(item)))

    for_each(lift, value, append)
    return whole


def listed(lift: Lifter, value: Val, node: Any) -> Atom:
    """The elements of an iterable, as a list or other sequence."""
    if isinstance(value, (*ITERATORS, View, Tuple, Map)):
        return fresh_list(lift, value, node)
    return lift.materialise(value)
