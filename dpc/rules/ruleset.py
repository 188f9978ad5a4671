"""How a derivative rule is declared, and what follows from one declaration.

kind            the body gives                              the other mode follows by
elementwise     one partial derivative an operand           multiplying, and summing
linear          the adjoint of a (multi)linear function     applying the function itself
general         a pullback; a pushforward stands beside it  --
composed        the function itself, as array code          tracing it (see `composed`)
constant        nothing: the result carries no derivative   --

A body is array code (see `trace`). Its parameters are the primal's own, so that a call
binds to it as to the primal; the primal's result comes as `out`. A partial or adjoint
of `None` means that there is none for that operand.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.library import Infer, Library, Primitive
from dpc.rules import results

Body = Callable[..., Any]
_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
# Draws operands for the numeric test of a rule: `domain(rng, shape)` is a tuple.
Domain = Callable[..., Any]
# How a ufunc lays out and casts its result.
NEUTRAL = frozenset({"order", "casting", "subok", "dtype"})
UFUNCS = frozenset(f"np.{n}" for n in dir(np) if isinstance(getattr(np, n), np.ufunc))


class Refused(Exception):
    """A rule cannot serve this call. Whoever asked knows the place to show."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The derivative of one primitive, under all keys that share it."""

    keys: tuple[str, ...]
    kind: str
    body: Body | None
    operands: tuple[str, ...]  # parameters of the primal, in order
    variadic: int = -1  # the position of the primal's `*operands`, if it has them
    pushforward: Body | None = None
    domain: Domain | tuple[Any, ...] | None = None
    constant: tuple[str, ...] = ()  # operands of a linear function without a derivative
    # Elementwise: a partial can be infinite or NaN where the primal is finite, or
    # raise.
    partial_can_fail: bool = False
    real: bool = False  # Elementwise: the result is real also of complex operands.
    source: str = ""  # module and line of the declaration, for the table in the docs
    positional: int = 0  # how many operands can be given by position
    like: Body | None = None  # of a composed rule: the array code
    otherwise: Rule | None = None  # for calls that this rule refuses

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Operands by the names of the primal's parameters, in that order.

        Those of a parameter `*operands` are named `*0`, `*1` ....
        """
        names = self.operands
        if self.variadic >= 0:
            rest = tuple(f"*{i}" for i in range(len(args) - self.variadic))
            names = names[: self.variadic] + rest
        elif len(args) > self.positional:
            raise Refused(
                f"{self.keys[0]} with {len(args)} positional operands has no rule"
            )
        if not kwargs:
            return dict(zip(names, args, strict=False))
        kwargs = {n: a for n, a in kwargs.items() if not self._is_neutral(n)}
        given = dict(zip(names, args, strict=False)) | kwargs
        if unknown := [n for n in kwargs if n not in self.operands]:
            raise Refused(f"{self.keys[0]} with {unknown[0]}= has no derivative rule")
        order = (*names, *(n for n in self.operands if n not in names))
        return {name: given[name] for name in order if name in given}

    def _is_neutral(self, name: str) -> bool:
        """An operand of all ufuncs that does not change what is computed."""
        elementwise = self.kind == "elementwise" and self.keys[0][:3] != "dpc"
        if not elementwise and UFUNCS.isdisjoint(self.keys):
            return False
        return name in NEUTRAL and name not in self.operands

    def call(self, body: Body, first: tuple[Any, ...], bound: dict[str, Any]) -> Any:
        """Call a body: its own first arguments, then the operands that `bind` gave."""
        if self.variadic < 0:
            return body(*first, **bound)
        fixed = self.operands[: self.variadic]
        inner = [bound[n] for n in bound if n in fixed or n[0] == "*"]
        named = {n: v for n, v in bound.items() if n not in fixed and n[0] != "*"}
        return body(*first, *inner, **named)

    @property
    def tangents(self) -> int:
        """How many tangents the pushforward takes, one each for the first operands."""
        assert self.pushforward is not None
        names = list(inspect.signature(self.pushforward).parameters)
        return next(i for i, n in enumerate(names) if n in (*self.operands, "out"))


@dataclass
class RuleSet:
    """The rules of one family. `merge` joins families and refuses duplicates."""

    name: str
    rules: dict[str, Rule] = field(default_factory=dict)
    primitives: dict[str, Primitive] = field(default_factory=dict)
    # Rules for the calls that the rule of the same key in any family refuses.
    fallbacks: dict[str, tuple[Rule, Infer]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Rule]:
        return iter({id(rule): rule for rule in self.rules.values()}.values())

    def elementwise(
        self,
        *keys: str,
        domain: Domain | tuple[Any, ...] | None = None,
        infer: Infer | None = None,
        partial_can_fail: bool = False,
        can_fail: bool = False,
        real: bool = False,
        memory: str = "fresh",
    ) -> Callable[[Body], Body]:
        """Declare partial derivatives. `domain`: one interval `(low, high)` an
        operand."""

        def declare(body: Body) -> Body:
            self._add(
                keys,
                "elementwise",
                body,
                domain,
                infer or results.floating,
                memory,
                partial_can_fail=partial_can_fail,
                can_fail=can_fail,
                real=real,
            )
            return body

        return declare

    def linear(
        self,
        *keys: str,
        domain: Domain | tuple[Any, ...] | None = None,
        infer: Infer | None = None,
        memory: str = "fresh",
        trivial: bool = False,
        shape_only: tuple[int, ...] = (),
        can_fail: bool = True,
        constant: tuple[str, ...] = (),
    ) -> Callable[[Body], Body]:
        """Declare the adjoint of a function that is linear in each operand.

        `def body(g, x, ..., *, out): return x_bar, ...`; `constant` names floating
        operands that it has no derivative in.
        """

        def declare(body: Body) -> Body:
            self._add(
                keys,
                "linear",
                body,
                domain,
                infer,
                memory,
                trivial=trivial,
                shape_only=shape_only,
                constant=constant,
                can_fail=can_fail,
            )
            return body

        return declare

    def pullback(
        self,
        *keys: str,
        domain: Domain | tuple[Any, ...] | None = None,
        infer: Infer | None = None,
        memory: str = "fresh",
        shape_only: tuple[int, ...] = (),
        can_fail: bool = True,
    ) -> Callable[[Body], Body]:
        """Declare `def body(g, x, ..., *, out): return x_bar, ...`."""

        def declare(body: Body) -> Body:
            self._add(
                keys,
                "general",
                body,
                domain,
                infer,
                memory,
                shape_only=shape_only,
                can_fail=can_fail,
            )
            return body

        return declare

    def pushforward(self, *keys: str) -> Callable[[Body], Body]:
        """Beside a pullback: `def body(x_dot, ..., x, ..., *, out): return out_dot`.

        One tangent for each operand that the pullback returns a cotangent for, in the
        same order (`None` for one that does not vary), then the operands. Those of
        `*operands` come as one tuple. A linear function may have one, too: where it is
        linear in several operands together.
        """

        def declare(body: Body) -> Body:
            made: dict[int, Rule] = {}
            for key in keys:
                old = self.rules[key]
                both = replace(old, pushforward=body)
                self.rules[key] = made.setdefault(id(old), both)
            return body

        return declare

    def composed(
        self,
        *keys: str,
        body: Body,
        push: Body,
        like: Body,
        domain: Domain | tuple[Any, ...] | None,
        infer: Infer,
        memory: str,
        trivial: bool,
        fallback: bool,
    ) -> Rule:
        """Declare a function given as array code; see `composed.composition`.

        `body` and `push` take the operands by name; `like` has their names. A fallback
        serves the calls that the function's other rule refuses.
        """
        rule = _rule(keys, "composed", like, domain)
        rule = replace(rule, body=body, pushforward=push, like=like)
        for key in keys:
            if fallback:
                self.fallbacks[key] = rule, infer
            else:
                self._put(key, rule)
                self.primitives[key] = Primitive(
                    key, infer, memory, "reads", trivial=trivial
                )
        return rule

    def constant(
        self,
        *keys: str,
        infer: Infer | None = None,
        effect: str = "reads",
        trivial: bool = False,
        shape_only: tuple[int, ...] = (),
        memory: str = "fresh",
        owner: int = 0,
    ) -> None:
        """Declare functions whose result carries no derivative."""
        for key in keys:
            self._put(key, Rule((key,), "constant", None, ()))
            self.primitives[key] = Primitive(
                key,
                infer or (lambda args, kwargs: F.ANY),
                memory,
                effect,
                shape_only,
                trivial,
                owner=owner,
            )

    def _add(
        self,
        keys: tuple[str, ...],
        kind: str,
        body: Body,
        domain: Domain | tuple[Any, ...] | None,
        infer: Infer | None,
        memory: str,
        *,
        partial_can_fail: bool = False,
        can_fail: bool = True,
        real: bool = False,
        trivial: bool = False,
        shape_only: tuple[int, ...] = (),
        constant: tuple[str, ...] = (),
    ) -> None:
        rule = _rule(keys, kind, body, domain)
        rule = replace(
            rule, constant=constant, partial_can_fail=partial_can_fail, real=real
        )
        for key in keys:
            self._put(key, rule)
            inferred = infer or _number_infer
            if kind == "elementwise":
                inferred = results.of_key(key, inferred)
            self.primitives[key] = Primitive(
                key,
                inferred,
                memory,
                "reads",
                shape_only,
                trivial,
                can_fail,
            )

    def _put(self, key: str, rule: Rule) -> None:
        if key in self.rules:
            raise ValueError(f"{key} has two rules in {self.name}")
        self.rules[key] = rule


def _rule(
    keys: tuple[str, ...],
    kind: str,
    body: Body,
    domain: Domain | tuple[Any, ...] | None,
) -> Rule:
    """A rule whose operands are the parameters of its body."""
    parameters = inspect.signature(body).parameters
    skip = 0 if kind in ("elementwise", "composed") else 1
    operands = tuple(name for name in parameters if name != "out")[skip:]
    stars = [n for n, p in parameters.items() if p.kind is p.VAR_POSITIONAL]
    code = inspect.unwrap(body).__code__
    return Rule(
        keys,
        kind,
        body,
        operands,
        operands.index(stars[0]) if stars else -1,
        domain=domain,
        source=f"{body.__module__}:{code.co_firstlineno}",
        positional=len([n for n in operands if parameters[n].kind is _POSITIONAL]),
    )


def _number_infer(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
    return F.NUMBER


def merge(*families: RuleSet) -> tuple[dict[str, Rule], Library]:
    """All rules by key, and the library of their primitives."""
    rules: dict[str, Rule] = {}
    primitives: dict[str, Primitive] = {}
    for family in families:
        for key, rule in family.rules.items():
            if key in rules:
                raise ValueError(f"{key} has rules in two families, {family.name} last")
            rules[key] = rule
        primitives.update(family.primitives)
    for family in families:
        for key, (rule, infer) in family.fallbacks.items():
            rules[key] = replace(rules[key], otherwise=rule)
            known = primitives[key].infer
            found = _either(rules[key], known, infer)
            primitives[key] = replace(primitives[key], infer=found)
    return rules, Library(primitives)


def _either(rule: Rule, first: Infer, second: Infer) -> Infer:
    """What is known of a result: by `second` of calls that the rule refuses."""

    def infer(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
        try:
            rule.bind(args, kwargs)
        except Refused:
            return second(args, kwargs)
        return first(args, kwargs)

    return infer
