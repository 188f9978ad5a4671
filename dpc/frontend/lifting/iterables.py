"""Iterables in the form of loops over an index."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from dpc.frontend.lifting.endless import counts_from_zero, element, endless, unmade
from dpc.frontend.lifting.expressions import flat_owner
from dpc.frontend.lifting.grids import of_grid, of_places, places_of
from dpc.frontend.lifting.overloaded import method_of
from dpc.frontend.lifting.positions import (
    Positions,
    Walk,
    name_of,
    number_of,
    of_range,
    part_of,
    plus,
)
from dpc.frontend.lifting.sites import Sites
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    ITERATORS,
    Enumerate,
    Filter,
    Generator,
    Grid,
    Map,
    Range,
    Reversed,
    Tuple,
    Val,
    View,
    Zip,
)
from dpc.ir.nodes import Apply, Atom, Const, Slot

MOST = 64  # elements of a range that are looked at one by one
ZERO, ONE, MINUS_ONE = Const(0), Const(1), Const(-1)
_INDEXED = frozenset("list tuple range str array number".split())
_FIXED = frozenset("tuple range str array number".split())  # of constant length


def walk(lift: Lifter, value: Val) -> Walk:
    """The loop over an iterable; what is evaluated once is evaluated here."""
    _consume(lift, value)
    real = lift.build.definition(value) if isinstance(value, Slot) else None
    if real is not None and real.fn == "dpc.range":
        trips = lift.apply("dpc.steps", real.args, real.kwargs)
        return Walk(ZERO, trips, ONE, lambda i, target: i, is_range=True)
    value = _iterated(lift, value)
    match value:
        case Range(start, stop, step):
            return Walk(start, stop, step, lambda i, target: i, is_range=True)
        case Reversed(Range(start, stop, step)) if number_of(step) in (1, -1):
            first = plus(lift, stop, -number_of(step))
            last = plus(lift, start, -number_of(step))
            step = Const(-number_of(step))
            return Walk(first, last, step, lambda i, target: i, is_range=True)
        case Reversed(part):
            inner = positions(lift, part)
            first = plus(lift, value.length or inner.length(), -1)
            return Walk(first, MINUS_ONE, MINUS_ONE, inner.element)
        case Enumerate(part, start) if number_of(start) == 0:
            inner = positions(lift, part)
            return Walk(
                ZERO,
                inner.length(),
                ONE,
                lambda i, target: Tuple((i, inner.element(i, part_of(target, 1)))),
                counted=True,
                length=inner.length,
                sites=inner.sites,
            )
    counted = isinstance(value, Zip) and _counts(lift, value)
    whole = _positions(lift, value)
    length, sites = whole.length, whole.sites
    return Walk(ZERO, length(), ONE, whole.element, False, counted, length, sites)


def positions(lift: Lifter, value: Val) -> Positions:
    """An iterable as a sequence."""
    _consume(lift, value)
    return _positions(lift, value)


def _iterated(lift: Lifter, value: Val) -> Val:
    """What an object of a user's class gives to walk over."""
    method = method_of(lift, value, "__iter__")
    if method is not None:
        return lift.call(method, (value,), lift.where)
    fact = lift.fact(value)
    if fact.kind == "object" and method_of(lift, value, "__getitem__") is not None:
        lift.fail(
            lift.where,
            f"`{getattr(fact.value, '__name__', 'object')}` has no `__iter__`",
            "is walked over by its `__getitem__`",
            "walk over the indices: for i in range(len(x)): v = x[i]",
        )
    return value


def _positions(lift: Lifter, value: Val) -> Positions:
    value = _iterated(lift, value)
    match value:
        case Range():
            return of_range(lift, value)
        case Zip(parts, strict=strict):
            inner, ended = _together(lift, parts)
            return Positions(
                lambda: _shortest(lift, ended, strict),
                lambda k, target: Tuple(
                    tuple(
                        [p.element(k, part_of(target, i)) for i, p in enumerate(inner)]
                    )
                ),
                _sites(inner),
            )
        case Enumerate(part, start):
            whole = positions(lift, part)
            return Positions(
                whole.length,
                lambda k, target: Tuple(
                    (
                        plus(lift, k, start, name_of(part_of(target, 0))),
                        whole.element(k, part_of(target, 1)),
                    )
                ),
                whole.sites,
            )
        case Reversed(part, length=length):
            return _of_reversed(lift, part, length)
        case Map(function, parts):
            inner = [positions(lift, part) for part in parts]
            return Positions(
                lambda: _shortest(lift, inner),
                lambda k, target: lift.call(
                    function, [p.element(k, None) for p in inner], None, name_of(target)
                ),
                _sites(inner),
            )
        case View(base, part):
            return _of_view(lift, base, part)
        case Grid(axes=None, of=Slot() as of):
            return of_places(lift, of, _of_atom(lift, places_of(lift, of)))
        case Grid(axes=tuple() as axes, rising=None):
            return of_grid(lift, value, axes)
        case Filter() | Generator() | Grid():
            return _of_atom(lift, lift.parts.listed(lift, value, None))
    return _of_atom(lift, lift.materialise(value))


