"""What a relaxed program means: an interpreter that follows SOFT.md, and no compiler.

Statements are run on a world, the values of all names. They end in several ways (at
their end, by `break`, `continue` or `return`), each with a weight and the mean of the
worlds that end there.
"""

import ast
import builtins
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.relax.meaning_of_dependence import Dependence
from tests.relax.meaning_of_jumps import (
    BREAK,
    CONTINUE,
    FALL,
    RETURN,
    exits_of,
    settled,
    tree_of,
)
from tests.relax.meaning_of_loops import looped
from tests.relax.meaning_of_memory import Memory, Truth, Weights, World, certain
from tests.relax.meaning_of_values import FAILURES, OPERATORS, Values

Ends = dict[str, tuple[float, World]]
# What a function was given, and what it returns, among its names.
GIVEN, RETURNED = "<given>", "<returned>"


def meaning(
    function: Callable[..., Any],
    wrt: tuple[str, ...],
    temperature: float,
    loops: str = "unrolled",
    max_steps: int = 100,
) -> Callable[..., Any]:
    """The relaxed program, as a function of the same arguments."""

    def run(*args: Any) -> Any:
        scope = {**vars(builtins), **function.__globals__}
        free = inspect.getclosurevars(function).nonlocals
        dependence = Dependence(loops == "soft", {**scope, **free})
        dependence.of(function, wrt)
        found = frozenset(dependence.found)
        way = Interpreter({**scope, **free}, found, temperature, loops == "soft")
        way.max_steps = max_steps
        memory, memo = way.memory, {}
        return way.call(function, [memory.copy(a, memo) for a in args], {}, {})

    return run


