"""Builtins that take functions or iterables, or that are known without running."""

from __future__ import annotations

import builtins
import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from dpc.frontend.lifting.comprehensions import for_each, fresh_list, listed
from dpc.frontend.lifting.names import method_as_value
from dpc.frontend.lifting.objects import replaced
from dpc.frontend.lifting.operators import method_of, operate
from dpc.frontend.lifting.primitives import primitive
from dpc.frontend.lifting.searches import extreme, sorted_by
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    CALLABLES,
    ITERATORS,
    Arguments,
    Bound,
    Closure,
    Enumerate,
    Filter,
    Known,
    Map,
    Method,
    Partial,
    Range,
    Reversed,
    Star,
    Super,
    Table,
    Tuple,
    Val,
    View,
    Zip,
)
from dpc.ir.facts import Fact
from dpc.ir.nodes import Atom, Const, Slot

Handler = Callable[[Lifter, Arguments, Any, str], Val]


def _values(lift: Lifter, given: Arguments, node: Any) -> list[Val]:
    """The positional arguments, of which none may be of unknown number."""
    if given.spread or any(isinstance(arg, Star) for arg in given.args):
        lift.fail(
            node,
            "a starred argument of unknown length cannot stand here",
            "how many arguments there are is only known when it runs",
            "write the arguments one by one",
        )
    return [arg for arg in given.args if not isinstance(arg, Star)]


