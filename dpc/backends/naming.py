"""Out of single assignment: a name for every slot, as the user would have chosen it.

Slots of one user variable share its name wherever their values are not needed at the
same time; what merges and loops connect comes first. Where they are:

    the value of the iteration before     `x_prev = x`, once, where an iteration begins
    the value before a loop               `x_init = x`, once, before it
    others                                `x`, `x_1`, `x_2` in order of definition
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from dpc.backends.arrange import Loop
from dpc.backends.liveness import Edges, Liveness
from dpc.backends.nest import Nested
from dpc.ir.nodes import (
    Atom,
    For,
    Function,
    If,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    While,
)
from dpc.ir.walk import bound, definitions, statements, targets

# What a test is called that a tape keeps.
OUTCOMES = frozenset({"broke", "taken"})


@dataclass(frozen=True, slots=True)
class Names:
    """The printed names of a function.

    splits: headers that are kept under a second name during an iteration.
    saves: by header, an initial value that is needed later, and its second name.
    """

    of: Mapping[Slot, str]
    splits: Mapping[Slot, Slot]
    saves: Mapping[Slot, tuple[Slot, Slot]]


def name(nested: Nested, quiet: Set[Slot], reserved: Set[str]) -> Names:
    """Choose the names of a function; none of `reserved` is taken but by parameters."""
    namer = _Namer(nested, quiet)
    namer.name_replayed()
    edges = namer.interference()
    if namer.split(edges):
        namer.name_replayed()
        edges = namer.interference()
    return Names(namer.choose(edges, reserved), namer.splits, namer.saves)


class _Namer:
    def __init__(self, nested: Nested, quiet: Set[Slot]) -> None:
        self.nested, self.quiet = nested, quiet
        self.function: Function = nested.function
        self.all: list[Stmt] = list(statements(self.function.body))
        self.slots = self._slots()
        self.links = list(self._links())
        self.wanted = dict(nested.wanted)
        self.splits: dict[Slot, Slot] = {}
        self.saves: dict[Slot, tuple[Slot, Slot]] = {}

    def _slots(self) -> list[Slot]:
        """All slots that need a name, in order of definition."""
        slots = [param.slot for param in self.function.params]
        for statement in self.all:
            slots += bound(statement)
            slots += [s for s in targets(statement) if s not in self.quiet]
        return slots

    def _links(self) -> Iterator[tuple[Slot, Atom]]:
        """Slots that are the same variable at different times, in order of the text."""
        for statement in self.all:
            match statement:
                case For() | While() | Replay():
                    for carry in statement.carries:
                        yield carry.header, carry.result
                        yield carry.header, carry.next
                        yield carry.header, carry.init
                case If(merges=merges):
                    for merge in merges:
                        if merge.target not in self.quiet:
                            yield merge.target, merge.then
                            yield merge.target, merge.orelse

    def interference(self) -> Edges:
        """What interferes, given the names that are wanted so far."""
        nested = self.nested
        live = Liveness(
            self.wanted,
            nested,
            self.quiet,
            self.splits,
            self.saves,
        )
        return live.function(self.function)

    # Second names

    def split(self, edges: Edges) -> bool:
        """Find the values that need a second name; whether there are any."""
        for statement in self.all:
            for carry in statement.carries if isinstance(statement, Loop) else ():
                clash = self._clash(edges, carry.header, carry.next)
                # Of use only where the iteration itself moves the variable on.
                if clash and carry.next in set(definitions((statement,))):
                    self.splits[carry.header] = self._fresh(carry.header, "prev")
        self._save(edges)
        return bool(self.splits or self.saves)

    def _save(self, edges: Edges) -> None:
        top = {param.slot for param in self.function.params}
        top.update(s for statement in self.function.body for s in targets(statement))
        known: set[Slot] = set()
        for statement in self.function.body:
            for carry in statement.carries if isinstance(statement, Loop) else ():
                init = carry.init
                if not isinstance(init, Slot) or init in known or init not in top:
                    continue
                if self._clash(edges, carry.header, init):
                    known.add(init)
                    self.saves[carry.header] = (init, self._fresh(init, "init"))

    def _clash(self, edges: Edges, header: Slot, other: Atom) -> bool:
        return other in edges.get(header, ())

    def _fresh(self, slot: Slot, suffix: str) -> Slot:
        fresh = Slot(f"{self.wanted[slot]}_{suffix}")
        self.wanted[fresh] = fresh.name
        self.slots.append(fresh)
        return fresh

    def name_replayed(self) -> None:
        """What comes off a tape has the name under which it went there."""
        recorded = {s.tape: s.values for s in self.all if isinstance(s, Record)}
        # A tape may itself come off a tape.
        before: dict[Slot, Slot] = {}
        for statement in self.all:
            if not isinstance(statement, Replay | Recall):
                continue
            values = recorded.get(before.get(statement.tape, statement.tape), ())
            for target, value in zip(statement.targets, values, strict=False):
                if not isinstance(value, Slot):
                    continue
                before[target] = before.get(value, value)
                kept = self.splits.get(value, value)
                if kept not in self.wanted:
                    continue
                if kept.temp and target.name in OUTCOMES:
                    self.wanted[kept] = target.name
                self.wanted[target] = self.wanted[kept]
                self.links.append((kept, target))

    # Colours

    def choose(self, edges: Edges, reserved: Set[str]) -> dict[Slot, str]:
        """One variable for each set of slots that never interfere."""
        classes = _Classes(edges)
        for a, b in self.links:
            if isinstance(b, Slot) and self.wanted.get(a) == self.wanted.get(b):
                classes.join(a, b)
        params = {param.slot for param in self.function.params}
        taken = set(reserved) | {param.name for param in params}
        taken |= set(self.wanted.values())
        variables: dict[str, list[_Class]] = {}
        owner: dict[int, str] = {}
        names: dict[Slot, str] = {}
        for slot in self.slots:
            members = classes.of(slot)
            if id(members) not in owner:
                want = self.wanted[slot]
                known = variables.setdefault(want, [])
                mine = next((v for v in known if v.accepts(members)), None)
                if mine is None:
                    mine = _Class(set(), set())
                    first = not known and (slot in params or want not in reserved)
                    mine.name = want if first else _numbered(want, taken)
                    taken.add(mine.name)
                    known.append(mine)
                mine.absorb(members)
                owner[id(members)] = mine.name
            names[slot] = owner[id(members)]
        return names


def _numbered(want: str, taken: Set[str]) -> str:
    number = 1
    while f"{want}_{number}" in taken:
        number += 1
    return f"{want}_{number}"


@dataclass(slots=True, eq=False)
class _Class:
    """Slots that share a variable, and those that cannot."""

    members: set[Slot]
    foes: set[Slot]
    name: str = ""

    def accepts(self, other: _Class) -> bool:
        return self.foes.isdisjoint(other.members)

    def absorb(self, other: _Class) -> None:
        self.members |= other.members
        self.foes |= other.foes


class _Classes:
    """Classes by slot; a slot is alone until it is joined."""

    def __init__(self, edges: Edges) -> None:
        self.edges = edges
        self.classes: dict[Slot, _Class] = {}

    def of(self, slot: Slot) -> _Class:
        found = self.classes.get(slot)
        if found is None:
            found = _Class({slot}, set(self.edges.get(slot, ())))
            self.classes[slot] = found
        return found

    def join(self, a: Slot, b: Slot) -> None:
        """Share a variable, if no member of one interferes with one of the other."""
        one, other = self.of(a), self.of(b)
        if one is other or not one.accepts(other):
            return
        if len(one.members) < len(other.members):
            one, other = other, one
        one.absorb(other)
        for slot in other.members:
            self.classes[slot] = one
