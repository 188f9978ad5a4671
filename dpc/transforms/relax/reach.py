"""What a relaxed test reaches: the values that vary because it decides about them.

A soft loop is made in one round, with all the tests in its body, and so are branches in
which some paths return or skip what follows. So it has to be known before which tests
compare what another one decides about: a count of steps, a number that two branches set
to constants.
"""

from __future__ import annotations

from dpc.analysis.sharing import METADATA
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    For,
    If,
    Slot,
    Stmt,
    Store,
    Update,
    Value,
    While,
)
from dpc.ir.walk import blocks
from dpc.transforms.relax.deciding import closure, exits, kept_hard
from dpc.transforms.relax.gates import COMPARISONS
from dpc.transforms.relax.reasons import kept_exact
from dpc.transforms.relax.state import Relaxation


def reached(relax: Relaxation, body: Block) -> frozenset[Slot]:
    """The slots that vary once all tests that can be relaxed are."""
    reach = _Reach(relax)
    size = -1
    while size < len(reach.found):
        size = len(reach.found)
        reach.block(body, False)
    return frozenset(reach.found)


class _Reach:
    def __init__(self, relax: Relaxation) -> None:
        self.relax = relax
        self.found: set[Slot] = set()

    def varies(self, atom: Atom) -> bool:
        return atom in self.found or self.relax.activity.is_varied(atom)

    def decides(self, test: Atom) -> bool:
        """A test is relaxed."""
        relax = self.relax
        for slot in closure([test], relax.definitions, relax.carries):
            match relax.definitions.get(slot):
                case Assign(_, Apply(fn, args)) if fn in COMPARISONS:
                    if slot not in relax.exits and any(map(self.varies, args)):
                        return True
                case Assign(_, Apply("dpc.soft" | "dpc.prob")):
                    return True
        return False

    def block(self, block: Block, soft: bool) -> None:
        """Go over a block; `soft`: a relaxed test decides whether it runs."""
        for statement in block:
            self.statement(statement, soft)

    def statement(self, statement: Stmt, soft: bool) -> None:
        relax = self.relax
        match statement:
            case Assign(target, value):
                self.add(target, self.computed(target, value))
                return
            case Store(base=base) | Update(base=base):
                if soft and isinstance(base, Slot):
                    self.found.add(base)
            case If(test=test, merges=merges):
                decided = self.decides(test) and kept_exact(relax, statement) is None
                soft = soft or decided
                for m in merges:
                    vary = self.varies(m.then) or self.varies(m.orelse)
                    self.add(m.target, vary or (decided and m.then is not m.orelse))
            case For(carries=carries) | While(carries=carries):
                decided = relax.max_steps is not None and (
                    any(map(self.decides, exits(statement)))
                    and kept_hard(statement, relax.build.library) is None
                )
                soft = soft or decided
                for c in carries:
                    vary = self.varies(c.init) or self.varies(c.next)
                    self.add(c.header, vary)
                    self.add(c.result, vary or decided)
        for inner in blocks(statement):
            self.block(inner, soft)

    def computed(self, target: Slot, value: Value) -> bool:
        """A value is a function of what varies. Of what varies without any relaxed
        test, activity knows whether that is so: a shape is none."""
        if not isinstance(value, Apply):
            return isinstance(value, Slot) and self.varies(value)
        rule = self.relax.rules.get(value.fn)
        if rule is not None and rule.kind == "constant":
            return False
        if self.relax.activity.is_varied(target):
            return True
        if value.fn == "getattr" and getattr(value.args[1], "value", "") in METADATA:
            return False
        return any(atom in self.found for atom in value.operands)

    def add(self, slot: Slot, varies: bool) -> None:
        if varies:
            self.found.add(slot)
