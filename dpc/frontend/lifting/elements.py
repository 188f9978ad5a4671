"""Iterables of which every element is known before the program runs.

A loop over them can be unrolled. An element is read when its turn comes: the body of
the loop may have stored another one in its place.
"""

from __future__ import annotations

from collections.abc import Callable

from dpc.frontend.lifting.expressions import holds_function
from dpc.frontend.lifting.iterables import consume
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    Enumerate,
    Literals,
    Range,
    Reversed,
    Table,
    Tuple,
    Val,
    View,
    Zip,
)
from dpc.ir.facts import Fact
from dpc.ir.nodes import Atom, Const, Slot

MOST = 64  # elements of a range that are looked at one by one
FEW = 8  # elements for each of which an expression may be written out

Reader = Callable[[], Val]


def items(lift: Lifter, value: Val) -> list[Val] | None:
    """The elements of an iterable of known length, None where it is not known."""
    found = readers(lift, value)
    if found is None:
        return None
    _consume(lift, value)
    return [read() for read in found]


def readers(lift: Lifter, value: Val) -> list[Reader] | None:
    """What reads each element, where their number is known."""
    match value:
        case Literals():
            lift.fail(
                None,
                "in which order a set gives its elements is not defined",
                "walks over a set",
                "write a tuple or a list: (1, 2)",
            )
        case Zip(parts):
            columns = [readers(lift, part) for part in parts]
            known = [column for column in columns if column is not None]
            if len(known) < len(columns):
                return None
            return [_row(row) for row in zip(*known, strict=False)]
        case Enumerate(part, Const(int(start))):
            inner = readers(lift, part)
            if inner is None:
                return None
            counts = range(start, start + len(inner))
            return [
                _row(row) for row in zip(map(_constant, counts), inner, strict=True)
            ]
        case Reversed(part, length=None):
            inner = readers(lift, part)
            return None if inner is None else inner[::-1]
        case View(base, part):
            keys = keys_of(lift, base)
            return None if keys is None else [_entry(lift, base, part, k) for k in keys]
        case Slot():
            return _of_slot(lift, value)
    constants = _constants(value)
    return None if constants is None else [_constant(item) for item in constants]


def _constants(value: Val) -> list[object] | None:
    match value:
        case Tuple(parts):
            return list(parts)
        case Table(entries, is_list):
            return list(entries.values() if is_list else entries)
        case Const(tuple() as constant):
            return list(constant)
        case Range(Const(int(start)), Const(int(stop)), Const(int(step))):
            steps = range(start, stop, step)
            return list(steps) if len(steps) <= MOST else None
    return None


def _constant(item: object) -> Reader:
    value = item if isinstance(item, Val) else Const(item)
    return lambda: value


def _row(row: tuple[Reader, ...]) -> Reader:
    return lambda: Tuple(tuple([read() for read in row]))


def _of_slot(lift: Lifter, value: Slot) -> list[Reader] | None:
    fact = lift.fact(value)
    if fact.kind == "dict":
        keys = keys_of(lift, value)
        return None if keys is None else [_constant(key) for key in keys]
    if fact.kind == "object" and hasattr(fact.value, "_fields"):
        return [_field(lift, value, name) for name in fact.value._fields]
    size = length_of(lift, value)
    return None if size is None else [_item(lift, value, k) for k in range(size)]


def _item(lift: Lifter, base: Atom, key: object) -> Reader:
    return lambda: lift.apply("getitem", (base, Const(key)))


def _field(lift: Lifter, base: Atom, name: str) -> Reader:
    return lambda: lift.apply("getattr", (base, Const(name)))


def _entry(lift: Lifter, base: Atom, part: str, key: object) -> Reader:
    match part:
        case "keys":
            return _constant(key)
        case "values":
            return _item(lift, base, key)
    return _row((_constant(key), _item(lift, base, key)))


def length_of(lift: Lifter, slot: Slot) -> int | None:
    """The number of elements of a tuple or list, where it is always the same."""
    fact = lift.fact(slot)
    if fact.kind == "tuple" and fact.items is not None:
        return len(fact.items)
    if fact.kind not in ("list", "tuple"):
        return None
    cells = lift.containers.cells(slot)
    return None if cells is None else len(cells)


def keys_of(lift: Lifter, base: Atom) -> list[object] | None:
    """The keys of a dict in their order, where they are always the same."""
    sites = lift.sites(base)
    if lift.fact(base).kind != "dict" or not sites:
        return None
    orders = set()
    for site in sites:
        site.read = True
        if site.lost or not site.fixed or site.rest is not None:
            return None
        orders.add(tuple(site.fields))
    return list(orders.pop()) if len(orders) == 1 else None


# Which loops are unrolled.


def static_items(lift: Lifter, value: Val) -> list[Reader] | None:
    """The elements of an iterable whose loop has to be unrolled: of different kinds,
    or the keys of a dict that holds arrays of different ranks."""
    found = readers(lift, value)
    if found is None:
        return None
    probed = _probed(lift, found)
    keyed = _is_keyed(lift, value) and len(found) <= FEW
    if not (_are_mixed(lift, probed) or (keyed and _differ(lift, value, probed))):
        return None
    _consume(lift, value)
    return found


def few_items(lift: Lifter, value: Val) -> list[Reader] | None:
    """The elements of a comprehension that is written out: those of a dict, functions,
    or arrays of different ranks. What is known of each result is then known."""
    found = readers(lift, value)
    if found is None:
        return None
    probed = _probed(lift, found)
    functions = any(map(holds_function, probed))
    apart = _is_keyed(lift, value) or _differ(lift, value, probed)
    if not functions and not (apart and len(found) <= FEW):
        return None
    _consume(lift, value)
    return found


def _probed(lift: Lifter, found: list[Reader]) -> list[Val]:
    """The elements, without a trace in the program."""
    mark = len(lift.build.block)
    values = [read() for read in found]
    del lift.build.block[mark:]
    return values


def _consume(lift: Lifter, value: Val) -> None:
    consume(lift, value)
    match value:
        case Zip(parts):
            for part in parts:
                _consume(lift, part)
        case Enumerate(part) | Reversed(part):
            _consume(lift, part)


def _is_keyed(lift: Lifter, value: Val) -> bool:
    return isinstance(value, View) or lift.fact(value).kind == "dict"


def _differ(lift: Lifter, value: Val, probed: list[Val]) -> bool:
    """Arrays of different ranks are among them, or are what the keys stand for."""
    base = value.base if isinstance(value, View) else value
    if isinstance(base, Slot) and lift.fact(base).kind == "dict":
        keys = keys_of(lift, base) or ()
        probed = _probed(lift, [_item(lift, base, key) for key in keys])
    return len({_ranked(lift.fact(item)) for item in probed}) > 1


def _ranked(fact: Fact) -> object:
    if fact.kind == "tuple" and fact.items is not None:
        return tuple(_ranked(item) for item in fact.items)
    return (_category(fact), fact.rank)


def _are_mixed(lift: Lifter, found: list[Val]) -> bool:
    if any(map(holds_function, found)):
        return True
    kinds = {_category(lift.fact(item)) for item in found}
    if "function" in str(kinds):
        return True
    return len(kinds - {"any"}) > 1


def _category(fact: Fact) -> object:
    if fact.is_number:
        return "number"
    if fact.kind == "tuple" and fact.items is not None:
        return tuple(_category(item) for item in fact.items)
    if fact.kind == "object":
        return fact.value
    return fact.kind
