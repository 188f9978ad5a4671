"""Which comparisons depend on differentiated arguments, by the text of a program.

A name depends on one where what is bound to it does, and where a relaxed test has
decided what is bound to it. Tuples are followed part by part; what can be written, a
list, a dict, an object, depends as a whole, under all its names.
"""

import ast
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.relax.meaning_of_jumps import (
    BREAK,
    CONTINUE,
    FALL,
    RETURN,
    exits_of,
    leaves_loop,
    tree_of,
)
from tests.relax.meaning_of_parts import Held, Value, depends, either, shape, spoil

ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
# What they say has no derivative, whatever they are given.
EXACT = ("len", "int", "round", "range", "isinstance", "hard", "bool", "argmax")
PASSES = 30

Token = Any
Names = dict[str, tuple[Token, Value]]
Ends = dict[str, Names]


@dataclass
class Dependence:
    """The comparisons found so far, as pairs of a node and a place in its chain."""

    soft_loops: bool
    scope: dict[str, Any]
    found: set[tuple[ast.Compare, int]] = field(default_factory=set)
    blending: int = 0  # how many relaxed tests are around what is looked at
    exits: frozenset[ast.If] = frozenset()

    def of(self, function: Callable[..., Any], wrt: Iterable[str]) -> None:
        tree = tree_of(function)
        given = {a.arg: a.arg in wrt for a in tree.args.args}
        self.call(tree, {k: (k, v) for k, v in given.items()})

    def call(self, tree: ast.FunctionDef, names: Names) -> Value:
        before, self.exits = self.exits, exits_of(tree)
        ends = self.block(tree.body, names)
        self.exits = before
        value: Value = ends.get(RETURN, {}).get("return", (None, False))[1]
        return value

    # Statements

    def block(self, body: list[ast.stmt], names: Names) -> Ends:
        ends: Ends = {}
        for statement in body:
            new = self.statement(statement, names)
            names = new.pop(FALL, {})
            ends = self.joined(ends, new, self.blending > 0)
            if not names:
                return ends
        return {**ends, FALL: names}

    def joined(self, a: Ends, b: Ends, soft: bool) -> Ends:
        kinds = dict.fromkeys((*a, *b))
        return {k: self.met(a.get(k), b.get(k), soft) for k in kinds}

    def met(self, a: Names | None, b: Names | None, soft: bool) -> Names:
        if not a or not b:
            return a or b or {}
        new: Names = {}
        for name in a.keys() & b.keys():
            (first, left), (second, right) = a[name], b[name]
            value = either(left, right)
            if first != second and soft:
                value = spoil(value)
            new[name] = (first if first == second else ("met", first, second)), value
        return new

    def statement(self, node: ast.stmt, names: Names) -> Ends:
        names = dict(names)
        match node:
            case ast.Assign(targets, value):
                for target in targets:
                    self.bind(target, self.value(value, names), value, names)
            case ast.AnnAssign(target, _, ast.expr() as value):
                self.bind(target, self.value(value, names), value, names)
            case ast.AugAssign(target, _, value):
                old = self.value(target, names)
                new = depends(self.value(value, names)) or depends(old)
                self.bind(target, new, node, names)
            case ast.If():
                return self.branch(node, names)
            case ast.For() | ast.While():
                return self.loop(node, names)
            case ast.Return(value):
                found = self.value(value, names) if value else False
                return {RETURN: {**names, "return": (node, found)}}
            case ast.Break():
                return {BREAK: names}
            case ast.Continue():
                return {CONTINUE: names}
            case ast.Raise():
                return {}
            case ast.FunctionDef():
                names[node.name] = (node, node)
            case ast.With(_, body):
                return self.block(body, names)
            case ast.Expr(value):
                self.value(value, names)
        return {FALL: names}

    def branch(self, node: ast.If, names: Names) -> Ends:
        soft = depends(self.value(node.test, names))
        soft = soft and (self.soft_loops or node not in self.exits)
        self.blending += soft
        ends = [self.block(body, names) for body in (node.body, node.orelse)]
        self.blending -= soft
        return self.joined(*ends, soft)

    def loop(self, node: ast.For | ast.While, names: Names) -> Ends:
        before = names
        for _ in range(PASSES):
            ends: Ends = {}
            head = dict(names)
            if isinstance(node, ast.For):
                self.each(node.target, node.iter, head)
                soft = False
            else:
                soft = depends(self.value(node.test, head))
            soft = self.soft_loops and (soft or self._is_left_softly(node, head))
            self.blending += soft
            ends = self.block(node.body, head)
            self.blending -= soft
            around = self.met(ends.get(FALL), ends.get(CONTINUE), self.soft_loops)
            new = self.met(names, around, False) if around else names
            same = {k: shape(v) for k, (_, v) in new.items()}
            settled = same == {k: shape(v) for k, (_, v) in names.items()}
            # Whatever is changed in a loop is one thing when an iteration begins.
            names = {
                k: (v if v == before[k] else ((node, k), v[1])) for k, v in new.items()
            }
            if settled:
                break
        after: Ends = {}
        if not (isinstance(node, ast.While) and is_true(node.test)):
            mixed = {
                k: (v if not soft or v == before.get(k) else (v[0], spoil(v[1])))
                for k, v in names.items()
            }
            after = self.block(node.orelse, mixed)
        left = ends.pop(BREAK, None)
        out = {k: v for k, v in ends.items() if k == RETURN}
        out = self.joined(out, after, soft)
        if left is not None:
            out[FALL] = self.met(out.get(FALL), left, soft)
            if soft:
                out[FALL] = {
                    k: v if v == before.get(k) else (v[0], spoil(v[1]))
                    for k, v in out[FALL].items()
                }
        return out

    def _is_left_softly(self, node: ast.For | ast.While, names: Names) -> bool:
        """A test in the loop that decides whether it goes on is relaxed."""
        return any(
            isinstance(inner, ast.Compare)
            and any(pair[0] is inner for pair in self.found)
            for statement in node.body
            for outer in ast.walk(statement)
            if isinstance(outer, ast.If) and leaves_loop(outer)
            for inner in ast.walk(outer.test)
        )

    def bind(
        self, target: ast.expr, value: Value, source: ast.AST, names: Names
    ) -> None:
        match target:
            case ast.Name(name):
                same = isinstance(source, ast.Constant) and repr(source.value)
                names[name] = (same or (source, name)), value
            case ast.Tuple(parts) | ast.List(parts):
                for place, part in enumerate(parts):
                    self.bind(part, self.part(value, place), source, names)
            case ast.Subscript(base, key):
                held = self.value(base, names)
                place = key.value if isinstance(key, ast.Constant) else None
                self.put(held, place, value, base, names)
            case ast.Attribute(base, attr):
                self.put(self.value(base, names), attr, value, base, names)

    def put(
        self, held: Value, key: Any, value: Value, base: ast.expr, names: Names
    ) -> None:
        new = self.blending > 0 or depends(value)
        if isinstance(held, Held):
            if key in held.parts:
                held.parts[key] = spoil(held.parts[key]) if new else held.parts[key]
            else:
                held.rest |= new
        elif new:
            root = base
            while isinstance(root, ast.Subscript | ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name) and root.id in names:
                names[root.id] = (base, spoil(names[root.id][1]))

    def part(self, value: Value, key: Any) -> Value:
        if isinstance(value, Held):
            found = value.parts.get(key)
            if found is not None and (value.fixed or isinstance(found, Held)):
                return found
        return depends(value)

    # Expressions

    def value(self, node: ast.expr, names: Names) -> Value:
        match node:
            case ast.Name(name):
                return names.get(name, (None, self.scope.get(name, False)))[1]
            case ast.Compare(left, ops, others):
                sides = [depends(self.value(e, names)) for e in (left, *others)]
                marks = [
                    place
                    for place, op in enumerate(ops)
                    if isinstance(op, ORDER) and (sides[place] or sides[place + 1])
                ]
                self.found |= {(node, place) for place in marks}
                return bool(marks)
            case ast.Tuple(parts) | ast.List(parts):
                held = {i: self.value(p, names) for i, p in enumerate(parts)}
                return Held(held, fixed=isinstance(node, ast.Tuple))
            case ast.Dict(keys, parts):
                named = [k.value if isinstance(k, ast.Constant) else None for k in keys]
                return Held({k: self.value(p, names) for k, p in zip(named, parts)})
            case ast.Subscript(base, key):
                self.value(key, names)
                place = key.value if isinstance(key, ast.Constant) else None
                return self.part(self.value(base, names), place)
            case ast.Attribute(base, attr):
                found = self.part(self.value(base, names), attr)
                return found and attr not in ("shape", "ndim", "size")
            case ast.IfExp(test, body, orelse):
                soft = depends(self.value(test, names))
                a, b = self.value(body, names), self.value(orelse, names)
                return spoil(either(a, b)) if soft else either(a, b)
            case ast.ListComp(element, [rule]) | ast.GeneratorExp(element, [rule]):
                inside = dict(names)
                self.each(rule.target, rule.iter, inside)
                return depends(self.value(element, inside))
            case ast.Call(fn, args, keywords):
                return self.called(fn, args, keywords, names)
        parts = [e for e in ast.iter_child_nodes(node) if isinstance(e, ast.expr)]
        return any([depends(self.value(e, names)) for e in parts])

    def each(self, target: ast.expr, items: ast.expr, names: Names) -> None:
        """Bind what a loop goes through."""
        match items, target:
            case ast.Call(ast.Name("enumerate"), [one]), ast.Tuple([count, part]):
                self.bind(count, False, items, names)
                self.bind(part, depends(self.value(one, names)), items, names)
            case ast.Call(ast.Name("zip"), several), ast.Tuple(parts):
                for part, one in zip(parts, several):
                    self.bind(part, depends(self.value(one, names)), items, names)
            case _:
                self.bind(target, depends(self.value(items, names)), items, names)

    def called(
        self,
        fn: ast.expr,
        args: list[ast.expr],
        keywords: list[ast.keyword],
        names: Names,
    ) -> Value:
        values = [self.value(a, names) for a in args]
        named = {k.arg: self.value(k.value, names) for k in keywords}
        label = fn.attr if isinstance(fn, ast.Attribute) else getattr(fn, "id", "")
        known = self.value(fn, names) if isinstance(fn, ast.Name) else False
        if inspect.isfunction(known):
            known = tree_of(known)
        if isinstance(known, ast.FunctionDef):
            given = zip([a.arg for a in known.args.args], values)
            inner = {k: (k, v) for k, v in given} | {
                k: (k, v) for k, v in named.items()
            }
            return self.call(known, {**names, **inner})
        if inspect.isclass(known) and hasattr(known, "__annotations__"):
            return Held(dict(zip(known.__annotations__, values)) | named)
        if label in EXACT:
            return False
        of = [self.value(fn.value, names)] if isinstance(fn, ast.Attribute) else []
        found = any(map(depends, [*of, *values, *named.values()]))
        if label in ("append", "extend", "update") and found and of:
            self.put(of[0], None, True, fn.value, names)  # type: ignore[attr-defined]
        return found


def is_true(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and test.value is True
