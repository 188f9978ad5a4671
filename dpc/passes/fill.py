"""What is added to a region of fresh zeros is assigned.

before                          after
`a_bar = np.zeros_like(a)`      `a_bar = np.zeros_like(a)`
`a_bar[2:] += u`                `a_bar[2:] = u`
`a_bar[:2] += v`                `a_bar[:2] = v`

Only where nothing was added to an element of the region before. An index may name an
element twice: then both forms keep what is named last.
"""

from __future__ import annotations

from dpc.analysis.extents import Extents, Region, disjoint
from dpc.ir.build import Builder, Facts
from dpc.ir.library import Library
from dpc.ir.nodes import Block, Function, Stmt, Store, Update
from dpc.ir.rebuild import map_blocks, unless_same, with_body
from dpc.ir.walk import vocabulary
from dpc.passes.zeros import Zeros, added_zeros, first_adjoint


def fill(function: Function, facts: Facts, library: Library) -> Function:
    """The function with its first additions to zeros as assignments."""
    if not {"np.zeros_like", Update} <= vocabulary(function):
        return function
    work = _Fill(Builder(library, facts), Extents(facts, function.body))
    return with_body(function, work.block(function.body, first_adjoint(function.body)))


class _Fill:
    def __init__(self, build: Builder, extents: Extents) -> None:
        self.build = build
        self.extents = extents

    def block(self, block: Block, begin: int = 0) -> Block:
        """The block with what is assigned from `begin` on."""
        new = [
            statement if place < begin else map_blocks(statement, self.block)
            for place, statement in enumerate(block)
        ]
        for zeros in added_zeros(block, self.build.facts, begin):
            self.assign(new, zeros)
        return unless_same(new, block)

    def assign(self, block: list[Stmt], zeros: Zeros) -> None:
        """Make stores of the additions to regions that are still zero."""
        shape = self.build.fact(zeros.slot).shape
        filled: list[Region] = []
        for place in zeros.additions:
            update = block[place]
            assert isinstance(update, Update)
            region = None
            if shape is not None:
                region = self.extents.region(update.index, shape)
            first = place == zeros.additions[0]
            clear = region is not None and all(disjoint(region, f) for f in filled)
            if (first or clear) and self.converts(update):
                base, index, value = update.base, update.index, update.value
                block[place] = Store("item", base, index, value, update.span)
            if region is None:
                return
            filled.append(region)

    def converts(self, update: Update) -> bool:
        """The value is numbers of the dtype of the array."""
        have, whole = self.build.fact(update.value), self.build.fact(update.base)
        same = have.dtype == whole.dtype and len(have.dtype) > 1
        return have.is_number and same
