"""Where memory is read and written, and by which names: what a blend must not part.

Positions are counted in the order of the text. What is read in a loop but comes from
outside it is read until the loop ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dpc.analysis.aliases import MUTATORS, Aliases
from dpc.analysis.classes import Node, find
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Do,
    Function,
    If,
    Object,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.walk import blocks, bound, inner, operands, targets

Loops = tuple[int, ...]  # the loops around a place, the outermost first


@dataclass(slots=True)
class Holders:
    """The slots and the memory of one function."""

    aliases: Aliases
    library: Library
    born: dict[Slot, tuple[int, Loops]] = field(default_factory=dict)
    seen: dict[Slot, list[tuple[int, Loops]]] = field(default_factory=dict)
    writes: list[tuple[int, Loops, Atom]] = field(default_factory=list)
    spans: dict[int, tuple[int, int, Loops]] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)  # of loops
    objects: set[Object] = field(default_factory=set)
    params: set[Slot] = field(default_factory=set)
    made: set[Atom] = field(default_factory=set)  # new objects, by the slot they are in
    clock: int = 0

    @classmethod
    def of(cls, function: Function, aliases: Aliases, library: Library) -> Holders:
        """The holders of a function's memory."""
        found = cls(aliases, library)
        for param in function.params:
            found.born[param.slot] = (0, ())
            found.params.add(param.slot)
        found._block(function.body, ())
        found.clock += 1
        for param in function.params:
            found._read(param.slot, ())  # The caller has it still.
        found._read(function.result, ())
        return found

    def _block(self, block: Block, loops: Loops) -> None:
        for statement in block:
            self._statement(statement, loops)

    def _statement(self, statement: Stmt, loops: Loops) -> None:
        self.clock += 1
        begin = self.clock
        for atom in operands(statement):
            self._read(atom, loops)
        for base in self._written(statement):
            self.writes.append((begin, loops, base))
        parts = blocks(statement)
        inside = loops
        if parts and not isinstance(statement, If):
            inside = (*loops, begin)
        for slot in bound(statement):
            self.born[slot] = (begin, inside)
        for part in parts:
            self._block(part, inside)
        self.clock += 1
        for atom in inner(statement):
            self._read(atom, inside)
        self.ends[begin] = self.clock
        self.spans[id(statement)] = (begin, self.clock, loops)
        match statement:
            case Assign(target, Apply(fn)) if self._makes(fn):
                self.made.add(target)
        for slot in targets(statement):
            self.born[slot] = (self.clock, loops)

    def _read(self, atom: Atom, loops: Loops) -> None:
        if isinstance(atom, Slot):
            self.seen.setdefault(atom, []).append((self.clock, loops))
        elif isinstance(atom, Object):
            self.objects.add(atom)

    def _makes(self, fn: str) -> bool:
        memory = self.library[fn].memory if fn in self.library else "view"
        return fn in ("list", "dict", "new") or memory == "fresh"

    def _written(self, statement: Stmt) -> Iterator[Atom]:
        match statement:
            case Store(_, base) | Update(_, _, base):
                yield base
            case Do(Apply("call", args)):
                yield from args[1:]
            case Assign(_, Apply(fn, args)) | Do(Apply(fn, args)) if args:
                writes = fn in MUTATORS or self.library[fn].effect == "writes"
                if writes or fn.startswith("dpc.i"):
                    yield args[0]

    def place(self, *statements: Stmt | None) -> Stmt | None:
        """The first of some statements that has a position here."""
        known = (s for s in statements if s is not None and id(s) in self.spans)
        return next(known, None)

    def last_read(self, slot: Slot) -> int:
        """When a slot is read for the last time: round a loop, at its end."""
        _, home = self.born.get(slot, (0, ()))
        last = -1
        for position, loops in self.seen.get(slot, ()):
            around = loops[: len(home)] == home and loops[len(home) :]
            last = max(last, self.ends[around[0]] if around else position)
        return last

    def written_after(self, statement: Stmt, atoms: tuple[Atom, ...]) -> set[int]:
        """The classes of memory, reached from some atoms, that is written after a
        statement has run."""
        reached = {id(n) for atom in atoms for n in self._reached(atom)}
        begin, end, loops = self.spans[id(statement)]
        found = set()
        for position, around, base in self.writes:
            node = self.aliases.node(base)
            if node is None or id(node) not in reached:
                continue
            if base in self.made and self.born[base][0] > end:  # type: ignore[index]
                continue  # A new object.
            again = bool(loops and around) and loops[0] == around[0]
            if position > end or (again and not begin < position <= end):
                found.add(id(node))
        return found

    def written_until(self, statement: Stmt, atom: Atom) -> bool:
        """Memory of an atom may be written after it was made, until a statement has
        run."""
        if not isinstance(atom, Slot) or atom not in self.born:
            return True
        reached = {id(n) for n in self._reached(atom)}
        since, home = self.born[atom]
        _, end, loops = self.spans[id(statement)]
        for position, around, base in self.writes:
            node = self.aliases.node(base)
            if node is None or id(node) not in reached:
                continue
            again = around[len(home) :][:1] == loops[len(home) :][:1] != ()
            if since < position <= end or again:
                return True
        return False

    def others(self, statement: Stmt, classes: set[int]) -> Iterator[Slot]:
        """The slots from before a statement that reach some memory and are read after
        it; and what else the statement itself leaves of it."""
        _, end, _ = self.spans[id(statement)]
        for slot, (position, _) in self.born.items():
            if position > end or self.last_read(slot) <= end:
                continue
            if any(id(node) in classes for node in self._reached(slot)):
                yield slot

    def has_object(self, classes: set[int]) -> bool:
        """Some global reaches the memory."""
        return any(
            id(node) in classes for atom in self.objects for node in self._reached(atom)
        )

    def _reached(self, atom: Atom) -> Iterator[Node]:
        node = self.aliases.node(atom)
        passed = set[int]()
        while node is not None and id(node) not in passed:
            passed.add(id(node))
            yield node
            node = None if node.element is None else find(node.element)
