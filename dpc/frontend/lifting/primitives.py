"""Calls of functions that are not looked into."""

from __future__ import annotations

from typing import Any

from dpc.errors import Diagnostic, NoRuleError
from dpc.frontend.lifting.iterables import in_order, is_walked
from dpc.frontend.lifting.returned import returned
from dpc.frontend.lifting.signatures import named
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
from dpc.frontend.lifting.writers import written
from dpc.ir.facts import Fact
from dpc.ir.nodes import Atom, Const

# Run for what they do; they return None.
PROCEDURES = frozenset(
    "print np.random.seed np.random.shuffle np.put np.place np.copyto np.fill_diagonal "
    "np.put_along_axis np.putmask warnings.warn setattr".split()
)

# What is left of an iterator depends on them.
_RUNNING_OVER = frozenset("next sum min max any all sorted set frozenset".split())

# They make sparse matrices, which have methods of their own.
SPARSE = frozenset(
    f"scipy.sparse.{form}_{kind}"
    for form in "bsr coo csc csr dia dok lil".split()
    for kind in ("matrix", "array")
) | frozenset(
    f"scipy.sparse.{name}"
    for name in "diags diags_array eye eye_array identity kron block_diag".split()
)


def primitive(lift: Lifter, key: str, given: Arguments, node: Any, name: str) -> Val:
    """A function of the library, with `out` and `where` of ufuncs written out."""
    if _functions(given):
        raise NoRuleError(
            Diagnostic(
                f"no derivative is known for {key} of a function defined here",
                "its calls are not visible",
                lift.span(node),
                hint="write the loop over its calls; or call it in a function of its"
                " own,\nwith the derivative of that as a rule: @dpc.rule",
            )
        )
    args, kwargs = plain_arguments(lift, key, given, node)
    if key in _RUNNING_OVER:
        args = [in_order(lift, a) if is_walked(lift, a) else a for a in args]
    if written(lift, key, args, kwargs):
        return Const(None)
    shared = returned(lift, key, args, kwargs, node, name)
    if shared is not None:
        return shared
    if key in PROCEDURES or (key.startswith("np.") and key.endswith(".at")):
        return lift.do(key, args, list(kwargs.items()))
    if key.startswith(("np.", "scipy.special.")):
        args, kwargs = named(key, args, kwargs)
    out = kwargs.pop("out", None) if key.startswith(("np.", "scipy.")) else None
    if isinstance(out, Const) or out is None:
        value = lift.apply(key, args, list(kwargs.items()), name)
        if key in SPARSE:
            lift.build.facts[value] = Fact("sparse")
        return value
    where = kwargs.pop("where", None)
    value = lift.apply(key, args, list(kwargs.items()))
    if where is not None:
        value = lift.apply("np.where", (where, value, out))
    lift.store("item", out, Const(Ellipsis), value)
    return out


def positional(
    lift: Lifter, given: Arguments, node: Any, least: int = 0, most: int | None = None
) -> list[Val]:
    """The positional arguments, of which none may be of unknown number.

    Fewer than `least` are refused, and more than `most`.
    """
    if given.spread or any(isinstance(arg, Star) for arg in given.args):
        lift.fail(
            node,
            "a starred argument of unknown length cannot stand here",
            "how many arguments there are is only known when it runs",
            "write the arguments one by one",
        )
    values = [arg for arg in given.args if not isinstance(arg, Star)]
    if not least <= len(values) <= (len(values) if most is None else most):
        lift.fail(
            node,
            f"{len(values)} positional arguments do not fit this function",
            hint=f"pass {least}" if most == least else f"pass at least {least}",
        )
    return values


def _functions(given: Arguments) -> bool:
    """What is not looked into cannot call what only exists while lifting."""
    values = (*given.args, *given.kwargs.values())
    return any(
        isinstance(value, Closure | Partial | Choice | Bound | Table)
        for value in values
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
    if _functions(given):
        lift.fail(
            node,
            f"`{label}` is given a function that is defined here",
            "how often it is called, and with what, is not visible",
            "write the loop over its calls, or pass a function of the module",
        )
    args, kwargs = plain_arguments(lift, label, given, node)
    return lift.apply("call", (callee, *args), list(kwargs.items()), name)
