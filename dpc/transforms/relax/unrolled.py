"""Loops that run as they are written, within a program whose loops are relaxed.

The flags that such a loop carries have gates like any other: they may decide about a
soft loop around it.
"""

from __future__ import annotations

from dataclasses import replace

from dpc.ir import facts as F
from dpc.ir.nodes import Carry, For, Slot, While
from dpc.ir.rebuild import map_statement
from dpc.transforms.relax.deciding import closure, is_relaxed_test, is_truth
from dpc.transforms.relax.gates import certain
from dpc.transforms.relax.state import Gate, Relaxation


def hard_loop(relax: Relaxation, statement: For | While) -> For | While:
    """A loop that runs as written, with the gates of the flags that it carries."""
    carries = list(statement.carries)
    ends: list[tuple[Carry, Slot, Slot]] = []
    for carry in statement.carries:
        if not _is_gate(relax, carry):
            continue
        name = carry.header.name
        p, q = (relax.build.slot(f"{name}{end}", F.FLOAT) for end in ("", "_not"))
        relax.weights |= {p, q}
        relax.gates[carry.header] = Gate.of(p, q)
        ends.append((carry, p, q))
    if not ends:
        mapped = map_statement(statement, lambda atom: atom, relax.block)
        assert isinstance(mapped, For | While)
        return mapped
    begins = [certain(relax, carry.init) for carry, _, _ in ends]
    head = relax.block(statement.head) if isinstance(statement, While) else ()
    with relax.build.region() as body:
        relax.build.block.extend(relax.block(statement.body))
        for (carry, p, q), begin in zip(ends, begins, strict=True):
            gate = certain(relax, carry.next)
            after = [relax.build.slot(slot.name, F.FLOAT) for slot in (p, q)]
            carries.append(Carry(p, begin.p, gate.p, after[0]))
            carries.append(Carry(q, begin.q, gate.q, after[1]))
            relax.gates[carry.result] = Gate.of(after[0], after[1])
            relax.weights |= set(after)
    changed = replace(statement, body=tuple(body), carries=tuple(carries))
    return replace(changed, head=head) if isinstance(changed, While) else changed


def _is_gate(relax: Relaxation, carry: Carry) -> bool:
    """A flag that a relaxed test decides, and that a test looks at."""
    looked_at = carry.header in relax.tests or carry.result in relax.tests
    if not looked_at or not is_truth(relax, carry.result):
        return False
    if relax.max_steps is None and relax.outcomes.get(carry.result) is not None:
        return False  # What ends an exact loop is exact.
    if carry.header in relax.deciders or carry.next in relax.deciders:
        return False
    decides = closure([carry.next], relax.definitions, relax.carries)
    return any(is_relaxed_test(relax, slot) for slot in decides)
