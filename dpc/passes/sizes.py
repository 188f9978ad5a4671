"""Sizes are asked of what is there, not of what is computed or kept for them.

before                                  after
`bar = 1 / (y * np.log(p)).size`        `bar = 1 / y.size`
`np.reshape(bar, product.shape)`        `np.reshape(bar, k.shape)`

Only where both are known to have the same shape. What is there are the user's variables
and what the adjoint reads anyway: a large product is not kept for its shape alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Shape
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Block, Const, Do, Function, Slot, Stmt
from dpc.ir.rebuild import with_body
from dpc.ir.walk import inner, operands, statements, targets
from dpc.passes.zeros import first_adjoint

_ASKED = ("size", "shape", "ndim")


def sizes(function: Function, facts: Facts, library: Library) -> Function:
    """The function with the sizes of its temporaries asked of other values."""
    known: dict[Shape, Slot] = {}
    there: dict[Shape, Slot] = {}
    begin = first_adjoint(function.body)
    kept = set(_read(function.body[begin:], library))

    def remember(slot: Slot, among: dict[Shape, Slot]) -> None:
        fact = facts.get(slot, ANY)
        if fact.is_array and fact.shape is not None and None not in fact.shape:
            among.setdefault(fact.shape, slot)

    def asked(statement: Stmt) -> Stmt:
        match statement:
            case Assign(target, Apply("getattr", (Slot() as base, Const(name))), span):
                fact = facts.get(base, ANY)
                if base.temp and name in _ASKED and fact.is_array and fact.shape:
                    other = known.get(fact.shape)
                    if other is None and base not in kept:
                        other = there.get(fact.shape)
                    if other is not None:
                        call = Apply("getattr", (other, Const(name)))
                        return Assign(target, call, span)
        return statement

    for param in function.params:
        remember(param.slot, known)
    body: list[Stmt] = []
    for place, statement in enumerate(function.body):
        body.append(asked(statement))
        for slot in targets(statement):
            if not slot.temp:
                remember(slot, known)
            elif place < begin and slot in kept:
                remember(slot, there)
    return with_body(function, tuple(body))


def _read(block: Block, library: Library) -> Iterator[Slot]:
    """What a block reads the contents of, at any depth."""
    for statement in statements(block):
        match statement:
            case Assign(_, Apply("getattr", (_, Const(name)))) if name in _ASKED:
                continue
            case Assign(_, Apply() as call) | Do(call):
                shaped = library[call.fn].shape_only
                atoms = [a for i, a in enumerate(call.args) if i not in shaped]
                atoms += [a for _, a in call.kwargs]
            case _:
                atoms = [*operands(statement), *inner(statement)]
        yield from (atom for atom in atoms if isinstance(atom, Slot))
