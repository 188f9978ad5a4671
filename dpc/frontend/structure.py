"""Exits become values: no `break`, `continue` or `return` is left in a function.

before                        after
`return e`                    `$result = e; $returned = True`
`if a: return b`, then `c`    `if a: $result = b ... else: c`
`break`                       `$broke = True`, and the loop has `leave = "$broke"`
`continue`                    `$skip = True`; what follows stands under a test of it
`for ...: ... else: c`        `for ...: ...`, then `if not $broke: c`
`while (n := f()): body`      `while True: if n := f(): body else: break`

What follows an `if` of which one branch always exits goes into the other branch, so
that no flag is tested there. Flags are ordinary variables that are assigned constants:
where their value is known, the lifter folds the test away. Their names begin with `$`,
which no name of a user does. A loop has the name of the flag that ends it in an
attribute `leave`, and the names that it binds in `names`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

import gast

from dpc.frontend.bound import assigned, names_bound
from dpc.frontend.definite import Doubts, doubts
from dpc.ir.nodes import UNDEFINED
from dpc.ir.program import RESULT, RETURNED, SKIPPED

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True, eq=False)
class Structured:
    """A function without exits: its statements, the names that it binds, and which of
    them may be read before that."""

    body: tuple[gast.stmt, ...]
    names: frozenset[str]
    doubts: Doubts


class _Ends(Enum):
    """How a block ends."""

    FALLS = "what follows it is always reached"
    MAY_EXIT = "what follows it is reached unless a flag is set"
    EXITS = "what follows it is never reached: a flag is set"
    RAISES = "what follows it is never reached: an exception is raised"


_GONE = (_Ends.EXITS, _Ends.RAISES)


def _joined(then: _Ends, orelse: _Ends) -> _Ends:
    """How an `if` ends, given how its branches end."""
    if then in _GONE and orelse in _GONE:
        return then if then is orelse else _Ends.EXITS
    if {then, orelse} <= {_Ends.FALLS, _Ends.RAISES}:
        return _Ends.FALLS
    return _Ends.MAY_EXIT


@dataclass(slots=True)
class _Loop:
    number: int
    breaks: bool
    returns: bool

    @property
    def skip(self) -> str:
        """The flag that is set when the rest of the iteration is not to run."""
        return f"{SKIPPED}{self.number}"

    @property
    def broke(self) -> str:
        return f"$broke{self.number}"

    @property
    def leave(self) -> str | None:
        """The flag that ends the loop, if anything but its own test does."""
        if self.breaks:
            return self.broke
        return RETURNED if self.returns else None


class _Leave(gast.stmt):  # type: ignore[misc]
    """Stands after a loop that was left by `return`: those around are left too."""

    _fields = ()


def structured(tree: gast.FunctionDef | gast.Lambda) -> Structured:
    """The body of a function without exits; its value is bound to `$result` at the end.

    Nodes of `tree` are shared, never changed.
    """
    if isinstance(tree, gast.Lambda):
        body = [_at(tree.body, gast.Assign([_name(RESULT, gast.Store())], tree.body))]
        return Structured(tuple(body), names_bound(tree), doubts(tree))
    last = tree.body[-1]
    end = _at(last, gast.Return(_at(last, gast.Constant(None, None))))
    block, _ = _Exits().block([*tree.body, end])
    return Structured(tuple(block), names_bound(tree), doubts(tree))


class _Exits:
    """Rewrites blocks, and knows the loops around the one it is in."""

    def __init__(self) -> None:
        self.loops: list[_Loop] = []
        self.count = 0
        # By the identity of a block, which is kept: another could get its identity.
        self.known: dict[int, tuple[list[gast.stmt], _Ends]] = {}

    @property
    def skip(self) -> str:
        """The flag that says that the rest of the block is not to run."""
        return self.loops[-1].skip if self.loops else RETURNED

    def block(self, statements: Sequence[gast.stmt]) -> tuple[list[gast.stmt], _Ends]:
        """Statements without exits, and how they end."""
        out: list[gast.stmt] = []
        for position, node in enumerate(statements):
            rest = statements[position + 1 :]
            match node:
                case gast.Return() | gast.Break() | gast.Continue() | _Leave():
                    return out + self.exit(node), _Ends.EXITS
                case gast.Raise():
                    return [*out, node], _Ends.RAISES
                case gast.If():
                    new, ends, took_rest = self.branches(node, rest)
                    out.append(new)
                    if took_rest:
                        return out, ends
                case gast.For() | gast.While():
                    before, loop, after = self.loop(node)
                    out += [*before, loop]
                    if after:
                        more, ends = self.block([*after, *rest])
                        return out + more, ends
                    ends = _Ends.FALLS
                case gast.With():
                    body, ends = self.block(node.body)
                    out.append(_at(node, gast.With(node.items, body, None)))
                case _:
                    out.append(node)
                    continue
            if ends in _GONE:
                return out, ends
            if ends is _Ends.MAY_EXIT:
                return self.guarded(out, node, rest)
        return out, _Ends.FALLS

    def guarded(
        self, out: list[gast.stmt], node: gast.stmt, rest: Sequence[gast.stmt]
    ) -> tuple[list[gast.stmt], _Ends]:
        """What follows a statement that may have exited stands under a test."""
        if not rest:
            return out, _Ends.MAY_EXIT
        body, ends = self.block(rest)
        test = gast.UnaryOp(gast.Not(), _name(self.skip, gast.Load()))
        out.append(_at(rest[0], gast.If(_at(node, test), body, [])))
        return out, _Ends.EXITS if ends is _Ends.EXITS else _Ends.MAY_EXIT

    def branches(
        self, node: gast.If, rest: Sequence[gast.stmt]
    ) -> tuple[gast.stmt, _Ends, bool]:
        """An `if` without exits, how it ends, whether it took in what follows it."""
        then, orelse = list(node.body), list(node.orelse)
        ends = self.ends(node.body), self.ends(node.orelse)
        over = ends[0] in _GONE and ends[1] in _GONE
        took = _Ends.EXITS in ends and not over
        if took:
            (orelse if ends[0] is _Ends.EXITS else then).extend(rest)
        new_then, then_ends = self.block(then)
        new_orelse, else_ends = self.block(orelse)
        new = _at(node, gast.If(node.test, new_then, new_orelse))
        return new, _joined(then_ends, else_ends), took

    def ends(self, statements: list[gast.stmt]) -> _Ends:
        """How a block will end, without rewriting it."""
        known = self.known.get(id(statements))
        if known is None:
            known = self.known[id(statements)] = statements, self._ends(statements)
        return known[1]

    def _ends(self, statements: list[gast.stmt]) -> _Ends:
        result = _Ends.FALLS
        for node in statements:
            match node:
                case gast.Return() | gast.Break() | gast.Continue() | _Leave():
                    return _Ends.EXITS
                case gast.Raise():
                    return _Ends.RAISES if result is _Ends.FALLS else _Ends.EXITS
                case gast.If():
                    ends = _joined(self.ends(node.body), self.ends(node.orelse))
                case gast.With():
                    ends = self.ends(node.body)
                case gast.For() | gast.While():
                    ends = self.ends_of_loop(node)
                case _:
                    continue
            if ends in _GONE:
                return ends if result is _Ends.FALLS else _Ends.EXITS
            if ends is _Ends.MAY_EXIT:
                result = ends
        return result

    def ends_of_loop(self, node: gast.For | gast.While) -> _Ends:
        if not _returns(node.body):
            return self.ends(node.orelse) if node.orelse else _Ends.FALLS
        endless = isinstance(node, gast.While) and _is_true(node.test)
        return _Ends.EXITS if endless and not _breaks(node.body) else _Ends.MAY_EXIT

    def exit(self, node: gast.stmt) -> list[gast.stmt]:
        """The flags that an exit sets."""
        out: list[gast.stmt] = []
        if isinstance(node, gast.Return):
            value = node.value or _at(node, gast.Constant(None, None))
            out.append(_assign(node, RESULT, value))
        if isinstance(node, gast.Return | _Leave):
            out.append(_set(node, RETURNED, True))
        if self.loops:
            loop = self.loops[-1]
            if loop.breaks and not isinstance(node, gast.Continue):
                out.append(_set(node, loop.broke, True))
            out.append(_set(node, loop.skip, True))
        return out

    def loop(
        self, node: gast.For | gast.While
    ) -> tuple[list[gast.stmt], gast.stmt, list[gast.stmt]]:
        """What stands before a loop, the loop, and what follows it.

        What follows may hold exits still: they are those of the loop around.
        """
        ended: str | None = None
        number = self.count
        self.count += 1
        if isinstance(node, gast.While) and _binds(node.test):
            ended = f"$ended{number}" if node.orelse else None
            node = _endless(node, ended)
        loop = _Loop(number, _breaks(node.body), _returns(node.body))
        self.loops.append(loop)
        body, _ = self.block(node.body)
        self.loops.pop()
        flags = self.flags(node, loop)
        if isinstance(node, gast.For):
            new = gast.For(node.target, node.iter, [*flags, *body], [], None)
            new.names = assigned([node.target, *new.body])
        else:
            new = gast.While(node.test, [*flags, *body], [])
            new.names = assigned(new.body)
        new.leave = loop.leave
        before = [flag for flag in flags if flag.targets[0].id != loop.skip]
        if ended is not None:
            before.append(_set(node, ended, False))
        return before, _at(node, new), self.after(node, loop, ended)

    def after(
        self, node: gast.For | gast.While, loop: _Loop, ended: str | None
    ) -> list[gast.stmt]:
        """What follows a loop: the exit of the loops around it, its `else`."""
        out: list[gast.stmt] = []
        if node.orelse:
            flag = ended or loop.leave
            out += node.orelse if flag is None else [_unless(node, flag, ended)]
        if not loop.returns:
            return out
        leave = _at(node, _Leave())
        if isinstance(node, gast.While) and _is_true(node.test) and not loop.breaks:
            return [leave]
        test = _at(node, _name(RETURNED, gast.Load()))
        return [_at(node, gast.If(test, [leave], [])), *out]

    def flags(self, node: gast.stmt, loop: _Loop) -> list[gast.stmt]:
        """The flags of a loop as they are when an iteration begins."""
        out = []
        if loop.breaks:
            out.append(_set(node, loop.broke, False))
        if loop.returns:
            out.append(_set(node, RETURNED, False))
            undefined = _at(node, gast.Constant(UNDEFINED, None))
            out.append(_assign(node, RESULT, undefined))
        if loop.breaks or loop.returns or _holds(node.body, gast.Continue):
            out.append(_set(node, loop.skip, False))
        return out


def _endless(node: gast.While, ended: str | None) -> gast.While:
    """The loop with its test inside, for a test that binds names."""
    stop: list[gast.stmt] = [_at(node, gast.Break())]
    if ended is not None:
        stop.insert(0, _set(node, ended, True))
    inner = _at(node, gast.If(node.test, node.body, stop))
    always = _at(node, gast.Constant(True, None))
    return _at(node, gast.While(always, [inner], node.orelse))


def _unless(node: gast.stmt, flag: str, ended: str | None) -> gast.stmt:
    """The `else` of a loop: it runs when the loop was not left, or when it `ended`."""
    test: gast.AST = _name(flag, gast.Load())
    if ended is None:
        test = gast.UnaryOp(gast.Not(), _at(node, test))
    return _at(node, gast.If(_at(node, test), node.orelse, []))


def _binds(test: gast.AST) -> bool:
    return any(isinstance(node, gast.NamedExpr) for node in gast.walk(test))


def _is_true(test: gast.AST) -> bool:
    return isinstance(test, gast.Constant) and bool(test.value)


def _breaks(body: Sequence[gast.stmt]) -> bool:
    """Whether a `break` of this loop stands in it."""
    return _holds(body, gast.Break)


def _returns(body: Sequence[gast.stmt]) -> bool:
    return any(
        isinstance(node, gast.Return) or _returns(part)
        for node in body
        for part in ((), *_parts(node))
    )


def _holds(body: Sequence[gast.stmt], kind: type[gast.stmt]) -> bool:
    """Whether an exit of this loop, not of a loop in it, stands in it."""
    for node in body:
        if isinstance(node, kind):
            return True
        if isinstance(node, gast.For | gast.While):
            if _holds(node.orelse, kind):
                return True
        elif any(_holds(part, kind) for part in _parts(node)):
            return True
    return False


def _parts(node: gast.stmt) -> Iterator[Sequence[gast.stmt]]:
    """The blocks of a statement that belong to the same function."""
    if not isinstance(node, gast.FunctionDef):
        for name in ("body", "orelse"):
            part = getattr(node, name, None)
            if isinstance(part, list):
                yield part


def _name(name: str, ctx: gast.expr_context) -> gast.Name:
    return gast.Name(name, ctx, None, None)


def _assign(place: gast.AST, name: str, value: gast.expr) -> gast.stmt:
    return _at(place, gast.Assign([_at(place, _name(name, gast.Store()))], value, None))


def _set(place: gast.AST, name: str, value: bool) -> gast.stmt:
    return _assign(place, name, _at(place, gast.Constant(value, None)))


def _at(place: gast.AST, node: Node) -> Node:
    """The new node, at the place of another in the user's text."""
    gast.copy_location(node, place)
    return node
