"""A region that is cleared and then added to is assigned.

before                      after
`a_bar[i] = 0`              `s = 0.2 * b_bar[j]`
`s = 0.2 * b_bar[j]`        `a_bar[i] = s`
`a_bar[k] += s`             `a_bar[k] += s`
`a_bar[i] += s`

The additions commute, so the one to the cleared region may come first. Nothing else may
touch the array, or what shares its memory, from the clearing to that addition.
"""

from __future__ import annotations

from typing import TypeGuard

from dpc.analysis.aliases import Aliases, find_aliases
from dpc.analysis.classes import find
from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Comment,
    Const,
    Function,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.rebuild import map_block, map_blocks, with_body
from dpc.ir.walk import blocks, free, inner, operands, statements, targets, vocabulary


def refill(function: Function, facts: Facts, library: Library) -> Function:
    """The function in which no region is cleared before its first addition."""
    if Store not in vocabulary(function):
        return function

    def clears(statement: Stmt) -> TypeGuard[Store]:
        match statement:
            case Store("item", Slot() as base, index, Const(value)):
                zero = isinstance(value, int | float) and value == 0
                return zero and facts.get(base, ANY).is_array and _once(index, facts)
        return False

    clearing = [
        at
        for at, statement in enumerate(function.body)
        if any(map(clears, statements((statement,))))
    ]
    if not clearing:
        return function
    # What is done afterwards, such as a tuple of the adjoints, joins no memory yet.
    before = with_body(function, function.body[: clearing[-1] + 1])
    aliases = find_aliases(before, facts, library)

    def inside(block: Block) -> Block:
        block = map_block(block, lambda s: map_blocks(s, inside))
        for statement in block:
            if clears(statement):
                block = _Region(block, statement, aliases, library).assigned()
        return block

    return with_body(function, inside(function.body))


class _Region:
    """A cleared region, in the block that clears it."""

    def __init__(
        self, block: Block, clearing: Store, aliases: Aliases, library: Library
    ) -> None:
        self.block = block
        self.clearing = clearing
        self.aliases = aliases
        self.library = library
        self.memory = aliases.node(clearing.base)

    def assigned(self) -> Block:
        """The block with the clearing and an addition as one assignment, if it can."""
        at = next(i for i, s in enumerate(self.block) if s is self.clearing)
        first: int | None = None  # the first addition to the array
        for place in range(at + 1, len(self.block)):
            statement = self.block[place]
            if not self.touches(statement):
                continue
            if not self.adds(statement):
                return self.block
            first = place if first is None else first
            assert isinstance(statement, Update)
            if _same(statement.index, self.clearing.index):
                between = self.block[first:place]
                needed = self.needed(statement.value, between)
                if needed is None:
                    return self.block
                base, index, value = operands(statement)
                return (
                    *self.block[:at],
                    *self.block[at + 1 : first],
                    *needed,
                    Store("item", base, index, value, statement.span),
                    *(s for s in between if s not in needed),
                    *self.block[place + 1 :],
                )
        return self.block

    def needed(self, value: Atom, between: Block) -> Block | None:
        """The statements in between that compute the value; None if they must stay."""
        found: list[Stmt] = []
        wanted = {value}
        for statement in reversed(between):
            if wanted.intersection(targets(statement)):
                wanted.update(operands(statement))
                found.insert(0, statement)
        if not found:
            return ()
        still = all(self.computes(s) or self.adds(s) for s in between)
        return tuple(found) if still else None

    def computes(self, statement: Stmt) -> bool:
        """It writes nothing, and what it reads of memory is not written in between."""
        match statement:
            case Assign(_, Apply(fn)):
                return self.library[fn].effect in ("", "reads")
        return isinstance(statement, Comment)

    def adds(self, statement: Stmt) -> bool:
        """It adds to the array what was computed of other memory."""
        match statement:
            case Update("item", "add", base, index, value):
                same = base is self.clearing.base
                return same and not (self.shares(index) or self.shares(value))
        return False

    def touches(self, statement: Stmt) -> bool:
        if isinstance(statement, Comment):
            return False
        atoms = [*operands(statement), *inner(statement), *targets(statement)]
        for block in blocks(statement):
            atoms += free(block)
        return any(map(self.shares, atoms))

    def shares(self, atom: Atom) -> bool:
        """The atom may be, or hold, memory of the array."""
        node, seen = self.aliases.node(atom), set[int]()
        while node is not None and id(node) not in seen:
            if node is self.memory:
                return True
            seen.add(id(node))
            node = None if node.element is None else find(node.element)
        return False


def _once(index: Atom, facts: Facts) -> bool:
    """No element is named twice: an addition to it is what `+=` does."""
    if isinstance(index, Const):
        return True
    return isinstance(index, Slot) and facts.get(index, ANY).is_integer


def _same(index: Atom, other: Atom) -> bool:
    if isinstance(index, Const) and isinstance(other, Const):
        return repr(index.value) == repr(other.value)
    return index is other
