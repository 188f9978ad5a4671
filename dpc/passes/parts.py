"""The gradient of a container is written down with the gradients of its parts.

before                                  after
`params_bar = zeros(params)`            --
`params_bar[0] += w_bar`                --
`add_at(params_bar, 1, b_bar)`          --
`return gradient(params_bar, params)`   `return (w_bar, b_bar)`

Where every part is added to by its own place, known beforehand, and nowhere else. What
is not proven to be a fresh array like its part goes through `gradient` by itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from dpc.analysis.aliases import Aliases, find_aliases
from dpc.analysis.fresh import makes_array
from dpc.ir import facts as F
from dpc.ir.build import Builder, Facts
from dpc.ir.facts import Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Do,
    Function,
    Pullback,
    Slot,
    Stmt,
    Update,
)
from dpc.ir.rebuild import with_body
from dpc.ir.walk import reads

Key = int | str
_KINDS = ("tuple", "list", "dict")
_EXACT = ("f8", "f4", "c16", "c8")


@dataclass
class _Tree:
    """An adjoint that is put together: its parts, and the statements that do it."""

    like: Atom
    made: Assign
    parts: dict[Key, Atom] = field(default_factory=dict)
    adds: list[Stmt] = field(default_factory=list)


def parts(function: Function, facts: Facts, library: Library) -> Function:
    """The function with the gradients of containers written part by part."""
    if not any(_is_zeros(s) for s in _everywhere(function.body)):
        return function
    counts = Counter(reads(function.body))
    if isinstance(function.result, Slot):
        counts[function.result] += 1
    aliases = find_aliases(function, facts, library)
    rewrite = _Parts(facts, library, aliases, counts, function.result)
    return with_body(function, rewrite.block(function.body, ()))


def _everywhere(body: Block) -> Block:
    """The statements of the body, and of a pullback in it."""
    inner = [s for p in body if isinstance(p, Pullback) for s in p.body]
    return (*body, *inner)


def _is_zeros(statement: Stmt) -> bool:
    match statement:
        case Assign(_, Apply("dpc.zeros")):
            return True
    return False


class _Parts:
    def __init__(
        self,
        facts: Facts,
        library: Library,
        aliases: Aliases,
        counts: Counter[Slot],
        result: Atom,
    ) -> None:
        self.result = result
        self.facts = facts
        self.library = library
        self.aliases = aliases
        self.counts = counts

    def block(self, body: Block, outer: Block) -> Block:
        """A straight line of statements; a pullback stands in it."""
        trees = self._trees(body)
        self.made = {s.target: s for s in (*outer, *body) if isinstance(s, Assign)}
        out: list[Stmt] = []
        gone: set[int] = set()
        replaced: dict[int, _Tree] = {}
        for statement in body:
            match statement:
                case Assign(_, Apply("dpc.gradient", (Slot() as bar, like))):
                    if bar in trees and self._whole(bar, like, trees, gone):
                        replaced[id(statement)] = trees[bar]
        for statement in body:
            if id(statement) in gone:
                continue
            if id(statement) in replaced and isinstance(statement, Assign):
                out += self._written(statement, trees)
            elif isinstance(statement, Pullback):
                inner = self.block(statement.body, body)
                span = statement.span
                out.append(
                    Pullback(
                        statement.target,
                        statement.params,
                        inner,
                        statement.result,
                        span,
                    )
                )
                self.made = {s.target: s for s in body if isinstance(s, Assign)}
            else:
                out.append(statement)
        same = len(out) == len(body) and all(map(lambda a, b: a is b, out, body))
        return body if same else tuple(out)

    def _trees(self, body: Block) -> dict[Slot, _Tree]:
        """Adjoints that are only added to, each part once, in this block."""
        trees: dict[Slot, _Tree] = {}
        spoilt: set[Slot] = set()
        for statement in body:
            match statement:
                case Assign(target, Apply("dpc.zeros", (like,))):
                    trees[target] = _Tree(like, statement)
                case Do(
                    Apply("dpc.add_at", (Slot() as bar, Const(key), value))
                ) | Update("item", "add", Slot() as bar, Const(key), value) if (
                    bar in trees
                ):
                    tree = trees[bar]
                    known = isinstance(key, int | str) and not isinstance(key, bool)
                    if not known or key in tree.parts or self._written_later(value):
                        spoilt.add(bar)
                    else:
                        tree.parts[key] = value  # type: ignore[index]
                    tree.adds.append(statement)
        return {s: t for s, t in trees.items() if s not in spoilt and self._fits(t)}

    def _written_later(self, value: Atom) -> bool:
        return (
            isinstance(value, Slot)
            and self.aliases.written(value)
            and not (self._is_tree(value))
        )

    def _is_tree(self, value: Slot) -> bool:
        return not self.facts.get(value, F.ANY).is_number

    def _fits(self, tree: _Tree) -> bool:
        """The structure is known, and has the parts that are added to."""
        keys = dict(self._items(self._fact(tree.like)) or ())
        return bool(keys) and set(tree.parts) <= set(keys)

    def _fact(self, atom: Atom) -> Fact:
        return self.facts.get(atom, F.ANY) if isinstance(atom, Slot) else F.ANY

    def _items(self, fact: Fact) -> list[tuple[Key, Fact]] | None:
        if fact.value not in (tuple, list, dict):
            return None  # Of a class of its own, or nobody knows.
        if fact.kind in ("tuple", "list") and fact.items is not None:
            return list(enumerate(fact.items))
        if fact.kind == "dict" and fact.fields is not None:
            return list(fact.fields)
        return None

    def _whole(
        self, bar: Slot, like: Atom, trees: dict[Slot, _Tree], gone: set[int]
    ) -> bool:
        """Everything that makes the tree up may go."""
        found: list[Stmt] = []
        if not self._collect(bar, trees, found):
            return False
        gone.update(map(id, found))
        return True

    def _collect(self, bar: Slot, trees: dict[Slot, _Tree], found: list[Stmt]) -> bool:
        tree = trees[bar]
        if self.counts[bar] != len(tree.adds) + 1:
            return False
        found += [tree.made, *tree.adds]
        for value in tree.parts.values():
            if isinstance(value, Slot) and value in trees:
                if not self._collect(value, trees, found):
                    return False
            elif isinstance(value, Slot) and self._is_tree(value):
                return False
        return True

    # Writing

    def _written(self, statement: Assign, trees: dict[Slot, _Tree]) -> list[Stmt]:
        """The parts, and the container of them."""
        assert isinstance(statement.value, Apply)
        bar, like = statement.value.args
        assert isinstance(bar, Slot)
        self.build = Builder(self.library, self.facts)
        self.build.span = statement.span
        self.used: set[Atom] = set()
        made = self._container(trees[bar], like, self._fact(like), trees)
        last = self.build.block.pop()
        assert isinstance(last, Assign) and last.target is made
        self.facts[statement.target] = self.facts[last.target]
        return [*self.build.block, Assign(statement.target, last.value, statement.span)]

    def _container(
        self, tree: _Tree, like: Atom, fact: Fact, trees: dict[Slot, _Tree]
    ) -> Atom:
        atoms: list[Atom] = []
        for key, part in self._items(fact) or ():
            value = tree.parts.get(key)
            if fact.kind == "dict":
                atoms.append(Const(key))
            if isinstance(value, Slot) and value in trees:
                inner = self._part(like, key, part)
                atoms.append(self._container(trees[value], inner, part, trees))
            else:
                atoms.append(self._leaf(value, like, key, part))
        return self.build.apply(fact.kind, *atoms)

    def _leaf(self, value: Atom | None, like: Atom, key: Key, fact: Fact) -> Atom:
        if not fact.is_float_like:
            return Const(None)
        if value is None:
            value = Const(0.0)
        elif self._is_exact(value, fact):
            self.used.add(value)
            return value
        return self.build.apply("dpc.gradient", value, self._part(like, key, fact))

    def _is_exact(self, value: Atom, fact: Fact) -> bool:
        """A fresh array of the part's shape and dtype that nothing else holds."""
        have = self._fact(value)
        if self.aliases.reaches(self.result, value):
            return False
        if value in self.used or fact.dtype not in _EXACT or not fact.rank:
            return False
        if have.shape != fact.shape or have.shape is None or None in have.shape:
            return False
        made = self.made.get(value) if isinstance(value, Slot) else None
        while made is not None and isinstance(made.value, Slot):
            made = self.made.get(made.value)
        if made is None or have.dtype != fact.dtype:
            return False
        return isinstance(made.value, Apply) and makes_array(self.library, made.value)

    def _part(self, like: Atom, key: Key, fact: Fact) -> Atom:
        """A part of a container, by the slot that holds it already."""
        for target, statement in self.made.items():
            match statement.value:
                case Apply("getitem", (base, Const(value))):
                    if base is like and value == key and not self._rebound(like):
                        return target
        made = self.build.apply("getitem", like, Const(key))
        assert isinstance(made, Slot)
        self.facts[made] = fact
        return made

    def _rebound(self, like: Atom) -> bool:
        return self.aliases.written(like)
