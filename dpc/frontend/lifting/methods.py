"""Methods of arrays, lists, dicts and strings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dpc.frontend.lifting.arities import fits
from dpc.frontend.lifting.comprehensions import listed
from dpc.frontend.lifting.known import GENERATORS
from dpc.frontend.lifting.objects import as_dict, replaced
from dpc.frontend.lifting.primitives import call_late, plain_arguments, primitive
from dpc.frontend.lifting.searches import sorted_by
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    Arguments,
    Choice,
    Literals,
    Method,
    Star,
    Table,
    Tuple,
    Val,
    View,
)
from dpc.frontend.lifting.writers import shuffled
from dpc.ir.nodes import Atom, Const
from dpc.ir.plain import is_named_tuple

# Methods of arrays that NumPy has as functions of the same name and meaning.
OF_ARRAYS = frozenset(
    name
    for name in dir(np.ndarray)
    if not name.startswith("_")
    and callable(getattr(np.ndarray, name))
    and hasattr(np, name)
    # These change the array, which the functions of the same name do not.
    and name not in ("resize", "byteswap")
)
# Those whose positional arguments may stand for the elements of one tuple.
_VARIADIC = frozenset({"reshape", "transpose"})
_RENAMED = {"max": "max", "min": "min", "abs": "abs"}
# Methods of arrays that are no functions.
_OWN = frozenset(
    "astype conj conjugate copy item tolist flatten fill sort partition put resize "
    "view".split()
)
_PROCEDURES = frozenset("append extend insert remove clear reverse update".split())
_VIEWS = frozenset("items keys values".split())
_OTHERS = frozenset("pop get setdefault index count popitem".split())
_OF_SORTED = ("key", "reverse")
OF_CONTAINERS = _PROCEDURES | _VIEWS | _OTHERS
NAMES = OF_ARRAYS | _OWN | OF_CONTAINERS


def call_method(
    lift: Lifter, method: Method, given: Arguments, node: Any, name: str
) -> Val:
    """`receiver.method(...)`."""
    receiver, attribute = method.receiver, method.name
    if isinstance(receiver, Literals):
        lift.fail(
            node,
            "a set that is written as a display has no methods here",
            "is looked into only",
            "make it by a call: set([0, 1])",
        )
    if isinstance(receiver, Table):
        return _of_table(lift, receiver, attribute, given, node, name)
    if isinstance(receiver, Choice):
        return _of_choice(lift, receiver, attribute, given, name, node)
    fact = lift.fact(receiver)
    cls = fact.value
    if isinstance(cls, type) and is_named_tuple(cls):
        if attribute == "_replace":
            return replaced(lift, receiver, given.kwargs, node, name)
        if attribute == "_asdict":
            return as_dict(lift, receiver, cls, node, name)
    atom = lift.materialise(receiver)
    kind = lift.fact(atom).kind
    if kind in ("any", "other") and attribute in NAMES:
        if not fits(attribute, given):
            callee = lift.apply("getattr", (atom, Const(attribute)))
            return call_late(lift, callee, given, node, name)
        lift.assumed.add(attribute)
    if kind in ("list", "dict") or (
        kind in ("any", "other") and _is_of_container(attribute, given)
    ):
        return _of_container(lift, atom, attribute, given, node, name)
    if kind in ("str", "tuple", "range") or isinstance(atom, Const):
        args, kwargs = plain_arguments(lift, attribute, given, node)
        return lift.apply(
            f"method.{attribute}", (atom, *args), list(kwargs.items()), name
        )
    if kind == "sparse" and attribute == "dot":
        args, _ = plain_arguments(lift, attribute, given, node)
        return lift.apply("operator.matmul", (atom, *args), name=name)
    if kind == "sparse":
        return _of_sparse(lift, atom, attribute, given, node, name)
    arrays = kind in ("any", "other") or lift.fact(atom).is_number
    if arrays and attribute in _OWN:
        return _OWN_METHODS[attribute](lift, atom, given, node, name)
    if arrays and attribute in OF_ARRAYS:
        return _of_array(lift, atom, attribute, given, node, name)
    if lift.fact(atom).value in GENERATORS and f"method.{attribute}" in lift.library:
        args, kwargs = plain_arguments(lift, attribute, given, node)
        if attribute == "shuffle" and shuffled(
            lift, "method.shuffle", [atom, *args], kwargs
        ):
            return Const(None)
        return _own(f"method.{attribute}")(lift, atom, given, node, name)
    callee = lift.apply("getattr", (atom, Const(attribute)))
    return call_late(lift, callee, given, node, name)


def _of_choice(
    lift: Lifter,
    receiver: Choice,
    attribute: str,
    given: Arguments,
    name: str,
    node: Any,
) -> Val:
    then, orelse = Method(receiver.then, attribute), Method(receiver.orelse, attribute)
    value = lift.branch(
        receiver.test,
        lambda: call_method(lift, then, given, node, ""),
        lambda: call_method(lift, orelse, given, node, ""),
        name,
    )
    assert value is not None
    return value


def _is_of_container(attribute: str, given: Arguments) -> bool:
    """No array has the method, or takes what it is given."""
    by_key = attribute == "sort" and not given.kwargs.keys().isdisjoint(_OF_SORTED)
    return by_key or attribute in OF_CONTAINERS


def _of_sparse(
    lift: Lifter, atom: Atom, attribute: str, given: Arguments, node: Any, name: str
) -> Val:
    """A method of a sparse matrix, which has a rule, or none if the matrix varies."""
    if attribute == "copy":
        form = lift.apply("getattr", (atom, Const("format")))
        named = [("copy", Const(True))]
        return lift.apply("method.asformat", (atom, form), named, name)
    return _own(f"method.{attribute}")(lift, atom, given, node, name)


def _of_array(
    lift: Lifter, atom: Atom, attribute: str, given: Arguments, node: Any, name: str
) -> Val:
    """The NumPy function of the same meaning, receiver first."""
    if attribute in _VARIADIC and len(given.args) > 1:
        values = [arg for arg in given.args if not isinstance(arg, Star)]
        given = Arguments([Tuple(tuple(values))], given.kwargs)
    if attribute == "clip" and len(given.args) == 1 and not given.kwargs:
        given.args.append(Const(None))  # Which the function does not do without.
    given.args.insert(1 if attribute == "compress" else 0, atom)
    key = f"np.{_RENAMED.get(attribute, attribute)}"
    return primitive(lift, key, given, node, name)


def _own(key: str) -> Callable[[Lifter, Atom, Arguments, Any, str], Val]:
    def call(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
        args, kwargs = plain_arguments(lift, key, given, node)
        return lift.apply(key, (atom, *args), list(kwargs.items()), name)

    return call


def _item(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
    """`x.item()`, and `x.item(k)` of the flat elements."""
    args, _ = plain_arguments(lift, "item", given, node)
    if len(args) > 1:
        atom = lift.apply("getitem", (atom, lift.materialise(Tuple(tuple(args)))))
    elif args and lift.fact(args[0]).kind == "int":
        flat = lift.apply("np.ravel", (atom,))
        atom = lift.apply("getitem", (flat, args[0]))
    elif args:
        atom = lift.apply("getitem", (atom, args[0]))
    return lift.apply("method.item", (atom,), name=name)


def _flatten(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
    """A copy always, where `ravel` gives a view if it can."""
    args, kwargs = plain_arguments(lift, "flatten", given, node)
    flat = lift.apply("np.ravel", (atom, *args), list(kwargs.items()))
    return lift.apply("np.copy", (flat,), name=name)


def _copy(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
    """Unlike the function it gives rows that lie one behind the other."""
    args, kwargs = plain_arguments(lift, "copy", given, node)
    order = args[0] if args else kwargs.get("order", Const("C"))
    return lift.apply("np.copy", (atom,), [("order", order)], name)


def _fill(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
    args, _ = plain_arguments(lift, "fill", given, node)
    lift.store("item", atom, Const(Ellipsis), args[0])
    return Const(None)


def _put(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
    given.args.insert(0, atom)
    return primitive(lift, "np.put", given, node, name)


def _resize(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
    lift.fail(
        node,
        "an array cannot be resized in place",
        "changes the array that others see",
        "make an array of the other shape: y = np.resize(x, shape)",
    )


def _view(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
    if given.args or given.kwargs:
        lift.fail(
            node,
            "a view of another dtype or class has no derivative",
            "reads the bytes of numbers as something else",
            "convert the values: y = x.astype(dtype)",
        )
    return lift.apply("getitem", (atom, Const(Ellipsis)), name=name)


def _partition(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
    args, kwargs = plain_arguments(lift, "partition", given, node)
    ordered = lift.apply("np.partition", (atom, *args), list(kwargs.items()))
    lift.store("item", atom, Const(Ellipsis), ordered)
    return Const(None)


def _sort(lift: Lifter, atom: Atom, given: Arguments, node: Any, name: str) -> Val:
    args, kwargs = plain_arguments(lift, "sort", given, node)
    ordered = lift.apply("np.sort", (atom, *args), list(kwargs.items()))
    lift.store("item", atom, Const(Ellipsis), ordered)
    return Const(None)


_OWN_METHODS: dict[str, Callable[[Lifter, Atom, Arguments, Any, str], Val]] = {
    "astype": _own("method.astype"),
    "conj": _own("method.conj"),
    "conjugate": _own("np.conj"),  # Python's numbers have it, too, and no `conj`.
    "copy": _copy,
    "item": _item,
    "tolist": _own("method.tolist"),
    "flatten": _flatten,
    "fill": _fill,
    "sort": _sort,
    "partition": _partition,
    "put": _put,
    "resize": _resize,
    "view": _view,
}


def _of_container(
    lift: Lifter, atom: Atom, attribute: str, given: Arguments, node: Any, name: str
) -> Val:
    """A method of a list or dict."""
    if attribute in _VIEWS:
        return View(atom, attribute)
    values = [arg for arg in given.args if not isinstance(arg, Star)]
    if attribute == "extend" and values:
        lift.do("method.extend", (atom, listed(lift, values[0], node)))
        return Const(None)
    if attribute == "reverse" and not values:
        backwards = Const(slice(None, None, -1))
        turned = lift.apply("getitem", (atom, backwards))
        lift.store("item", atom, Const(slice(None, None, None)), turned)
        return Const(None)
    if attribute == "sort":
        ordered = sorted_by(lift, atom, given.kwargs, node, "")
        everything = Const(slice(None, None, None))
        lift.store("item", atom, everything, lift.materialise(ordered))
        return Const(None)
    if attribute == "update":
        for value in values:
            lift.do("method.update", (atom, lift.materialise(value)))
        for key, value in given.kwargs.items():
            lift.store("item", atom, Const(key), lift.materialise(value))
        return Const(None)
    args, kwargs = plain_arguments(lift, attribute, given, node)
    if attribute == "appendleft":
        return lift.do("method.insert", (atom, Const(0), *args))
    if attribute == "popleft":
        return lift.apply("method.pop", (atom, Const(0)), name=name)
    key = f"method.{attribute}"
    if attribute in _PROCEDURES:
        return lift.do(key, (atom, *args), list(kwargs.items()))
    return lift.apply(key, (atom, *args), list(kwargs.items()), name)


def _of_table(
    lift: Lifter, table: Table, attribute: str, given: Arguments, node: Any, name: str
) -> Val:
    """A method of a dict or list that holds functions."""
    entries = table.entries
    match attribute:
        case "values" if not table.is_list:
            return Tuple(tuple(entries.values()))
        case "keys" if not table.is_list:
            return Tuple(tuple(map(Const, entries)))
        case "items" if not table.is_list:
            return Tuple(tuple(Tuple((Const(k), v)) for k, v in entries.items()))
        case "get" if not table.is_list:
            key = given.args[0]
            literal = None if isinstance(key, Star) else lift.constant(key)
            if literal is not None:
                default = given.args[1] if len(given.args) > 1 else Const(None)
                assert not isinstance(default, Star)
                return entries.get(literal.value, default)
    lift.fail(
        node,
        "a list or dict that holds functions cannot be changed",
        "which function is called is only known when it runs",
        "write all of them where the list or dict is made",
    )
