"""Rows of a table that were looked up are added up by one product.

before                                  after
`np.add.at(table_bar, rows, y_bar)`     `add_rows(table_bar, rows, y_bar)`

Only among adjoints, and where a whole row is named by each integer of one array; the
user's own `np.add.at` stays.
"""

from __future__ import annotations

from itertools import dropwhile

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Atom, Block, Do, Function, Slot, Stmt
from dpc.ir.rebuild import map_block, map_blocks, with_body
from dpc.ir.walk import is_adjoint, vocabulary


def rows(function: Function, facts: Facts, library: Library) -> Function:
    """The function that adds up rows at once."""
    if "np.add.at" not in vocabulary(function):
        return function

    def fact(atom: Atom) -> Fact:
        return facts.get(atom, ANY) if isinstance(atom, Slot) else ANY

    def statement(s: Stmt) -> Stmt:
        match s:
            case Do(Apply("np.add.at", (table, index, amount)), span):
                whole, named, given = fact(table), fact(index), fact(amount)
                whole_rows = whole.is_array and (whole.rank or 0) > 1
                numbers = whole.dtype in ("f8", "f4") and whole.dtype == given.dtype
                if whole_rows and numbers and given.is_array and _is_array(named):
                    return Do(Apply("dpc.add_rows", (table, index, amount)), span)
        return map_blocks(s, inside)

    def inside(block: Block) -> Block:
        return map_block(block, statement)

    later = tuple(dropwhile(lambda s: not is_adjoint(s), function.body))
    before = function.body[: len(function.body) - len(later)]
    return with_body(function, (*before, *inside(later)))


def _is_array(index: Fact) -> bool:
    return index.is_array and index.dtype[:1] in ("i", "u")
