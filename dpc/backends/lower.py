"""From a function whose names are chosen to the statements of Python's syntax."""

from __future__ import annotations

from collections.abc import Callable, Set

import gast

from dpc.backends.expressions import STORE, Expressions, attribute, call, together
from dpc.backends.liveness import lines
from dpc.backends.loops import Loops, branches
from dpc.backends.marks import BlankLine, CommentLine
from dpc.backends.naming import Names
from dpc.backends.nest import Nested
from dpc.backends.operators import BINARY
from dpc.backends.variables import Body, Variables
from dpc.errors import Diagnostic, InternalError
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Comment,
    Const,
    Derivative,
    Do,
    For,
    If,
    Object,
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.walk import bound, is_adjoint, statements, targets, value_operands


class Lowering:
    """Lowers one function."""

    def __init__(
        self,
        nested: Nested,
        quiet: Set[Slot],
        names: Names,
        dotted: Callable[[str], gast.AST],
        scope: Callable[[Object], gast.AST],
    ) -> None:
        self.nested = nested
        variables = self.variables = Variables(nested, names, quiet)
        self.expressions = Expressions(nested.inner, variables.spell, dotted, scope)
        self.of = variables.of = self.expressions.of
        self.loops = Loops(variables, self.expressions, self.block)
        self.backward = False

    def function(self) -> Body:
        """The statements of the function's body."""
        function = self.nested.function
        for param in function.params:
            self.variables.hold(param.slot)
        # A blank line between the forward and the backward half.
        place = _turn(function.body)
        body = self.block(function.body[:place])
        body += [BlankLine()] if body else []
        self.backward = True
        body += self.block(function.body[place:], last=True)
        if not _is_none(function.result):
            body.append(gast.Return(self.of(function.result)))
        return body or [gast.Pass()]

    def block(self, block: Block, last: bool = False) -> Body:
        """The printed statements of a block; a `return` follows the `last` one."""
        body: Body = []
        said = ""  # by the comment before: a statement is named once
        for line in lines(block, self.nested):
            if isinstance(line, tuple):
                body.append(self._together(line))
            else:
                if isinstance(line, Comment) and line.text == said:
                    continue
                said = line.text if isinstance(line, Comment) else said
                body += self.statement(line)
        while body and not last and isinstance(body[-1], CommentLine):
            body.pop()  # What it speaks of has nested elsewhere.
        return body

    def _together(self, group: tuple[Assign, ...]) -> gast.AST:
        values = together([self.of(s.value) for s in group])
        targets = together([self.variables.target(s.target) for s in group], STORE)
        return gast.Assign([targets], values, None)

    def statement(self, statement: Stmt) -> Body:
        """The printed form of one statement."""
        match statement:
            case Assign():
                return self._assign(statement)
            case Store(value=value):
                return [gast.Assign([self._place(statement)], self.of(value), None)]
            case Update():
                return [self._update(statement)]
            case Do(value=value):
                return [] if value.fn == "dpc.enter" else [self._do(value)]
            case Record(tape, values):
                item = together([self.of(v) for v in values])
                append = attribute(self.of(tape), "append")
                return [gast.Expr(call(append, [item]))]
            case Recall(slots, tape):
                each = together([self.variables.target(s) for s in slots], STORE)
                last = call(attribute(self.of(tape), "pop"), [])
                return [gast.Assign([each], last, None)]
            case Comment(text):
                return [CommentLine(text)]
            case If():
                return self._if(statement)
            case For() | While() | Replay():
                return self.loops.loop(statement)
            case With():
                return self._with(statement)
            case Pullback():
                return self._pullback(statement)
            case Derivative(span=span):
                title = "a derivative that has not been taken is written down"
                raise InternalError(Diagnostic(title, "", span))

    def _assign(self, statement: Assign) -> Body:
        slot = statement.target
        unpacked = self.nested.patterns.unpacks.get(statement)
        if unpacked is not None:
            pattern, whole = unpacked
            value = self.of(value_operands(statement.value)[0])
            targets = [self.loops.pattern(pattern)]
            if whole is not None:
                targets.insert(0, self.variables.target(whole))
            return [gast.Assign(targets, value, None)]
        source = self.variables.source(statement.value)
        if isinstance(source, Slot) and self.variables.copied(slot, source):
            return []
        value = self.of(statement.value)
        return [gast.Assign([self.variables.target(slot)], value, None)]

    def _update(self, statement: Update) -> gast.AST:
        op, value = statement.op, self.of(statement.value)
        key = f"operator.{op}_" if op in ("and", "or") else f"operator.{op}"
        added = statement.value
        match self.nested.inner.get(added) if isinstance(added, Slot) else None:
            # The user's own `x += -y` stays as it is.
            case Apply("operator.neg", (part,)) if op == "add" and self.backward:
                key, value = "operator.sub", self.of(part)
        return gast.AugAssign(self._place(statement), BINARY[key][0](), value)

    def _place(self, statement: Store | Update) -> gast.AST:
        base = self.of(statement.base)
        match statement.kind:
            case "item":
                index = self.expressions.index(statement.index)
                return gast.Subscript(base, index, STORE)
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

    def _if(self, statement: If) -> Body:
        variables, merges = self.variables, statement.merges
        chosen = [m.target for m in merges if m.target in self.nested.choices]
        if chosen:
            value = self.of(self.nested.choices[chosen[0]])
            return [gast.Assign([variables.target(chosen[0])], value, None)]
        before = dict(variables.holds)
        test = self.of(statement.test)
        tried = _tried(statement)
        then = self._arm(statement.then, [(m.target, m.then) for m in merges])
        after_then, variables.holds = variables.holds, before
        orelse = self._arm(statement.orelse, [(m.target, m.orelse) for m in merges])
        if _raises(orelse):
            variables.holds = after_then
        elif not _raises(then):
            variables.meet(after_then)
        if tried:
            attempt = [_within(gast.withitem(test, None), then)] if then else []
            return [*attempt, *branches(test, [], orelse)]
        return branches(test, then, orelse)

    def _arm(self, block: Block, leaves: list[tuple[Slot, Atom]]) -> Body:
        """One side of an `if`, and what it leaves behind, if it does not raise."""
        body = self.block(block)
        return body if _raises(body) else body + self.variables.copies(leaves)

    def _with(self, statement: With) -> Body:
        context, slot = self.of(statement.context), statement.target
        item = gast.withitem(
            context, None if slot is None else self.variables.target(slot)
        )
        return [gast.With([item], self.block(statement.body) or [gast.Pass()], None)]

    def _pullback(self, statement: Pullback) -> Body:
        variables = self.variables
        before = dict(variables.holds)
        args = [
            gast.Name(variables.hold(param), gast.Param(), None, None)
            for param in statement.params
        ]
        outer = self._rebound(statement)
        body: Body = [gast.Nonlocal(outer)] if outer else []
        body += self.block(statement.body)
        body.append(gast.Return(self.of(statement.result)))
        variables.holds = before
        arguments = gast.arguments(args, [], None, [], [], None, [])
        spelled = variables.hold(statement.target)
        return [gast.FunctionDef(spelled, arguments, body, [], None, None)]

    def _rebound(self, statement: Pullback) -> list[str]:
        """Variables from outside that `x += y` would make variables of the function."""
        inside = list(statements(statement.body))
        own = set(statement.params).union(*map(targets, inside), *map(bound, inside))
        updated = [
            s.base for s in inside if isinstance(s, Update) and s.kind == "whole"
        ]
        outside = [b for b in updated if isinstance(b, Slot) and b not in own]
        return list(dict.fromkeys(map(self.variables.spell, outside)))


def _turn(body: Block) -> int:
    """The place where the backward half begins, with the adjoints that it adds to."""
    place = next((i for i, s in enumerate(body) if is_adjoint(s)), 0)
    while place and _begins_adjoint(body[place - 1]):
        place -= 1
    return place


def _begins_adjoint(statement: Stmt) -> bool:
    return isinstance(statement, Assign) and statement.target.name.endswith("_bar")


def _raises(body: Body) -> bool:
    return bool(body) and isinstance(body[-1], gast.Raise)


def _is_none(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value is None


def _tried(statement: If) -> bool:
    """The `if` of an attempt: its body runs, and the test says whether it failed."""
    first = statement.then[0] if statement.then else None
    return isinstance(first, Do) and first.value.fn == "dpc.enter"


def _within(item: gast.withitem, body: Body) -> gast.With:
    """One `with` line for a body that begins with another: copies end it."""
    first = body[0]
    if isinstance(first, gast.With):
        return gast.With([item, *first.items], [*first.body, *body[1:]], None)
    return gast.With([item], body, None)
