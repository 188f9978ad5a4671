"""`vjp`: a value and its pullback, compiled for the arguments at hand."""

from __future__ import annotations

import inspect
import sys
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from dpc.again import Again
from dpc.arguments import Place, placed, places_of, varies
from dpc.backends.arrays import array_module
from dpc.bound import Bound
from dpc.cotangents import cotangent_of
from dpc.derived import IN_FORCE, Derived, Late
from dpc.errors import (
    Diagnostic,
    DpcError,
    SourceError,
    UnsupportedError,
)
from dpc.frontend.resolve import key_of
from dpc.ir.build import Facts
from dpc.ir.gradients import has_floating_leaf
from dpc.ir.nodes import Apply, Assign, Atom, Const, Function, Param, Slot
from dpc.ir.paths import path_of
from dpc.ir.program import Program
from dpc.ir.symbols import Symbols
from dpc.options import Options
from dpc.pipeline import derived, loaded
from dpc.places import LateError
from dpc.refusals import refuse_many_sweeps
from dpc.rules.all import LIBRARY, RULES
from dpc.runtime import RefusedError, copy_tree
from dpc.runtime.twins import twin
from dpc.signature import fact_of
from dpc.source import Span
from dpc.transforms.missing import no_rule
from dpc.transforms.outputs import Request
from dpc.variant import LATE, Variant
from dpc.wrt import Chosen

HARD = Options(branches="hard")
Pull = Callable[[Any], tuple[Any, ...]]
# Where the arguments arrive, which parameters vary, the variant, its arguments.
Reached = tuple[list[Place], tuple[str, ...], Variant, tuple[Any, ...]]
# The compiled pullbacks of a function, by which parameters are differentiated.
_KEPT: weakref.WeakKeyDictionary[Any, dict[tuple[str, ...], Derived]] = (
    weakref.WeakKeyDictionary()
)

# What `inspect` says of them: asking takes longer than a small function runs.
_SIGNATURES: weakref.WeakKeyDictionary[Any, inspect.Signature] = (
    weakref.WeakKeyDictionary()
)


def value_and_pullback(
    f: Callable[..., Any],
    primals: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    keywords: bool = False,
    options: Options | None = None,
) -> tuple[Any, Pull]:
    """The output of `f` and the pullback of its positional arguments.

    With `keywords`, the pullback goes on with the keyword arguments.
    """
    if isinstance(f, Bound):
        given = (*f.args, *primals)
        inner = f.__wrapped__
        out, pull = value_and_pullback(inner, given, {**f.kwargs, **kwargs}, keywords)
        return out, lambda cotangent: pull(cotangent)[len(f.args) :]
    if not is_python(f):
        refuse_many_sweeps(f)
        if path_of(f) in RULES or not isinstance(type(f).__call__, FunctionType):
            return _primitive(f, primals, kwargs)
        call = type(f).__call__
        out, pull = value_and_pullback(call, (f, *primals), kwargs, keywords)
        return out, lambda cotangent: pull(cotangent)[1:]
    return _pulled(*_compiled(f, primals, kwargs, "vjp", keywords, options))


def _pulled(
    places: list[Place],
    varying: tuple[str, ...],
    run: Variant,
    arguments: tuple[Any, ...],
) -> tuple[Any, Pull]:
    """The output of what has been compiled, and its pullback for these places."""
    mutates = run.program.single_use
    again = Again(run, arguments) if mutates else None
    out, pull = run.invoke(arguments)
    # The shadows of written memory serve one backward sweep; another runs f again.
    pulls = [pull]

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        if again is not None and not pulls:
            pulls.append(again())
        current = pulls.pop() if mutates else pulls[0]
        try:
            parts = current(cotangent)
        except RefusedError as error:
            raise run.complaint(error) from None
        return placed(places, dict(zip(varying, parts, strict=True)))

    return out, pullback


def safe_value_and_pullback(
    f: Callable[..., Any],
    primals: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    options: Options,
) -> tuple[Any, Pull]:
    """The same for users, who may write arguments and output before they call it."""
    written: tuple[int, ...] = ()
    if is_python(f):
        *_, run, _ = _compiled(f, primals, kwargs, "vjp", False, options)
        written = run.program.written
    given = primals if written else twin(primals)
    out, pull = value_and_pullback(f, given, kwargs, options=options)
    kept = copy_tree(out)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        return pull(cotangent_of(kept, cotangent))

    return kept if not written else out, pullback


