"""User functions: their body takes the place of the call."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any

import gast

from dpc.frontend.lifting.names import flag_of, outside
from dpc.frontend.lifting.parameters import Defaults, bind_arguments
from dpc.frontend.lifting.primitives import call_late
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    Arguments,
    Closure,
    Frame,
    Known,
    Scope,
    Val,
)
from dpc.frontend.read import Reading
from dpc.frontend.resolve import is_opaque
from dpc.frontend.structure import Structured, structured
from dpc.frontend.subset import scan
from dpc.ir.nodes import Const, Undefined
from dpc.ir.program import RESULT, RETURNED

BUDGET = 3000  # statements, beyond which calls are no longer inlined
NESTED = 40  # calls of a nested function inside itself, while its arguments end them


class Recursion(Exception):
    """A function has been reached again inside itself."""

    def __init__(self, function: object) -> None:
        super().__init__(function)
        self.function = function


# The value of a function's body, given its names and what lifts it.
Around = Callable[[Scope, Callable[[], Val]], Val]


def plainly(scope: Scope, body: Callable[[], Val]) -> Val:
    """The body in the place of the call, and nothing else."""
    return body()


def inline(
    lift: Lifter, function: Known | Closure, given: Arguments, node: Any, name: str
) -> Val:
    """The value of a call of a user's function."""
    value = inlined(lift, function, given, node)
    if value is not None:
        return value
    assert isinstance(function, Known)
    return call_late(lift, function.atom, given, node, name)


def inlined(
    lift: Lifter,
    function: Known | Closure,
    given: Arguments,
    node: Any,
    around: Around = plainly,
) -> Val | None:
    """The value of a call of a user's function; None if it can only be called late.

    `around` lifts the body when the parameters have their values.
    """
    if isinstance(function, Closure):
        return _closure(lift, function, given, node, around)
    value = function.value
    assert isinstance(value, FunctionType)
    # A solver of dpc may well be met in a step of its own.
    active = any(f.function is value and not f.ours for f in lift.frames)
    if active and value is not lift.frames[0].function:
        raise Recursion(value)
    reading = lift.resolver.reading(value)
    if active or value in lift.recursive or reading is None or lift.count > BUDGET:
        return None
    assert isinstance(reading.tree, gast.FunctionDef | gast.Lambda)
    scan(reading)
    defaults = defaults_of(lift, reading)
    code = text_of(lift.texts, reading.tree)
    name = re.sub(r"\W+", "", value.__name__)  # of a lambda it is no name
    frame = Frame(reading, code.names, f"closure_of_{name}", value)
    frame.ours = is_opaque(value)
    before = lift.mark()
    try:
        return _run(
            lift, reading.tree, code, frame, None, defaults, given, node, around
        )
    except Recursion as recursion:
        if recursion.function is not value:
            raise
    # It calls itself: none of it is inlined, so that it is called as it is written.
    lift.back(before)
    lift.recursive.add(value)
    return None


def defaults_of(lift: Lifter, reading: Reading) -> Defaults:
    """The defaults of a function outside, as they were when it was defined."""
    return {
        param: partial(held, lift, param, default)
        for param, default in reading.defaults.items()
    }


def _closure(
    lift: Lifter, function: Closure, given: Arguments, node: Any, around: Around
) -> Val:
    home = function.scope.frame
    code = text_of(lift.texts, function.tree)
    depth = sum(frame.function is function.tree for frame in lift.frames)
    if depth > NESTED or lift.count > 10 * BUDGET:
        lift.fail(
            node,
            "a nested function calls itself without an end in sight",
            "how deep it goes is only known when it runs",
            "move the function to the top of the file, and pass what it needs",
        )
    frame = Frame(home.reading, code.names, home.scope_name, function.tree)
    defaults = {name: partial(_itself, v) for name, v in function.defaults.items()}
    parent = function.scope
    return _run(lift, function.tree, code, frame, parent, defaults, given, node, around)


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


def scope_of(code: Structured, frame: Frame, parent: Scope | None) -> Scope:
    """The names of a function when it begins: none but its flags."""
    names: dict[str, Val] = {RETURNED: Const(False)}
    for name in sorted(code.doubts.names):
        names[flag_of(name)] = Const(False)
    frame.scope = Scope(frame, parent, names, False, code.names, code.doubts)
    return frame.scope


def _run(
    lift: Lifter,
    tree: Any,
    code: Structured,
    frame: Frame,
    parent: Scope | None,
    defaults: Defaults,
    given: Arguments,
    node: Any,
    around: Around,
) -> Val:
    scope = scope_of(code, frame, parent)
    bind_arguments(lift, tree, defaults, given, scope, node)
    for param in (tree.args.posonlyargs or tree.args.args)[:1]:
        frame.receiver = scope.names[param.id]
    outer, span, held, path = lift.scope, lift.build.span, lift.held_span, lift.path
    lift.scope, lift.held_span, lift.path = scope, False, (*path, id(node))
    lift.frames.append(frame)
    value = around(scope, lambda: body_of(lift, code, scope))
    lift.frames.pop()
    lift.scope, lift.build.span, lift.held_span, lift.path = outer, span, held, path
    return value


def body_of(lift: Lifter, code: Structured, scope: Scope) -> Val:
    """The result of a function whose parameters have their values."""
    lift.block(code.body)
    value = scope.names.get(RESULT)
    if value is None or isinstance(value, Undefined):
        return Const(None)
    return value
