"""An adjoint of which every part is known is put together at once.

before                                      after
`a_bar = np.zeros_like(a)`                  `a_bar = np.concatenate([u, v], axis=1)`
`a_bar[:, n:] += v`
`a_bar[:, :n] += u`

Only where each of the parts surely has the shape and the dtype of its region, so that
nothing is broadcast or converted, and where it is still the same at the last addition.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from dpc.analysis.aliases import Aliases, find_aliases
from dpc.analysis.extents import Extents, cover
from dpc.analysis.stored import stored_to
from dpc.ir.build import Builder, Facts
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Atom,
    Block,
    Const,
    Function,
    Stmt,
    Update,
)
from dpc.ir.rebuild import map_blocks, unless_same, with_body
from dpc.ir.walk import vocabulary
from dpc.passes.zeros import Zeros, added_zeros, first_adjoint


def pieces(function: Function, facts: Facts, library: Library) -> Function:
    """The function with its adjoints put together from their parts."""
    if not {"np.zeros_like", Update} <= vocabulary(function):
        return function
    work = _Pieces(function, facts, library)
    return with_body(function, work.block(function.body, first_adjoint(function.body)))


class _Pieces:
    def __init__(self, function: Function, facts: Facts, library: Library) -> None:
        self.function = function
        self.build = Builder(library, facts)
        self.extents = Extents(facts, function.body)

    @cached_property
    def aliases(self) -> Aliases:
        return find_aliases(self.function, self.build.facts, self.build.library)

    def block(self, block: Block, begin: int = 0) -> Block:
        """The block with what is put together from `begin` on."""
        new: dict[int, list[Stmt]] = {}
        for zeros in added_zeros(block, self.build.facts, begin):
            for count in range(2, len(zeros.additions) + 1):
                joined = self.joined(block, zeros, zeros.additions[:count])
                if joined:
                    new |= {p: [] for p in (zeros.made, *zeros.additions[:count])}
                    new[zeros.additions[count - 1]] = joined
                    break
        mapped = [
            part
            for place, statement in enumerate(block)
            for part in new.get(place, [self.inside(statement, place < begin)])
        ]
        return unless_same(mapped, block)

    def inside(self, statement: Stmt, own: bool) -> Stmt:
        """The statement with its blocks done, unless it is the user's own."""
        return statement if own else map_blocks(statement, self.block)

    def joined(
        self, block: Block, zeros: Zeros, places: Sequence[int]
    ) -> list[Stmt] | None:
        """The statements that put an array together in the place of these additions."""
        shape = self.build.fact(zeros.slot).shape
        updates = [s for place in places if isinstance(s := block[place], Update)]
        if shape is None or not all(map(self.fits, updates)):
            return None
        found = [self.extents.region(update.index, shape) for update in updates]
        regions = [region for region in found if region is not None]
        if len(regions) < len(found):
            return None
        covered = cover(regions)
        values = [update.value for update in updates]
        between = block[places[0] : places[-1]]
        if covered is None or self.written(between, zeros, values):
            return None
        axis, order = covered
        along = (("axis", Const(axis)),) if axis else ()
        self.build.span = updates[-1].span
        with self.build.region() as new:
            parts = self.build.apply("list", *(values[i] for i in order))
            self.build.assign(zeros.slot, Apply("np.concatenate", (parts,), along))
        return new

    def fits(self, update: Update) -> bool:
        """The value has the shape and the dtype of the region that it is added to."""
        have, whole = self.build.fact(update.value), self.build.fact(update.base)
        region = self.build.infer(Apply("getitem", (update.base, update.index)))
        if not have.is_array or not region.is_array or have.shape != region.shape:
            return False
        known = have.shape is not None and None not in have.shape
        return known and have.dtype == whole.dtype and len(have.dtype) > 1

    def written(self, between: Block, zeros: Zeros, values: Sequence[Atom]) -> bool:
        """Something may write to memory of the values."""
        written = set(stored_to(between, self.build.library)) - {zeros.slot}
        return any(self.aliases.reaches(w, v) for w in written for v in values)
