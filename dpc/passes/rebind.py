"""An array that nobody else can see is made anew, not written.

before                      after
`w = np.exp(s)`             `w = np.exp(s)`
`w /= np.sum(w)`            `w_1 = w / np.sum(w)`

The two are told apart by nobody: the array has just been made, no other name, view or
container holds it, and the result has its shape and dtype. The derivative is then that
of plain values: no contents to be saved before they are overwritten, and in a loop no
shadow for each iteration. Where nothing else is bound anew, `+=` and `-=` outside loops
stay: they save nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from dpc.analysis.fresh import makes_array
from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact, of_constant
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    For,
    Function,
    Slot,
    Stmt,
    Store,
    Update,
    While,
)
from dpc.ir.rebuild import map_block, map_statement, with_body
from dpc.ir.walk import inner, operands, statements

_SUMS = frozenset(("add", "sub"))
_METADATA = frozenset("shape size ndim dtype".split())
_ARRAY_FUNCTIONS = ("np.", "scipy.", "operator.", "method.")


def rebind(function: Function, facts: Facts, library: Library) -> Function:
    """The function in which whole arrays of its own are not written."""
    if any(_is_whole(statement) for statement in statements(function.body)):
        return _Rebind(facts, library).run(function)
    return function


def _is_whole(statement: Stmt) -> bool:
    return isinstance(statement, Update) and statement.kind == "whole"


class _Rebind:
    def __init__(self, facts: Facts, library: Library) -> None:
        self.facts = facts
        self.library = library
        self.loops = 0
        self.now: dict[Slot, Slot] = {}  # what stands for a slot from here on

    def run(self, function: Function) -> Function:
        body = self.inside(function.body)
        return with_body(function, body, self.atom(function.result))

    def atom(self, atom: Atom) -> Atom:
        while isinstance(atom, Slot) and atom in self.now:
            atom = self.now[atom]
        return atom

    def inside(self, block: Block) -> Block:
        before: list[Stmt] = []

        def statement(old: Stmt) -> Stmt:
            in_loop = isinstance(old, For | While)
            self.loops += in_loop
            new = self.rebound(map_statement(old, self.atom, self.inside), before)
            self.loops -= in_loop
            before.append(new)
            return new

        return map_block(block, statement)

    def rebound(self, statement: Stmt, before: Sequence[Stmt]) -> Stmt:
        """The statement, as one that binds the name if it is such a store."""
        match statement:
            case Update("whole", op, Slot() as base, _, value, span):
                pass
            case _:
                return statement
        if op in _SUMS and not self.loops and base not in self.now.values():
            return statement
        call = Apply(f"operator.{op}", (base, value))
        if not self._keeps(call, base) or not self._is_own(base, before):
            return statement
        new = Slot(base.name, base.temp)
        self.facts[new] = self.facts[base]
        self.now[base] = new
        return Assign(new, call, span)

    def _keeps(self, call: Apply, base: Slot) -> bool:
        """The result has the shape and dtype that a store leaves."""
        fact = self.facts.get(base, ANY)
        if not fact.is_array or not fact.shape or None in fact.shape:
            return False
        given = tuple([self._fact(atom) for atom in call.args])
        found = self.library.infer(call.fn, given, {})
        known = fact.dtype[1:] and found.is_array
        return bool(known) and (found.shape, found.dtype) == (fact.shape, fact.dtype)

    def _fact(self, atom: Atom) -> Fact:
        if isinstance(atom, Const):
            return of_constant(atom.value)
        return self.facts.get(atom, ANY) if isinstance(atom, Slot) else ANY

    def _is_own(self, base: Slot, before: Sequence[Stmt]) -> bool:
        """Nothing but this slot refers to the array, which this block has made."""
        for place in reversed(range(len(before))):
            match before[place]:
                case Assign(target, Apply() as call) if target is base:
                    known = call.fn.startswith(_ARRAY_FUNCTIONS)
                    made = known and makes_array(self.library, call)
                    since = before[place + 1 :]
                    return made and all(
                        self._looks(s, base) for s in statements(tuple(since))
                    )
        return False

    def _looks(self, statement: Stmt, base: Slot) -> bool:
        """The statement keeps no hold of the array."""
        if base in inner(statement):
            return False
        if base not in operands(statement):
            return True
        match statement:
            case Assign(_, Apply("getattr", (_, Const(name)))):
                return name in _METADATA
            case Assign(target, Apply("getitem")):
                return self.facts.get(target, ANY).is_scalar
            case Assign(_, Apply() as call):
                quiet = self.library[call.fn].effect in ("", "reads")
                known = call.fn.startswith(_ARRAY_FUNCTIONS)
                return quiet and known and makes_array(self.library, call)
            case Store("item", into, _, _) | Update("item" | "whole", _, into, _, _):
                return self._fact(into).is_array
            case _:
                return False
