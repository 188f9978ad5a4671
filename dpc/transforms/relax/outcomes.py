"""What has returned, or skips the rest, is known where the rest begins.

before                              after
`if not returned:`                  `if not returned:`
`    if x > d: returned = True`     `    if x > d: returned = True`
`    else: returned = returned`     `    else: returned = False`

Until a test is relaxed this says nothing new. Relaxed, `returned` is a weight, and the
rest would have what has returned before it once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Function,
    If,
    Merge,
    Slot,
    Stmt,
)
from dpc.ir.program import RESULT, RETURNED, SKIPPED
from dpc.ir.rebuild import (
    flat_map,
    map_block,
    map_statement,
    substitute,
    substitute_function,
    with_body,
)
from dpc.ir.walk import statements


def all_outcomes(function: Function, outcomes: Mapping[Slot, str]) -> dict[Slot, str]:
    """The outcomes with the tests that branches leave as flags of returning.

    Where a test alone decides whether a branch returns, it is the flag itself.
    """
    found = dict(outcomes)
    pending = [slot for slot, kind in outcomes.items() if kind == RETURNED]
    merges = {
        merge.target: merge
        for statement in statements(function.body)
        if isinstance(statement, If)
        for merge in statement.merges
    }
    while pending:
        merge = merges.get(pending.pop())
        for end in () if merge is None else (merge.then, merge.orelse):
            if isinstance(end, Slot) and end not in found:
                found[end] = RETURNED
                pending.append(end)
    return found


def known_outcomes(function: Function, outcomes: Mapping[Slot, str]) -> Function:
    """The function, with the flags of its exits known in the branches on them."""
    known = _with_known(function.body, outcomes)
    if known is function.body:
        return function
    same: dict[Slot, Atom] = {}
    body = _decided(known, same)
    ends = {slot: _last(atom, same) for slot, atom in same.items()}
    return substitute_function(with_body(function, body), ends)


def _decided(block: Block, same: dict[Slot, Atom]) -> Block:
    """The block without tests that are decided by now; `same` gets what they merge."""

    def inside(inner: Block) -> Block:
        return flat_map(inner, decided)

    def decided(statement: Stmt) -> Sequence[Stmt]:
        match statement:
            case Assign(target, Apply("operator.not_", (flag,))):
                truth = _last(flag, same)
                if isinstance(truth, Const) and isinstance(truth.value, bool):
                    same[target] = Const(not truth.value)
                    return ()
            case If(test, then, orelse, merges):
                truth = _last(test, same)
                if isinstance(truth, Const) and isinstance(truth.value, bool):
                    taken = inside(then if truth.value else orelse)
                    for merge in merges:
                        same[merge.target] = merge.then if truth.value else merge.orelse
                    return taken
        return (map_statement(statement, lambda atom: atom, inside),)

    return inside(block)


def _last(atom: Atom, same: Mapping[Slot, Atom]) -> Atom:
    while isinstance(atom, Slot) and atom in same:
        atom = same[atom]
    return atom


def _with_known(block: Block, outcomes: Mapping[Slot, str]) -> Block:
    negated: dict[Slot, Atom] = {}
    results: dict[Slot, Slot] = {}
    for statement in statements(block):
        match statement:
            case Assign(target, Apply("operator.not_", (flag,))):
                negated[target] = flag
            case If(merges=merges):
                by_kind = {
                    kind: [m.target for m in merges if outcomes.get(m.target) == kind]
                    for kind in (RESULT, RETURNED)
                }
                if all(len(found) == 1 for found in by_kind.values()):
                    results[by_kind[RETURNED][0]] = by_kind[RESULT][0]

    def visited(statement: Stmt) -> Stmt:
        if isinstance(statement, If) and isinstance(statement.test, Slot):
            flag = negated.get(statement.test, statement.test)
            if isinstance(flag, Slot) and outcomes.get(flag) in (RETURNED, SKIPPED):
                statement = _known(statement, flag, results.get(flag))
        return map_statement(statement, lambda atom: atom, inside)

    def inside(inner: Block) -> Block:
        return map_block(inner, visited)

    return inside(block)


def _known(statement: If, flag: Slot, result: Slot | None) -> If:
    """The `if` on a flag, with the flag known in its branches."""
    returned = statement.test is flag
    sides = []
    for truth in (returned, not returned):
        instead: dict[Slot, Atom] = {flag: Const(truth)}
        if not truth and result is not None:
            instead[result] = UNDEFINED
        sides.append(instead)
    then, orelse = (
        substitute(body, instead)
        for body, instead in zip((statement.then, statement.orelse), sides, strict=True)
    )
    merges = [
        Merge(m.target, _end(m.then, sides[0]), _end(m.orelse, sides[1]))
        for m in statement.merges
    ]
    return If(statement.test, then, orelse, tuple(merges), statement.span)


def _end(atom: Atom, instead: Mapping[Slot, Atom]) -> Atom:
    return instead.get(atom, atom) if isinstance(atom, Slot) else atom
