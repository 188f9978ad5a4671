"""`vjp`: a value and its pullback, compiled for the arguments at hand."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from dpc.derived import LATE, Derived, Variant
from dpc.errors import Diagnostic, UnsupportedError
from dpc.options import Options
from dpc.runtime import copy_tree
from dpc.signature import Symbols, fact_of
from dpc.wrt import Chosen, has_floating_leaf

Pull = Callable[[Any], tuple[Any, ...]]

# The compiled pullbacks of a function, by which parameters are differentiated.
_KEPT: weakref.WeakKeyDictionary[Any, dict[tuple[str, ...], Derived]] = (
    weakref.WeakKeyDictionary()
)


def value_and_pullback(
    f: Callable[..., Any], primals: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Any, Pull]:
    """The output of `f` and the pullback of its positional arguments."""
    names, varying, run, arguments = _compiled(f, primals, kwargs)
    mutates = bool(run.program.written)
    again = copy_tree(arguments) if mutates else arguments
    out, pull = run(*arguments)
    # The shadows of written memory serve one backward sweep; another runs f again.
    pulls = [pull]

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        if mutates and not pulls:
            pulls.append(run(*copy_tree(again))[1])
        current = pulls.pop() if mutates else pulls[0]
        found = dict(zip(varying, current(cotangent), strict=True))
        return tuple(found.get(name) for name in names)

    return out, pullback


def call_vjp(f: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, Pull]:
    """`vjp` as generated code calls it, for a function that it meets when it runs.

    Raises UnsupportedError if that function mutates what is differentiated: the caller
    was compiled without knowing it.
    """
    _, _, run, _ = _compiled(f, args, kwargs)
    if run.program.written:
        owner = run.owner
        raise UnsupportedError(
            Diagnostic(
                f"{owner.reading.qualname} writes an argument that is differentiated,"
                " which its caller could not know",
                "",
                owner.span,
                hint="define it above the function that calls it, or let it return"
                " the array",
            )
        )
    return value_and_pullback(f, args, kwargs)


def _compiled(
    f: Callable[..., Any], primals: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[list[str], tuple[str, ...], Variant, tuple[Any, ...]]:
    receiver: tuple[Any, ...] = ()
    if isinstance(f, Derived):
        f = f.primal
    if inspect.ismethod(f):
        f, receiver = f.__func__, (f.__self__,)
    signature = inspect.signature(f)
    names = list(signature.parameters)[len(receiver) : len(receiver) + len(primals)]
    varying = tuple(
        name
        for name, value in zip(names, primals, strict=True)
        if has_floating_leaf(fact_of(value, Symbols()))
    )
    kept = _KEPT.setdefault(f, {})
    if varying not in kept:
        kept[varying] = Derived(f, "vjp", Chosen(varying, False), Options())
    derived = kept[varying]
    arguments = derived.bound((*receiver, *primals), kwargs)
    return names, varying, derived.specialize(*arguments), arguments


LATE["vjp"] = call_vjp