def call_vjp(f: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, Pull]:
    """`vjp` as generated code calls it, for a function that it meets when it runs.

    Raises UnsupportedError if that function mutates what is differentiated: the caller
    was compiled without knowing it.
    """
    given = (*args, *kwargs.values())
    if not any(map(varies, given)):
        return f(*args, **kwargs), lambda cotangent: (None,) * len(given)
    if not is_python(f):
        return value_and_pullback(f, args, kwargs, keywords=True)
    return _pulled(*_reached(f, args, kwargs))


def call_vjp_wrt(
    f: Callable[..., Any], positions: tuple[int, ...], *args: Any
) -> tuple[Any, Pull]:
    """`vjp` where only some arguments depend on what is differentiated.

    The pullback returns None for the others.
    """
    if not is_python(f):
        return value_and_pullback(f, args, {})
    if not any(varies(args[position]) for position in positions):
        return f(*args), lambda cotangent: (None,) * len(args)
    return _pulled(*_reached(f, args, {}, positions))


def _reached(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    positions: tuple[int, ...] | None = None,
) -> Reached:
    """What has been compiled for a call of a Python function, refused if it writes."""
    try:
        found = _compiled(f, args, kwargs, keywords=True, positions=positions)
    except SourceError:
        raise LateError(partial(no_rule_at, key_of(f) or repr(f))) from None
    _, _, run, _ = found
    if run.program.written:
        raise LateError(partial(writes_at, run))
    return found


def no_rule_at(name: str, place: Span | None) -> DpcError:
    return no_rule(Apply(name, ()), place)


def _hidden(f: Any, place: Span | None) -> DpcError:
    return UnsupportedError(
        Diagnostic(
            f"what `{f.__name__}` of {type(f.__self__).__name__} does is not visible",
            "may write differentiated values",
            place,
            hint="write it with operators and assignments",
        )
    )


def writes_at(run: Variant, place: Span | None) -> DpcError:
    owner = run.owner
    return UnsupportedError(
        Diagnostic(
            f"{owner.reading.qualname} writes an argument that is differentiated,"
            " which its caller could not know",
            "",
            place or owner.span,
            hint="define it above the function that calls it, or let it return the"
            " array",
        )
    )


def of_caller() -> Options:
    """The options of the function whose generated code calls."""
    options = IN_FORCE.get() or HARD
    if options.branches != "hard" and isinstance(options.temperature, str):
        raise LateError(_no_temperature)
    return options


def _no_temperature(place: Span | None) -> UnsupportedError:
    return UnsupportedError(
        Diagnostic(
            "a function that is compiled when it is reached does not know the parameter"
            " that is its caller's temperature",
            "",
            place,
            hint="write `with dpc.temperature(t):` around the call of the derivative",
        )
    )


def _compiled(
    f: Callable[..., Any],
    primals: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    mode: str = "vjp",
    keywords: bool = False,
    options: Options | None = None,
    positions: tuple[int, ...] | None = None,
) -> Reached:
    """Where the arguments arrive, which of the parameters vary, and the variant.

    positions: of the arguments that may vary; all by default.
    """
    if options is None:
        options = of_caller()
    receiver: tuple[Any, ...] = ()
    if isinstance(f, MethodType):
        receiver = (f.__self__,)
        f = f.__func__
    signature = _SIGNATURES.get(f)
    if signature is None:
        signature = _SIGNATURES[f] = inspect.signature(f)
    count = len(receiver) + len(primals)
    places = places_of(signature, count, kwargs)[len(receiver) :]
    values = (*primals, *kwargs.values())
    if not keywords:
        places, values = places[: len(primals)], primals
    varying = tuple(
        dict.fromkeys(
            name
            for at, ((name, *_), value) in enumerate(zip(places, values, strict=True))
            if (positions is None or at in positions) and varies(value)
        )
    )
    kept = _KEPT.setdefault(f, {})
    key = (mode, options, *varying)
    if key not in kept:
        kept[key] = Late(f, mode, Chosen(varying, False), options)
    found = kept[key]
    arguments = found.bound((*receiver, *primals), kwargs)
    return places, varying, found.variant(arguments), arguments


