"""Parameters of a function that is inlined: which argument each of them gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature, signature
from typing import Any

import gast

from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    Arguments,
    Bound,
    Closure,
    Compiled,
    Known,
    Partial,
    Scope,
    Star,
    Table,
    Tuple,
    Val,
)
from dpc.ir.nodes import Atom, Const

# Evaluated where a parameter gets no argument, and only there.
Defaults = Mapping[str, Callable[[], Val]]


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
        wanted = [p for p in params if p not in kwargs]
        args = _fitted(lift, args, wanted, defaults, arguments.vararg, node)
    spread = _joined(lift, given.spread, arguments.kwarg is not None)
    for param, value in zip(params, args, strict=False):
        if param in kwargs:
            lift.fail(
                node,
                f"{called} gets two values for `{param}`",
                hint="pass it by position or by keyword, not both",
            )
        assert not isinstance(value, Star)
        scope.names[param] = value
    rest = args[len(params) :]
    if arguments.vararg is not None:
        scope.names[arguments.vararg.id] = _star_parameter(lift, rest)
    elif rest:
        lift.fail(
            node,
            f"{called} gets {len(rest)} positional arguments too many",
            hint=f"it takes {len(params)}",
        )
    for param in (*params[len(args) :], *named):
        if param in kwargs:
            scope.names[param] = kwargs.pop(param)
        elif spread is not None:
            take_out = arguments.kwarg is not None
            scope.names[param] = _from_spread(lift, spread, param, defaults, take_out)
        elif param in defaults:
            scope.names[param] = defaults[param]()
        else:
            lift.fail(
                node,
                f"{called} gets no value for `{param}`",
                hint=f"pass it: {param}=...",
            )
    if arguments.kwarg is not None:
        name = arguments.kwarg.id
        scope.names[name] = _kwargs_parameter(lift, tree, name, kwargs, spread)
    elif kwargs:
        lift.fail(
            node,
            f"{called} has no parameter `{next(iter(kwargs))}`",
            hint="its parameters are " + ", ".join((*params, *named)),
        )


def signature_of(function: Val | Star) -> Signature | None:
    """The parameters that a call of a function can give, as far as they are known."""
    match function:
        case Known(value):
            try:
                return signature(value)
            except (TypeError, ValueError):
                return None
        case Closure(tree):
            return _of_tree(tree)
        case Compiled(inner):
            return signature_of(inner)
        case Bound(inner) | Partial(inner):
            found = signature_of(inner)
            if found is None:
                return None
            given = function.args if isinstance(function, Partial) else (None,)
            named = function.kwargs if isinstance(function, Partial) else {}
            left = list(found.parameters.values())[len(given) :]
            return Signature([p for p in left if p.name not in named])
        case _:
            return None


def _of_tree(tree: Any) -> Signature:
    arguments = tree.args
    groups = (
        (arguments.posonlyargs, Parameter.POSITIONAL_ONLY),
        (arguments.args, Parameter.POSITIONAL_OR_KEYWORD),
        ([arguments.vararg] if arguments.vararg else [], Parameter.VAR_POSITIONAL),
        (arguments.kwonlyargs, Parameter.KEYWORD_ONLY),
        ([arguments.kwarg] if arguments.kwarg else [], Parameter.VAR_KEYWORD),
    )
    return Signature([Parameter(p.id, kind) for group, kind in groups for p in group])


def _joined(lift: Lifter, spread: list[Atom], copied: bool) -> Atom | None:
    """Dicts of keywords that are not known, as one; a new one to take from."""
    if not spread or (len(spread) == 1 and not copied):
        return spread[0] if spread else None
    whole = lift.apply("dict", ())
    for part in spread:
        lift.do("method.update", (whole, part))
    return whole


def _from_spread(
    lift: Lifter, spread: Atom, param: str, defaults: Defaults, take_out: bool
) -> Val:
    """A parameter that a dict of keywords may hold."""
    args: list[Atom] = [spread, Const(param)]
    if param in defaults:
        args.append(lift.materialise(defaults[param]()))
    elif not take_out:
        return lift.apply("getitem", args)
    return lift.apply("method.pop" if take_out else "method.get", args)


def _fitted(
    lift: Lifter,
    args: list[Val | Star],
    wanted: list[str],
    defaults: Defaults,
    vararg: Any,
    node: Any,
) -> list[Val | Star]:
    """Starred arguments of unknown length, taken apart as the parameters ask for."""
    position = next(i for i, arg in enumerate(args) if isinstance(arg, Star))
    missing = wanted[position:]
    if vararg is not None and not missing:
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
    count = len(missing)
    if vararg is None and not any(param in defaults for param in missing):
        parts = lift.apply("unpack", (parts, Const(count)))
    found = [
        _part(lift, parts, place, defaults.get(param))
        for place, param in enumerate(missing)
    ]
    if vararg is None:
        return [*args[:position], *found]
    rest = lift.apply("getitem", (parts, Const(slice(count, None, None))))
    return [*args[:position], *found, Star(rest)]


def _part(
    lift: Lifter, parts: Atom, place: int, default: Callable[[], Val] | None
) -> Val:
    """An element of a starred argument, or the default if there is none."""
    if default is None:
        return lift.apply("getitem", (parts, Const(place)))
    given = lift.apply("operator.gt", (lift.apply("len", (parts,)), Const(place)))
    value = lift.branch(
        given, lambda: lift.apply("getitem", (parts, Const(place))), default
    )
    assert value is not None
    return value


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
    lift: Lifter, tree: Any, name: str, kwargs: Mapping[str, Val], spread: Atom | None
) -> Val:
    """What `**kwargs` is: a dict, unless it is only handed on."""
    if spread is not None:
        for key, value in kwargs.items():
            lift.store("item", spread, Const(key), lift.materialise(value))
        return spread
    if _is_handed_on(tree, name):
        return Table(dict(kwargs))
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
