"""User functions: their body takes the place of the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any

import gast

from dpc.frontend.lifting.names import outside
from dpc.frontend.lifting.primitives import call_late
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    Arguments,
    Closure,
    Frame,
    Known,
    Scope,
    Star,
    Table,
    Tuple,
    Val,
)
from dpc.frontend.structure import RESULT, RETURNED, Structured, structured
from dpc.frontend.subset import scan
from dpc.ir.nodes import Atom, Const, Slot, Undefined

Defaults = Mapping[str, Callable[[], Val]]

BUDGET = 3000  # statements, beyond which calls are no longer inlined
NESTED = 40  # calls of a nested function inside itself, while its arguments end them


class Recursion(Exception):
    """A function has been reached again inside itself."""

    def __init__(self, function: object) -> None:
        super().__init__(function)
        self.function = function


def inline(
    lift: Lifter, function: Known | Closure, given: Arguments, node: Any, name: str
) -> Val:
    """The value of a call of a user's function."""
    if isinstance(function, Closure):
        return _closure(lift, function, given, node)
    value = function.value
    assert isinstance(value, FunctionType)
    active = any(frame.function is value for frame in lift.frames)
    if active and value is not lift.frames[0].function:
        raise Recursion(value)
    reading = lift.resolver.reading(value)
    if active or value in lift.recursive or reading is None or lift.count > BUDGET:
        return call_late(lift, function.atom, given, node, name)
    assert isinstance(reading.tree, gast.FunctionDef | gast.Lambda)
    scan(reading)
    defaults = {
        param: partial(held, lift, param, default)
        for param, default in reading.defaults.items()
    }
    code = text_of(lift.texts, reading.tree)
    frame = Frame(reading, code.names, f"closure_of_{value.__name__}", value)
    before = lift.mark()
    try:
        return _run(lift, reading.tree, code, frame, None, defaults, given, node)
    except Recursion as recursion:
        if recursion.function is not value:
            raise
    # It calls itself: none of it is inlined, so that it is called as it is written.
    lift.back(before)
    lift.recursive.add(value)
    return call_late(lift, function.atom, given, node, name)


def _closure(lift: Lifter, function: Closure, given: Arguments, node: Any) -> Val:
    around = function.scope.frame
    code = text_of(lift.texts, function.tree)
    depth = sum(frame.function is function.tree for frame in lift.frames)
    if depth > NESTED or lift.count > 10 * BUDGET:
        lift.fail(
            node,
            "a nested function calls itself without an end in sight",
            "how deep it goes is only known when it runs",
            "move the function to the top of the file, and pass what it needs",
        )
    frame = Frame(around.reading, code.names, around.scope_name, function.tree)
    defaults = {name: partial(_itself, v) for name, v in function.defaults.items()}
    parent = function.scope
    return _run(lift, function.tree, code, frame, parent, defaults, given, node)


def _itself(value: Val) -> Val:
    return value


def held(lift: Lifter, name: str, value: object) -> Val:
    """A live value that no name leads to, such as the default of a parameter."""
    return outside(lift, lift.resolver.hold(name, value), name)


def text_of(
    texts: dict[Any, Structured], tree: gast.FunctionDef | gast.Lambda
) -> Structured:
    """The body of a function without exits, rewritten once."""
    found = texts.get(tree)
    if found is None:
        found = texts[tree] = structured(tree)
    return found


def _run(
    lift: Lifter,
    tree: Any,
    code: Structured,
    frame: Frame,
    parent: Scope | None,
    defaults: Defaults,
    given: Arguments,
    node: Any,
) -> Val:
    scope = Scope(frame, parent, {RETURNED: Const(False)}, bound=code.names)
    frame.scope = scope
    bind_arguments(lift, tree, defaults, given, scope, node)
    for param in (tree.args.posonlyargs or tree.args.args)[:1]:
        frame.receiver = scope.names[param.id]
    outer, span, held, path = lift.scope, lift.build.span, lift.held_span, lift.path
    lift.scope, lift.held_span, lift.path = scope, False, (*path, id(node))
    lift.frames.append(frame)
    lift.block(code.body)
    lift.frames.pop()
    lift.scope, lift.build.span, lift.held_span, lift.path = outer, span, held, path
    value = scope.names.get(RESULT)
    if value is None or isinstance(value, Undefined):
        return Const(None)
    return value


