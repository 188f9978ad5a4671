"""Nested functions: where they are defined, and where they are kept in containers.

A function that is only called leaves no trace. One that is put in a list becomes a
tuple of what it needs, and the fact of the tuple says which function it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from dpc.frontend.bound import names_bound
from dpc.frontend.lifting.names import bound
from dpc.frontend.lifting.sites import NOWHERE
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Closure, Known, Scope, Template, Val
from dpc.ir.nodes import Const, Slot, Undefined


def lambda_(lift: Lifter, node: Any, name: str) -> Val:
    return Closure(node, lift.scope, defaults_of(lift, node.args))


def function_def(lift: Lifter, node: Any) -> None:
    """`def` inside a function, with its decorators applied."""
    value: Val = Closure(node, lift.scope, defaults_of(lift, node.args))
    for decorator in reversed([lift.expr(d) for d in node.decorator_list]):
        value = lift.call(decorator, (value,), node)
    bound(lift.scope, node.name, value)


def defaults_of(lift: Lifter, arguments: Any) -> dict[str, Val]:
    """The defaults of a nested function, which are evaluated where it is defined."""
    params = [*arguments.posonlyargs, *arguments.args]
    given = params[len(params) - len(arguments.defaults) :]
    pairs = list(zip(given, arguments.defaults, strict=True))
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    pairs += [(param, default) for param, default in named if default is not None]
    return {param.id: lift.expr(default) for param, default in pairs}


def kept(lift: Lifter, function: Closure) -> Slot:
    """A nested function as a value of the program."""
    values = dict(function.defaults)
    fixed: dict[str, Val] = {}
    captured = []
    if function.scope.frame not in lift.frames:
        for name, value in _free(function).items():
            if isinstance(value, Known):
                fixed[name] = value
            elif not isinstance(value, Undefined):
                captured.append(name)
                values[f"{name} captured"] = value
    atoms = [lift.materialise(value) for value in values.values()]
    for atom in atoms:
        lift.heap.expose(lift.sites(atom))
    key = function.tree, tuple(captured)
    template = lift.heap.templates.get(key)
    if template is None:
        names = tuple(function.defaults)
        template = Template(function.tree, function.scope, names, tuple(captured), {})
        lift.heap.templates[key] = template
    template.scope, template.fixed = function.scope, fixed
    slot = lift.apply("tuple", atoms)
    lift.build.facts[slot] = replace(lift.fact(slot), value=template)
    lift.heap.slots[slot] = NOWHERE
    return slot


def _free(function: Closure) -> dict[str, Val]:
    """What a function reads in the functions around it."""
    own = names_bound(function.tree)
    found: dict[str, Val] = {}
    for node in gast.walk(function.tree):
        if not isinstance(node, gast.Name) or node.id in own or node.id in found:
            continue
        scope: Scope | None = function.scope
        while scope is not None:
            if node.id in scope.names:
                found[node.id] = scope.names[node.id]
                break
            scope = scope.parent
    return found


def _again(lift: Lifter, scope: Scope) -> Scope:
    """The scope, or the one that stands for it in this round."""
    if scope.frame not in lift.frames:
        for frame in reversed(lift.frames):
            if frame.function is scope.frame.function and frame.scope is not None:
                return frame.scope
    return scope


def taken_out(lift: Lifter, slot: Slot, template: Template, node: Any) -> Closure:
    """A function that was kept, ready to be called."""
    count = len(template.names)
    parts = [
        lift.apply("getitem", (slot, Const(i)))
        for i in range(count + len(template.captured))
    ]
    defaults = dict(zip(template.names, parts, strict=False))
    scope = _again(lift, template.scope)
    if scope.frame not in lift.frames:
        if not (template.captured or template.fixed) and _free(
            Closure(template.tree, scope, {})
        ):
            lift.fail(
                node,
                "a function is kept for longer than the call that defines it",
                "what it reads there has gone",
                "give it what it needs as defaults: def f(x, w=w): ...",
            )
        names = dict(zip(template.captured, parts[count:], strict=True))
        scope = Scope(scope.frame, None, {**template.fixed, **names})
    return Closure(template.tree, scope, defaults)
