"""From a function whose names are chosen to the statements of Python's syntax.

Merges and carries become assignments where source and target are not one variable,
exits become `break`, tapes become lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import gast

from dpc.backends.arrange import Loop, tail_exit
from dpc.backends.expressions import (
    STORE,
    Expressions,
    attribute,
    call,
    constant,
    opposite,
    target,
    together,
)
from dpc.backends.liveness import lines
from dpc.backends.loops import header_of
from dpc.backends.marks import CommentLine
from dpc.backends.naming import Names
from dpc.backends.nest import Nested
from dpc.backends.operators import BINARY
from dpc.backends.parallel import in_sequence
from dpc.backends.tree import Expression, leaves
from dpc.errors import Diagnostic, InternalError
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Comment,
    Const,
    Do,
    For,
    Function,
    If,
    Merge,
    Object,
    Pullback,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Undefined,
    Update,
    While,
    With,
)
from dpc.ir.walk import blocks, bound, statements, targets

Body = list[gast.AST]
Steps = Sequence[Callable[[], Body]]


class Lowering:
    """Lowers one function.

    `holds` says which slot each variable holds where the next line stands: a copy of
    what is there already is not printed, and reading anything else is a fault. A slot
    that is a mere copy of another counts as the other one, its `origin`.
    """

    def __init__(
        self,
        nested: Nested,
        quiet: frozenset[Slot],
        names: Names,
        dotted: Callable[[str], gast.AST],
        scope: Callable[[Object], gast.AST],
    ) -> None:
        self.nested, self.quiet, self.names = nested, quiet, names
        self.inner = nested.inner
        self.instead: dict[Slot, Slot] = {}
        self.holds: dict[str, Slot] = {}
        self.origin: dict[Slot, Slot] = {}
        self.recorded = _recorded(nested.function)
        self.expressions = Expressions(self.inner, self.spell, dotted, scope)
        self.of = self.expressions.of

    def function(self) -> Body:
        """The statements of the function's body."""
        function = self.nested.function
        for param in function.params:
            self._holds(param.slot)
        body = self.block(function.body)
        if not _is_none(function.result):
            body.append(gast.Return(self.of(function.result)))
        return body or [gast.Pass()]

    # Names

    def spell(self, slot: Slot) -> str:
        """The variable that is read for a slot."""
        slot = self.instead.get(slot, slot)
        spelled = self.names.of[slot]
        held = self.holds.get(spelled)
        if held is not None and held is not self.origin.get(slot, slot):
            title = f"`{spelled}` was overwritten before it was read"
            raise InternalError(Diagnostic(title, "", self.nested.function.span))
        return spelled

    def _holds(self, slot: Slot) -> str:
        """The variable that is assigned for a slot, which holds it from here on."""
        spelled = self.names.of[slot]
        self.holds[spelled] = self.origin.get(slot, slot)
        return spelled

    def _target(self, slot: Slot) -> gast.AST:
        return target(self._holds(slot))

    # Blocks

    def block(self, block: Block) -> Body:
        """The printed statements of a block."""
        body: Body = []
        for line in lines(block, self.nested.groups):
            if isinstance(line, tuple):
                values = [self.of(s.value) for s in line]
                targets = [self._target(s.target) for s in line]
                pair = (together(targets, STORE), together(values))
                body.append(gast.Assign([pair[0]], pair[1], None))
            else:
                body += self.statement(line)
        return body

    def statement(self, statement: Stmt) -> Body:
        """The printed form of one statement."""
        match statement:
            case Assign():
                return self._assign(statement)
            case Store():
                return [self._assigned(self._place(statement), statement.value)]
            case Update(op=op, value=value):
                made = BINARY[f"operator.{op if op not in ('and', 'or') else op + '_'}"]
                return [
                    gast.AugAssign(self._place(statement), made[0](), self.of(value))
                ]
            case Do(value=value):
                return [self._do(value)]
            case Record(tape, values):
                item = together([self.of(v) for v in values])
                append = attribute(self.of(tape), "append")
                return [gast.Expr(call(append, [item]))]
            case Comment(text):
                return [CommentLine(text)]
            case If():
                return self._if(statement)
            case For() | While() | Replay():
                return self._loop(statement)
            case With():
                return self._with(statement)
            case Pullback():
                return self._pullback(statement)

    def _assign(self, statement: Assign) -> Body:
        slot, source = statement.target, self._source(statement.value)
        if isinstance(source, Slot):
            there = self._is_there(slot, source)
            self.origin[slot] = self.origin.get(source, source)
            if there:
                return []
        value = self.of(statement.value)
        return [gast.Assign([self._target(slot)], value, None)]

    def _assigned(self, place: gast.AST, value: Atom) -> gast.AST:
        return gast.Assign([place], self.of(value), None)

    def _place(self, statement: Store | Update) -> gast.AST:
        base = self.of(statement.base)
        match statement.kind:
            case "item":
                return gast.Subscript(
                    base, self.expressions.index(statement.index), STORE
                )
            case "attr":
                assert isinstance(statement.index, Const)
                return gast.Attribute(base, statement.index.value, STORE)
            case _:
                return base

    def _do(self, value: Apply) -> gast.AST:
        match value:
            case Apply("raise", (error,)):
                return gast.Raise(self.of(error), None)
            case Apply("raise", (error, cause)):
                return gast.Raise(self.of(error), self.of(cause))
            case Apply("assert", (test, *message)):
                said = [m for m in message if not _is_none(m)]
                return gast.Assert(self.of(test), self.of(said[0]) if said else None)
            case _:
                return gast.Expr(self.of(value))

    # Copies

    def copies(self, pairs: Sequence[tuple[Slot, Atom]]) -> Body:
        """Assignments that take place at once: what merges and carries leave to do."""
        todo: list[tuple[Slot, Atom]] = []
        kept: list[Slot] = []
        for slot, source in pairs:
            if slot in self.quiet:
                continue
            undefined = isinstance(source, Undefined) and slot not in self.recorded
            if undefined or self._is_there(slot, source):
                kept.append(slot)
            else:
                todo.append((slot, source))
        named = [
            (self.names.of[slot], {self.spell(s) for s in leaves(source, self.inner)})
            for slot, source in todo
        ]
        made: Body = []
        short = all(isinstance(source, Slot | Const) for _, source in todo)
        short = short and not any(source in self.inner for _, source in todo)
        orders = [list(range(len(todo)))] if todo and short else in_sequence(named)
        for places in orders:
            values = [self.of(todo[p][1]) for p in places]
            targets = [target(self.names.of[todo[p][0]]) for p in places]
            pair = (together(targets, STORE), together(values))
            made.append(gast.Assign([pair[0]], pair[1], None))
        for slot in (*kept, *(slot for slot, _ in todo)):
            self._holds(slot)
        return made

    def _is_there(self, slot: Slot, source: Atom) -> bool:
        """The variable of `slot` holds `source` already."""
        found = self._source(source)
        if not isinstance(found, Slot):
            return False
        return self.holds.get(self.names.of[slot]) is self.origin.get(found, found)

    def _source(self, value: Expression | Atom) -> Expression | Atom:
        """What a nested slot stands for."""
        while isinstance(value, Slot) and value in self.inner:
            value = self.inner[value]
        return value

    # Branches

    def _if(self, statement: If) -> Body:
        merges = statement.merges
        before = dict(self.holds)
        test = self.of(statement.test)
        then = self.block(statement.then)
        then += self._merged([(m.target, m.then) for m in merges])
        after_then, self.holds = self.holds, dict(before)
        orelse = self.block(statement.orelse)
        orelse += self._merged([(m.target, m.orelse) for m in merges])
        self._join(after_then)
        return _branches(test, then, orelse)

    def _join(self, other: Mapping[str, Slot]) -> None:
        """After a branch a variable holds only what it holds on both ways."""
        self.holds = {n: s for n, s in self.holds.items() if other.get(n) is s}

    # Loops

    def _loop(self, loop: Loop) -> Body:
        carries = loop.carries
        known = self.names.saves
        saves = [known[c.header] for c in carries if c.header in known]
        self.origin.update((saved, self.origin.get(s, s)) for s, saved in saves)
        made = self.copies([(saved, slot) for slot, saved in saves])
        self.instead.update(saves)
        made += self.copies([(c.header, c.init) for c in carries])
        assigned = self._assigned_in(loop)
        around = {n: s for n, s in self.holds.items() if n not in assigned}
        self.holds = dict(around)
        for carry in carries:
            self._holds(carry.header)
        match loop:
            case For():
                made.append(self._for(loop))
            case While():
                made.append(self._while(loop))
            case Replay(targets, tape):
                walked = call(self.expressions.dotted("reversed"), [self.of(tape)])
                each = together([self._target(t) for t in targets], STORE)
                made.append(
                    gast.For(each, walked, self._body(loop, loop.body), [], None)
                )
        self.holds = around
        for carry in carries:
            self._holds(carry.header)
        made += self.copies([(c.result, c.header) for c in carries])
        return made

    def _assigned_in(self, loop: Loop) -> set[str]:
        """The variables that an iteration assigns."""
        slots = [*bound(loop)]
        for block in blocks(loop):
            for statement in statements(block):
                slots += targets(statement)
                slots += bound(statement)
        splits = self.names.splits
        slots += [splits[s] for s in slots if s in splits]
        return {self.names.of[s] for s in slots if s in self.names.of}

    def _for(self, loop: For) -> gast.AST:
        splits = {self.names.of[c.header] for c in loop.carries if self._is_split(c)}
        head = header_of(loop, self.inner, lambda s: self.names.of[s] not in splits)
        walked = head.iterable(self.expressions)
        each = head.target(self._target)
        return gast.For(each, walked, self._body(loop, head.body), [], None)

    def _while(self, loop: While) -> gast.AST:
        if not loop.head:
            test = self.of(loop.test)
            return gast.While(test, self._body(loop, loop.body), [])
        head = self.block(loop.head)
        end = gast.If(opposite(self.of(loop.test)), [gast.Break()], [])
        body = self._body(loop, loop.body)
        return gast.While(constant(True), [*head, end, *body], [])

    def _is_split(self, carry: Carry) -> bool:
        return carry.header in self.names.splits

    def _body(self, loop: Loop, block: Block) -> Body:
        """One iteration, after its target has been assigned."""
        splits = self.names.splits
        split = [
            (splits[c.header], c.header) for c in loop.carries if self._is_split(c)
        ]
        self.origin.update(split)
        made = self.copies(split)
        self.instead.update({header: second for second, header in split})
        ends = [(c.header, c.next) for c in loop.carries]
        leave = None if isinstance(loop, Replay) else loop.leave
        if isinstance(leave, Slot) and tail_exit(block, leave) is None:
            made += self.block(block)
            test = self.of(leave)
            made += self.copies(ends)
            made.append(gast.If(test, [gast.Break()], []))
        else:
            inside, falls = self._leaving(block, leave, [lambda: self.copies(ends)])
            made += inside
            if falls:
                made += self.copies(ends)
        for _, header in split:
            del self.instead[header]
        return made if _says_something(made) else [*made, gast.Pass()]

    def _leaving(
        self, block: Block, leave: Atom | None, steps: Steps
    ) -> tuple[Body, bool]:
        """The block, with `steps` and a `break` where `leave` holds at its end.

        The second result says whether the block can end without leaving.
        """
        found = tail_exit(block, leave)
        if found is not None:
            return self._leaving_branches(block, found, steps)
        made = self.block(block)
        if leave is None or _is_false(leave):
            return made, True
        test = None if _is_true(leave) else self.of(leave)
        before = dict(self.holds)
        end = [line for step in steps for line in step()] + [gast.Break()]
        if test is None:
            return made + end, False
        self.holds = before
        return [*made, gast.If(test, end, [])], True

    def _leaving_branches(
        self,
        block: Block,
        found: tuple[int, If, Merge],
        steps: Steps,
    ) -> tuple[Body, bool]:
        place, statement, outcome = found
        made = self.block(block[:place])
        tapes = block[place + 1 :]
        test = self.of(statement.test)
        before, after, arms = self.holds, [], []
        for side in ("then", "orelse"):
            self.holds = dict(before)
            pairs = [(m.target, getattr(m, side)) for m in statement.merges]
            merged = partial(self._merged, pairs)
            ends: Steps = (merged, partial(self.block, tapes), *steps)
            arm, falls = self._leaving(
                getattr(statement, side), getattr(outcome, side), ends
            )
            if falls:
                arm += merged()
                after.append(self.holds)
            arms.append((arm, falls))
        (then, then_falls), (orelse, orelse_falls) = arms
        if not then_falls:
            made += [gast.If(test, then, []), *orelse]
        elif not orelse_falls:
            made += [gast.If(opposite(test), orelse, []), *then]
        else:
            made += _branches(test, then, orelse)
        self.holds = after[0] if after else before
        for other in after[1:]:
            self._join(other)
        if after:
            made += self.block(tapes)
        return made, bool(after)

    def _merged(self, pairs: Sequence[tuple[Slot, Atom]]) -> Body:
        """What merges leave to do at the end of a branch."""
        made = self.copies(pairs)
        for slot, _ in pairs:
            if slot not in self.quiet:
                self._holds(slot)
        return made

    # Contexts and pullbacks

    def _with(self, statement: With) -> Body:
        context = self.of(statement.context)
        bound_to = None if statement.target is None else self._target(statement.target)
        body = self.block(statement.body)
        return [
            gast.With([gast.withitem(context, bound_to)], body or [gast.Pass()], None)
        ]

    def _pullback(self, statement: Pullback) -> Body:
        before = dict(self.holds)
        args = [self._parameter(param) for param in statement.params]
        body = self.block(statement.body)
        body.append(gast.Return(self.of(statement.result)))
        self.holds = before
        spelled = self._holds(statement.target)
        arguments = gast.arguments(args, [], None, [], [], None, [])
        return [gast.FunctionDef(spelled, arguments, body, [], None, None)]

    def _parameter(self, slot: Slot) -> gast.AST:
        return gast.Name(self._holds(slot), gast.Param(), None, None)


def _branches(test: gast.AST, then: Body, orelse: Body) -> Body:
    """An `if` without branches that say nothing."""
    if _says_something(then):
        return [gast.If(test, then, orelse if _says_something(orelse) else [])]
    if _says_something(orelse):
        return [gast.If(opposite(test), orelse, [])]
    return []


def _says_something(body: Body) -> bool:
    return any(not isinstance(line, CommentLine) for line in body)


def _is_none(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value is None


def _is_true(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value is True


def _is_false(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value is False


def _recorded(function: Function) -> set[Slot]:
    """The slots that end on a tape, where they must be something if never assigned."""
    sources: dict[Slot, tuple[Atom, ...]] = {}
    pending: list[Atom] = []
    for statement in statements(function.body):
        match statement:
            case Record(values=values):
                pending += values
            case If(merges=merges):
                sources.update({m.target: (m.then, m.orelse) for m in merges})
            case For() | While() | Replay():
                for c in statement.carries:
                    sources[c.header] = sources[c.result] = (c.init, c.next, c.header)
    found: set[Slot] = set()
    while pending:
        slot = pending.pop()
        if isinstance(slot, Slot) and slot not in found:
            found.add(slot)
            pending += sources.get(slot, ())
    return found
