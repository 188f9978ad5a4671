"""`any` and `all` over generators: tests of many elements, each by weight.

before                              after
`found = any(v > x for v in y)`     `found, found_not = 0.0, 1.0`
                                    `for v in y:`
                                    `    p, q = gates(v - x, temperature)`
                                    `    found += found_not * p`
                                    `    found_not *= q`

The weight against is the product of the weights against each. It is carried along, so
that the adjoint, which walks back over it, divides by none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dpc.ir import facts as F
from dpc.ir.library import Library
from dpc.ir.nodes import Atom, Block, Carry, Const, For, If, Merge, Slot, While
from dpc.ir.program import FOUND
from dpc.ir.rebuild import substitute
from dpc.ir.walk import statements
from dpc.transforms.relax.attempts import can_fail
from dpc.transforms.relax.deciding import (
    closure,
    is_relaxed_test,
    kept_hard,
)
from dpc.transforms.relax.gates import certain, conjunction
from dpc.transforms.relax.state import Gate, Relaxation, refused


def searches(block: Block, outcomes: Mapping[Slot, str]) -> dict[Slot, Slot]:
    """For the result of each `any` and `all` in loops, what decides it."""
    found: dict[Slot, Slot] = {}
    for loop in statements(block):
        carry = _carry(loop, outcomes)
        if carry is not None and isinstance(carry.next, Slot):
            found[carry.result] = carry.next
    return found


def _carry(loop: object, outcomes: Mapping[Slot, str]) -> Carry | None:
    """What a loop carries that does nothing but look for an element."""
    if not isinstance(loop, For) or len(loop.carries) != 1:
        return None
    (carry,) = loop.carries
    marked = outcomes.get(carry.result) == FOUND and loop.leave is carry.next
    return carry if marked and isinstance(carry.init, Const) else None


def leaves_of_others(block: Block, outcomes: Mapping[Slot, str]) -> Iterator[Atom]:
    """What decides whether the loops go on that do not search."""
    for loop in statements(block):
        if isinstance(loop, For | While) and _carry(loop, outcomes) is None:
            if loop.leave is not None:
                yield loop.leave
            if isinstance(loop, While):
                yield loop.test


def kept_searches(
    block: Block,
    outcomes: Mapping[Slot, str],
    tests: frozenset[Slot],
    exits: frozenset[Slot],
    library: Library,
) -> Iterator[Atom]:
    """What decides the searches that stay exact: those that are no conditions, or
    conditions of loops, or have effects."""
    for loop in statements(block):
        carry = _carry(loop, outcomes)
        if carry is None or not isinstance(loop, For):
            continue
        soft = carry.next in tests and carry.next not in exits
        if not soft or kept_hard(loop, library):
            yield carry.next


def relaxed_search(relax: Relaxation, loop: For) -> bool:
    """Emit an `any` or `all` by weight, if its tests vary and nothing else decides."""
    carry = _carry(loop, relax.outcomes)
    if carry is None or not isinstance(carry.next, Slot):
        return False
    decides = closure([carry.next], relax.definitions, relax.carries)
    inner = {
        c.result for s in statements(loop.body) if (c := _carry(s, relax.outcomes))
    }
    varied = any(is_relaxed_test(relax, slot) for slot in decides)
    if not (varied or inner & decides) or carry.next in relax.exits:
        return False
    if carry.next not in relax.tests or kept_hard(loop, relax.build.library):
        return False
    relax.changed = True
    relax.decide(loop, "the tests of `any` or `all` are relaxed")
    if _is_endless(relax, loop.stop):
        raise refused(
            loop.span,
            "`any` or `all` over an iterator without an end: each element has a weight",
            "give it an end, as itertools.islice does, or write dpc.hard(any(...))",
        )
    build, name = relax.build, carry.header.name
    heads, ends = (
        [build.slot(f"{name}{against}", F.FLOAT) for against in ("", "_not")]
        for _ in range(2)
    )
    for flag, (p, q) in ((carry.header, heads), (carry.result, ends)):
        relax.weights |= {p, q}
        relax.gates[flag] = Gate.of(p, q)
    with build.region() as body:
        truth, gate = _iteration(relax, loop, carry)
    carries = [replace(carry, next=truth)]
    for head, init, following, end in zip(
        heads, (0.0, 1.0), (gate.p, gate.q), ends, strict=True
    ):
        carries.append(Carry(head, Const(init), following, end))
    build.emit(replace(loop, body=tuple(body), carries=tuple(carries), leave=None))
    return True


def _is_endless(relax: Relaxation, atom: Atom) -> bool:
    """The value is computed from an iterator that never ends."""
    call = relax.definition(atom)
    if call is None or call.fn == "itertools.islice":
        return False
    endless = call.fn in ("itertools.count", "itertools.cycle")
    endless = endless or (call.fn == "itertools.repeat" and len(call.operands) == 1)
    parts = (_is_endless(relax, part) for part in call.operands)
    # Of several iterables that are run over together the shortest counts.
    return endless or (all(parts) if call.fn == "min" else any(parts))


def _iteration(relax: Relaxation, loop: For, carry: Carry) -> tuple[Atom, Gate]:
    """Look at one element: whether one has been found now, and by what weight."""
    # Whatever is looked at, nothing has been found before it.
    body = substitute(loop.body, {carry.header: Const(False)})
    end = Const(False) if carry.next is carry.header else carry.next
    if not can_fail(relax, body):
        relax.build.block.extend(relax.block(body))
        gate = conjunction(
            relax, relax.gates[carry.header], certain(relax, end), is_and=False
        )
        return relax.apply("or", carry.header, end), gate
    found = relax.build.slot(carry.result.name, F.BOOL)
    relax.tests |= {found}
    relax.used |= {found}
    look = If(carry.header, (), body, (Merge(found, Const(True), end),), loop.span)
    relax.build.block.extend(relax.block((look,)))
    return found, relax.gates[found]
