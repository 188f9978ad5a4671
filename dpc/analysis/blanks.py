"""Values whose tangent may be zero in places, by a selection or a store.

Where `np.where` took a constant, or a store put one, the tangent is exactly zero, while
the slope of what is computed next may be infinite there; their product must be zero,
not NaN. Only values found here pay for the guard.
"""

from __future__ import annotations

from dpc.analysis.activity import Activity
from dpc.analysis.selection import SELECTIONS
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    For,
    Function,
    If,
    Pullback,
    Replay,
    Slot,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.walk import blocks

# Their slope is infinite only where they are themselves.
POLES = frozenset(
    "operator.truediv np.divide np.true_divide np.reciprocal np.log np.log2 np.log10 "
    "np.log1p math.log math.log2 math.log10 math.log1p np.arctanh math.atanh "
    "scipy.special.logit scipy.special.log1p scipy.special.expi scipy.special.exp1 "
    "dpc.quotient dpc.ratio".split()
)
# They put values beside others, of which some may be constant.
_JOINS = frozenset(
    "np.concatenate np.stack np.hstack np.vstack np.dstack np.column_stack np.block "
    "np.append np.insert np.pad np.array np.asarray np.diag np.diagflat np.tril "
    "np.triu tuple list dict new".split()
)


def find_blanks(function: Function, activity: Activity) -> set[Slot]:
    """The varied slots whose tangent may be zero in some of its elements."""
    blanks = _Blanks(activity)
    while blanks.changed:
        blanks.changed = False
        blanks.block(function.body)
    return blanks.found


class _Blanks:
    def __init__(self, activity: Activity) -> None:
        self.activity = activity
        self.found: set[Slot] = set()
        self.memory: set[int] = set()
        self.changed = True

    def has(self, atom: Atom) -> bool:
        if isinstance(atom, Slot) and atom in self.found:
            return True
        node = self.activity.aliases.node(atom)
        return node is not None and id(node) in self.memory

    def mark(self, atom: Atom, memory: bool = False) -> None:
        if isinstance(atom, Slot) and atom not in self.found:
            if not self.activity.is_varied(atom):
                return
            self.found.add(atom)
            self.changed = True
        node = self.activity.aliases.node(atom)
        if memory and node is not None and id(node) not in self.memory:
            self.memory.add(id(node))
            self.changed = True

    def block(self, block: Block) -> None:
        for statement in block:
            match statement:
                case Assign(target, Apply(fn) as value):
                    varied = [self.activity.is_varied(a) for a in value.operands]
                    mixed = fn in _JOINS and any(varied) and not all(varied)
                    chosen = fn in SELECTIONS and any(varied)
                    if mixed or chosen or any(map(self.has, value.operands)):
                        self.mark(target)
                case Assign(target, Slot() as value) if self.has(value):
                    self.mark(target)
                case Store(_, base) | Update(_, _, base):
                    if self.activity.is_varied(base):
                        self.mark(base, memory=True)
                case If(merges=merges):
                    for merge in merges:
                        if self.has(merge.then) or self.has(merge.orelse):
                            self.mark(merge.target)
                case (
                    For(carries=carries)
                    | While(carries=carries)
                    | Replay(carries=carries)
                ):
                    for carry in carries:
                        if self.has(carry.init) or self.has(carry.next):
                            self.mark(carry.header)
                            self.mark(carry.result)
                case With() | Pullback():
                    pass
                case _:
                    pass
            for inner in blocks(statement):
                self.block(inner)
