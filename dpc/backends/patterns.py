"""Loops over elements and unpacking: what Python writes with targets of its own.

before                                      after
    t = len(xs)                             for x, (a, b) in zip(xs, pairs):
    u = len(pairs)                              ...
    n = min(t, u)
    for i in range(0, n, 1):
        x = xs[i]
        p = pairs[i]
        q = unpack(p, 2)
        a = q[0]
        b = q[1]
        ...

    q = unpack(p, 2)                        a, b = p
    a = q[0]
    b = q[1]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Do,
    For,
    Function,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.walk import blocks, inner, operands, statements

# The kinds of sequences that keep their length, and what changes that of lists.
_FIXED = frozenset("array tuple str range".split())
_RESIZING = frozenset(
    "method.append method.extend method.insert method.pop method.remove method.clear "
    "method.update method.setdefault method.popitem dpc.iadd dpc.imul".split()
)

# What is assigned: a slot, nothing (`_`), or the parts of a sequence.
Pattern = Slot | None | tuple["Pattern", ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """A loop over the elements of sequences, with the index if it is read.

    backward: the one sequence is walked from its end. strict: all have one length.
    """

    sequences: tuple[Atom, ...]
    targets: tuple[Pattern, ...]
    index: Slot | None
    backward: bool
    strict: bool = False


@dataclass(slots=True)
class Patterns:
    """What is written with targets.

    walks: loops over elements. unpacks: the targets of `t = unpack(...)`, and `t` if it
      is read as a whole. taken: assignments that are part of those targets. within:
      temporaries that are part of the headers.
    """

    walks: dict[Slot, Walk] = field(default_factory=dict)  # by the loop's index
    unpacks: dict[Assign, tuple[Pattern, Slot | None]] = field(default_factory=dict)
    taken: set[Stmt] = field(default_factory=set)
    within: set[Slot] = field(default_factory=set)

    def assigned_by(self, loop: For) -> list[Slot]:
        """The slots that the header of a loop assigns in every iteration."""
        walk = self.walks.get(loop.index)
        if walk is None:
            return [loop.index]
        index = [] if walk.index is None else [walk.index]
        return [*index, *(slot for target in walk.targets for slot in slots_of(target))]

    def walked_by(self, loop: For) -> tuple[Atom, ...]:
        """What the header of a loop evaluates, once."""
        walk = self.walks.get(loop.index)
        return (loop.start, loop.stop, loop.step) if walk is None else walk.sequences


def slots_of(pattern: Pattern) -> Iterator[Slot]:
    """The slots that a pattern assigns."""
    if isinstance(pattern, Slot):
        yield pattern
    elif pattern is not None:
        for part in pattern:
            yield from slots_of(part)


def find_patterns(function: Function, facts: Facts) -> Patterns:
    """The targets that a function is printed with."""
    return _Finder(function, facts).found


class _Finder:
    def __init__(self, function: Function, facts: Facts) -> None:
        self.facts = facts
        self.whole = function.body
        self.params: set[object] = {param.slot for param in function.params}
        self.found = Patterns()
        self.readers: dict[Atom, list[Stmt | None]] = {function.result: [None]}
        self.definitions: dict[Atom, Assign] = {}
        interesting = False
        for statement in statements(function.body):
            for atom in (*operands(statement), *inner(statement)):
                self.readers.setdefault(atom, []).append(statement)
            match statement:
                case Assign(target, Apply("unpack")):
                    self.definitions[target] = statement
                    interesting = True
                case Assign(target):
                    self.definitions[target] = statement
                case For():
                    interesting = True
        self.headers: set[Stmt | None] = set()  # walked loops, and what they assign
        self.lengths: set[Slot] = set()  # that headers no longer ask for
        if interesting:
            self._block(function.body)
        for slot in self.lengths:
            # Both loops of an adjoint may walk: then nothing asks for the length.
            if slot.temp and self.headers.issuperset(self.readers.get(slot, [])):
                self.found.within.add(slot)

    def _block(self, block: Block) -> None:
        for statement in block:
            match statement:
                case For():
                    self._walk(statement, block)
                case Assign(target, Apply("unpack", (_, Const(int() as count)))):
                    if statement not in self.found.taken:
                        self._unpack(statement, target, count, block)
            for inside in blocks(statement):
                self._block(inside)

    # Unpacking

    def _unpack(self, whole: Assign, target: Slot, count: int, block: Block) -> None:
        here = set(block)
        readers = self.readers.get(target, [])
        items = [r for r in readers if r in here and _item(r, target) is not None]
        parts = self._parts(items, target, count, here)
        if parts is None:
            parts, items = (None,) * count, []
        read = len(items) < len(readers)
        self.found.unpacks[whole] = (parts, target if read else None)
        self.found.taken.update(items)

    def _pattern(self, slot: Slot, here: set[Stmt]) -> Pattern:
        """The parts of an element that is only read part by part, or itself."""
        readers = self.readers.get(slot, [])
        if not slot.temp or not readers or any(r not in here for r in readers):
            return slot
        match readers:
            case [Assign(inside, Apply("unpack", (_, Const(int() as count)))) as whole]:
                parts = self._pattern_of(inside, count, here)
                if parts is None:
                    return slot
                self.found.taken.add(whole)
                return parts
        fact = self.facts.get(slot, ANY)
        if fact.kind != "tuple" or fact.items is None:
            return slot
        parts = self._pattern_of(slot, len(fact.items), here)
        return slot if parts is None else parts

    def _pattern_of(
        self, slot: Slot, count: int, here: set[Stmt]
    ) -> tuple[Pattern, ...] | None:
        readers = self.readers.get(slot, [])
        if any(r not in here or _item(r, slot) is None for r in readers):
            return None
        parts = self._parts(readers, slot, count, here)
        if parts is not None:
            self.found.taken.update(readers)  # type: ignore[arg-type]
        return parts

    def _parts(
        self, items: Sequence[Stmt | None], slot: Slot, count: int, here: set[Stmt]
    ) -> tuple[Pattern, ...] | None:
        parts: list[Pattern] = [None] * count
        for item in items:
            place = _item(item, slot)
            if place is None or place >= count or parts[place] is not None:
                return None
            assert isinstance(item, Assign)
            parts[place] = self._pattern(item.target, here)
        return tuple(parts)

    # Loops

    def _walk(self, loop: For, block: Block) -> None:
        ends, backward = self._ends(loop)
        if not ends or (backward and len(ends) > 1):
            return
        found: list[Assign] = []
        for statement, end in zip(loop.body, ends, strict=False):
            match statement:
                case Assign(_, Apply("getitem", (base, place))):
                    if place is not loop.index or self._plain(base) is not end[0]:
                        return
                    found.append(statement)
                case _:
                    return
        if len(found) < len(ends):
            return
        for end in ends:
            if not self._lasts(end[0], end[1], loop, block):
                return
        others = [r for r in self.readers.get(loop.index, ()) if r not in found]
        read = bool(others)
        if read and (backward or self._reads_again(others, loop, ends)):
            return
        within = self._within(loop, found, ends)
        self.headers |= {loop, *found}
        self.lengths |= {
            slot for end in ends for slot in end[1] if self._is_length(slot)
        }
        here: set[Stmt] = set(loop.body)
        targets = tuple([self._pattern(s.target, here) for s in found])
        index = loop.index if read else None
        walked = tuple([self._plain(base, within) for base in map(_base, found)])
        stop = self._value(loop.stop)
        strict = isinstance(stop, Apply) and stop.fn == "dpc.one_length"
        # Else the one length has a name, and is looked at there.
        strict = strict and loop.stop in within
        self.found.walks[loop.index] = Walk(walked, targets, index, backward, strict)
        self.found.taken.update(found)
        self.found.within |= within

    def _reads_again(
        self, others: list[Stmt | None], loop: For, ends: list[tuple[Atom, list[Slot]]]
    ) -> bool:
        """Whether an element is read by its position as well: then both are."""
        for other in others:
            match other:
                case Assign(_, Apply("getitem", (base, place))):
                    same = any(self._plain(base) is end[0] for end in ends)
                    if same and place is loop.index:
                        return True
        return False

    def _lasts(
        self, sequence: Atom, header: list[Slot], loop: For, block: Block
    ) -> bool:
        """Whether a sequence keeps its length from where that is asked for.

        Python walks over what a list holds by then, and not over what it held.
        """
        fact = self.facts.get(sequence) if isinstance(sequence, Slot) else None
        if fact is not None and fact.kind in _FIXED:
            return True
        asked = [self.definitions.get(slot) for slot in header]
        places = [block.index(s) for s in asked if s in block]
        between = block[min(places) : block.index(loop)] if places else ()
        inside = (*between, loop) if len(places) == len(asked) else self.whole
        return not any(self._resizes(s, sequence) for s in statements(inside))

    def _resizes(self, statement: Stmt, sequence: Atom) -> bool:
        match statement:
            case Do(Apply("call", args)) | Assign(_, Apply("call", args)):
                # What a function is not given it is not taken to change.
                origin = self._origin(sequence)
                return any(self._origin(atom) is origin for atom in args[1:])
            case Do(Apply(fn, args)) | Assign(_, Apply(fn, args)):
                owner = args[0] if args else None
                if fn not in _RESIZING:
                    return False
            case Update("whole", _, owner) | Store("item", owner, Const(slice())):
                pass
            case _:
                return False
        one, other = self._origin(owner), self._origin(sequence)
        if one is other or not isinstance(one, Apply):
            return True
        # What stands beside lists in adjoints is another one, and so is a new list.
        new = isinstance(other, Apply) and other.fn == "list"
        apart = new or other in self.params
        return not (one.fn[:4] == "dpc." or (one.fn == "list" and apart))

    def _origin(self, atom: Atom | None) -> object:
        """What made a value, by way of its names; a slot for what came from outside."""
        while atom is not None:
            found = self._value(atom)
            if not isinstance(found, Slot):
                return atom if found is None else found
            atom = found
        return None

    def _within(
        self, loop: For, found: list[Assign], ends: list[tuple[Atom, list[Slot]]]
    ) -> set[Slot]:
        """The temporaries that nothing else reads than the header of the loop."""
        within: set[Slot] = set()
        parts: set[Stmt | None] = {loop, *found}
        for slot in dict.fromkeys(slot for end in ends for slot in end[1]):
            readers = self.readers.get(slot, [])
            if slot.temp and all(r in parts or _target(r) in within for r in readers):
                within.add(slot)
        return within

    def _ends(self, loop: For) -> tuple[list[tuple[Atom, list[Slot]]], bool]:
        """The sequences that end where the loop ends, with the slots of its header."""
        backward = loop.backward
        if not (_is(loop.start, 0) and _is(loop.step, 1)):
            if backward or not (_is(loop.stop, -1) and _is(loop.step, -1)):
                return [], False
            match self._value(loop.start):
                case Apply("operator.sub", (count, Const(1))):
                    found = self._lengths(count)
                    for end in found:
                        end[1].insert(0, loop.start)  # type: ignore[arg-type]
                    return found, True
            return [], False
        return self._lengths(loop.stop), backward

    def _lengths(self, stop: Atom) -> list[tuple[Atom, list[Slot]]]:
        match self._value(stop):
            case Apply("len", (sequence,)):
                assert isinstance(stop, Slot)
                return [(self._plain(sequence), [stop, *self._wrapper(sequence)])]
            case Apply("min" | "dpc.one_length", args) if len(args) > 1:
                assert isinstance(stop, Slot)
                parts = [self._lengths(a) for a in args]
                if any(len(part) != 1 for part in parts):
                    return []
                return [(part[0][0], [stop, *part[0][1]]) for part in parts]
            case _:
                return []

    def _is_length(self, slot: Slot) -> bool:
        made = self._value(slot)
        return isinstance(made, Apply) and made.fn == "len"

    def _value(self, atom: Atom) -> object:
        found = self.definitions.get(atom)
        return None if found is None else found.value

    def _plain(self, atom: Atom, within: set[Slot] | None = None) -> Atom:
        """A sequence without the call that made it one, if that is `within`."""
        match self._value(atom):
            case Apply("sequence", (inside,)) if within is None or atom in within:
                return inside
            case _:
                return atom

    def _wrapper(self, atom: Atom) -> list[Slot]:
        return [atom] if self._plain(atom) is not atom else []  # type: ignore[list-item]


def _base(element: Assign) -> Atom:
    assert isinstance(element.value, Apply)
    return element.value.args[0]


def _item(reader: Stmt | None, slot: Slot) -> int | None:
    """The position that a statement reads of `slot`, if that is what it does."""
    match reader:
        case Assign(_, Apply("getitem", (base, Const(int() as place)))):
            same = base is slot and not isinstance(place, bool) and place >= 0
            return place if same else None
        case _:
            return None


def _target(reader: Stmt | None) -> Slot | None:
    return reader.target if isinstance(reader, Assign) else None


def _is(atom: Atom, number: int) -> bool:
    return isinstance(atom, Const) and type(atom.value) is int and atom.value == number
