"""Calls: what a callee is decides whether it is inlined, a primitive, or bound late."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from types import FunctionType, MethodDescriptorType, MethodType
from typing import Any

import numpy as np

from dpc.frontend.lifting.builtin_grids import GRIDS
from dpc.frontend.lifting.builtin_iterables import ITERABLES
from dpc.frontend.lifting.builtin_objects import OBJECTS
from dpc.frontend.lifting.builtin_reductions import REDUCTIONS
from dpc.frontend.lifting.checkpoints import KEY, checkpointed
from dpc.frontend.lifting.closures import taken_out
from dpc.frontend.lifting.derivatives import (
    COMPILERS,
    compile_call,
    derivative_call,
    of_compiled,
)
from dpc.frontend.lifting.functionals import FUNCTIONALS
from dpc.frontend.lifting.inline import held, inline
from dpc.frontend.lifting.methods import call_method
from dpc.frontend.lifting.objects import construct
from dpc.frontend.lifting.overloaded import method_of
from dpc.frontend.lifting.primitives import call_late, primitive
from dpc.frontend.lifting.pullbacks import JVP, VJP, jvp_call, pulled_call, vjp_call
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    Arguments,
    Bound,
    Choice,
    Closure,
    Compiled,
    Known,
    Method,
    Missing,
    Partial,
    Pulled,
    Star,
    Table,
    Template,
    Val,
)
from dpc.frontend.resolve import OPAQUE, is_compiled, is_opaque, key_of
from dpc.ir.nodes import Const, Slot

# Live functions, by identity, that are known to the lifter itself.
SOLVERS = frozenset(("dpc.implicit.fixed_point", "dpc.implicit.root"))
SPECIAL = {**ITERABLES, **GRIDS, **REDUCTIONS, **OBJECTS, **FUNCTIONALS}


def call_expression(lift: Lifter, node: Any, name: str) -> Val:
    if type(node.func).__name__ == "Attribute":
        base = lift.expr(node.func.value)
        function = lift.attribute(base, node.func.attr, node.func)
    else:
        function = lift.expr(node.func)
    return call(lift, function, arguments(lift, node), node, name)


def arguments(lift: Lifter, node: Any) -> Arguments:
    """The arguments of a call, starred ones taken apart as far as they are known."""
    given = Arguments([], {})
    for place, part in enumerate(node.args):
        if type(part).__name__ != "Starred":
            given.args.append(lift.expr(part))
            continue
        value = lift.expr(part.value)
        items = lift.parts.items(lift, value)
        if items is None:
            later = [*node.args[place + 1 :], *(k.value for k in node.keywords)]
            given.args.append(_starred(lift, value, later, part))
        else:
            given.args += items
    for keyword in node.keywords:
        value = lift.expr(keyword.value)
        if keyword.arg is not None:
            given.kwargs[keyword.arg] = value
        elif isinstance(value, Table) and not value.is_list:
            given.kwargs.update(value.entries)
        else:
            _spread(lift, value, given)
    return given


def _starred(lift: Lifter, value: Val, later: Sequence[Any], node: Any) -> Star:
    """`*value` for a sequence of unknown length.

    The arguments behind it may change a list that is taken apart here.
    """
    if all(type(part).__name__ in ("Name", "Constant") for part in later):
        return Star(lift.parts.listed(lift, value, node))
    return Star(lift.parts.fresh_list(lift, value, node, ""))


def _spread(lift: Lifter, value: Val, given: Arguments) -> None:
    """`**value` for a dict of the program, by its keys where they are known."""
    atom = lift.materialise(value)
    fields = lift.whole(atom).fields
    if fields is None:
        given.spread.append(atom)
        return
    for key, _ in fields:
        given.kwargs[key] = lift.apply("getitem", (atom, Const(key)))


def call(lift: Lifter, function: Val, given: Arguments, node: Any, name: str) -> Val:
    """The result of a call."""
    match function:
        case Known():
            return _known(lift, function, given, node, name)
        case Closure():
            return inline(lift, function, given, node, name)
        case Bound(inner, receiver):
            given.args.insert(0, receiver)
            return call(lift, inner, given, node, name)
        case Partial(inner, args, kwargs):
            given.args[:0] = args
            given.kwargs = {**kwargs, **given.kwargs}
            return call(lift, inner, given, node, name)
        case Compiled():
            return derivative_call(lift, function, given, node, name)
        case Pulled():
            return pulled_call(lift, function, given, node, name)
        case Method():
            return call_method(lift, function, given, node, name)
        case Missing(key):
            error = lift.apply("KeyError", (key,))
            lift.do("raise", (error,))
            lift.dead = True
            return Const(None)
        case Choice(test, then, orelse):
            value = lift.branch(
                test,
                lambda: call(lift, then, _copy(given), node, ""),
                lambda: call(lift, orelse, _copy(given), node, ""),
                name,
            )
            return Const(None) if value is None else value
        case Slot():
            return _of_slot(lift, function, given, node, name)
    return call_late(lift, lift.materialise(function), given, node, name)


def _copy(given: Arguments) -> Arguments:
    return Arguments(list(given.args), dict(given.kwargs), list(given.spread))


def _of_slot(
    lift: Lifter, function: Slot, given: Arguments, node: Any, name: str
) -> Val:
    """A function or callable object that is a value of the program."""
    fact = lift.fact(function)
    if isinstance(fact.value, Template):
        closure = taken_out(lift, function, fact.value, node)
        return call(lift, closure, given, node, name)
    if fact.kind not in ("any", "function", "object", "other"):
        lift.fail(
            node,
            "which function is called here cannot be told",
            "is not one function only",
            "choose between calls instead: f(x) if test else g(x)",
        )
    if fact.kind == "function" and fact.value is not None:
        return call(lift, Known(fact.value, function), given, node, name)
    method = method_of(lift, function, "__call__")
    if method is not None:
        given.args.insert(0, function)
        return call(lift, method, given, node, name)
    return call_late(lift, function, given, node, name)


def _known(
    lift: Lifter, function: Known, given: Arguments, node: Any, name: str
) -> Val:
    value = function.value
    handler = SPECIAL.get(id(value))
    if handler is not None:
        return handler(lift, given, node, name)
    key = key_of(value)
    if key == KEY:
        return checkpointed(lift, given, node)
    if key in SOLVERS:
        return inline(lift, Known(value.__wrapped__, function.atom), given, node, name)
    if key and (key in lift.library or key.startswith("scipy.stats.")):
        return primitive(lift, key, given, node, name)
    if key in COMPILERS:
        return compile_call(lift, COMPILERS[key], function, given, node)
    if key == JVP:
        return jvp_call(lift, given, node, name)
    if key == VJP:
        return vjp_call(lift, given, node, name)
    if is_compiled(value):
        return call(lift, of_compiled(lift, value), given, node, name)
    match value:
        case functools.partial():
            return call(lift, _of_partial(lift, value), given, node, name)
        case MethodDescriptorType() if _is_built_in(value) and given.args:
            receiver = given.args.pop(0)
            assert not isinstance(receiver, Star)
            return call_method(lift, Method(receiver, value.__name__), given, node, "")
        case MethodType() if _public(value) is not None:
            # Such as `random.seed`, of an object that is not to be seen.
            return primitive(lift, str(_public(value)), given, node, name)
        case MethodType():
            return call(lift, _of_method(lift, value), given, node, name)
        case type():
            return construct(lift, function, given, node, name)
        case FunctionType() if not is_opaque(value):
            return inline(lift, function, given, node, name)
    in_library = key.partition(".")[0] in OPAQUE or (key and "." not in key)
    if in_library or key.startswith("np."):
        return primitive(lift, key, given, node, name)
    return call_late(lift, function.atom, given, node, name)


def _is_built_in(value: MethodDescriptorType) -> bool:
    """`list.append`, `np.ndarray.fill`: a method that is taken from its class."""
    return value.__objclass__ in (list, dict, np.ndarray)


def _public(value: MethodType) -> str | None:
    """The key of a library's bound method that is a function of its module."""
    name, module = value.__name__, sys.modules.get(value.__func__.__module__)
    if is_opaque(value.__func__) and getattr(module, name, None) == value:
        return f"{value.__func__.__module__}.{name}"
    return None


def _of_partial(lift: Lifter, value: functools.partial[Any]) -> Partial:
    """A partial application that was made outside."""
    name = getattr(value.func, "__name__", "f")
    function = held(lift, name, value.func)
    args = [held(lift, f"{name}_{i}", arg) for i, arg in enumerate(value.args)]
    kwargs = {key: held(lift, key, arg) for key, arg in value.keywords.items()}
    return Partial(function, tuple(args), kwargs)


def _of_method(lift: Lifter, value: MethodType) -> Val:
    """A bound method that was made outside."""
    receiver = held(lift, "self", value.__self__)
    return Bound(held(lift, value.__name__, value.__func__), receiver)