def call_vjp_method(receiver: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """`vjp` of a method, as generated code calls it: the object is an argument."""
    return call_vjp(getattr(type(receiver), name), receiver, *args, **kwargs)


def call_watched(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """A call whose result carries no derivative, of a function met at run time.

    Raises UnsupportedError if it writes what is differentiated.
    """
    owner = getattr(f, "__self__", None)
    if not is_python(f) and isinstance(owner, np.ndarray | list | dict):
        raise LateError(partial(_hidden, f))
    module = getattr(inspect.unwrap(f), "__module__", None) or ""
    if module.partition(".")[0] not in sys.stdlib_module_names and is_python(f):
        receiver = (f.__self__,) if inspect.ismethod(f) else ()
        inner = f.__func__ if inspect.ismethod(f) else f
        _, _, run, _ = _compiled(inner, (*receiver, *args), kwargs)
        if run.program.written:
            raise LateError(partial(writes_at, run))
    return f(*args, **kwargs)


def call_vjp_shared(
    f: Any, name: str | None, args: tuple[Any, ...], shadows: tuple[Any, ...]
) -> tuple[Any, Pull]:
    """`vjp` of a function that may write its arguments, on the caller's shadows.

    `f` is the function, or the object whose method `name` is called. The pullback
    returns None for the arguments whose adjoint is in their shadow.
    """
    function = f if name is None else getattr(type(f), name)
    if not is_python(function):
        return value_and_pullback(function, args, {})
    places, varying, run, arguments = _compiled(function, args, {}, "shared")
    written = run.program.written
    if any(shadows[i] is None for i in written):
        raise LateError(partial(writes_at, run))
    run.owner.refuse_overlap(arguments, written)
    try:
        out, pull = run.call(*arguments, *(shadows[i] for i in written))
    except (RefusedError, LateError) as error:
        raise run.complaint(error) from None

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        return placed(places, dict(zip(varying, pull(cotangent), strict=True)))

    return out, pullback


def is_python(f: Any) -> bool:
    return isinstance(f, FunctionType | MethodType | Derived)


def _primitive(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Any, Pull]:
    """The pullback of a function that has a rule and no Python source."""
    program, varying = primitive_program(f, args, kwargs)
    compiled = derived(program, Request("vjp", varying, False))
    value, pull = loaded(compiled, array_module("auto", *args), LATE)(*args)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        found = dict(zip(varying, pull(cotangent), strict=True))
        params = program.function.params
        return tuple(found.get(param.slot.name) for param in params)

    return value, pullback


def primitive_program(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Program, tuple[str, ...]]:
    """The program that calls a function with a rule, and which parameters vary."""
    key = path_of(f)
    if key not in RULES:
        raise LateError(partial(no_rule_at, key_of(f) or repr(f)))
    symbols = Symbols()
    facts: Facts = {}
    atoms: list[Atom] = []
    params: list[Param] = []
    varying: list[str] = []
    for position, value in enumerate(args):
        slot = Slot(f"x{position}")
        facts[slot] = fact_of(value, symbols)
        atoms.append(slot)
        params.append(Param(slot))
        if has_floating_leaf(facts[slot]):
            varying.append(slot.name)
    out = Slot("out")
    call = Apply(key, tuple(atoms), tuple((k, Const(v)) for k, v in kwargs.items()))
    given = tuple(facts[a] for a in atoms if isinstance(a, Slot))
    facts[out] = LIBRARY.infer(key, given, {})
    name = key.replace(".", "_") or "function"
    function = Function(name, tuple(params), (Assign(out, call),), out)
    return Program(function, facts), tuple(varying)


LATE["vjp"] = call_vjp
LATE["vjp_wrt"] = call_vjp_wrt
LATE["vjp_method"] = call_vjp_method
LATE["vjp_shared"] = call_vjp_shared
LATE["call_watched"] = call_watched
