"""Branches that cannot fail, which run under the weight of their test.

before                                  the cotangent of `y`
`if p: y = tanh(x) * x`                 `y_bar = g * p`: zero only where `g` is
`z = blend_finite(p, y, q, other)`

Inside such a branch the weight is not zero, and nothing that it computes of finite
numbers is infinite: the gate selects nothing there, and no adjoint needs a mask for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.analysis.aliases import Aliases
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    For,
    Function,
    If,
    Slot,
    Stmt,
    While,
)
from dpc.ir.walk import statements, targets

_WEIGHTS = frozenset("dpc.gates dpc.weights dpc.gate dpc.against unpack".split())


def sound_arms(function: Function, aliases: Aliases, library: Library) -> set[Slot]:
    """The values of such branches, as they are blended."""
    blends = [
        s.value.args
        for s in statements(function.body)
        if isinstance(s, Assign)
        and isinstance(s.value, Apply)
        and s.value.fn == "dpc.blend_finite"
    ]
    if not blends:
        return set()
    made = {target: s for s in statements(function.body) for target in targets(s)}
    wild = _wild(function.body, library)

    def is_sound(weight: Atom, value: Slot) -> bool:
        arm = made.get(value)
        if not isinstance(arm, If) or arm.test is not _entered_by(weight, made):
            return False
        return all(_is_sound(s, wild, aliases, library) for s in arm.then)

    sides = [side for p, a, q, b in blends for side in ((p, a), (q, b))]
    return {a for p, a in sides if isinstance(a, Slot) and is_sound(p, a)}


def _entered_by(weight: Atom, made: Mapping[Slot, Stmt]) -> Atom:
    """The bare weight as it is before the branches, which may fail and close it."""
    while isinstance(weight, Slot):
        match made.get(weight):
            case Assign(_, Apply("dpc.gate" | "dpc.against", (bare, *_))):
                weight = bare
            case If(merges=merges):
                weight = next(m.orelse for m in merges if m.target is weight)
            case _:
                break
    return weight


def _is_sound(
    statement: Stmt, wild: set[Slot], aliases: Aliases, library: Library
) -> bool:
    """Finite on finite operands, and they are finite."""
    match statement:
        case Assign(target, Apply(fn, _) as call):
            slots = {a for a in (target, *call.operands) if isinstance(a, Slot)}
            written = any(map(aliases.written, slots))
            return not (library[fn].can_fail or written or wild & slots)
        case Assign(_, value):
            return value not in wild
    return False


def _wild(block: Block, library: Library) -> set[Slot]:
    """What may not be finite although all arguments are."""
    found: set[Slot] = set()
    size = -1
    while size != len(found):
        size = len(found)
        for statement in statements(block):
            match statement:
                case Assign(target, Apply(fn, _) as call):
                    fails = library[fn].can_fail and fn not in _WEIGHTS
                    if fails or not found.isdisjoint(call.operands):
                        found.add(target)
                case Assign(target, value):
                    if value in found:
                        found.add(target)
                case If(merges=merges):
                    for merge in merges:
                        if merge.then in found or merge.orelse in found:
                            found.add(merge.target)
                case For(carries=carries) | While(carries=carries):
                    for carry in carries:
                        if carry.init in found or carry.next in found:
                            found |= {carry.header, carry.result}
                case _:
                    pass
    return found
