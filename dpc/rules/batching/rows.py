"""Values of a program over a batch: which of them differ from row to row.

A *row* is one entry of the batch, and the fact of a value is that of one row. What is
the same for all rows is one value; what differs has the batch as its first axis. In a
container each part is one or the other, and `Tree` says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact
from dpc.ir.nodes import Atom, Const
from dpc.rules import results
from dpc.rules.known import array_of


@dataclass(frozen=True, slots=True)
class Parts:
    """A container of which some parts differ from row to row, by index or by name."""

    parts: Mapping[int | str, Tree]


@dataclass(slots=True, eq=False)
class Kept:
    """What a tape keeps: the trees of its columns, and whether rows leave its loop.

    `gone` is the position of the column that says which rows are still in the loop.
    """

    columns: list[Tree] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    gone: int | None = None


# False: the same for all rows. True: of a container, all numbers in it have the axis.
Tree = bool | Parts | Kept


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the batched program. `fact` is what is known of one row of it."""

    atom: Atom
    rows: Tree
    fact: Fact

    @property
    def literal(self) -> Any:
        """The value of a literal, `results.UNKNOWN` for anything else."""
        if isinstance(self.atom, Const):
            return self.atom.value
        return results.literal(self.fact)

    @property
    def rank(self) -> int | None:
        """The number of axes of a row; None if it is not known."""
        if self.fact.shape is not None:
            return len(self.fact.shape)
        return array_of(self.fact).rank

    @property
    def is_sequence(self) -> bool:
        """A list or tuple."""
        return self.fact.kind in ("list", "tuple")


def varies(tree: Tree) -> bool:
    """Whether anything in a value differs from row to row."""
    if isinstance(tree, Parts):
        return any(map(varies, tree.parts.values()))
    return tree is True


def part_of(tree: Tree, key: object) -> Tree:
    """The tree of one part; of all parts together where the key is not known."""
    if not isinstance(tree, Parts):
        return tree
    if isinstance(key, int | str):
        if isinstance(key, int) and key < 0:
            key += len(tree.parts)
        return tree.parts.get(key, False)
    joined: Tree = False
    for part in tree.parts.values():
        joined = union(joined, part)
    return joined


def union(a: Tree, b: Tree) -> Tree:
    """What differs in either of two values of one structure."""
    if isinstance(a, Kept) or isinstance(b, Kept):
        return a if isinstance(a, Kept) else b
    if a is True or b is True:
        return True
    if isinstance(a, Parts) and isinstance(b, Parts):
        keys = dict.fromkeys((*a.parts, *b.parts))
        return settled({k: union(part_of(a, k), part_of(b, k)) for k in keys})
    return b if isinstance(b, Parts) else a


def within(a: Tree, b: Tree) -> bool:
    """All that differs in `a` differs in `b`, two values of one structure."""
    if b is True or not varies(a):
        return True
    if not isinstance(a, Parts):
        return False
    return all(within(part, part_of(b, key)) for key, part in a.parts.items())


def settled(parts: Mapping[int | str, Tree]) -> Tree:
    """The tree of these parts; one truth value where they agree."""
    if parts and all(part is True for part in parts.values()):
        return True
    whole = Parts(parts)
    kept = any(isinstance(part, Kept) for part in parts.values())
    return whole if kept or varies(whole) else False


def covers(tree: Tree, fact: Fact) -> bool:
    """Whether every part that can carry a derivative has the batch axis."""
    if tree is True or not fact.is_float_like:
        return True
    if not isinstance(tree, Parts):
        return False
    facts: dict[int | str, Fact] = dict(enumerate(fact.items or ()))
    facts.update(fact.fields or ())
    parts = tree.parts.items()
    return all(covers(part, facts.get(key, F.ANY)) for key, part in parts)


def fact_over(fact: Fact, tree: Tree, size: Dim) -> Fact:
    """The fact of a whole batch, given that of a row."""
    if tree is False or isinstance(tree, Kept):
        return fact
    if fact.is_number:
        if fact.is_scalar:
            return F.array(fact.dtype, (size,))
        shape = None if fact.shape is None else (size, *fact.shape)
        return F.array(fact.dtype, shape)
    items = fact.items
    if items is not None:
        pairs = enumerate(items)
        items = tuple(fact_over(f, part_of(tree, i), size) for i, f in pairs)
    fields = fact.fields
    if fields is not None:
        fields = tuple((k, fact_over(f, part_of(tree, k), size)) for k, f in fields)
    element = fact.element
    if element is not None:
        element = fact_over(element, part_of(tree, None), size)
    return replace(fact, items=items, fields=fields, element=element)


def can_differ(fact: Fact) -> bool:
    """Numbers and containers can have a batch axis; strings, None, functions cannot."""
    plain = ("str", "none", "function", "module", "slice", "range", "other", "sparse")
    return fact.kind not in plain
