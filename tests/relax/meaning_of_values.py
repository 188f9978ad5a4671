"""What expressions mean in a relaxed program: exact values, and tests with weights."""

import ast
import inspect
import math
import operator
from typing import Any

import numpy as np

from tests.relax.meaning_of_memory import (
    Memory,
    Truth,
    Weights,
    World,
    certain,
)

OPERATORS: dict[type[ast.AST], Any] = {
    ast.Add: (operator.add, operator.iadd),
    ast.Sub: (operator.sub, operator.isub),
    ast.Mult: (operator.mul, operator.imul),
    ast.Div: (operator.truediv, operator.itruediv),
    ast.FloorDiv: (operator.floordiv, operator.ifloordiv),
    ast.Mod: (operator.mod, operator.imod),
    ast.Pow: (operator.pow, operator.ipow),
    ast.MatMult: (operator.matmul, operator.imatmul),
}
SIGNS: dict[type[ast.AST], Any] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
COMPARISONS: dict[type[ast.AST], Any] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
FAILURES = (ArithmeticError, ValueError, IndexError, np.linalg.LinAlgError)
# A weight below counts as 0.
LEAST = 1e-9


def gates(d: Any, t: float, holds: bool) -> Truth:
    """The weights of `d > 0`: sigmoids of `d / t` and of `-d / t`, by sign split."""
    if np.size(d) != 1:
        raise ValueError("a test of many elements")
    is_real = np.issubdtype(np.asarray(d).dtype, np.floating)
    d = np.asarray(d).item()
    if not is_real or not math.isfinite(d) or t == 0:
        return certain(holds)
    small = math.exp(-abs(d) / t)
    most, least = 1 / (1 + small), small / (1 + small)
    if least < LEAST:
        most, least = 1.0, 0.0
    return Truth(holds, most, least) if d > 0 else Truth(holds, least, most)


def opposite(test: Truth) -> Truth:
    return Truth(not test.holds, test.q, test.p)


