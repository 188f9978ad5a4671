"""Branches: both are lifted with names of their own, and what differs is merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dpc.frontend.lifting.sites import Cell
from dpc.frontend.lifting.state import Lifter, is_undefined
from dpc.frontend.lifting.values import (
    BOUND,
    CALLABLES,
    Choice,
    Known,
    Scope,
    Tuple,
    Val,
    mapped,
)
from dpc.ir.nodes import (
    UNDEFINED,
    Atom,
    Const,
    If,
    Merge,
    Slot,
    Stmt,
    Undefined,
)
from dpc.source import Span

# Flags: only their truth is ever looked at.
FLAGS = ("$returned", "$broke", "$skip", "$ended", BOUND)
_TESTS = frozenset(
    "operator.lt operator.le operator.gt operator.ge operator.eq operator.ne "
    "operator.is_ operator.is_not operator.contains operator.not_ isinstance".split()
)


def branch(
    lift: Lifter,
    test: Atom,
    then: Callable[[], Val | None],
    orelse: Callable[[], Val | None],
    name: str = "",
) -> Val | None:
    """`if test: then() else: orelse()`, and the merged value of the two.

    Where the outcome is known, only the branch that is taken is lifted.
    """
    truth = lift.truth(test)
    if truth is not None:
        return then() if truth else orelse()
    before = snapshot(lift)
    first = side(lift, then)
    restore(lift, before)
    second = side(lift, orelse)
    return joined(lift, test, first, second, before, name)


@dataclass(slots=True)
class Names:
    """The names of all scopes at one place, to come back to."""

    scopes: list[tuple[Scope, dict[str, Val]]]
    consumed: frozenset[object]
    span: Span | None


def snapshot(lift: Lifter) -> Names:
    scopes = [(scope, dict(scope.names)) for scope in names_of(lift)]
    return Names(scopes, lift.consumed, lift.build.span)


def restore(lift: Lifter, before: Names) -> None:
    """Bring the names back; the scopes stay the same objects, for closures."""
    for scope, names in before.scopes:
        scope.names = dict(names)
    lift.consumed = before.consumed
    lift.build.span = before.span
    lift.dead = False


def names_of(lift: Lifter) -> Iterator[Scope]:
    """The scopes whose names can be bound here, up to that of the function."""
    scope: Scope | None = lift.scope
    while scope is not None:
        yield scope
        scope = scope.parent if scope.inner else None


@dataclass(slots=True)
class Side:
    """What one branch did."""

    block: list[Stmt]
    names: list[dict[str, Val]]
    value: Val | None
    dead: bool
    consumed: frozenset[object]


def side(lift: Lifter, body: Callable[[], Val | None]) -> Side:
    """One branch; the names are left as it leaves them."""
    with lift.build.region() as block:
        value = body()
    names = [scope.names for scope in names_of(lift)]
    return Side(block, names, value, lift.dead, lift.consumed)


def unchanged(before: Names, value: Val) -> Side:
    """The branch that does nothing and has this value."""
    names = [dict(names) for _, names in before.scopes]
    return Side([], names, value, False, before.consumed)


def joined(
    lift: Lifter, test: Atom, first: Side, second: Side, before: Names, name: str
) -> Val | None:
    """Emit an `If` of two branches, and bind names to what they are after it."""
    restore(lift, before)
    lift.consumed = first.consumed | second.consumed
    merger = Merger(lift, test, first, second)
    value = merger.value(name)
    merger.names(before)
    lift.dead = first.dead and second.dead
    if first.block or second.block or merger.merges:
        blocks = tuple(first.block), tuple(second.block)
        lift.emit(If(test, *blocks, tuple(merger.merges), before.span))
    return value


@dataclass(slots=True)
class Merger:
    """Merges values of two branches, each pair once."""

    lift: Lifter
    test: Atom
    then: Side
    orelse: Side
    merges: list[Merge] = field(default_factory=list)
    known: dict[tuple[object, object], Slot] = field(default_factory=dict)

    def value(self, name: str) -> Val | None:
        """The value of the whole, for conditional expressions and calls."""
        a, b = self.then.value, self.orelse.value
        if a is None and b is None:
            return None
        if self.then.dead:
            a = UNDEFINED
        if self.orelse.dead:
            b = UNDEFINED
        return self.merge(name, _or_undefined(a), _or_undefined(b))

    def names(self, before: Names) -> None:
        """Bind every name to what it is after either branch."""
        sides = zip(before.scopes, self.then.names, self.orelse.names, strict=True)
        for (scope, old), then, orelse in sides:
            # After a branch that raises, what the other one leaves is all there is.
            then = {} if self.then.dead else then
            orelse = {} if self.orelse.dead else orelse
            for key in dict.fromkeys((*then, *orelse)):
                a, b, was = then.get(key), orelse.get(key), old.get(key)
                if a is b and a is not None:
                    scope.names[key] = a
                elif (self.then.dead and b is was) or (self.orelse.dead and a is was):
                    continue
                else:
                    merged = self.merge(key, _or_undefined(a), _or_undefined(b))
                    scope.names[key] = merged

    def merge(self, name: str, a: Val, b: Val) -> Val:
        if a is b or _same(a, b):
            return a
        # A flag that says which branch was taken is the test itself.
        flag = name.startswith(FLAGS) and _is_true(a)
        if flag and (b is self.test or (_is_false(b) and self.is_fixed(self.test))):
            return self.test
        if isinstance(a, Tuple) or isinstance(b, Tuple):
            pair = _leaves(a, b)
            if pair is not None:
                kind = a.kind if isinstance(a, Tuple) else b.kind  # type: ignore[union-attr]
                items = tuple([self.merge(name, x, y) for x, y in pair])
                return Tuple(items, kind, self.whole(name, a, b))
        if isinstance(b, Undefined) and not isinstance(a, Atom):
            return self.first_only(a)
        if isinstance(a, Undefined) and not isinstance(b, Atom):
            return self.second_only(b)
        if isinstance(a, CALLABLES) or isinstance(b, CALLABLES):
            return Choice(self.outcome(), self.first_only(a), self.second_only(b))
        with self.lift.into(self.then.block):
            x = self.lift.materialise(a)
        with self.lift.into(self.orelse.block):
            y = self.lift.materialise(b)
        return self.slot(name, x, y)

    def whole(self, name: str, a: Val, b: Val) -> Atom | None:
        """The tuple as one value, if on some way there may be none."""
        if all(isinstance(x, Tuple) and x.whole is None for x in (a, b)):
            return None
        parts: list[Atom] = []
        for value, branch in ((a, self.then), (b, self.orelse)):
            part: Atom | None = UNDEFINED
            if isinstance(value, Tuple):
                with self.lift.into(branch.block):
                    part = self.lift.parts.spare(self.lift, value)
            if part is None:
                return None
            parts.append(part)
        return self.slot(name, parts[0], parts[1])

    def slot(self, name: str, a: Atom, b: Atom) -> Slot:
        key = (_key(a), _key(b))
        found = self.known.get(key)
        if found is not None:
            return found
        lift = self.lift
        defined = [x for x in (a, b) if x is not UNDEFINED]
        first, *rest = [Cell(lift.fact(x), lift.sites(x)) for x in defined]
        cell = first.joined(rest[0]) if rest else first
        slot = lift.variable(name, cell.fact, cell.sites)
        self.known[key] = slot
        self.merges.append(Merge(slot, a, b))
        return slot

    def first_only(self, value: Val) -> Val:
        """A value that only the first branch has, over slots that are seen after it."""
        return mapped(value, lambda x: self.slot("", x, UNDEFINED), self.lift.frames)

    def second_only(self, value: Val) -> Val:
        return mapped(value, lambda x: self.slot("", UNDEFINED, x), self.lift.frames)

    def outcome(self) -> Atom:
        """Which branch was taken, to be asked later."""
        if self.is_fixed(self.test):
            return self.test
        return self.slot("", Const(True), Const(False))

    def is_fixed(self, test: Atom) -> bool:
        """Whether the test, read again later, gives the same answer."""
        if self.lift.fact(test).is_scalar:
            return True
        found = self.lift.build.definition(test)
        return found is not None and found.fn in _TESTS


def _or_undefined(value: Val | None) -> Val:
    return UNDEFINED if is_undefined(value) else value  # type: ignore[return-value]


def _same(a: Val, b: Val) -> bool:
    if isinstance(a, Const) and isinstance(b, Const):
        return _key(a) == _key(b)
    return isinstance(a, Known) and isinstance(b, Known) and a.value is b.value


def _is_true(value: Val) -> bool:
    return isinstance(value, Const) and value.value is True


def _is_false(value: Val) -> bool:
    return isinstance(value, Const) and value.value is False


def _key(atom: Atom) -> object:
    """What tells atoms apart: literals by type and value."""
    return (type(atom.value), repr(atom.value)) if isinstance(atom, Const) else atom


def _leaves(a: Val, b: Val) -> list[tuple[Val, Val]] | None:
    """The elements of two tuples that can be merged one by one."""
    if isinstance(a, Undefined) and isinstance(b, Tuple):
        return [(a, item) for item in b.items]
    if isinstance(b, Undefined) and isinstance(a, Tuple):
        return [(item, b) for item in a.items]
    if not isinstance(a, Tuple) or not isinstance(b, Tuple) or a.kind is not b.kind:
        return None
    if len(a.items) != len(b.items):
        return None
    return list(zip(a.items, b.items, strict=True))
