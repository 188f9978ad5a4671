"""Values on whose way to the result a selection stands.

The cotangent of a branch that `np.where` (or a mask, `clip`, `maximum`) did not select
is exactly zero, while a partial derivative further up may be infinite there; their
product must be zero, not NaN. Only values found here pay for the guard.
"""

from __future__ import annotations

from collections.abc import Iterable

from dpc.analysis.activity import Activity
from dpc.analysis.arms import sound_arms
from dpc.analysis.unguarded import find_unguarded
from dpc.ir.facts import Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    For,
    Function,
    If,
    Object,
    Recall,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.walk import blocks

SELECTIONS = frozenset(
    "np.where np.clip np.maximum np.minimum np.fmax np.fmin np.select np.piecewise "
    "np.choose np.nan_to_num np.max np.min np.amax np.amin max min np.compress "
    "np.extract np.nanmax np.nanmin np.nansum np.nanmean np.sort np.median "
    "np.partition np.take np.percentile np.quantile np.tril np.triu "
    "dpc.blend dpc.blend_finite dpc.blend_parts".split()
)


def _may_mask(fact: Fact) -> bool:
    """The index may be an array of booleans, or hold one."""
    if fact.kind == "tuple" and fact.items is not None:
        return any(map(_may_mask, fact.items))
    if fact.is_array:
        return fact.dtype[:1] in ("b", "")
    return fact.kind not in ("int", "slice", "none", "other")


def find_selected(
    function: Function, activity: Activity, library: Library
) -> set[Slot]:
    """The active slots whose cotangent may have passed a selection."""
    sound = sound_arms(function, activity.aliases, library)
    selection = _Selection(activity, sound, find_unguarded(function, activity))
    size = -1
    while size != selection.size:
        size = selection.size
        selection.backward(function.body)
    return selection.found


class _Selection:
    """One walk from the last statement to the first, run until nothing changes."""

    def __init__(
        self, activity: Activity, sound: set[Slot], unguarded: set[Slot]
    ) -> None:
        self.activity = activity
        self.sound = sound
        self.unguarded = unguarded
        self.found: set[Slot] = set()
        self.memory: set[int] = set()

    @property
    def size(self) -> int:
        return len(self.found) + len(self.memory)

    def has(self, atom: Atom) -> bool:
        if isinstance(atom, Slot) and atom in self.found:
            return True
        node = self.activity.aliases.node(atom)
        return node is not None and id(node) in self.memory

    def add(self, *atoms: Atom) -> None:
        for atom in atoms:
            if atom in self.unguarded:
                continue
            if isinstance(atom, Slot) and self.activity.is_varied(atom):
                self.found.add(atom)
                node = self.activity.aliases.node(atom)
                if node is not None and node.written:
                    self.memory.add(id(node))

    def masks(self, index: Atom) -> bool:
        """The index may be a mask or an array: not a literal."""
        if isinstance(index, Const):
            return False
        facts = self.activity.aliases.facts
        fact = facts.get(index) if isinstance(index, Slot) else None
        return fact is None or _may_mask(fact)

    def carried(self, carries: Iterable[Carry]) -> None:
        for carry in carries:
            if self.has(carry.result) or self.has(carry.header):
                self.add(carry.init, carry.next, carry.header)

    def replayed(self, reader: Replay | Recall) -> None:
        for value, target in self.activity.aliases.tapes.flows(reader):
            if self.has(target):
                self.add(value)

    def backward(self, block: Block) -> None:
        for statement in reversed(block):
            match statement:
                case Assign(target, Apply(fn, args) as value):
                    # What only a test looks at sends no cotangent back.
                    sends = self.activity.is_useful(target)
                    masked = sends and fn == "getitem" and self.masks(args[1])
                    if self.has(target) or masked:
                        self.add(*value.operands)
                    elif sends and fn in SELECTIONS:
                        self.add(*(a for a in value.operands if a not in self.sound))
                case Assign(target, (Slot() | Const() | Object()) as value):
                    if self.has(target):
                        self.add(value)
                case Store(_, base, index, value) | Update(_, _, base, index, value):
                    if self.has(base) or self.masks(index):
                        self.add(value, base)
                case If(merges=merges):
                    for merge in merges:
                        if self.has(merge.target):
                            self.add(merge.then, merge.orelse)
                    self.inside(statement)
                case For() | While() | Replay():
                    self.carried(statement.carries)
                    self.inside(statement)
                    if isinstance(statement, Replay):
                        self.replayed(statement)
                case Recall():
                    self.replayed(statement)
                case With():
                    self.inside(statement)
                case _:
                    pass

    def inside(self, statement: Stmt) -> None:
        for block in blocks(statement)[::-1]:
            self.backward(block)
