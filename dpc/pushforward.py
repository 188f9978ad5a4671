"""`pushforward` and `jvp`: a value and its tangent, compiled for the arguments."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from dpc.arguments import places_of
from dpc.backends.arrays import array_module
from dpc.bound import Bound
from dpc.derived import Derived
from dpc.errors import ArgumentError, Diagnostic, SourceError
from dpc.ir.gradients import has_floating_leaf
from dpc.ir.paths import path_of
from dpc.ir.program import Program
from dpc.ir.symbols import Symbols
from dpc.options import Options
from dpc.pipeline import Compiled, loaded, pushed
from dpc.places import LateError
from dpc.pullback import (
    is_python,
    no_rule_at,
    of_caller,
    primitive_program,
    writes_at,
)
from dpc.refusals import refuse_many_sweeps
from dpc.rules.all import RULES
from dpc.runtime import tangent, tangent_tree, zero_tangent
from dpc.runtime.refused import RefusedError
from dpc.signature import fact_of, is_sparse
from dpc.transforms.forward.outputs import SHARED, tangent_names
from dpc.transforms.outputs import Request
from dpc.variant import LATE, Variant
from dpc.wrt import Chosen

# The compiled pushforwards of a function, by which parameters vary.
_KEPT: weakref.WeakKeyDictionary[Any, dict[tuple[Any, ...], Pushforward]] = (
    weakref.WeakKeyDictionary()
)


class Pushforward(Derived):
    """A function's value and tangent, as a callable with the function's signature.

    It takes the tangents of the differentiated arguments by keyword, as `tangents`: a
    tuple with one for each of them, structured like it; None for zero.
    """

    def __init__(
        self,
        primal: Callable[..., Any],
        chosen: Chosen,
        options: Options,
        mode: str = "jvp",
    ) -> None:
        names = tuple(inspect.signature(primal).parameters)
        self.dots = tangent_names(names, chosen.names)
        super().__init__(primal, mode, chosen, options)
        if "tangents" in names:
            raise ArgumentError(
                Diagnostic(
                    "a parameter is named tangents",
                    "the pushforward takes the tangents by that name",
                    self.span,
                    hint="give the parameter another name",
                )
            )

    def compile(self, primal: Program) -> Compiled:
        """The value and tangent of a program."""
        return pushed(primal, self.request)

    def paired(
        self, value: Any, args: tuple[Any, ...], found: Any, written: tuple[int, ...]
    ) -> Any:
        """The primal's own value, and what it leaves in mutated arguments."""
        names = list(self.signature.parameters)
        places = map(names.index, self.chosen.names)
        mutated = [args[place] for place in places if place in written]
        return (value, *mutated) if mutated else value, found[1]

    def serve(
        self, variant: Variant, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call one of the variants."""
        tangents = kwargs.pop("tangents", None)
        return self.push(variant, self.bound(args, kwargs), tangents)

    def __call__(self, *args: Any, tangents: Any = None, **kwargs: Any) -> Any:
        arguments = self.bound(args, kwargs)
        return self.push(self.variant(arguments), arguments, tangents)

    def __reduce__(self) -> tuple[Any, ...]:
        found = super().__reduce__()
        if found[0] is not Derived:
            return found
        given = (self.primal, self.chosen, self.options, self.request.mode)
        return (Pushforward, given)

    def push(self, variant: Variant, args: tuple[Any, ...], tangents: Any) -> Any:
        """Run a variant on arguments in the order of the parameters."""
        if self.chosen.single and not isinstance(tangents, tuple):
            tangents = (tangents,)
        if not isinstance(tangents, tuple) or len(tangents) != len(self.dots):
            raise self.unfit(f"{len(self.dots)} tangents are expected, in a tuple")
        given = dict(zip(self.signature.parameters, args, strict=True))
        named = {}
        for name, dot, value in zip(
            self.chosen.names, self.dots, tangents, strict=True
        ):
            try:
                named[dot] = tangent_tree(given[name], value)
            except (ValueError, TypeError) as error:
                what = f"the tangent of {name} does not fit it: {error}"
                raise self.unfit(what) from None
        return variant.invoke(args, named)

    def unfit(self, what: str) -> ArgumentError:
        """The error for tangents that do not fit the arguments."""
        return ArgumentError(
            Diagnostic(
                what,
                "",
                self._header(),
                hint="pass numbers, arrays and containers like the arguments; None for"
                " zero",
            )
        )


def value_and_tangent(
    f: Callable[..., Any],
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    options: Options,
) -> tuple[Any, Any]:
    """The output of `f` and its tangent, given those of the primals."""
    if isinstance(f, MethodType):
        # The object that the method belongs to is a constant.
        primals, tangents = (f.__self__, *primals), (None, *tangents)
        return value_and_tangent(f.__func__, primals, tangents, kwargs, options)
    if isinstance(f, Bound):
        primals, tangents = (*f.args, *primals), (*(None for _ in f.args), *tangents)
        given = {**f.kwargs, **kwargs}
        return value_and_tangent(f.__wrapped__, primals, tangents, given, options)
    if isinstance(f, partial):
        given = {**f.keywords, **kwargs}
        primals, tangents = (*f.args, *primals), (*(None for _ in f.args), *tangents)
        return value_and_tangent(f.func, primals, tangents, given, options)
    if not is_python(f):
        refuse_many_sweeps(f)
        if path_of(f) in RULES or not isinstance(type(f).__call__, FunctionType):
            return _primitive(f, primals, tangents, kwargs)
        primals, tangents = (f, *primals), (None, *tangents)
        return value_and_tangent(type(f).__call__, primals, tangents, kwargs, options)
    chosen = [
        dot is not None and _varies(x) for x, dot in zip(primals, tangents, strict=True)
    ]
    call = _Call(f, primals, kwargs, chosen, options, "jvp")
    if not call.varying:
        out = f(*primals, **kwargs)
        return out, tangent(None, out)
    names = call.owner.chosen.names
    found = call.owner.push(call.run, call.arguments, call.tangents(tangents, names))
    return found[0], found[1]


class _Call:
    """A function compiled for the arguments that vary."""

    def __init__(
        self,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        chosen: Sequence[bool],
        options: Options,
        mode: str,
    ) -> None:
        signature = inspect.signature(f)
        self.places = places_of(signature, len(args), kwargs)
        self.values = (*args, *kwargs.values())
        pairs = zip(self.places, chosen, strict=False)
        self.varying = tuple(dict.fromkeys(name for (name, *_), yes in pairs if yes))
        if not self.varying:
            return
        kept = _KEPT.setdefault(f, {})
        key = (mode, options, *self.varying)
        if key not in kept:
            kept[key] = Pushforward(f, Chosen(self.varying, False), options, mode)
        self.owner = kept[key]
        self.arguments = self.owner.bound(args, kwargs)
        self.run = self.owner.variant(self.arguments)

    def tangents(self, dots: Sequence[Any], names: Sequence[str]) -> tuple[Any, ...]:
        """The tangents of the parameters, given those of the arguments."""
        found: dict[str, Any] = dict.fromkeys(names)
        packed: dict[str, dict[Any, Any]] = {}
        for (name, *key), dot in zip(self.places, dots, strict=False):
            if name in found and key:
                packed.setdefault(name, {})[key[0]] = dot
            elif name in found:
                found[name] = dot
        for name, items in packed.items():
            by_name = any(isinstance(key, str) for key in items)
            found[name] = items if by_name else tuple(items.values())
        return tuple(found.values())


def _varies(value: Any) -> bool:
    """Whether a value that has a tangent holds floating numbers."""
    if is_sparse(value):
        raise RefusedError(
            "a sparse matrix of differentiated data, given to a function that is only "
            "known when it is called"
        )
    return has_floating_leaf(fact_of(value, Symbols()))


def call_jvp(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    dots: tuple[Any, ...],
    kwargs: Mapping[str, Any] | None = None,
    kwargs_dots: Mapping[str, Any] | None = None,
    written: tuple[int, ...] = (),
) -> tuple[Any, Any]:
    """`jvp` as generated code calls it, for a function that it meets when it runs.

    dots: tangents as trees, None for what does not vary. written: which of them may be
      written. Raises UnsupportedError if that function writes another argument that is
      differentiated: the caller was compiled without knowing it.
    """
    named = dict(kwargs or {})
    dots = (*dots, *(kwargs_dots or {}).values())
    if isinstance(f, MethodType):
        args, dots = (f.__self__, *args), (None, *dots)
        written = tuple(place + 1 for place in written)
        f = f.__func__
    values = (*args, *named.values())
    chosen = [d is not None and _varies(v) for v, d in zip(values, dots, strict=True)]
    if not is_python(f):
        refuse_many_sweeps(f)
        if path_of(f) not in RULES and isinstance(type(f).__call__, FunctionType):
            method = type(f).__call__
            places = tuple(place + 1 for place in written)
            count = len(args)
            return call_jvp(
                method,
                (f, *args),
                (None, *dots[:count]),
                named,
                dict(zip(named, dots[count:], strict=True)),
                places,
            )
        if not any(chosen):
            out = f(*args, **named)
            return out, zero_tangent(out)
        return _primitive(f, args, dots[: len(args)], named)
    try:
        call = _Call(f, args, named, chosen, of_caller(), SHARED)
    except SourceError:
        raise LateError(partial(no_rule_at, path_of(f) or repr(f))) from None
    if not call.varying:
        out = f(*args, **named)
        return out, zero_tangent(out)
    names = list(call.owner.signature.parameters)
    allowed = {call.places[place][0] for place in written}
    if not {names[place] for place in call.run.program.written} <= allowed:
        raise LateError(partial(writes_at, call.run))
    given = dict(zip(names, call.arguments, strict=True))
    found = zip(call.varying, call.tangents(dots, call.varying), strict=True)
    trees = {
        dot: part if name in allowed else tangent_tree(given[name], part)
        for dot, (name, part) in zip(call.owner.dots, found, strict=True)
    }
    out, out_dot = call.run.invoke(call.arguments, trees)
    return out, zero_tangent(out) if out_dot is None else out_dot


def _primitive(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    dots: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> tuple[Any, Any]:
    """The tangent of a function that has a rule and no Python source."""
    program, _ = primitive_program(f, args, kwargs)
    params = [param.slot.name for param in program.function.params]
    varying = {
        name: tangent_tree(value, dot)
        for name, value, dot in zip(params, args, dots, strict=True)
        if dot is not None and _varies(value)
    }
    compiled = pushed(program, Request("jvp", tuple(varying), False))
    run = loaded(compiled, array_module("auto", *args), LATE)
    out, out_dot = run(*args, *varying.values())
    return out, out_dot


LATE["jvp"] = call_jvp
