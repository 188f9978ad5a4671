"""The user's own rules: `dpc.rule` and `dpc.nondifferentiable`.

A rule body is lifted like any other function and becomes part of the generated source.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from dpc.errors import ArgumentError, Diagnostic
from dpc.frontend.read import read
from dpc.ir.build import Builder
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Primitive
from dpc.ir.nodes import Apply, Assign, Atom, Block, Const, Object, Slot, Stmt
from dpc.ir.paths import PATHS, path_of
from dpc.ir.program import Program
from dpc.ir.rebuild import map_block, renewed
from dpc.pipeline import lifted
from dpc.rules.all import LIBRARY, RULES
from dpc.rules.composed import Registry
from dpc.rules.ruleset import Rule
from dpc.rules.trace import Traced, atom_of
from dpc.variant import LATE

# Functions with a rule live as long as their keys, which are known by identity.
_NAMED: list[Callable[..., Any]] = []
R = TypeVar("R", bound=Callable[..., Any])


def rule(
    function: Callable[..., Any],
    *,
    forward: bool = False,
    elementwise: bool = False,
    replace: bool = False,
) -> Callable[[R], R]:
    """Declare the derivative of a function that dpc cannot or should not read.

    `@dpc.rule(h)` over `def h_rule(x, y, *, out, out_bar): return x_bar, y_bar`, with
    None for an argument without derivative; with `forward=True` over
    `(x, y, x_dot, y_dot, *, out): return out_dot`; with `elementwise=True` over
    `(x, y, *, out)`, the partial derivatives, from which both modes follow.

    Rules hold for what is compiled after them. A second rule for the same function is
    an ArgumentError unless `replace=True`.
    """

    if not callable(function):
        raise ArgumentError(
            Diagnostic(
                f"a rule is declared for a function, not for {function!r}",
                "",
                None,
                hint="write @dpc.rule(f), with the function itself",
            )
        )

    def declare(body: R) -> R:
        _check_body(body, forward, elementwise)
        key = _key(function)
        old = RULES.get(key)
        defaults = {**_defaults(body), **_defaults(function)}
        new = _rule(key, body, old, defaults, forward, elementwise)
        taken = old is not None and (
            old.pushforward is not None if forward else old.body is not None
        )
        if taken and not replace:
            raise ArgumentError(
                Diagnostic(
                    f"{key} has a rule already",
                    "",
                    None,
                    hint="write replace=True to put this one in its place",
                )
            )
        _register(key, new)
        return body

    return declare


def _check_body(body: Callable[..., Any], forward: bool, elementwise: bool) -> None:
    """The body takes what it will be given by keyword."""
    wanted = ("out",) if forward or elementwise else ("out", "out_bar")
    parameters = inspect.signature(body).parameters.values()
    given = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
    missing = [name for name in wanted if name not in given]
    if missing and not any(p.kind is p.VAR_KEYWORD for p in parameters):
        raise ArgumentError(
            Diagnostic(
                f"the rule does not take {' and '.join(missing)}",
                "",
                None,
                hint=f"end its parameters with: *, {', '.join(wanted)}",
            )
        )


def nondifferentiable(function: R) -> R:
    """Declare that the result of a function carries no derivative."""
    key = _key(function)
    _register(key, Rule((key,), "constant", None, ()))
    return function


def _key(function: Callable[..., Any]) -> str:
    """The key of a function: its path if it can be imported, else a name of its own.

    Rules belong to the function, not to its name: two may have the same.
    """
    known = PATHS.get(id(function))
    if known is not None:
        return known
    key, module = path_of(function), sys.modules.get(function.__module__ or "")
    found: Any = module
    for part in function.__qualname__.split("."):
        found = getattr(found, part, None)
    if found is not function:
        name = f"{function.__name__}_{len(_NAMED)}".replace("<lambda>", "function")
        key = f"dpc.{name}"
        LATE[name] = function
    PATHS[id(function)] = key
    _NAMED.append(function)
    return key


def _register(key: str, new: Rule) -> None:
    RULES[key] = new
    Registry.changes += 1
    if key not in LIBRARY:
        LIBRARY.primitives[key] = Primitive(key)  # type: ignore[index]


def _rule(
    key: str,
    body: Callable[..., Any],
    old: Rule | None,
    defaults: dict[str, Any],
    forward: bool,
    elementwise: bool,
) -> Rule:
    names = [
        p.name
        for p in inspect.signature(body).parameters.values()
        if p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    operands = (
        tuple(n for n in names if not n.endswith("_dot")) if forward else tuple(names)
    )
    if forward:
        base = old or Rule((key,), "general", None, operands, positional=len(operands))
        return replace(base, pushforward=_Inlined(body, "forward", operands, defaults))
    kind = "elementwise" if elementwise else "general"
    inlined = _Inlined(body, kind, operands, defaults)
    push = None if old is None else old.pushforward
    return Rule(
        (key,),
        kind,
        inlined,
        operands,
        pushforward=push,
        partial_can_fail=elementwise,
        positional=len(operands),
    )


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """The defaults of the parameters, as far as they can be seen."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _with_values(program: Program) -> Block:
    """The body with its closure variables as they are: they have no name outside."""

    def statement(s: Stmt) -> Stmt:
        match s:
            case Assign(target, Object("closure", (name,)), span):
                cell = program.scopes["closure"][name]
                value = getattr(cell, "cell_contents", cell)
                if isinstance(value, int | float | complex | str | None):
                    return Assign(target, Const(value), span)
                raise ArgumentError(
                    Diagnostic(
                        f"a rule body cannot use {name} of the function around it",
                        "",
                        span,
                        hint="make it a global variable, or a number",
                    )
                )
        return s

    return map_block(program.function.body, statement)


