"""Derivatives inside a program: `dpc.grad(f)(x)`, what a decorator made, `dpc.vjp`.

The function is lifted where it is called, as a region of the program around it, whose
parameters are the differentiated ones. What else it reads it reads from around it: that
is how `x` in `dpc.grad(lambda y: x + y)(1.0)` is a constant of the inner derivative and
a variable of the outer one. The region is differentiated before the program is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import FunctionType, MethodType
from typing import Any

from dpc.errors import ArgumentError, Diagnostic, UntilCalledError
from dpc.frontend.lifting.inline import held, inlined
from dpc.frontend.lifting.parameters import signature_of
from dpc.frontend.lifting.primitives import call_late
from dpc.frontend.lifting.regions import PUSHING, Region
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    CALLABLES,
    Arguments,
    Bound,
    Closure,
    Compiled,
    Known,
    Method,
    Partial,
    Scope,
    Star,
    Tuple,
    Val,
)
from dpc.frontend.resolve import is_compiled
from dpc.ir.nodes import Const, Recipe, Slot

# The compilers by their path, and what each is asked for.
COMPILERS = {
    "dpc.api.grad": "grad",
    "dpc.api.value_and_grad": "value_and_grad",
    "dpc.api.soften": "soften",
    "dpc.api.pushforward": "jvp",
    "dpc.api.hvp": "hvp",
}


def compile_call(
    lift: Lifter, mode: str, function: Known, given: Arguments, node: Any
) -> Val:
    """`dpc.grad(f, wrt=...)`, or `dpc.grad(wrt=...)`, which waits for its function."""
    kwargs = dict(given.kwargs)
    args = [*given.args, *([kwargs.pop("f")] if "f" in kwargs else [])]
    if not args or (isinstance(args[0], Const) and args[0].value is None):
        return Partial(function, (), kwargs)
    if len(args) > 1 or isinstance(args[0], Star) or given.spread:
        lift.fail(
            node,
            f"`{mode}` takes one function",
            hint="write its options by keyword: dpc.grad(f, wrt=0)",
        )
    f = args[0]
    if isinstance(f, Slot) and lift.fact(f).kind == "function":
        f = Known(lift.fact(f).value, f)
    if not isinstance(f, CALLABLES) or isinstance(f, Method):
        raise UntilCalledError(_unknown(lift, node))
    options = {key: literal(lift, key, value, node) for key, value in kwargs.items()}
    signature = signature_of(f)
    if mode == "hvp":
        gradient = recipe_of(lift, "grad", options, signature, node)
        f = Compiled(f, gradient)
    return Compiled(f, recipe_of(lift, mode, options, signature, node))


def of_compiled(lift: Lifter, value: Any) -> Val:
    """What a compiler has returned outside of the program."""
    if hasattr(value, "product"):
        lift.fail(
            lift.where,
            "a Hessian inside a program that is differentiated",
            "runs a sweep for every column",
            "multiply it with vectors: dpc.hvp(f)(x, v)",
        )
    if getattr(value, "over_rows", False):
        lift.fail(
            lift.where,
            "a batch or a Jacobian inside a program that is differentiated",
            "is a program of its own",
            "write the array operations out, or differentiate one row and batch that:"
            " dpc.batch(dpc.grad(f))",
        )
    name, (args, kwargs) = value.__name__, value.given
    compiled = Compiled(held(lift, name, value.primal), value.recipe)
    if not args and not kwargs:
        return compiled
    given = [held(lift, f"{name}_{i}", arg) for i, arg in enumerate(args)]
    named = {key: held(lift, key, arg) for key, arg in kwargs.items()}
    return Partial(compiled, tuple(given), named)


def literal(lift: Lifter, key: str, value: Val | None, node: Any) -> object:
    """The value of an option."""
    if isinstance(value, Tuple):
        return tuple([literal(lift, key, item, node) for item in value.items])
    constant = None if value is None else lift.constant(value)
    if constant is None:
        hint = "write its value here"
        if key == "temperature":
            hint = "name a parameter, or write `with dpc.temperature(t):` around it"
        lift.fail(
            node,
            f"the option `{key}` of a derivative inside a program is computed",
            "has to be known before the program runs",
            hint,
        )
    return constant.value


def recipe_of(
    lift: Lifter,
    mode: str,
    options: Mapping[str, object],
    signature: inspect.Signature | None,
    node: Any,
) -> Recipe:
    if lift.compilers is None:
        lift.fail(node, "a derivative is taken where no compiler is known")
    try:
        return lift.compilers.recipe(mode, options, signature)
    except ArgumentError as error:
        raise ArgumentError(replace(error.diagnostic, span=lift.span(node))) from None


def of_function(
    lift: Lifter,
    recipes: Sequence[Recipe],
    scope: Scope,
    name: str,
    body: Callable[[], Val],
    node: Any,
) -> Val:
    """The result of a function, or of derivatives of it, where its parameters are."""
    return Region(lift, node, "", name).taken(list(recipes), scope, body)


# Calls


def derivative_call(
    lift: Lifter, compiled: Compiled, given: Arguments, node: Any, name: str
) -> Val:
    """The call of a derivative."""
    base: Val = compiled
    recipes: list[Recipe] = []
    tangents = tangents_of(lift, compiled.recipe, given, node)
    while True:
        match base:
            case Compiled(function, recipe):
                recipes.insert(0, recipe)
                base = function
            case Known(value) if is_compiled(value):
                base = of_compiled(lift, value)
            case Known(MethodType() as value):
                receiver = held(lift, "self", value.__self__)
                base = Bound(held(lift, value.__name__, value.__func__), receiver)
            case Bound(function, receiver):
                given.args.insert(0, receiver)
                base = function
            case Partial(function, args, kwargs):
                given.args[:0] = args
                given.kwargs = {**kwargs, **given.kwargs}
                base = function
            case _:
                break
    region = Region(lift, node, name, name_of(base))
    region.tangents = tangents
    if any(recipe.mode in PUSHING for recipe in recipes[:-1]):
        lift.fail(node, "the derivative of a value and its tangent", "is no scalar")

    def around(scope: Scope, body: Callable[[], Val]) -> Val:
        return region.taken(recipes, scope, body)

    if isinstance(base, Closure) or (
        isinstance(base, Known) and isinstance(base.value, FunctionType)
    ):
        value = inlined(lift, base, given, node, around)
        if value is not None:
            return value
    return _late(lift, base, recipes, given, node, name)


def tangents_of(
    lift: Lifter, recipe: Recipe, given: Arguments, node: Any
) -> Sequence[Val]:
    """The tangents that a pushforward is given by name, and `hvp` as its last
    argument."""
    if recipe.mode == "jvp":
        value = given.kwargs.pop("tangents", Const(None))
    elif recipe.mode == "hvp":
        last = given.kwargs.pop("v", None) or (given.args.pop() if given.args else None)
        if last is None or isinstance(last, Star):
            lift.fail(node, "the vector is missing", hint="hvp(x, v)")
        value = last
    else:
        return ()
    if recipe.single and not isinstance(value, Tuple):
        return (value,)
    found = lift.parts.items(lift, value)
    if found is None:
        lift.fail(node, "tangents whose number is not known", hint="tangents=(x_dot,)")
    return found


def _late(
    lift: Lifter,
    base: Val,
    recipes: list[Recipe],
    given: Arguments,
    node: Any,
    name: str,
) -> Val:
    """A derivative of what is recursive or cannot be read, called when it is met."""
    if not isinstance(base, Known) or lift.compilers is None:
        raise UntilCalledError(_unknown(lift, node))
    value: object = base.value
    for recipe in recipes:
        value = lift.compilers.compiled(value, recipe)
    callee = lift.resolver.hold(f"{name_of(base)}_{recipes[-1].mode}", value)
    assert isinstance(callee, Known)
    return call_late(lift, callee.atom, given, node, name)


def _unknown(lift: Lifter, node: Any) -> Diagnostic:
    return Diagnostic(
        "the derivative of a function that is not known here",
        "which function it is, is only known when it runs",
        lift.span(node),
        hint="name the function where its derivative is taken",
    )


def name_of(function: Val) -> str:
    match function:
        case Known(value):
            return getattr(value, "__name__", "function")
        case Closure(tree):
            return getattr(tree, "name", "lambda")
        case _:
            return "function"
