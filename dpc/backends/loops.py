"""Loops and their exits as statements of Python's syntax.

`leave` is a `break` in the branch that decides it, after what the branch leaves to do:

    if t:                              if t:
        outcome = True                     tape.append((x, None))
    else:                                  break
        y = f(x)                       y = f(x)
        outcome = False                tape.append((x, y))
    tape.append((x, y))
    leave if outcome
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import gast

from dpc.backends import headers
from dpc.backends.arrange import Exit, Loop, late_leave, tail_exit
from dpc.backends.expressions import (
    STORE,
    Expressions,
    call,
    constant,
    opposite,
    target,
    together,
)
from dpc.backends.marks import CommentLine
from dpc.backends.patterns import Pattern, Walk
from dpc.backends.variables import Body, Variables
from dpc.ir.nodes import (
    Atom,
    Block,
    Carry,
    Const,
    For,
    Replay,
    Slot,
    While,
)
from dpc.ir.walk import blocks, bound, statements, targets

Steps = Sequence[Callable[[], Body]]


class Loops:
    """Lowers the loops of one function; `block` lowers their blocks."""

    def __init__(
        self,
        variables: Variables,
        expressions: Expressions,
        block: Callable[[Block], Body],
    ) -> None:
        self.variables, self.expressions, self.block = variables, expressions, block
        self.splits = variables.names.splits
        self.patterns = variables.nested.patterns
        # What is false until its loop is left by it.
        self.unset: set[Slot] = set()

    def loop(self, loop: Loop) -> Body:
        """The statements of a loop: what comes before it, and itself."""
        variables, carries = self.variables, loop.carries
        known = variables.names.saves
        saves = [known[c.header] for c in carries if c.header in known]
        for slot, saved in saves:
            variables.origin[saved] = variables.origin.get(slot, slot)
        made = variables.copies([(saved, slot) for slot, saved in saves])
        variables.instead.update(saves)
        # Evaluated after the headers have begun, which leave alone what it reads.
        walked = self._walked(loop)
        made += variables.copies([(c.header, c.init) for c in carries])
        around = variables.without(self._assigned_in(loop))
        variables.holds = dict(around)
        for carry in carries:
            variables.hold(carry.header)
        made.append(self._repeated(loop, walked))
        variables.holds = around
        for carry in carries:
            variables.hold(carry.header)
        made += variables.copies([(c.result, c.header) for c in carries])
        return made

    def _assigned_in(self, loop: Loop) -> set[str]:
        """The variables that an iteration assigns."""
        slots = [*bound(loop)]
        for block in blocks(loop):
            for statement in statements(block):
                slots += targets(statement)
                slots += bound(statement)
        slots += [self.splits[s] for s in slots if s in self.splits]
        names = self.variables.names.of
        return {names[s] for s in slots if s in names}

    def _walked(self, loop: Loop) -> gast.AST | None:
        """What a `for` goes through."""
        match loop:
            case Replay(tape=tape):
                of, dotted = self.expressions.of, self.expressions.dotted
                return call(dotted("reversed"), [of(tape)])
            case For():
                walk = self.patterns.walks.get(loop.index)
                if walk is not None:
                    return headers.walked(walk, self.expressions)
                return headers.counted(loop, self.variables.inner, self.expressions)
            case While():
                return None

    def _repeated(self, loop: Loop, walked: gast.AST | None) -> gast.AST:
        variables = self.variables
        match loop:
            case While():
                return self._while(loop)
            case Replay(targets=slots):
                each = together([self._or_blank(slot) for slot in slots], STORE)
            case For(index=index):
                walk = self.patterns.walks.get(index)
                each = target(self.variables.blank)
                if walk is not None:
                    each = self._elements(walk)
                elif self._is_read(loop):
                    each = variables.target(index)
        return gast.For(each, walked, self._body(loop), [], None)

    def _or_blank(self, slot: Slot) -> gast.AST:
        if slot in self.variables.nested.read:
            return self.variables.target(slot)
        return target(self.variables.blank)

    def _is_read(self, loop: For) -> bool:
        return loop.index in self.variables.nested.read

    def _elements(self, walk: Walk) -> gast.AST:
        whole = self.pattern(walk.targets if len(walk.targets) > 1 else walk.targets[0])
        if walk.index is None:
            return whole
        return gast.Tuple([self.variables.target(walk.index), whole], STORE)

    def pattern(self, pattern: Pattern) -> gast.AST:
        """The targets of a pattern."""
        match pattern:
            case None:
                return target(self.variables.blank)
            case Slot():
                return self.variables.target(pattern)
            case parts:
                return gast.Tuple([self.pattern(part) for part in parts], STORE)

    def _while(self, loop: While) -> gast.AST:
        of = self.expressions.of
        if not loop.head:
            test = of(loop.test)
            return gast.While(test, self._body(loop), [])
        head = self.block(loop.head)
        end = gast.If(opposite(of(loop.test)), [gast.Break()], [])
        return gast.While(constant(True), [*head, end, *self._body(loop)], [])

    # An iteration

    def _is_split(self, carry: Carry) -> bool:
        return carry.header in self.splits

    def _body(self, loop: Loop) -> Body:
        """One iteration, after its targets have been assigned."""
        variables, block = self.variables, loop.body
        split = {
            c.header: self.splits[c.header] for c in loop.carries if self._is_split(c)
        }
        variables.origin.update({second: header for header, second in split.items()})
        made = variables.copies([(second, header) for header, second in split.items()])
        variables.instead.update(split)
        ends = [(c.header, c.next) for c in loop.carries]
        leave = None if isinstance(loop, Replay) else loop.leave
        self.unset |= {
            c.header for c in loop.carries if c.next is leave and _is(c.init, False)
        }
        late = late_leave(loop)
        if isinstance(late, Slot):
            made += self.block(block)
            test = self.expressions.of(late)
            made += variables.copies(ends)
            made.append(gast.If(test, [gast.Break()], []))
        else:
            inside, falls = self._leaving(
                block, leave, [lambda: variables.copies(ends)]
            )
            made += inside
            if falls:
                made += variables.copies(ends)
        for header in split:
            del variables.instead[header]
        return made if says_something(made) else [*made, gast.Pass()]

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
        if leave is None or _is(leave, False) or leave in self.unset:
            return made, True
        test = None if _is(leave, True) else self.expressions.of(leave)
        before = dict(self.variables.holds)
        end = [line for step in steps for line in step()] + [gast.Break()]
        if test is None:
            return made + end, False
        self.variables.holds = before
        return [*made, gast.If(test, end, [])], True

    def _leaving_branches(
        self, block: Block, found: Exit, steps: Steps
    ) -> tuple[Body, bool]:
        variables, statement = self.variables, found.statement
        made = self.block(block[: found.place])
        tapes = block[found.place + 1 :]
        test = self.expressions.of(statement.test)
        before, after, arms = variables.holds, [], []
        for side in ("then", "orelse"):
            variables.holds = dict(before)
            merged = partial(
                variables.copies,
                [(m.target, getattr(m, side)) for m in statement.merges],
            )
            ends: Steps = (merged, partial(self.block, tapes), *steps)
            inside: Block = getattr(statement, side)
            arm, falls = self._leaving(inside, getattr(found, side), ends)
            if falls:
                arm += merged()
                after.append(variables.holds)
            arms.append((arm, falls))
        (then, then_falls), (orelse, orelse_falls) = arms
        if not then_falls:
            made += [gast.If(test, then, []), *orelse]
        elif not orelse_falls:
            made += [gast.If(opposite(test), orelse, []), *then]
        else:
            made += branches(test, then, orelse)
        variables.holds = after[0] if after else before
        for other in after[1:]:
            variables.meet(other)
        if after:
            made += self.block(tapes)
        return made, bool(after)


def branches(test: gast.AST, then: Body, orelse: Body) -> Body:
    """An `if` without branches that say nothing."""
    if says_something(then):
        return [gast.If(test, then, orelse if says_something(orelse) else [])]
    if says_something(orelse):
        return [gast.If(opposite(test), orelse, [])]
    return []


def says_something(body: Body) -> bool:
    """Whether a block has a statement, and not only comments."""
    return any(not isinstance(line, CommentLine) for line in body)


def _is(atom: Atom, value: bool) -> bool:
    return isinstance(atom, Const) and atom.value is value