def _no_tangent(build: Builder, operand: Atom) -> Atom:
    """Zeros for an operand that does not vary: the body may ask for their shape."""
    fact = build.fact(operand)
    if fact.is_scalar or not isinstance(operand, Slot):
        return Const(0.0)
    return build.apply("np.zeros_like" if fact.is_array else "dpc.zeros", operand)


class _Inlined:
    """A rule body that appears, lifted, where the rule is applied."""

    def __init__(
        self,
        body: Callable[..., Any],
        kind: str,
        operands: tuple[str, ...],
        defaults: dict[str, Any],
    ) -> None:
        self.body = body
        self.kind = kind
        self.operands = operands
        self.defaults = defaults
        if kind == "forward":
            # Of the operands whose tangents come first, as in every pushforward.
            names = (*(f"{name}_dot" for name in operands), *operands, "out")
            plain = inspect.Parameter.POSITIONAL_OR_KEYWORD
            given = [inspect.Parameter(name, plain) for name in names]
            self.__signature__ = inspect.Signature(given)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        named = self._named(args, kwargs)
        build = next(v.build for v in named.values() if isinstance(v, Traced))
        atoms = {name: atom_of(build, value) for name, value in named.items()}
        if self.kind == "forward":
            for name in self.operands:
                if name in atoms and named.get(f"{name}_dot") is None:
                    atoms[f"{name}_dot"] = _no_tangent(build, atoms[name])
        facts = {name: build.fact(atom) for name, atom in atoms.items()}
        parts = self._inline(build, atoms, facts)
        if self.kind != "forward":
            return parts
        if len(parts) > 1:
            return parts
        return 0.0 if parts[0] is None else parts[0]

    def _named(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        named = dict(kwargs)
        if self.kind == "general":
            named["out_bar"] = args[0]
        elif self.kind == "forward":
            named |= {f"{n}_dot": a for n, a in zip(self.operands, args, strict=False)}
        return named

    def _default(self, name: str) -> Const:
        """What an argument is that a call leaves out."""
        value = self.defaults.get(name)
        if value is None or isinstance(value, int | float | complex | str):
            return Const(value)
        raise ArgumentError(
            Diagnostic(
                f"the default of {name}, which a rule takes, is no number",
                "",
                None,
                hint=f"give {name} in the call",
            )
        )

    def _inline(
        self, build: Builder, atoms: dict[str, Atom], facts: dict[str, Fact]
    ) -> tuple[Traced | None, ...]:
        Registry.changes += 1
        program = lifted(read(self.body), facts)
        replace_: dict[Slot, Atom] = {}
        for param in program.function.params:
            name = param.slot.name
            replace_[param.slot] = atoms[name] if name in atoms else self._default(name)
        block = renewed(_with_values(program), replace_)
        for old, new in replace_.items():
            if isinstance(new, Slot) and new not in build.facts:
                build.facts[new] = program.facts.get(old, ANY)
        for statement in block:
            build.emit(statement)
            target, value = (
                getattr(statement, "target", None),
                getattr(statement, "value", None),
            )
            if isinstance(target, Slot) and isinstance(value, Apply):
                build.definitions[target] = value
        result = program.function.result
        atom = replace_.get(result, result) if isinstance(result, Slot) else result
        found = build.definition(atom)
        parts = found.args if found is not None and found.fn == "tuple" else (atom,)
        return tuple(
            None
            if isinstance(part, Const) and part.value is None
            else Traced(build, part)
            for part in parts
        )
