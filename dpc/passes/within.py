"""What only one branch has something to add for is added there.

before                                  after
`if v > 0:`                             `if v > 0:`
`    v_bar = 2 * v`                     `    x_bar[i] += 2 * v`
`else:`
`    v_bar = 0.0`
`x_bar[i] += v_bar`

Only among adjoints: the user's own addition of zero may fail, and has to.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Atom,
    Block,
    Comment,
    Const,
    Function,
    If,
    Merge,
    Slot,
    Stmt,
    Update,
)
from dpc.ir.rebuild import map_blocks, unless_same, with_body
from dpc.ir.walk import reads
from dpc.passes.zeros import first_adjoint


def within(function: Function, facts: Facts, library: Library) -> Function:
    """The function whose branches add themselves."""
    uses = Counter(reads(function.body))

    def is_number(atom: Atom) -> bool:
        fact = facts.get(atom, ANY) if isinstance(atom, Slot) else ANY
        return isinstance(atom, Const) or fact.is_number

    def inside(block: Block) -> Block:
        mapped = [map_blocks(statement, inside) for statement in block]
        new: list[Stmt] = []
        while mapped:
            statement = mapped.pop(0)
            while isinstance(statement, If):
                found = _addition(statement, mapped, uses)
                if found is None or not is_number(_amount(found[0])):
                    break
                merge, place = found
                update = mapped[place]
                assert isinstance(update, Update)
                statement = _with_addition(statement, merge, update)
                alone = place + 1 == len(mapped) or _is_comment(mapped[place + 1])
                mapped[: place + 1] = [] if alone else mapped[:place]
            new.append(statement)
        return unless_same(new, block)

    begin = first_adjoint(function.body)
    before, later = function.body[:begin], function.body[begin:]
    return with_body(function, before + inside(later))


def _addition(
    branch: If, after: list[Stmt], uses: Counter[Slot]
) -> tuple[Merge, int] | None:
    """What the next statement adds, which one of the branches has zero for."""
    place = next((i for i, s in enumerate(after) if not _is_comment(s)), len(after))
    following = after[place] if place < len(after) else None
    if not isinstance(following, Update) or following.op not in ("add", "sub"):
        return None
    targets = {merge.target for merge in branch.merges}
    if following.base in targets or following.index in targets:
        return None
    for merge in branch.merges:
        once = merge.target is following.value and uses[merge.target] == 1
        if once and _is_zero(merge.then) != _is_zero(merge.orelse):
            return merge, place
    return None


def _with_addition(branch: If, merge: Merge, update: Update) -> If:
    added = (replace(update, value=_amount(merge)),)
    merges = tuple([other for other in branch.merges if other is not merge])
    if _is_zero(merge.orelse):
        return replace(branch, then=branch.then + added, merges=merges)
    return replace(branch, orelse=branch.orelse + added, merges=merges)


def _amount(merge: Merge) -> Atom:
    return merge.then if _is_zero(merge.orelse) else merge.orelse


def _is_zero(atom: Atom) -> bool:
    return isinstance(atom, Const) and type(atom.value) is float and atom.value == 0


def _is_comment(statement: Stmt) -> bool:
    return isinstance(statement, Comment)