@dataclass
class Interpreter(Values):
    """Statements; what they are made of is in the classes before it."""

    scope: dict[str, Any]
    relaxed: frozenset[tuple[ast.Compare, int]]
    temperature: float
    soft_loops: bool
    max_steps: int = 100
    memory: Memory = field(default_factory=Memory)
    exits: frozenset[ast.If] = frozenset()

    # Worlds

    def meet(self, a: tuple[float, World], b: tuple[float, World], **which: Any) -> Any:
        """The mean of what ends in one way, and its weight."""
        mass = a[0] + b[0]
        by = Weights(a[0] / mass, b[0] / mass, **which)
        return mass, self.memory.meet(a[1], b[1], by)

    def add(self, ends: Ends, kind: str, mass: float, world: World) -> None:
        """Another path that ends in one way."""
        if mass:
            new = mass, world
            ends[kind] = self.meet(ends[kind], new) if kind in ends else new

    def copied(self, world: World) -> World:
        memo: dict[Any, Any] = {}
        return {k: self.memory.copy(v, memo) for k, v in world.items()}

    # Calls

    def call(
        self, fn: Any, args: list[Any], named: dict[str, Any], around: World
    ) -> Any:
        """What a function of the program returns; what it wrote is written back."""
        tree = fn if isinstance(fn, ast.FunctionDef) else tree_of(fn)
        world = dict(around)
        if not isinstance(fn, ast.FunctionDef):
            bound = inspect.signature(fn).bind(*args, **named)
            bound.apply_defaults()
            world = dict(bound.arguments)
        else:
            world |= {a.arg: v for a, v in zip(tree.args.args, args)} | named
        world[GIVEN] = (tuple(world.values()), RETURNED in world)
        world.pop(RETURNED, None)
        old = self.memory.reached(world[GIVEN], {})
        before, self.exits = self.exits, exits_of(tree)
        ends = self.block(tree.body, world)
        self.exits = before
        if FALL in ends:
            mass, world = ends.pop(FALL)
            self.add(ends, RETURN, mass, {**world, RETURNED: None})
        end = ends[RETURN][1]
        memo: dict[Any, Any] = {}
        self.memory.settle(end[GIVEN], old, memo)
        return self.memory.settle(end[RETURNED], old, memo)

    # Statements

    def block(self, body: list[ast.stmt], world: World) -> Ends:
        left, ends = 1.0, Ends()
        for statement in body:
            new = self.statement(statement, world)
            mass, world = new.pop(FALL, (0.0, world))
            for kind, (weight, end) in new.items():
                self.add(ends, kind, left * weight, end)
            left *= mass
            if not left:
                return ends
        ends[FALL] = left, world
        return ends

    def statement(self, node: ast.stmt, world: World) -> Ends:
        match node:
            case ast.If():
                return self.branch(node, world)
            case ast.For() | ast.While():
                return looped(self, node, world)
            case ast.Return(value):
                result = None if value is None else self.kept(value, world)
                return {RETURN: (1.0, {**world, RETURNED: result})}
            case ast.Break():
                return {BREAK: (1.0, world)}
            case ast.Continue():
                return {CONTINUE: (1.0, world)}
            case ast.With([ast.withitem(ast.Call(_, [t]))], body):
                before, self.temperature = self.temperature, self.value(t, world)
                ends = self.block(body, world)
                self.temperature = before
                return ends
            case ast.FunctionDef():
                world[node.name] = node
            case ast.Assign(targets, value):
                new = self.kept(value, world)
                for target in targets:
                    self.bind(target, new, world)
            case ast.AnnAssign(target, _, ast.expr() as value):
                self.bind(target, self.kept(value, world), world)
            case ast.AugAssign(target, op, value):
                # What is written in place is bound to the same object again.
                old = self.value(target, world)
                new = OPERATORS[type(op)][1](old, self.value(value, world))
                self.bind(target, new, world)
            case ast.Expr(value):
                self.value(value, world)
            case ast.Pass():
                pass
            case _:
                raise NotImplementedError(ast.unparse(node))
        return {FALL: (1.0, world)}

    def branch(self, node: ast.If, world: World) -> Ends:
        """Both branches, each in a world of its own, and the mean where they meet."""
        if node in self.exits and not self.soft_loops:
            test = certain(self.exact(node.test, world))
        else:
            test = self.test(node.test, world)
        if not (test.p and test.q):
            return self.block(node.body if test.p else node.orelse, world)
        then, orelse = self.copied(world), self.copied(world)
        for branch, holds in ((then, True), (orelse, False)):
            for name, truth in settled(node.test, holds).items():
                # In the branches of a test, how its flags have come out is known.
                if isinstance(branch.get(name), Truth):
                    branch[name] = certain(truth)
        a = self.attempt(node.body, then, test.holds)
        b = self.attempt(node.orelse, orelse, not test.holds)
        if a is None or b is None:
            found = a or b
            assert found is not None
            return found
        ends = Ends()
        for kind in dict.fromkeys((*a, *b)):
            sides = [
                (weight * side[kind][0], side[kind][1])
                for weight, side in ((test.p, a), (test.q, b))
                if kind in side
            ]
            if len(sides) == 2:
                ends[kind] = self.meet(*sides, takes_a=test.holds)
            else:
                ends[kind] = sides[0]
        return ends

    def attempt(self, body: list[ast.stmt], world: World, taken: bool) -> Ends | None:
        """A branch, which may fail where the exact program does not take it."""
        try:
            return self.block(body, world)
        except FAILURES:
            if taken:
                raise
            return None

    def bind(self, target: ast.expr, value: Any, world: World) -> None:
        match target:
            case ast.Name(name):
                world[name] = value
            case ast.Tuple(parts) | ast.List(parts):
                for part, each in zip(parts, list(value), strict=True):
                    self.bind(part, each, world)
            case ast.Subscript(base, key):
                self.value(base, world)[self.value(key, world)] = value
            case ast.Attribute(base, attr):
                setattr(self.value(base, world), attr, value)
            case _:
                raise NotImplementedError(ast.unparse(target))
