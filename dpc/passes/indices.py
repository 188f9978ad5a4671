"""An index that costs nothing is written wherever it is used.

before                                      after
`index = slice(None), slice(n, 2 * n)`      --
`z = gates[index]`                          `z = gates[:, n : 2 * n]`
`gates_bar[index] += z_bar`                 `gates_bar[:, n : 2 * n] += z_bar`

The derivative uses an index again that the program has used. It gets no name of its own
if it is made of literals, slices, names, whole numbers of Python and their sums and
products, and sizes of arrays that nothing else asks for. A name is the same object
wherever it is read, as every slot is assigned once; numbers and shapes do not change.
What is computed otherwise costs something, or need not be the same: with it the index
keeps its name.

An index of more than 40 characters that is used three times or more is easier to read
under its name, and keeps it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, of_constant
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Function,
    Slot,
    Stmt,
    Store,
    Update,
    Value,
)
from dpc.ir.rebuild import flat_map, map_atoms, map_blocks, with_body
from dpc.ir.walk import inner, operands, statements, value_operands

LONGEST, OFTEN = 40, 3

_ARITHMETIC = frozenset(
    f"operator.{name}" for name in ("add", "sub", "mul", "neg", "floordiv")
)


def indices(function: Function, facts: Facts, library: Library) -> Function:
    """The function with indices that cost nothing where they are used."""
    found = _Indices(function, facts)
    if not found.gone:
        return function
    return with_body(function, found.block(function.body))


class _Indices:
    """What each temporary is, if it may stand in an index, and who reads it."""

    def __init__(self, function: Function, facts: Facts) -> None:
        self.facts = facts
        self.made: dict[Slot, Value] = {}
        self.reads: Counter[Atom] = Counter((function.result,))
        self.used: Counter[Atom] = Counter()  # as an index
        self.inside: dict[Atom, list[Slot]] = {}  # what is made of it
        for statement in statements(function.body):
            self._survey(statement)
        self.free = {slot for slot in self.made if self._costs_nothing(slot)}
        while not self.free <= (kept := set(filter(self._stands, self.free))):
            self.free = kept
        self.gone = {
            part
            for slot in self.free
            if self.used[slot] and any(self.reads[p] > 1 for p in self._parts(slot))
            for part in self._parts(slot)
        }

    def _survey(self, statement: Stmt) -> None:
        read = (*operands(statement), *inner(statement))
        self.reads.update(read)
        self.used.update(_index_of(statement))
        match statement:
            case Assign(target, value) if target.temp:
                self.made[target] = value
                for atom in read:
                    self.inside.setdefault(atom, []).append(target)
            case _:
                pass

    # What may stand in an index

    def _costs_nothing(self, slot: Slot) -> bool:
        match self.made[slot]:
            case Apply("tuple" | "slice", _, ()):
                return True
            case Apply(fn, args) if fn in _ARITHMETIC:
                return all(map(self._is_int, args))
            case Apply("getattr", (Slot() as base, Const("shape"))):
                return self.reads[slot] == 1 and self.facts.get(base, ANY).is_array
            case Apply("getitem", (Slot() as base, Const(int()))):
                sizes = self.facts.get(base, ANY).kind == "tuple"
                return self.reads[slot] == 1 and sizes and self._is_int(slot)
        return False

    def _is_int(self, atom: Atom) -> bool:
        """One of Python's whole numbers."""
        if isinstance(atom, Const):
            return of_constant(atom.value).kind == "int"
        return isinstance(atom, Slot) and self.facts.get(atom, ANY).kind == "int"

    def _stands(self, slot: Slot) -> bool:
        """Nothing else needs its name, and all that it is made of has one."""
        whole = self.used[slot] + sum(s in self.free for s in self.inside.get(slot, ()))
        if whole < self.reads[slot]:
            return False
        for atom in value_operands(self.made[slot]):
            nameless = atom in self.made and self.reads[atom] == 1
            if nameless and atom not in self.free:
                return False
        return self.used[slot] < OFTEN or self._width(slot) <= LONGEST

    def _width(self, atom: Atom) -> int:
        """How many characters it has when it is printed in brackets."""
        match self.made.get(atom) if isinstance(atom, Slot) else atom:
            case Apply("slice", ends):
                given = [self._width(end) for end in ends if not _is_none(end)]
                return sum(given) + (len(given) + 1 if given else 1)
            case Apply("getattr", (base, Const(str() as name))):
                return self._width(base) + 1 + len(name)
            case Apply(_, args) if atom in self.free:
                return sum(map(self._width, args)) + 3 * (len(args) - 1)
            case Const(slice()):
                return 1
            case Const(value):
                return len(repr(value))
        return len(atom.name) if isinstance(atom, Slot) else 1

    def _parts(self, slot: Slot) -> Iterator[Slot]:
        """The index, and what of it has no name either."""
        yield slot
        for atom in value_operands(self.made[slot]):
            if isinstance(atom, Slot) and atom in self.free:
                yield from self._parts(atom)

    # The block anew

    def block(self, block: Block) -> Block:
        """The block with every index that has no name made where it is used."""
        return flat_map(block, self._statement)

    def _statement(self, statement: Stmt) -> tuple[Stmt, ...]:
        statement = map_blocks(statement, self.block)
        if isinstance(statement, Assign) and statement.target in self.gone:
            return ()
        for index in _index_of(statement):
            if index in self.gone:
                made: list[Stmt] = []
                new = self._again(index, made)
                return (*made, _with_index(statement, new))
        return (statement,)

    def _again(self, slot: Slot, made: list[Stmt]) -> Slot:
        """The index made once more, with all that has no name in it."""

        def part(atom: Atom) -> Atom:
            if isinstance(atom, Slot) and atom in self.gone:
                return self._again(atom, made)
            return atom

        new = Slot(slot.name, temp=True)
        self.facts[new] = self.facts.get(slot, ANY)
        made.append(Assign(new, map_atoms(self.made[slot], part)))
        return new


def _index_of(statement: Stmt) -> tuple[Slot, ...]:
    """What stands in brackets in a statement, if it has a name."""
    match statement:
        case Assign(_, Apply("getitem", (_, Slot() as index))):
            return (index,)
        case Store("item", _, Slot() as index) | Update("item", _, _, Slot() as index):
            return (index,)
    return ()


def _with_index(statement: Stmt, index: Slot) -> Stmt:
    match statement:
        case Assign(target, Apply(fn, (base, _)), span):
            return Assign(target, Apply(fn, (base, index)), span)
        case Store(kind, base, _, value, span):
            return Store(kind, base, index, value, span)
        case Update(kind, op, base, _, value, span):
            return Update(kind, op, base, index, value, span)
    return statement


def _is_none(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value is None
