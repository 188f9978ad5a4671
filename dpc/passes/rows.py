"""Rows of a table that were looked up are added up by one product.

before                                  after
`table_bar = np.zeros_like(table)`      `table_bar = added_rows(table, rows, y_bar)`
`np.add.at(table_bar, rows, y_bar)`

Only among adjoints, and where a whole row is named by each integer of one array; the
user's own `np.add.at` stays. What is not added to zeros is `add_rows(table_bar, ...)`.
"""

from __future__ import annotations

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Block, Do, Function, Slot, Stmt
from dpc.ir.rebuild import map_blocks, unless_same, with_body
from dpc.ir.walk import vocabulary
from dpc.passes.zeros import first_adjoint, touched
from dpc.source import Span


def rows(function: Function, facts: Facts, library: Library) -> Function:
    """The function that adds up rows at once."""
    if "np.add.at" not in vocabulary(function):
        return function

    def fact(atom: Atom) -> Fact:
        return facts.get(atom, ANY) if isinstance(atom, Slot) else ANY

    def adds_rows(call: Apply) -> bool:
        table, index, amount = map(fact, call.args)
        whole_rows = table.is_array and (table.rank or 0) > 1 and _is_array(index)
        numbers = table.dtype in ("f8", "f4") and table.dtype == amount.dtype
        return whole_rows and numbers and amount.is_array

    def inside(block: Block) -> Block:
        zeros: dict[Atom, int] = {}  # arrays that nothing has read, where they are made
        new: list[Stmt | None] = []
        for statement in block:
            changed: Stmt = map_blocks(statement, inside)
            match statement:
                case Do(Apply("np.add.at", (table, *named)) as call, span) if adds_rows(
                    call
                ):
                    changed = Do(Apply("dpc.add_rows", call.args), span)
                    made = zeros.get(table)
                    if made is not None and table not in named:
                        changed = _added(new[made], named, span)
                        new[made] = None
            for atom in touched(statement) & zeros.keys():
                del zeros[atom]
            match statement:
                case Assign(target, Apply("np.zeros_like", (_,), ())):
                    zeros[target] = len(new)
            new.append(changed)
        return unless_same([s for s in new if s is not None], block)

    begin = first_adjoint(function.body)
    before, later = function.body[:begin], function.body[begin:]
    return with_body(function, (*before, *inside(later)))


def _added(zeros: Stmt | None, named: list[Atom], span: Span | None) -> Stmt:
    """The zeros and what is added to them at once."""
    assert isinstance(zeros, Assign) and isinstance(zeros.value, Apply)
    args = (*zeros.value.args, *named)
    return Assign(zeros.target, Apply("dpc.added_rows", args), span)


def _is_array(index: Fact) -> bool:
    return index.is_array and index.dtype[:1] in ("i", "u")
