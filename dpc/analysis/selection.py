"""Values on whose way to the result a selection stands.

The cotangent of a branch that `np.where` (or a mask, `clip`, `maximum`) did not select
is exactly zero, while a partial derivative further up may be infinite there; their
product must be zero, not NaN. Only values found here pay for the guard.
"""

from __future__ import annotations

from dpc.analysis.activity import Activity
from dpc.ir.facts import Fact
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    For,
    Function,
    If,
    Object,
    Slot,
    Store,
    Update,
    While,
    With,
)

SELECTIONS = frozenset(
    "np.where np.clip np.maximum np.minimum np.fmax np.fmin np.select np.piecewise "
    "np.choose np.nan_to_num np.max np.min np.amax np.amin max min np.compress "
    "np.extract np.nanmax np.nanmin np.nansum np.nanmean np.sort np.median "
    "np.partition np.take np.percentile np.quantile np.tril np.triu "
    "dpc.blend dpc.blend_finite".split()
)


def _may_mask(fact: Fact) -> bool:
    """The index may be an array of booleans, or hold one."""
    if fact.kind == "tuple" and fact.items is not None:
        return any(map(_may_mask, fact.items))
    if fact.is_array:
        return fact.dtype[:1] in ("b", "")
    return fact.kind not in ("int", "slice", "none", "other")


def find_selected(function: Function, activity: Activity) -> set[Slot]:
    """The active slots whose cotangent may have passed a selection."""
    found: set[Slot] = set()
    memory: set[int] = set()
    size = -1
    while size != len(found) + len(memory):
        size = len(found) + len(memory)
        _backward(function.body, activity, found, memory)
    return found


def _backward(
    block: Block, activity: Activity, found: set[Slot], memory: set[int]
) -> None:
    def selected(atom: Atom) -> bool:
        if isinstance(atom, Slot) and atom in found:
            return True
        node = activity.aliases.node(atom)
        return node is not None and id(node) in memory

    def select(atom: Atom) -> None:
        if isinstance(atom, Slot) and activity.is_varied(atom):
            found.add(atom)
            node = activity.aliases.node(atom)
            if node is not None and node.written:
                memory.add(id(node))

    def masks(index: Atom) -> bool:
        """The index may be a mask or an array: not a literal."""
        if isinstance(index, Const):
            return False
        fact = activity.aliases.facts.get(index) if isinstance(index, Slot) else None
        return fact is None or _may_mask(fact)

    for statement in reversed(block):
        match statement:
            case Assign(target, Apply(fn, args) as value):
                masked = fn == "getitem" and masks(args[1])
                if fn in SELECTIONS or masked or selected(target):
                    for atom in value.operands:
                        select(atom)
            case Assign(target, (Slot() | Const() | Object()) as value):
                if selected(target):
                    select(value)
            case Store(_, base, index, value) | Update(_, _, base, index, value):
                if selected(base) or masks(index):
                    select(value)
                    select(base)
            case If(_, then, orelse, merges):
                for merge in merges:
                    if selected(merge.target):
                        select(merge.then)
                        select(merge.orelse)
                _backward(then, activity, found, memory)
                _backward(orelse, activity, found, memory)
            case For(body=body, carries=carries) | While(body=body, carries=carries):
                for carry in carries:
                    if selected(carry.result) or selected(carry.header):
                        select(carry.init)
                        select(carry.next)
                        select(carry.header)
                _backward(body, activity, found, memory)
                if isinstance(statement, While):
                    _backward(statement.head, activity, found, memory)
            case With(body=body):
                _backward(body, activity, found, memory)
            case _:
                pass
