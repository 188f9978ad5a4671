"""Arrays that every iteration makes anew, writes, and hands to the next one.

before                            after `hand_over`
`for _ in range(n):`              `for _ in range(n):`
`    new = u.copy()`              `    new = u.copy()`
`    new[1:-1] += k * u[2:]`      `    new[1:-1] += k * u[2:]`
`    u = new`                     `    u = dpc.handed(new)`

Nobody writes what has been handed over, so it might as well be a copy: to the analyses
it is one. Then `new` is memory of one iteration, with a shadow of one iteration; and
`u` is not memory that is written, nor is the argument that it was at first. `take_over`
takes the calls out of the program that has been differentiated.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from dpc.analysis.aliases import Aliases, find_aliases
from dpc.analysis.classes import Node, find, within
from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Block,
    Carry,
    Derivative,
    Do,
    For,
    Function,
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    While,
)
from dpc.ir.rebuild import flat_map, map_blocks, unwrapped, with_body
from dpc.ir.walk import blocks, bound, definitions, statements, vocabulary

HANDED = "dpc.handed"
_OF_ADJOINTS = (Record, Replay, Recall, Pullback, Derivative)


@dataclass(frozen=True, slots=True)
class _Handing:
    """What a loop hands over by one of its carries, and the slot that is handed."""

    loop: For | While
    carry: Carry
    handed: Slot


def hand_over(function: Function, facts: Facts, library: Library) -> Function:
    """The function with `dpc.handed` where that is sure to be like a copy."""
    found = list(_candidates(function, facts))
    if not found:
        return function
    for handing in found:
        facts[handing.handed] = facts[handing.carry.header]
    while found:
        changed = _with_calls(function, found)
        aliases = find_aliases(changed, facts, library)
        sure = [handing for handing in found if _is_sure(handing, aliases, library)]
        if len(sure) == len(found):
            return changed
        found = sure
    return function


def take_over(function: Function) -> Function:
    """The function without `dpc.handed`, whose operand stands for it."""
    if HANDED not in vocabulary(function):
        return function
    return unwrapped(function, (HANDED,))


def _candidates(function: Function, facts: Facts) -> Iterator[_Handing]:
    """Carries of arrays whose next value comes from the body of the loop."""
    loops = []
    for statement in statements(function.body):
        if isinstance(statement, _OF_ADJOINTS):
            return
        if isinstance(statement, For | While):
            loops.append(statement)
    for loop in loops:
        own = set(definitions(loop.body))
        for carry in loop.carries:
            known = facts.get(carry.header, ANY), facts.get(carry.result, ANY)
            if carry.next in own and all(fact.is_array for fact in known):
                name = Slot(carry.header.name, temp=carry.header.temp)
                yield _Handing(loop, carry, name)


def _with_calls(function: Function, found: list[_Handing]) -> Function:
    by_carry = {handing.carry: handing for handing in found}

    def statement(s: Stmt) -> tuple[Stmt, ...]:
        s = map_blocks(s, block)
        if not isinstance(s, For | While):
            return (s,)
        handed = [by_carry[c] for c in s.carries if c in by_carry]
        calls = [Assign(h.handed, Apply(HANDED, (h.carry.next,))) for h in handed]
        carries = tuple([_over(carry, by_carry) for carry in s.carries])
        return (_changed(s, (*s.body, *calls), carries),) if handed else (s,)

    def block(inner: Block) -> Block:
        return flat_map(inner, statement)

    return with_body(function, block(function.body))


def _over(carry: Carry, by_carry: dict[Carry, _Handing]) -> Carry:
    handing = by_carry.get(carry)
    if handing is None:
        return carry
    return Carry(carry.header, carry.init, handing.handed, carry.result)


def _changed(loop: For | While, body: Block, carries: tuple[Carry, ...]) -> Stmt:
    match loop:
        case For(index, start, stop, step, _, _, leave, span, backward):
            return For(index, start, stop, step, body, carries, leave, span, backward)
        case While(head, test, _, _, leave, span):
            return While(head, test, body, carries, leave, span)


def _is_sure(handing: _Handing, aliases: Aliases, library: Library) -> bool:
    """Whether what is written lives in one iteration, and is handed to who reads it."""
    made, over = aliases.node(handing.carry.next), aliases.node(handing.handed)
    if made is None or over is None or made is over or not made.written:
        return False
    if over.written or over.last >= 0 or over.element or made.element:
        return False
    own = set(definitions(handing.loop.body))
    for inner in statements(handing.loop.body):
        own.update(bound(inner))
    return (
        _lives_in(own, made, aliases)
        and not _is_held(made, aliases)
        and not _is_given_away(handing.loop, {id(made), id(over)}, aliases, library)
    )


def _lives_in(own: Set[Slot], node: Node, aliases: Aliases) -> bool:
    """Whether all names for this memory are those of one iteration."""
    slots = [slot for slot, other in aliases.nodes.items() if find(other) is node]
    globals_ = [other for other in aliases.objects.values() if find(other) is node]
    return not globals_ and all(slot in own for slot in slots)


def _is_held(node: Node, aliases: Aliases) -> bool:
    """Whether a container may hold it."""
    every = {id(find(n)): find(n) for n in aliases.nodes.values()}
    return any(node is inside for other in every.values() for inside in within(other))


def _is_given_away(
    loop: For | While, nodes: Set[int], aliases: Aliases, library: Library
) -> bool:
    """Whether a function of which nothing is known may keep it."""
    for statement in _all(loop):
        match statement:
            case Do(Apply() as call) | Assign(_, Apply() as call):
                known = call.fn in library and call.fn != "call"
                given = [aliases.node(atom) for atom in call.operands]
                if not known and any(id(node) in nodes for node in given):
                    return True
    return False


def _all(loop: For | While) -> Iterator[Stmt]:
    for block in blocks(loop):
        yield from statements(block)