def declared(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """The name and the arguments of a call `dpc.name(...)`, or of `any` and `all`."""
    match node:
        case ast.Call(ast.Attribute(ast.Name("dpc"), name), args):
            return name, args
        case ast.Call(ast.Name("any" | "all" as name), [ast.GeneratorExp()] as args):
            return name, args
    return "", []


class Values:
    """Expressions."""

    scope: dict[str, Any]
    relaxed: frozenset[tuple[ast.Compare, int]]
    temperature: float
    memory: Memory

    def call(self, fn: Any, args: list[Any], named: dict[str, Any], w: World) -> Any:
        raise NotImplementedError

    # Tests

    def test(self, node: ast.expr, world: World) -> Truth:
        """A test, as a condition is one."""
        match node:
            case ast.Compare():
                return self.chain(node, world)
            case ast.UnaryOp(ast.Not(), inner):
                return opposite(self.test(inner, world))
            case ast.BoolOp(op, parts):
                is_and = isinstance(op, ast.And)
                tests = (lambda each=each: self.test(each, world) for each in parts)
                return self.connected(tests, is_and)
            case ast.Name(name):
                return certain(self.looked_up(name, world))
            case ast.IfExp(by, body, orelse):
                return certain(self.ternary(by, body, orelse, world, self.test))
        match declared(node):
            case "hard", [inner]:
                return certain(self.exact(inner, world))
            case "soft", [inner, *t]:
                before = self.temperature
                self.temperature = self.value(t[0], world) if t else before
                found = self.test(inner, world)
                self.temperature = before
                return found
            case "prob", [inner]:
                p = float(self.value(inner, world))
                return Truth(p > 0.5, p, 1 - p)
            case ("any" | "all") as name, [ast.GeneratorExp(element, [rule])]:
                tests = (
                    lambda inside=inside: self.test(element, inside)
                    for inside in self.inside(rule, world)
                )
                return self.connected(tests, name == "all")
        return certain(self.value(node, world))

    def connected(self, tests: Any, is_and: bool) -> Truth:
        """`and`; `or` is the opposite of the opposites."""
        found = Truth(True, 1.0, 0.0)
        for test in tests:
            try:
                new = test() if is_and else opposite(test())
            except FAILURES:
                if found.holds:
                    raise
                # The exact program does not ask.
                return certain(False) if is_and else certain(True)
            found = Truth(
                found.holds and new.holds, found.p * new.p, found.q + found.p * new.q
            )
            if not found.p:
                break
        return found if is_and else opposite(found)

    def chain(self, node: ast.Compare, world: World) -> Truth:
        left, found = self.value(node.left, world), Truth(True, 1.0, 0.0)
        for place, (op, other) in enumerate(zip(node.ops, node.comparators)):
            right = self.value(other, world)
            holds = COMPARISONS[type(op)](left, right)
            if (node, place) in self.relaxed:
                up = isinstance(op, ast.Gt | ast.GtE)
                d = left - right if up else right - left
                new = gates(d, self.temperature, bool(holds))
            else:
                new = certain(holds)
            found = Truth(
                found.holds and new.holds, found.p * new.p, found.q + found.p * new.q
            )
            if not found.p:
                break
            left = right
        return found

    def exact(self, node: ast.expr, world: World) -> Any:
        """A test as the exact program has it."""
        before, self.relaxed = self.relaxed, frozenset()
        try:
            return self.test(node, world).holds
        finally:
            self.relaxed = before

    # Values

    def kept(self, node: ast.expr, world: World) -> Any:
        """What a name is bound to: of a comparison of numbers, its weights as well."""
        if isinstance(node, ast.Name):
            return self.looked_up(node.id, world)
        if self.is_test(node, world):
            return self.test(node, world)
        if isinstance(node, ast.IfExp):
            return self.ternary(node.test, node.body, node.orelse, world, self.kept)
        return self.value(node, world)

    def is_test(self, node: ast.expr, world: World) -> bool:
        """A comparison of numbers, or what is made of some."""
        match node:
            case ast.Name(name):
                return isinstance(world.get(name), Truth)
            case ast.BoolOp(_, parts):
                return all(self.is_test(part, world) for part in parts)
            case ast.UnaryOp(ast.Not(), inner):
                return self.is_test(inner, world)
            case ast.Compare():
                return not isinstance(self.value(node, world), np.ndarray)
        return False

    def looked_up(self, name: str, world: World) -> Any:
        return world[name] if name in world else self.scope[name]

    def ternary(
        self, by: ast.expr, body: ast.expr, orelse: ast.expr, world: World, of: Any
    ) -> Any:
        test = self.test(by, world)
        if not (test.p and test.q):
            return of(body if test.p else orelse, world)
        sides = []
        for node, taken in ((body, test.holds), (orelse, not test.holds)):
            try:
                sides.append(of(node, world))
            except FAILURES:
                if taken:
                    raise
                return of(body if test.holds else orelse, world)
        return self.memory.mean(*sides, Weights(test.p, test.q, test.holds), {})

    def value(self, node: ast.expr, world: World) -> Any:
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name):
                found = self.looked_up(name, world)
                return found.holds if isinstance(found, Truth) else found
            case ast.BinOp(a, op, b):
                return OPERATORS[type(op)][0](
                    self.value(a, world), self.value(b, world)
                )
            case ast.UnaryOp(ast.Not()) | ast.BoolOp():
                return self.exact(node, world)
            case ast.UnaryOp(op, inner):
                return SIGNS[type(op)](self.value(inner, world))
            case ast.Compare(a, [op], [b]):
                return COMPARISONS[type(op)](self.value(a, world), self.value(b, world))
            case ast.Compare():
                return self.exact(node, world)
            case ast.IfExp(test, body, orelse):
                found = self.ternary(test, body, orelse, world, self.value)
                return found.holds if isinstance(found, Truth) else found
            case ast.Tuple(parts):
                return tuple(self.value(each, world) for each in parts)
            case ast.List(parts):
                return [self.value(each, world) for each in parts]
            case ast.Dict(keys, parts):
                pairs = zip(keys, parts)
                return {self.value(k, world): self.value(v, world) for k, v in pairs}
            case ast.Attribute(base, attr):
                return getattr(self.value(base, world), attr)
            case ast.Subscript(base, key):
                return self.value(base, world)[self.value(key, world)]
            case ast.Slice(low, high, step):
                ends = (low, high, step)
                return slice(*(e and self.value(e, world) for e in ends))
            case ast.ListComp(element, [rule]) | ast.GeneratorExp(element, [rule]):
                return [self.value(element, w) for w in self.inside(rule, world)]
            case ast.Call(fn, args, keywords):
                return self.called(node, world)
        raise NotImplementedError(ast.unparse(node))

    def inside(self, rule: ast.comprehension, world: World) -> Any:
        """The worlds of the elements of a comprehension."""
        for each in self.value(rule.iter, world):
            new = dict(world)
            self.bind(rule.target, each, new)
            if all(self.exact(test, new) for test in rule.ifs):
                yield new

    def bind(self, target: ast.expr, value: Any, world: World) -> None:
        raise NotImplementedError

    def called(self, node: ast.Call, world: World) -> Any:
        name, _ = declared(node)
        if name in ("soft", "hard", "prob", "any", "all"):
            test = self.test(node, world)
            return test.p if name == "soft" else test.holds
        values = [self.value(arg, world) for arg in node.args]
        named = {k.arg: self.value(k.value, world) for k in node.keywords if k.arg}
        fn = self.value(node.func, world)
        if isinstance(fn, ast.FunctionDef) or is_own(fn):
            return self.call(fn, values, named, world)
        return fn(*values, **named)


def is_own(fn: object) -> bool:
    """A function of a program, not of a library."""
    return inspect.isfunction(fn) and fn.__module__.startswith("tests.")
