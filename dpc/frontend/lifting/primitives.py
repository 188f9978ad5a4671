"""Calls of functions that are not looked into."""

from __future__ import annotations

from typing import Any

from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    Arguments,
    Bound,
    Choice,
    Closure,
    Partial,
    Star,
    Table,
    Tuple,
    Val,
)
from dpc.ir.nodes import Atom, Const

# Run for what they do; they return None.
PROCEDURES = frozenset(
    "print np.random.seed np.random.shuffle np.put np.place np.copyto np.fill_diagonal "
    "np.put_along_axis np.putmask warnings.warn setattr".split()
)


def primitive(lift: Lifter, key: str, given: Arguments, node: Any, name: str) -> Val:
    """A function of the library, with `out` and `where` of ufuncs written out."""
    _refuse_functions(lift, key, given, node)
    args, kwargs = plain_arguments(lift, key, given, node)
    if key in PROCEDURES or (key.startswith("np.") and key.endswith(".at")):
        return lift.do(key, args, list(kwargs.items()))
    out = kwargs.pop("out", None) if key.startswith(("np.", "scipy.")) else None
    if isinstance(out, Const) or out is None:
        return lift.apply(key, args, list(kwargs.items()), name)
    where = kwargs.pop("where", None)
    value: Atom = lift.apply(key, args, list(kwargs.items()))
    if where is not None:
        value = lift.apply("np.where", (where, value, out))
    lift.store("item", out, Const(Ellipsis), value)
    return out


def positional(lift: Lifter, given: Arguments, node: Any) -> list[Val]:
    """The positional arguments, of which none may be of unknown number."""
    if given.spread or any(isinstance(arg, Star) for arg in given.args):
        lift.fail(
            node,
            "a starred argument of unknown length cannot stand here",
            "how many arguments there are is only known when it runs",
            "write the arguments one by one",
        )
    return [arg for arg in given.args if not isinstance(arg, Star)]


def _refuse_functions(lift: Lifter, key: str, given: Arguments, node: Any) -> None:
    """What is not looked into cannot call what only exists while lifting."""
    for value in (*given.args, *given.kwargs.values()):
        if isinstance(value, Closure | Partial | Choice | Bound | Table):
            lift.fail(
                node,
                f"`{key}` is given a function that is defined here",
                "how often it is called, and with what, is not visible",
                "write the loop over its calls, or pass a function of the module",
            )


def plain_arguments(
    lift: Lifter, key: str, given: Arguments, node: Any
) -> tuple[list[Atom], dict[str, Atom]]:
    """Arguments as atoms. The only one that `out=(a,)` holds stands for it."""
    if given.spread or any(isinstance(arg, Star) for arg in given.args):
        lift.fail(
            node,
            f"`{key}` is called with a starred argument of unknown length",
            "how many arguments it gets is only known when it runs",
            "write the arguments one by one",
        )
    values = [a for a in given.args if not isinstance(a, Star)]
    args = [lift.materialise(value) for value in values]
    named = dict(given.kwargs)
    out = named.get("out")
    if isinstance(out, Tuple) and len(out.items) == 1:
        named["out"] = out.items[0]
    return args, {k: lift.materialise(v) for k, v in named.items()}


def call_late(
    lift: Lifter, callee: Atom, given: Arguments, node: Any, name: str
) -> Val:
    """A function that is looked up, and compiled, when the program reaches the call."""
    label = getattr(callee, "name", "a function")
    if not isinstance(label, str):
        label = "a function"
    _refuse_functions(lift, label, given, node)
    args, kwargs = plain_arguments(lift, label, given, node)
    return lift.apply("call", (callee, *args), list(kwargs.items()), name)
