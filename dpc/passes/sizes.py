"""Sizes are asked of what is there, not of what is computed or kept for them.

before                                  after
`bar = 1 / (y * np.log(p)).size`        `bar = 1 / y.size`
`np.reshape(bar, product.shape)`        `np.reshape(bar, k.shape)`

Only where both are known to have the same shape. What is there are the user's variables
and what the adjoint reads anyway: a large product is not kept for its shape alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Shape
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Block,
    Const,
    Do,
    Function,
    Replay,
    Slot,
    Stmt,
)
from dpc.ir.rebuild import map_blocks, unless_same, with_body
from dpc.ir.walk import inner, operands, statements, targets
from dpc.passes.zeros import first_adjoint

_ASKED = ("size", "shape", "ndim")


def sizes(function: Function, facts: Facts, library: Library) -> Function:
    """The function with the sizes of its temporaries asked of other values."""
    begin = first_adjoint(function.body)
    work = _Sizes(facts, begin, set(_read(function.body[begin:], library)))
    for param in function.params:
        work.remember(param.slot, work.known)
    return with_body(function, work.body(function.body))


class _Sizes:
    """Known shapes, and which values have them: the user's, and what is read anyway."""

    def __init__(self, facts: Facts, begin: int, kept: set[Slot]) -> None:
        self.facts, self.begin, self.kept = facts, begin, kept
        self.known: dict[Shape, Slot] = {}
        self.there: dict[Shape, Slot] = {}
        self.taken: set[Slot] = set()  # off a tape

    def remember(self, slot: Slot, among: dict[Shape, Slot]) -> None:
        fact = self.facts.get(slot, ANY)
        if fact.is_array and fact.shape is not None and None not in fact.shape:
            among.setdefault(fact.shape, slot)

    def body(self, block: Block) -> Block:
        new: list[Stmt] = []
        for place, statement in enumerate(block):
            changed = self.asked(statement)
            if place >= self.begin:
                changed = map_blocks(changed, partial(self.nested, statement))
            new.append(changed)
            for slot in targets(statement):
                if not slot.temp:
                    self.remember(slot, self.known)
                elif place < self.begin and slot in self.kept:
                    self.remember(slot, self.there)
        return unless_same(new, block)

    def nested(self, whole: Stmt, block: Block) -> Block:
        """A block of the adjoint: what a loop takes off its tape has shapes as well."""
        known, there, taken = dict(self.known), dict(self.there), set(self.taken)
        if isinstance(whole, Replay):
            self.taken |= set(whole.targets)
            for slot in whole.targets:
                if slot in self.kept:
                    self.remember(slot, self.there)
        new = []
        for statement in block:
            inner = partial(self.nested, statement)
            new.append(map_blocks(self.asked(statement), inner))
        self.known, self.there, self.taken = known, there, taken
        return unless_same(new, block)

    def asked(self, statement: Stmt) -> Stmt:
        match statement:
            case Assign(target, Apply("getattr", (Slot() as base, Const(name))), span):
                fact = self.facts.get(base, ANY)
                if name in _ASKED and fact.is_array and fact.shape:
                    other = self.other(base, fact.shape)
                    if other is not None:
                        call = Apply("getattr", (other, Const(name)))
                        return Assign(target, call, span)
        return statement

    def other(self, base: Slot, shape: Shape) -> Slot | None:
        """What is there in any case, and has the shape of `base`."""
        found = self.known.get(shape) if base.temp else None
        if (
            found is None
            and base not in self.kept
            and (base.temp or base in self.taken)
        ):
            found = self.there.get(shape) or self.known.get(shape)
        return found


def _read(block: Block, library: Library) -> Iterator[Slot]:
    """What a block reads the contents of, at any depth."""
    for statement in statements(block):
        match statement:
            case Assign(_, Apply("getattr", (_, Const(name)))) if name in _ASKED:
                continue
            case Assign(_, Apply() as call) | Do(call):
                shaped = library[call.fn].shape_only
                atoms = [a for i, a in enumerate(call.args) if i not in shaped]
                atoms += [a for _, a in call.kwargs]
            case _:
                atoms = [*operands(statement), *inner(statement)]
        yield from (atom for atom in atoms if isinstance(atom, Slot))