def _range(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    atoms = [lift.materialise(value) for value in _values(lift, given, node)]
    match atoms:
        case [stop]:
            return Range(Const(0), stop, Const(1))
        case [start, stop]:
            return Range(start, stop, Const(1))
        case [start, stop, step]:
            return Range(start, stop, step)
    lift.fail(node, f"`range` takes one to three arguments, not {len(atoms)}")


def _zip(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    given.kwargs.pop("strict", None)
    return Zip(tuple(_values(lift, given, node)), lift.depth)


def _enumerate(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = _values(lift, given, node)
    start = given.kwargs.get("start", values[1] if len(values) > 1 else Const(0))
    part = values[0] if values else given.kwargs["iterable"]
    return Enumerate(part, lift.materialise(start), lift.depth)


def _reversed(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return Reversed(_values(lift, given, node)[0], lift.depth)


def _map(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    function, *parts = _values(lift, given, node)
    return Map(function, tuple(parts), lift.depth)


def _filter(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    function, part = _values(lift, given, node)
    nothing = isinstance(function, Const) and function.value is None
    return Filter(None if nothing else function, part, lift.depth)


def _iter(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    value = _values(lift, given, node)[0]
    if isinstance(value, ITERATORS):
        return value
    return Map(Known(_same, Const(None)), (value,), lift.depth)


def _same(value: Any) -> Any:
    return value


def _len(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = _values(lift, given, node)
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
    values = _values(lift, given, node)
    if not values:
        return lift.apply("list", (), name=name)
    return fresh_list(lift, values[0], node, name)


def _tuple(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = _values(lift, given, node)
    items = lift.parts.items(lift, values[0]) if values else []
    if items is not None:
        return Tuple(tuple(items))
    whole = listed(lift, values[0], node)
    return lift.apply("builtins.tuple", (whole,), name=name)


def _dict(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = _values(lift, given, node)
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
    elif isinstance(value, (*ITERATORS, View)):
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


# Reductions.


def _sum(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    value, *rest = _values(lift, given, node)
    start = given.kwargs.get("start", rest[0] if rest else Const(0))
    if not isinstance(value, ITERATORS):
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
    (value,) = _values(lift, given, node)
    if not isinstance(value, ITERATORS):
        return lift.apply(which, (lift.materialise(value),), name=name)

    def look(item: Val) -> None:
        def decide() -> None:
            lift.scope.names["$found"] = Const(True)

        def go_on() -> None:
            pass

        test = lift.parts.condition(lift, item)
        if which == "any":
            lift.branch(test, decide, go_on)
        else:
            lift.branch(test, go_on, decide)

    start: dict[str, Val] = {"$found": Const(False)}
    found = for_each(lift, value, look, start, "$found")["$found"]
    return found if which == "any" else lift.parts.negated(lift, found, name)


def _max(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return extreme(lift, given, node, name, "max")


def _min(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return extreme(lift, given, node, name, "min")


def _sorted(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = _values(lift, given, node)
    return sorted_by(lift, value, given.kwargs, node, name)


def _reduce(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    function, value, *rest = _values(lift, given, node)
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


# Objects and types.


def _isinstance(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    value, kinds = _values(lift, given, node)
    classes = _classes(kinds)
    if classes is not None:
        known = _is_instance(lift, value, classes)
        if known is not None:
            return Const(known)
    atoms = lift.materialise(value), lift.materialise(kinds)
    return lift.apply("isinstance", atoms, name=name)


def _classes(value: Val) -> tuple[type, ...] | None:
    if isinstance(value, Known) and isinstance(value.value, type):
        return (value.value,)
    if isinstance(value, Tuple):
        parts = [_classes(item) for item in value.items]
        if all(part is not None for part in parts):
            return tuple(cls for part in parts if part is not None for cls in part)
    return None


# Of a number that may be Python's or NumPy's it is not known which classes it has.
_TYPES = {
    "float": float,
    "int": int,
    "bool": bool,
    "complex": complex,
    "str": str,
    "none": type(None),
    "tuple": tuple,
    "list": list,
    "dict": dict,
    "array": np.ndarray,
}
_CONTAINERS = (list, tuple, dict, str, type(None), set)


def _is_instance(lift: Lifter, value: Val, classes: tuple[type, ...]) -> bool | None:
    fact = lift.fact(value)
    cls = _TYPES.get(fact.kind)
    if fact.kind == "object" and isinstance(fact.value, type):
        cls = fact.value
    if cls is not None:
        return issubclass(cls, classes)
    if fact.kind in ("scalar", "number"):
        possible = [c for c in classes if c not in _CONTAINERS]
        if fact.kind == "scalar":
            possible = [c for c in possible if c is not np.ndarray]
        if np.generic in classes or np.number in classes:
            return None
        return None if possible else False
    if isinstance(value, CALLABLES) and not isinstance(value, Known):
        return False
    return None


def _callable(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = _values(lift, given, node)
    fact = lift.fact(value)
    if isinstance(value, CALLABLES) or fact.kind == "function":
        return Const(True)
    if fact.kind not in ("any", "object", "other"):
        return Const(False)
    return lift.apply("callable", (lift.materialise(value),), name=name)


def _getattr(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    value, attribute, *default = _values(lift, given, node)
    literal = lift.constant(attribute)
    if literal is None or default:
        atoms = [lift.materialise(v) for v in (value, attribute, *default)]
        return lift.apply("getattr", atoms, name=name)
    found = lift.attribute(value, str(literal.value), node, name)
    if isinstance(found, Method):
        return method_as_value(lift, found, name)
    return found


def _setattr(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    base, attribute, value = (lift.materialise(v) for v in _values(lift, given, node))
    if not isinstance(attribute, Const):
        lift.fail(node, "the name of an attribute to set must be a literal")
    lift.store("attr", base, attribute, value)
    return Const(None)


def _type(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = _values(lift, given, node)
    fact = lift.fact(value)
    cls = fact.value if fact.kind == "object" else _TYPES.get(fact.kind)
    if isinstance(cls, type):
        return lift.resolver.class_of(cls)
    return lift.apply("type", (lift.materialise(value),), name=name)


def _super(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = _values(lift, given, node)
    if len(values) == 2 and isinstance(values[0], Known):
        return Super(values[0].value, values[1])
    frame = lift.frames[-1]
    cell = frame.reading.closure.get("__class__")
    if cell is None or frame.receiver is None:
        lift.fail(node, "`super()` stands outside a method")
    return Super(cell.cell_contents, frame.receiver)


def _partial(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    function, *args = _values(lift, given, node)
    return Partial(function, tuple(args), dict(given.kwargs))


def _divmod(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    a, b = _values(lift, given, node)
    quotient = operate(lift, "floordiv", (a, b), "", node)
    return Tuple((quotient, operate(lift, "mod", (a, b), "", node)))


def _pow(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    values = _values(lift, given, node)
    if len(values) != 2:
        return primitive(lift, "pow", given, node, name)
    return operate(lift, "pow", (values[0], values[1]), name, node)


def _slice(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    parts = [lift.materialise(value) for value in _values(lift, given, node)]
    nothing = Const(None)
    if len(parts) == 1:
        parts = [nothing, *parts]
    parts += [nothing] * (3 - len(parts))
    if all(isinstance(part, Const) for part in parts):
        return Const(slice(*(p.value for p in parts if isinstance(p, Const))))
    return lift.apply("slice", parts, name=name)


def _abs(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = _values(lift, given, node)
    method = method_of(lift, value, "__abs__")
    if method is not None:
        return lift.call(method, (value,), node, name)
    return lift.apply("abs", (lift.materialise(value),), name=name)


def _replace(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    (value,) = _values(lift, given, node)
    return replaced(lift, value, given.kwargs, node, name)


def _wraps(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    """`functools.wraps(f)` changes what a function is called, not what it does."""
    return Known(_same, Const(None))


def _identity(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    return _values(lift, given, node)[0]


SPECIAL: dict[int, Handler] = {
    id(builtins.range): _range,
    id(builtins.zip): _zip,
    id(builtins.enumerate): _enumerate,
    id(builtins.reversed): _reversed,
    id(builtins.map): _map,
    id(builtins.filter): _filter,
    id(builtins.iter): _iter,
    id(builtins.len): _len,
    id(builtins.list): _list,
    id(builtins.tuple): _tuple,
    id(builtins.dict): _dict,
    id(builtins.sum): _sum,
    id(builtins.any): _any,
    id(builtins.all): _all,
    id(builtins.max): _max,
    id(builtins.min): _min,
    id(builtins.sorted): _sorted,
    id(builtins.isinstance): _isinstance,
    id(builtins.callable): _callable,
    id(builtins.getattr): _getattr,
    id(builtins.setattr): _setattr,
    id(builtins.type): _type,
    id(builtins.super): _super,
    id(builtins.divmod): _divmod,
    id(builtins.pow): _pow,
    id(builtins.slice): _slice,
    id(builtins.abs): _abs,
    id(functools.partial): _partial,
    id(functools.reduce): _reduce,
    id(functools.wraps): _wraps,
    id(dataclasses.replace): _replace,
    id(_same): _identity,
}


def fact_kind(fact: Fact) -> str:
    return fact.kind


__all__ = ["SPECIAL", "Bound", "Closure"]
