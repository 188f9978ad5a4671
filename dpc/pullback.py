"""`vjp`: a value and its pullback, compiled for the arguments at hand."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from dpc.derived import Derived
from dpc.errors import Diagnostic, UnsupportedError
from dpc.options import Options
from dpc.runtime import copy_tree
from dpc.signature import Symbols, fact_of
from dpc.wrt import Chosen, has_floating_leaf

_KEPT: weakref.WeakKeyDictionary[Any, dict[tuple[str, ...], Derived]] = (
    weakref.WeakKeyDictionary()
)


class Vjp:
    """The pullbacks of one function, by which arguments are differentiated."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f.primal if isinstance(f, Derived) else f
        self.signature = inspect.signature(self.f)

    @classmethod
    def of(cls, f: Callable[..., Any]) -> Vjp:
        """The pullbacks of `f`."""
        return cls(f)

    def __call__(
        self, primals: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        f, receiver = self.f, ()
        if inspect.ismethod(f):
            f, receiver = f.__func__, (f.__self__,)
        signature = inspect.signature(f)
        names = list(signature.parameters)[len(receiver) : len(receiver) + len(primals)]
        varying = tuple(
            name
            for name, value in zip(names, primals, strict=True)
            if has_floating_leaf(fact_of(value, Symbols()))
        )
        derived = _derived(f, varying)
        arguments = derived.bound((*receiver, *primals), kwargs)
        run = derived.specialize(*arguments)
        mutates = bool(run.compiled.written)
        again = copy_tree(arguments) if mutates else arguments
        out, pull = run(*arguments)
        # The shadows of written memory serve one backward sweep; run again for another.
        state = {"pull": pull, "fresh": True}

        def pullback(cotangent: Any) -> tuple[Any, ...]:
            if mutates and not state["fresh"]:
                _, state["pull"] = run(*copy_tree(again))
            state["fresh"] = False
            found = dict(zip(varying, state["pull"](cotangent), strict=True))
            return tuple(found.get(name) for name in names)

        return out, pullback


def _derived(f: Callable[..., Any], varying: tuple[str, ...]) -> Derived:
    kept = _KEPT.setdefault(f, {})
    if varying not in kept:
        kept[varying] = Derived(f, "vjp", Chosen(varying, False), Options())
    return kept[varying]


def call_vjp(f: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """`vjp` as generated code calls it, for functions it meets when it runs.

    Raises UnsupportedError if the callee mutates what is differentiated: the caller was
    compiled without knowing it.
    """
    vjp = Vjp.of(f)
    out, pullback = vjp(args, kwargs)
    return out, pullback


__all__ = ["Diagnostic", "UnsupportedError", "Vjp", "call_vjp"]