def bind_arguments(
    lift: Lifter,
    tree: Any,
    defaults: Defaults,
    given: Arguments,
    scope: Scope,
    node: Any,
) -> None:
    """Give the parameters their values, as Python does."""
    arguments = tree.args
    params = [p.id for p in (*arguments.posonlyargs, *arguments.args)]
    named = [p.id for p in arguments.kwonlyargs]
    kwargs = dict(given.kwargs)
    args = list(given.args)
    called = f"`{getattr(tree, 'name', 'lambda')}`"
    if any(isinstance(arg, Star) for arg in args):
        args = _fitted(lift, args, params, kwargs, arguments.vararg, node)
    for param, value in zip(params, args, strict=False):
        if param in kwargs:
            lift.fail(node, f"{called} gets two values for `{param}`")
        assert not isinstance(value, Star)
        scope.names[param] = value
    rest = args[len(params) :]
    if arguments.vararg is not None:
        scope.names[arguments.vararg.id] = _star_parameter(lift, rest)
    elif rest:
        lift.fail(node, f"{called} gets {len(rest)} positional arguments too many")
    for param in (*params[len(args) :], *named):
        if param in kwargs:
            scope.names[param] = kwargs.pop(param)
        elif param in defaults:
            scope.names[param] = defaults[param]()
        else:
            lift.fail(node, f"{called} gets no value for `{param}`")
    if arguments.kwarg is not None:
        name = arguments.kwarg.id
        scope.names[name] = _kwargs_parameter(lift, tree, name, kwargs, given.spread)
    elif kwargs or given.spread:
        unknown = next(iter(kwargs), "")
        lift.fail(
            node,
            f"{called} has no parameter `{unknown}`"
            if unknown
            else f"{called} gets a dict of keywords that are not known",
        )


def _fitted(
    lift: Lifter,
    args: list[Val | Star],
    params: list[str],
    kwargs: Mapping[str, Val],
    vararg: Any,
    node: Any,
) -> list[Val | Star]:
    """Starred arguments of unknown length, taken apart as the parameters ask for."""
    position = next(i for i, arg in enumerate(args) if isinstance(arg, Star))
    count = sum(p not in kwargs for p in params[position:])
    if vararg is not None and not count:
        return args
    star = args[position]
    assert isinstance(star, Star)
    if position < len(args) - 1:
        lift.fail(
            node,
            "a starred argument of unknown length cannot be spread over parameters",
            "how many arguments there are is only known when it runs",
            "write the arguments one by one",
        )
    parts = star.value
    more: list[Star] = []
    if vararg is None:
        parts = lift.apply("unpack", (parts, Const(count)))
    else:
        rest = lift.apply("getitem", (parts, Const(slice(count, None, None))))
        more.append(Star(rest))
    found = [lift.apply("getitem", (parts, Const(i))) for i in range(count)]
    return [*args[:position], *found, *more]


def _star_parameter(lift: Lifter, rest: list[Val | Star]) -> Val:
    """What `*args` is: a tuple of known elements, or one that is put together."""
    values = [arg for arg in rest if not isinstance(arg, Star)]
    if len(values) == len(rest):
        return Tuple(tuple(values))
    whole = lift.apply("list", ())
    for arg in rest:
        if isinstance(arg, Star):
            lift.do("method.extend", (whole, arg.value))
        else:
            lift.do("method.append", (whole, lift.materialise(arg)))
    return lift.apply("builtins.tuple", (whole,))


def _kwargs_parameter(
    lift: Lifter,
    tree: Any,
    name: str,
    kwargs: Mapping[str, Val],
    spread: list[Atom],
) -> Val:
    """What `**kwargs` is: a dict, unless it is only handed on."""
    if not spread and _is_handed_on(tree, name):
        return Table(dict(kwargs))
    whole: Slot
    if spread:
        whole = lift.apply("dict", (), name=name)
        for part in spread:
            lift.do("method.update", (whole, part))
        for key, value in kwargs.items():
            lift.store("item", whole, Const(key), lift.materialise(value))
        return whole
    pairs = [a for k, v in kwargs.items() for a in (Const(k), lift.materialise(v))]
    return lift.apply("dict", pairs, name=name)


def _is_handed_on(tree: Any, name: str) -> bool:
    """Whether the dict of keywords is only spread again, or looked into by name."""
    uses = sum(
        isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, gast.Load)
        for n in gast.walk(tree)
    )
    known = 0
    for node in gast.walk(tree):
        match node:
            case gast.keyword(arg=None, value=gast.Name(id=used)) if used == name:
                known += 1
            case gast.Subscript(
                value=gast.Name(id=used), slice=gast.Constant(), ctx=gast.Load()
            ) if used == name:
                known += 1
    return bool(known == uses)
