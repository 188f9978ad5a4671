"""Whether a checkpointed loop's results share memory with what is needed after it.

The shadows of such a loop begin anew in every segment, so that a result's shadow is
memory of its own. That is right as long as the result is: arrays that a loop hands on
and that something else may refer to are looked at when it has run.
"""

from __future__ import annotations

from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Carry,
    Do,
    For,
    If,
    Replay,
    Slot,
    Stmt,
    While,
)
from dpc.ir.walk import bound, inner, operands, statements, targets
from dpc.transforms.repeated import Repeated
from dpc.transforms.state import State


def fresh_shadows(state: State, again: Repeated, carries: list[Carry]) -> list[Stmt]:
    """Shadows for the results of a loop, and checks that nothing else is in them."""
    made: list[Stmt] = []
    for place, carry in enumerate(carries):
        shadow = state.shadows[carry.result]
        assert isinstance(shadow, Slot)
        made.append(Assign(shadow, state.zeros(carry.result)))
        node = state.aliases.node(carry.result)
        others = [c.result for c in carries[:place]]
        others = [slot for slot in others if state.aliases.node(slot) is node]
        others += [s for s in _needed(state, again) if state.aliases.node(s) is node]
        if others:
            check = Apply("dpc.require_apart", (carry.result, *others))
            made.append(Do(check, again.loop.span))
    return made


def _needed(state: State, again: Repeated) -> list[Slot]:
    """The slots from before the loop that are read after it, or in the next round of a
    loop around it."""
    here, begin, _ = state.aliases.positions[id(again.loop)]
    chain = state.scope.within(state.root)
    around = [place for place, scope in enumerate(chain) if scope.kind == "loop"]
    renewed = set(chain[around[-1] :]) if around else set()
    function, homes = state.program.function, state.homes
    before = {param.slot for param in function.params}
    after: set[Atom] = {function.result, *(before if state.mutated else ())}
    inside = {id(again.loop), *map(id, again.all)}
    for statement in statements(function.body):
        if id(statement) in inside:
            continue
        place, _, _ = state.aliases.positions[id(statement)]
        if place < here:
            before.update(bound(statement))
            if not _is_around(statement, again.loop):
                before.update(targets(statement))
        read = {*operands(statement), *inner(statement)}
        if place > here:
            after |= read
        elif 0 <= begin <= place:
            slots = [atom for atom in read if isinstance(atom, Slot)]
            after |= {s for s in slots if homes.get(s, state.root) not in renewed}
    visible = {state.root, *chain}
    return [s for s in before if s in after and homes.get(s, state.root) in visible]


def _is_around(statement: Stmt, loop: Stmt) -> bool:
    """The loop is a part of the statement, whose results are not there yet."""
    parted = isinstance(statement, If | For | While | Replay)
    return parted and any(part is loop for part in statements((statement,)))
