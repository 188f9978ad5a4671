"""Nested functions: what they are when they are defined. Calls are elsewhere."""

from __future__ import annotations

from typing import Any

from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Closure, Val


def lambda_(lift: Lifter, node: Any, name: str) -> Val:
    return Closure(node, lift.scope, defaults_of(lift, node.args))


def function_def(lift: Lifter, node: Any) -> None:
    """`def` inside a function, with its decorators applied."""
    value: Val = Closure(node, lift.scope, defaults_of(lift, node.args))
    for decorator in reversed([lift.expr(d) for d in node.decorator_list]):
        value = lift.call(decorator, (value,), node)
    lift.scope.names[node.name] = value


def defaults_of(lift: Lifter, arguments: Any) -> dict[str, Val]:
    """The defaults of a nested function, which are evaluated where it is defined."""
    params = [*arguments.posonlyargs, *arguments.args]
    given = params[len(params) - len(arguments.defaults) :]
    pairs = list(zip(given, arguments.defaults, strict=True))
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    pairs += [(param, default) for param, default in named if default is not None]
    return {param.id: lift.expr(default) for param, default in pairs}
