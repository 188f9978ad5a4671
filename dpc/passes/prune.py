"""Removes what nobody reads.

before                          after
`t = np.exp(x)` (t unread)      --
`if c: y = 1` (y unread)        --
a carry nobody reads            --
a comment over nothing          --

Statements with an effect stay, and those that are known to fail. Reading may fail, but
a value that nobody wants need not.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import replace

from dpc.analysis.misfits import may_not_blend, misfit
from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Comment,
    Derivative,
    Do,
    For,
    Function,
    If,
    Pullback,
    Recall,
    Record,
    Replay,
    Stmt,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.rebuild import flat_map, map_blocks, unless_same, with_body
from dpc.ir.walk import inner, operands, statements

INERT = frozenset(("np.errstate", "dpc.ignoring", "contextlib.nullcontext"))
FRESH = frozenset(("np.zeros_like", "dpc.zeros", "dpc.shadow", "np.copy"))


class Prune:
    """One backward walk with the set of live slots."""

    def __init__(
        self, library: Library, facts: Facts, inert: Set[Atom] = frozenset()
    ) -> None:
        self.library = library
        self.facts = facts
        self.inert = inert  # contexts that do nothing by themselves
        self.live: set[Atom] = set()  # slots, and literals that do no harm

    def read(self, atoms: Iterable[Atom]) -> None:
        """These atoms are wanted."""
        self.live.update(atoms)

    def block(self, block: Block) -> Block:
        """The block without what is not wanted."""
        kept: list[Stmt] = []
        for statement in reversed(block):
            new = self.statement(statement, kept)
            if new is not None:
                kept.append(new)
        return unless_same(kept[::-1], block)

    def droppable(self, statement: Assign) -> bool:
        """The assignment can be dropped when its result is not wanted."""
        call = statement.value
        if not isinstance(call, Apply):
            return True
        pure = self.library[call.fn].effect in ("", "reads")
        fails = misfit(statement, self.facts) or may_not_blend(statement, self.facts)
        return pure and not fails

    def statement(self, statement: Stmt, below: list[Stmt]) -> Stmt | None:
        """The statement, or less of it, or None."""
        match statement:
            case Assign(target, value):
                if target not in self.live:
                    if self.droppable(statement):
                        return None
                    statement = _run_only(statement)
                self.read(value.operands if isinstance(value, Apply) else (value,))
                return statement
            case Do(Apply("dpc.checkpoint")):
                return None  # It is for the reverse pass, which has taken it by now.
            case Do(value):
                self.read(value.operands)
                return statement
            case Store(_, base, index, value) | Update(_, _, base, index, value):
                self.read((base, index, value))
                return statement
            case If():
                return self.branches(statement)
            case For() | While() | Replay():
                return self.loop(statement)
            case With(context, target, body, span):
                new = self.block(body)
                named = target if target in self.live else None
                if not new and context in self.inert and named is None:
                    return None
                self.read((context,))
                same = new is body and named is target
                return statement if same else With(context, named, new, span)
            case Record(tape, values):
                if tape not in self.live:
                    return None
                self.read((tape, *values))
                return statement
            case Recall(_, tape):
                self.read((tape,))
                return statement
            case Derivative():
                return self.derivative(statement)
            case Pullback(target, params, body, result, span):
                if target not in self.live:
                    return None
                self.read((result,))
                new = self.block(body)
                if new is body:
                    return statement
                return Pullback(target, params, new, result, span)
            case Comment():
                over_nothing = not below or isinstance(below[-1], Comment)
                return None if over_nothing else statement

    def derivative(self, statement: Derivative) -> Stmt:
        """It stays: what its region does is not looked at before it is taken."""
        self.read((statement.result,))
        body = self.block(statement.body)
        self.read(statement.args)
        same = body is statement.body
        return statement if same else replace(statement, body=body)

    def branches(self, statement: If) -> Stmt | None:
        """An `If` with the merges that are wanted."""
        merges = tuple([m for m in statement.merges if m.target in self.live])
        if len(merges) == len(statement.merges):
            merges = statement.merges
        outside = self.live
        results: list[Block] = []
        for block, side in ((statement.then, "then"), (statement.orelse, "orelse")):
            self.live = set(outside)
            self.read(getattr(merge, side) for merge in merges)
            results.append(self.block(block))
            outside = outside | self.live
        self.live = outside
        if not (merges or any(map(_does, results))):
            return None
        self.read((statement.test,))
        then, orelse = results
        same = then is statement.then and orelse is statement.orelse
        if same and merges is statement.merges:
            return statement
        return If(statement.test, then, orelse, merges, statement.span)

    def loop(self, statement: For | While | Replay) -> Stmt | None:
        """A loop with the carries that are wanted, after it or by its own body."""
        wanted = {c for c in statement.carries if c.result in self.live}
        outside = set(self.live)
        while True:
            self.live = set(outside)
            carries = tuple([c for c in statement.carries if c in wanted])
            if len(carries) == len(statement.carries):
                carries = statement.carries
            new = self._body(statement, carries)
            more = {c for c in statement.carries if c.header in self.live} - wanted
            if not more:
                break
            wanted |= more
        if not (carries or any(map(_does, _blocks(new)))) and not isinstance(
            new, While
        ):
            self.live = outside
            return None
        self.live |= outside
        self.read(carry.init for carry in carries)
        return new

    def _body(
        self, statement: For | While | Replay, carries: tuple[Carry, ...]
    ) -> For | While | Replay:
        self.read(carry.next for carry in carries)
        match statement:
            case For(index, start, stop, step, body, _, leave, span, backward):
                self.read(() if leave is None else (leave,))
                body = self.block(body)
                self.read((start, stop, step))
                if body is statement.body and carries is statement.carries:
                    return statement
                return For(
                    index, start, stop, step, body, carries, leave, span, backward
                )
            case While(head, test, body, _, leave, span):
                self.read((test,) if leave is None else (test, leave))
                body = self.block(body)
                head = self.block(head)
                same = head is statement.head and body is statement.body
                if same and carries is statement.carries:
                    return statement
                return While(head, test, body, carries, leave, span)
            case Replay(targets, tape, body, _, span):
                body = self.block(body)
                self.read((tape,))
                if body is statement.body and carries is statement.carries:
                    return statement
                return Replay(targets, tape, body, carries, span)


def _run_only(statement: Assign) -> Stmt:
    """What is run for its effect alone."""
    if isinstance(statement.value, Apply) and statement.target.temp:
        return Do(statement.value, statement.span)
    return statement


def _blocks(statement: For | While | Replay) -> tuple[Block, ...]:
    if isinstance(statement, While):
        return (statement.head, statement.body)
    return (statement.body,)


def _does(block: Block) -> bool:
    return any(not isinstance(statement, Comment) for statement in block)


def prune_block(
    block: Block, live: Iterable[Atom], library: Library, facts: Facts
) -> Block:
    """The part of a block that `live` or an effect needs."""
    inert = {
        s.target
        for s in statements(block)
        if isinstance(s, Assign) and isinstance(s.value, Apply) and s.value.fn in INERT
    }
    prune = Prune(library, facts, inert)
    prune.read(live)
    return prune.block(block)


def prune(function: Function, facts: Facts, library: Library) -> Function:
    """The function without what neither its result nor an effect needs."""
    while True:
        body = prune_block(function.body, (function.result,), library, facts)
        body = without_idle_buffers(body, function.result, facts)
        new = with_body(function, body)
        if new is function or _length(body) == _length(function.body):
            return new
        function = new


def _length(block: Block) -> int:
    return sum(1 for _ in statements(block))


def without_idle_buffers(block: Block, result: Atom, facts: Facts) -> Block:
    """Drop arrays that the function allocates, writes and never reads."""
    made: set[Atom] = {
        s.target
        for s in statements(block)
        if isinstance(s, Assign) and isinstance(s.value, Apply) and s.value.fn in FRESH
    }
    for statement in statements(block):
        if not made:
            break
        read = (*operands(statement), *inner(statement))
        idle = isinstance(statement, Store | Update) and statement.base in made
        if idle and not misfit(statement, facts):
            read = read[1:]
        made.difference_update(read)
    made.discard(result)
    if not made:
        return block

    def keep(statement: Stmt) -> tuple[Stmt, ...]:
        if isinstance(statement, Store | Update) and statement.base in made:
            return ()
        return (map_blocks(statement, inside),)

    def inside(nested: Block) -> Block:
        return flat_map(nested, keep)

    return inside(block)
