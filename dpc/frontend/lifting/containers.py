"""Containers while the program is built: what slots hold, what stores write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from dpc.frontend.lifting import known
from dpc.frontend.lifting.heap import Heap
from dpc.frontend.lifting.known import part_of
from dpc.frontend.lifting.sites import (
    NOWHERE,
    PLAIN,
    UNKNOWN,
    Cell,
    Site,
    Sites,
    bare,
    holds_containers,
)
from dpc.ir import facts as F
from dpc.ir.build import of_object
from dpc.ir.facts import Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Atom, Const, Object, Slot, Store, Update

# Functions that see containers and neither change nor keep them.
_HARMLESS = frozenset(
    "print raise assert fstring format str repr ascii len isinstance callable hasattr "
    "operator.is_ operator.is_not operator.not_ operator.contains operator.eq "
    "operator.ne warnings.warn type".split()
)
_KEYS = (str, int, float, bool, type(None))
_WRITTEN = ("list", "dict", "object")
_CONTAINERS = ("list", "dict", "tuple", "object")


# The cell of a result, given a key for the site of what it makes.
Rule = Callable[["Containers", Apply, object], Cell | None]
Effect = Callable[["Containers", Sequence[Atom]], None]


@dataclass(slots=True, eq=False)
class Containers:
    """Follows containers through the program that is being built.

    `rules` say what primitives hand out, `effects` what procedures write.
    """

    heap: Heap
    library: Library
    facts: dict[Slot, Fact]
    rules: Mapping[str, Rule]
    effects: Mapping[str, Effect]

    # What is known of atoms.

    def fact(self, atom: Atom) -> Fact:
        if isinstance(atom, Const):
            return known.of_constant(atom.value)
        if isinstance(atom, Object):
            return of_object(atom.scope, atom.path)
        return self.facts.get(atom, F.ANY) if isinstance(atom, Slot) else F.ANY

    def sites(self, atom: Atom) -> Sites:
        return self.heap.of(atom, self.fact(atom))

    def cell(self, atom: Atom) -> Cell:
        fact = self.fact(atom)
        return Cell(fact, self.heap.of(atom, fact))

    def whole(self, atom: Atom) -> Fact:
        """The fact with all that is known of what is inside, so far."""
        fact = self.fact(atom)
        if fact.kind in PLAIN:
            return fact
        return self.heap.whole(Cell(fact, self.heap.of(atom, fact)))

    def part(self, atom: Atom) -> Cell:
        """What an element of an iterable is."""
        fact, sites = self.fact(atom), self.sites(atom)
        if sites and fact.kind in _WRITTEN:
            return self.heap.get_any(sites)
        return self._of_tuple(part_of(fact), sites, None)

    def read(self, atom: Atom, index: Atom) -> Cell:
        """What stands under an index, which is no slice."""
        fact, sites = self.fact(atom), self.sites(atom)
        key = index.value if isinstance(index, Const) else None
        literal = isinstance(index, Const)
        if sites and fact.kind in _WRITTEN:
            return self.heap.get(sites, key) if literal else self.heap.get_any(sites)
        if fact.kind != "tuple":
            return UNKNOWN
        item = known.infer("getitem", (fact, self.fact(index)), (atom, index))
        return self._of_tuple(item or F.ANY, sites, key if literal else None)

    def _of_tuple(self, fact: Fact, sites: Sites, key: object) -> Cell:
        """An element of a tuple: its fact says what it is, sites what it may hold.

        Not all tuples have sites, but those do that hold containers.
        """
        if fact.kind in PLAIN or not sites:
            plain = fact.kind in PLAIN or sites is not None
            return Cell(fact, NOWHERE if plain and not holds_containers(fact) else None)
        found = self.heap.get_any(sites) if key is None else self.heap.get(sites, key)
        return Cell(fact, found.sites)

    def cells(self, atom: Atom) -> list[Cell] | None:
        """The elements of a list or tuple of known length."""
        fact, sites = self.fact(atom), self.sites(atom)
        if fact.kind == "tuple" and fact.items is not None:
            places = range(len(fact.items))
            return [self.read(atom, Const(place)) for place in places]
        if fact.kind != "list" or not sites:
            return None
        rows = []
        for site in sites:
            site.read = True
            if site.lost or site.items is None:
                return None
            rows.append(site.items)
        if len(set(map(len, rows))) > 1:
            return None
        return [reduce(Cell.joined, column) for column in zip(*rows, strict=True)]

    # Results.

    def result(self, slot: Slot, call: Apply, place: object) -> Fact:
        """The fact of a result; its sites are written down with the slot."""
        rule = self.rules.get(call.fn)
        if rule is not None:
            cell = rule(self, call, (place, call.fn))
            if cell is not None:
                return self.given(slot, cell)
        facts = tuple([self.fact(a) for a in call.args])
        found = known.infer(call.fn, facts, call.args)
        if found is None or found == F.ANY:
            self.effect(call)
        if found is None:
            whole = tuple([self.whole(a) for a in call.args])
            named = {k: self.whole(a) for k, a in call.kwargs}
            found = self._inferred(call, whole, named)
        return self.given(slot, self._new(call, found, (place, call.fn)))

    def _inferred(
        self, call: Apply, facts: tuple[Fact, ...], named: dict[str, Fact]
    ) -> Fact:
        if facts and facts[0].value in known.GENERATORS:
            # A generator draws what the function of the same name does.
            key = call.fn.replace("method.", "np.random.")
            return self.library.infer(key, facts[1:], named)
        return self.library.infer(call.fn, facts, named)

    def _new(self, call: Apply, found: Fact, key: object) -> Cell:
        if found.kind in PLAIN:
            return Cell(found)
        # Of parts of an array the list is new, whatever memory they lie in.
        fresh = self.library[call.fn].memory in ("fresh", "parts")
        if fresh and found.kind in _CONTAINERS:
            return self.heap.adopt(key, found, exposed=False)
        for atom in call.operands:
            sites = self.sites(atom)
            if call.fn in ("operator.add", "operator.mul"):
                # Of lists they make a list of the same elements.
                sites = self.heap.get_any(sites).sites if sites else NOWHERE
            elif fresh:
                continue
            # It may be, or hold, any of the operands or what they hold.
            self.heap.expose(sites)
        sites = self.anything(key) if fresh else self.heap.of(Slot(""), found)
        return Cell(bare(found), sites)

    def anything(self, key: object) -> Sites:
        """The site of something new of which nothing is known."""
        site = self.heap.site(key, "any")
        site.lost = True
        return frozenset({site})

    def given(self, slot: Slot, cell: Cell) -> Fact:
        """Write down what is known of a new slot."""
        if cell.sites is not None:
            self.heap.slots[slot] = cell.sites
        return cell.fact

    def effect(self, call: Apply) -> None:
        """A function that is not known may write to all that it can reach."""
        written = self.effects.get(call.fn)
        if written is not None:
            written(self, call.args)
            return
        if call.fn in _HARMLESS or call.fn.startswith("np.random."):
            return
        if call.args and self.fact(call.args[0]).value in known.GENERATORS:
            return
        if call.fn == "call":
            self.heap.lose_exposed()
        primitive = self.library[call.fn]
        if primitive.effect in ("writes", "world"):
            for atom in call.operands:
                self.heap.lose(self.sites(atom))

    # Stores.

    def store(self, statement: Store) -> None:
        base = self.fact(statement.base)
        if base.kind in PLAIN:
            return
        cell = self.cell(statement.value)
        index = statement.index
        kind = self.fact(index).kind
        if statement.kind == "item" and kind == "slice" and base.kind != "object":
            part = self.part(statement.value)
            self.heap.resize(self.sites(statement.base), "item", part)
        else:
            self.put(statement.base, statement.kind, index, cell)

    def update(self, statement: Update) -> None:
        base = self.fact(statement.base)
        if base.kind in PLAIN:
            return
        sites = self.sites(statement.base)
        if statement.kind == "whole":
            self.heap.resize(sites, "item", self.part(statement.value))
            return
        old = self.read(statement.base, statement.index)
        if old.sites is None or old.sites:
            self.heap.resize(old.sites, "item", self.part(statement.value))
        new = old
        if not old.fact.is_array:
            facts = (old.fact, self.whole(statement.value))
            atoms = (Const(None), statement.value)
            fn = f"operator.{statement.op}"
            fact = known.infer(fn, facts, atoms) or self.library.infer(fn, facts, {})
            new = Cell(bare(fact), old.sites)
        self.put(statement.base, statement.kind, statement.index, new)

    def put(self, base: Atom, kind: str, index: Atom, cell: Cell) -> None:
        sites = self.sites(base)
        if sites is None:
            self.heap.expose(cell.sites)
        if isinstance(index, Const) and isinstance(index.value, _KEYS):
            self.heap.put(sites, kind, index.value, cell)
        else:
            self.heap.put_any(sites, kind, cell)

    def site(self, key: object, kind: str, cls: type | None = None) -> Site:
        return self.heap.site(key, kind, cls)