def _together(
    lift: Lifter, parts: Sequence[Val]
) -> tuple[list[Positions], list[Positions]]:
    """Iterables that are run over together, and those of them that have an end."""
    calls = [endless(lift, part) for part in parts]
    if all(calls):
        calls = [None for _ in parts]
    lift.partly = lift.partly or calls.count(None) > 1  # One may end before the others.
    inner, ended = [], []
    for part, call in zip(parts, calls, strict=True):
        if call is None:
            inner.append(positions(lift, part))
            ended.append(inner[-1])
        else:
            unmade(lift, part)
            inner.append(Positions(lambda: ZERO, functools.partial(_turn, lift, call)))
    return inner, ended


def _turn(lift: Lifter, call: Apply, k: Atom, target: Any) -> Val:
    return element(lift, call, k, name_of(target))


def _counts(lift: Lifter, value: Zip) -> bool:
    """The first part of the elements is the position."""
    first, *rest = value.parts or (None,)
    ends = any(endless(lift, part) is None for part in rest)
    return first is not None and ends and counts_from_zero(endless(lift, first))


def _of_reversed(lift: Lifter, part: Val, known: Atom | None) -> Positions:
    whole = positions(lift, part)
    length = known or whole.length()
    last = plus(lift, length, -1)

    def element(k: Atom, target: Any) -> Val:
        return whole.element(lift.apply("operator.sub", (last, k)), target)

    return Positions(lambda: length, element)


def _of_view(lift: Lifter, base: Atom, part: str) -> Positions:
    """A dict, by the list of its keys."""
    keys = _of_atom(lift, base, always=True)

    def element(k: Atom, target: Any) -> Val:
        if part == "keys":
            return keys.element(k, target)
        if part == "values":
            key = lift.materialise(keys.element(k, None))
            return lift.apply("getitem", (base, key), name=name_of(target))
        key = lift.materialise(keys.element(k, part_of(target, 0)))
        name = name_of(part_of(target, 1))
        return Tuple((key, lift.apply("getitem", (base, key), name=name)))

    return Positions(keys.length, element)


def _of_atom(lift: Lifter, atom: Atom, always: bool = False) -> Positions:
    owner = flat_owner(lift, atom, sure=False)
    if owner is not None:
        atom = lift.apply("np.ravel", (owner,))
    if always or lift.fact(atom).kind not in _INDEXED:
        atom = in_order(lift, atom)

    def element(k: Atom, target: Any) -> Val:
        return lift.apply("getitem", (atom, k), name=name_of(target))

    lists = () if lift.fact(atom).kind in _FIXED else (lift.sites(atom),)
    return Positions(lambda: lift.apply("len", (atom,)), element, lists)


def in_order(lift: Lifter, atom: Atom) -> Atom:
    """What has elements, with positions for them.

    An iterator is run to its end for that. It is refused where it may be left before,
    or where it is run over already: what the other one gets would depend on it.
    """
    shared = lift.partly or is_walked(lift, atom)
    lift.walked.append(_origin(lift, atom))
    kwargs = [("lasting", Const(True))] if shared else []
    return lift.apply("sequence", (atom,), kwargs)


def is_walked(lift: Lifter, atom: Atom) -> bool:
    """Whether a loop around runs over this."""
    return bool(lift.walked) and _origin(lift, atom) in lift.walked


def _origin(lift: Lifter, atom: Atom) -> Atom:
    """The value that a name was given."""
    while isinstance(atom, Slot):
        made = lift.build.definitions.get(atom)
        if not isinstance(made, Slot):
            break
        atom = made
    return atom


def _sites(parts: list[Positions]) -> tuple[Sites, ...]:
    return tuple([sites for part in parts for sites in part.sites])


def _shortest(lift: Lifter, parts: list[Positions], strict: bool = False) -> Atom:
    lengths = [part.length() for part in parts]
    if not lengths:
        return ZERO
    if len(lengths) == 1:
        return lengths[0]
    return lift.apply("dpc.one_length" if strict else "min", lengths)


def _consume(lift: Lifter, value: Val) -> None:
    if isinstance(value, Filter | Generator):
        return  # They are when they are listed.
    if not isinstance(value, Grid) or value.rising is None:
        consume(lift, value)


def consume(lift: Lifter, value: Val) -> None:
    """An iterator can be run over once, and only where it was made."""
    if not isinstance(value, ITERATORS):
        return
    if value in lift.consumed or value.depth < lift.depth:
        lift.fail(
            None,
            "elements are taken from an iterator in more than one place",
            "takes from it again",
            "make a list of it first: values = list(...), values[0], values[1:]",
        )
    lift.consumed |= {value}
