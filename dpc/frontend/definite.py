"""Which reads of local names may find nothing: those that some path leaves unbound.

The analysis goes once through a function as it is written, with the names that are
bound on every path to the place it is at. After an exit that is every name: nothing is
reached there. A name that is read where it may be unbound is doubtful; the lifter keeps
a flag of it, and asks the flag at that read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import gast

from dpc.frontend.bound import names_bound

# The names that are bound on every path to a place; None where no path leads.
Names = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Doubts:
    """The reads that may find nothing, and the names that they read."""

    reads: frozenset[gast.AST] = frozenset()
    names: frozenset[str] = frozenset()


NONE = Doubts()


def doubts(tree: gast.FunctionDef | gast.Lambda) -> Doubts:
    """The doubtful reads in a function and in those that are nested in it."""
    local = names_bound(tree)
    arguments = [*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs]
    arguments += [p for p in (tree.args.vararg, tree.args.kwarg) if p is not None]
    given = frozenset(p.id for p in arguments)
    if given == local:
        return NONE
    flow = _Flow(local, given)
    if isinstance(tree, gast.Lambda):
        flow.read(tree.body)
    else:
        flow.block(tree.body)
    reads = frozenset(flow.reads)
    return Doubts(reads, frozenset(node.id for node in reads)) if reads else NONE


def _meet(*paths: Names) -> Names:
    """What is bound on each of several paths, of which some lead nowhere."""
    found = [names for names in paths if names is not None]
    return frozenset.intersection(*found) if found else None


class _Flow:
    """Where the analysis is: the names bound there, and the loops around."""

    def __init__(self, local: frozenset[str], given: frozenset[str]) -> None:
        self.local = local
        self.bound: Names = given
        self.breaks: list[list[Names]] = []
        self.reads: set[gast.Name] = set()
        self.hidden: frozenset[str] = frozenset()  # local to something nested

    def block(self, statements: Sequence[gast.stmt]) -> None:
        for node in statements:
            self.statement(node)

    def statement(self, node: gast.stmt) -> None:
        match node:
            case gast.If():
                then, orelse = self.test(node.test)
                self.bound = then
                self.block(node.body)
                then, self.bound = self.bound, orelse
                self.block(node.orelse)
                self.bound = _meet(then, self.bound)
            case gast.For():
                self.read(node.iter)
                self.loop(node, self.bound, self.bound)
            case gast.While():
                then, orelse = self.test(node.test)
                endless = isinstance(node.test, gast.Constant) and bool(node.test.value)
                self.loop(node, then, None if endless else orelse)
            case gast.Break():
                self.breaks[-1].append(self.bound)
                self.bound = None
            case gast.Continue():
                self.bound = None
            case gast.Return() | gast.Raise():
                self.read(*gast.iter_child_nodes(node))
                self.bound = None
            case gast.With():
                for item in node.items:
                    self.read(item.context_expr)
                    if item.optional_vars is not None:
                        self.read(item.optional_vars)
                self.block(node.body)
            case gast.FunctionDef():
                self.read(*node.decorator_list)
                self.nested(node)
                self.bind(node.name)
            case gast.Assign():
                self.read(node.value, *node.targets)
            case gast.AugAssign():
                if isinstance(node.target, gast.Name):
                    self.name(node.target)
                self.read(node.value, node.target)
            case gast.AnnAssign():
                if node.value is not None:
                    self.read(node.value, node.target)
            case _:
                self.read(*gast.iter_child_nodes(node))

    def loop(self, node: gast.For | gast.While, first: Names, after: Names) -> None:
        """A loop whose body begins with `first`, and that ends with `after`."""
        self.breaks.append([])
        self.bound = first
        if isinstance(node, gast.For):
            self.read(node.target)
        self.block(node.body)
        self.bound = after
        broken = self.breaks.pop()
        self.block(node.orelse)
        self.bound = _meet(self.bound, *broken)

    def bind(self, name: str) -> None:
        if self.bound is not None and name not in self.hidden:
            self.bound |= {name}

    def name(self, node: gast.Name) -> None:
        """A name is read."""
        if self.bound is None or node.id in self.hidden:
            return
        if node.id in self.local and node.id not in self.bound:
            self.reads.add(node)

    def read(self, *nodes: gast.AST) -> None:
        """Expressions and targets, in the order in which they are evaluated."""
        for node in nodes:
            match node:
                case gast.Name(ctx=gast.Load()):
                    self.name(node)
                case gast.Name():
                    self.bind(node.id)
                case gast.NamedExpr():
                    self.read(node.value)
                    self.bind(node.target.id)
                case gast.BoolOp():
                    self.bound = _meet(*self.test(node))
                case gast.IfExp():
                    self.chosen(node)
                case gast.Lambda():
                    self.nested(node)
                case gast.ListComp() | gast.GeneratorExp() | gast.DictComp():
                    self.comprehension(node)
                case gast.SetComp():
                    self.comprehension(node)
                case _:
                    self.read(*gast.iter_child_nodes(node))

    def chosen(self, node: gast.IfExp) -> None:
        then, orelse = self.test(node.test)
        self.bound = then
        self.read(node.body)
        then, self.bound = self.bound, orelse
        self.read(node.orelse)
        self.bound = _meet(then, self.bound)

    def test(self, node: gast.expr) -> tuple[Names, Names]:
        """What is bound where a test is true, and where it is false."""
        match node:
            case gast.UnaryOp(op=gast.Not()):
                then, orelse = self.test(node.operand)
                return orelse, then
            case gast.BoolOp():
                goes_on = isinstance(node.op, gast.And)
                ended: list[Names] = []
                for value in node.values:
                    then, orelse = self.test(value)
                    self.bound, left = (then, orelse) if goes_on else (orelse, then)
                    ended.append(left)
                done = _meet(*ended)
                return (self.bound, done) if goes_on else (done, self.bound)
        self.read(node)
        return self.bound, self.bound

    def nested(self, node: gast.FunctionDef | gast.Lambda) -> None:
        """A function that may be called as soon as it is defined."""
        self.read(*node.args.defaults, *filter(None, node.args.kw_defaults))
        outside = self.bound
        body = [node.body] if isinstance(node, gast.Lambda) else node.body
        self.apart(names_bound(node), body)
        self.bound = outside

    def comprehension(self, node: gast.expr) -> None:
        """Only its first iterable is evaluated for certain."""
        first, *others = node.generators
        self.read(first.iter)
        outside = self.bound
        bound = {
            name.id
            for generator in node.generators
            for name in gast.walk(generator.target)
            if isinstance(name, gast.Name) and isinstance(name.ctx, gast.Store)
        }
        tests = [*first.ifs]
        for generator in others:
            tests += [generator.iter, *generator.ifs]
        parts = [getattr(node, name, None) for name in ("key", "value", "elt")]
        self.apart(bound, [*tests, *filter(None, parts)])
        self.bound = outside

    def apart(self, own: Iterable[str], body: Sequence[gast.AST]) -> None:
        """What has names of its own: statements or expressions."""
        hidden, breaks = self.hidden, self.breaks
        self.hidden, self.breaks = hidden | frozenset(own), []
        for node in body:
            if isinstance(node, gast.stmt):
                self.statement(node)
            else:
                self.read(node)
        self.hidden, self.breaks = hidden, breaks
