"""The state of one reverse pass: analyses, builder, scopes, and the adjoint of each
slot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TypeGuard

from dpc.analysis.activity import find_activity
from dpc.analysis.aliases import find_aliases
from dpc.analysis.contents import Contents, find_contents
from dpc.analysis.selection import find_selected
from dpc.ir.build import Builder
from dpc.ir.facts import ANY, Fact, with_numpy
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    Do,
    Slot,
    Stmt,
    Update,
)
from dpc.ir.program import Program
from dpc.ir.undefined import may_be_undefined
from dpc.ir.walk import inner, operands, statements
from dpc.rules.gates import WEIGHTS
from dpc.rules.ruleset import Rule
from dpc.transforms.carrying import carries_derivative
from dpc.transforms.index import scatters
from dpc.transforms.report import Report
from dpc.transforms.roots import find_roots
from dpc.transforms.scopes import Scope
from dpc.transforms.strategies import Repeats
from dpc.transforms.sweep import Entry, Region, plan

WHOLE = Const(None)
ZERO = Const(0.0)
_LOADS = frozenset("getitem getattr unpack".split())


class State(Report):
    """What every part of the reverse pass reads and writes."""

    def __init__(
        self,
        program: Program,
        wrt: tuple[Slot, ...],
        rules: Mapping[str, Rule],
        library: Library,
        mutated: bool = False,
        groups: Sequence[Sequence[Slot]] = (),
    ) -> None:
        self.program = program
        self.mutated = mutated  # what the program writes is part of its output
        self.rules = rules
        self.repeats = Repeats()
        self.build = Builder(library, dict(program.facts), simplify=True)
        function = program.function
        self.aliases = find_aliases(function, self.build.facts, library, groups)
        self.build.opaque |= set(filter(self.aliases.written, self.aliases.nodes))
        outputs = [s for s in wrt if mutated and self.aliases.written(s)]
        self.activity = find_activity(
            function, self.aliases, wrt, self.carries, outputs
        )
        self.tapes = self.aliases.tapes
        # Of a tape: the places whose cotangents are on one of their own.
        self.layouts: dict[Slot, tuple[int, ...]] = {}
        self.kept_tapes: list[Slot] = []
        self.roots = find_roots(function, self.build.facts, wrt, self.aliases.written)
        self.parts: dict[Slot, dict[object, Slot]] = {}
        self.items: dict[Slot, tuple[Slot, object]] = {}
        self.undefined = may_be_undefined(function.body)
        self.selected = find_selected(function, self.activity, library)
        self.homes: dict[Slot, Scope] = {}
        self.root = self.scope = Scope("function")
        for param in function.params:
            self.homes[param.slot] = self.root
        self.region = plan(function.body, self.root, self.homes)
        self.shadows: dict[Slot, Atom] = {}
        self.shadow_slots: set[Atom] = set()
        self.kept: list[Stmt] = []  # alive, since positions are known by identity
        self.originals: dict[Slot, Slot] = {}  # of copies that keep overwritten values
        self.copies: dict[tuple[Slot, int, str], Slot] = {}
        self.buffers: dict[Slot, Atom] = {}
        self.trees: set[Atom] = set()
        self.owned: set[Atom] = set()  # memory that belongs to an adjoint alone
        self.sums: dict[Slot, Atom] = {}  # by slot: its adjoint, if made by adding
        self.scattered: set[Slot] = set()
        self.muted: set[Slot] = set()  # they get no cotangents now
        self.only: set[Slot] | None = None  # nothing else gets any now
        self.solved: set[Atom] = set()  # solutions whose equation is known
        self.overlapping: set[int] = set()  # classes of which some are broadcast
        self.views: dict[Slot, bool] = {}  # shadows: surely parts of another, or maybe
        self.shared: dict[Slot, tuple[Slot, list[Atom]]] = {}  # calls on shadows
        self.pullbacks: dict[Slot, tuple[Slot, Apply]] = {}  # of late-bound calls
        self.old_cells: dict[int, Slot] = {}  # by entry: what a store replaced
        self.owners: dict[Slot, str] = {}
        self.primal: dict[Slot, Assign] = {}
        super().__init__(program.notes)
        self._survey()

    def _survey(self) -> None:
        """Which slots are indexed, what defines each, whose part each temporary is."""
        waiting: list[Slot] = []
        for statement in statements(self.program.function.body):
            if not isinstance(statement, Assign):
                continue
            target, value = statement.target, statement.value
            self.primal[target] = statement
            self.build.definitions.setdefault(target, value)
            if isinstance(value, Apply) and value.fn in _LOADS:
                base = value.args[0]
                scattered = self.active(target) and scatters(self.build, value)
                if isinstance(base, Slot) and scattered:
                    self.scattered.add(base)
            waiting.append(target)
            if not target.temp:
                for slot in waiting:
                    if self.primal[slot].span is statement.span:
                        self.owners[slot] = target.name
                waiting.clear()
        self._survey_loops(self.region)

    def _survey_loops(self, region: Region) -> None:
        """Arrays from outside a loop whose adjoint is summed, in place, inside it."""
        for entry in region.entries:
            for atom in (*operands(entry.statement), *inner(entry.statement)):
                if isinstance(atom, Slot) and self.is_array(atom) and self.active(atom):
                    inside = region.scope.within(self.homes.get(atom, self.root))
                    if any(scope.kind == "loop" for scope in inside):
                        self.scattered.add(atom)
            for nested in entry.regions:
                self._survey_loops(nested)

    def carries(self, fn: str) -> bool:
        """A derivative may flow through the primitive (or it has no rule at all)."""
        return carries_derivative(self.rules, self.library, fn)

    @property
    def library(self) -> Library:
        return self.build.library

    def owner(self, slot: Slot) -> Slot:
        """The container of which the slot stands for an item, or the slot itself."""
        while slot in self.items:
            slot = self.items[slot][0]
        return slot

    def active(self, atom: Atom) -> bool:
        """The atom has an adjoint."""
        owner = self.owner(atom) if isinstance(atom, Slot) else None
        if owner is None or owner in self.muted:
            return False
        within = self.only is None or owner in self.only
        return within and self.activity.active(atom)

    def shadowed(self, atom: Atom) -> bool:
        """The atom's adjoint is a shadow: memory that mirrors the primal's."""
        return self.aliases.written(atom) and self.active(atom)

    def is_array(self, atom: Atom) -> bool:
        """The atom is proven an array, so that it can be added to in place."""
        return self.build.fact(atom).is_array

    def cotangent_fact(self, atom: Atom) -> Fact:
        """What is known of the adjoint of an atom: a float's may be NumPy's scalar."""
        fact = self.build.fact(atom)
        if fact.is_scalar:
            return Fact("scalar", fact.dtype, ())
        return fact if fact.is_number else ANY

    @cached_property
    def contents(self) -> Contents:
        return find_contents(self.program.function, self.aliases, self.library)

    # Adjoints

    def name_of(self, slot: Slot) -> str:
        """The name of a slot's adjoint: that of the user's variable it belongs to."""
        owner = slot.name if not slot.temp else self.owners.get(slot, "")
        return f"{owner}_bar" if owner else "bar"

    def new(self, slot: Slot, temp: bool | None = None) -> Slot:
        """A new slot for the adjoint of `slot`."""
        temp = slot.temp if temp is None else temp
        return Slot(self.name_of(slot), temp)

    def current(self, slot: Slot) -> Atom | None:
        """The adjoint of `slot` so far, here; None while it is zero."""
        return self._current(slot, self.scope)

    def _current(self, slot: Slot, scope: Scope) -> Atom | None:
        if slot in self.buffers:
            return self.buffers[slot]
        if slot in scope.adjoints:
            return scope.adjoints[slot]
        if scope is self.homes.get(slot, self.root) or scope.parent is None:
            return self.shadows.get(slot) if self.shadowed(slot) else None
        if scope.kind == "branch":
            return self._current(slot, scope.parent)
        if self.shadowed(slot) and self.is_array(slot):
            return self.shadows[slot]
        header = self.new(slot, temp=False)
        self.build.facts[header] = with_numpy(self.build.fact(slot))
        scope.headers[slot] = header
        scope.adjoints[slot] = header
        return header

    def contribute(self, slot: Atom, amount: Atom) -> None:
        """Add to the adjoint of `slot`."""
        if not isinstance(slot, Slot) or not self.active(slot):
            return
        if isinstance(amount, Const) and amount.value == 0:
            return
        if self.shadowed(slot):
            self._to_shadow(slot, amount)
        elif slot in self.scattered:
            place = self.own(slot)
            if self.is_array(slot):
                span = self.build.span
                self.build.emit(Update("whole", "add", place, WHOLE, amount, span))
            else:
                # A number cannot be added to in place.
                total = self.build.apply("dpc.accumulate", place, amount)
                self.trees.add(total)
                self.scope.adjoints[slot] = total
        else:
            self._add(slot, amount)

    def _add(self, slot: Slot, amount: Atom) -> None:
        before = self.current(slot)
        if before is None:
            total = amount
        elif self.is_tree(slot) or before in self.trees or amount in self.trees:
            # Only a sum made for this slot may be written: an amount may be shared.
            fn = "dpc.accumulate" if before is self.sums.get(slot) else "dpc.added"
            total = self.build.apply(fn, before, amount)
            self.trees.add(total)
            self.sums[slot] = total
        else:
            total = self.build.apply("operator.add", before, amount)
        if self._nameless(total) and total is not before:
            # A temporary with a name: printed in its use if it has only one.
            named = self.build.assign(self.new(slot, temp=True), total)
            if total in self.trees:
                self.trees.add(named)
            if total is self.sums.get(slot):
                self.sums[slot] = named
            total = named
        self.scope.adjoints[slot] = total

    def is_tree(self, slot: Atom) -> bool:
        """The adjoint of the atom is a list, a dict or an object, not a number."""
        fact = self.build.fact(slot)
        return not fact.is_number and fact.kind not in ("any", "other", "sparse")

    def _nameless(self, atom: Atom) -> TypeGuard[Slot]:
        own = isinstance(atom, Slot) and atom.temp and atom.name == "t"
        return own and atom not in self.primal

    def _to_shadow(self, slot: Slot, amount: Atom) -> None:
        shadow = self.current(slot)
        assert shadow is not None, f"{slot.name} has no shadow"
        if amount is shadow:  # Two names of one object: it is there already.
            return
        apart = id(self.aliases.node(slot)) not in self.overlapping
        if self.is_array(slot) and amount not in self.trees and apart:
            self.build.emit(
                Update("whole", "add", shadow, WHOLE, amount, self.build.span)
            )
        else:
            total = self.build.apply("dpc.accumulate", shadow, amount)
            self.scope.adjoints[slot] = total

    def do(self, fn: str, *args: Atom) -> None:
        """A runtime function that is called for its effect on the first operand."""
        self.build.emit(Do(Apply(fn, args), self.build.span))

    def own(self, slot: Slot) -> Atom:
        """A buffer for the adjoint of `slot` that may be added to in place.

        It is allocated outside every loop and branch between here and the slot's home.
        """
        if slot in self.buffers:
            return self.buffers[slot]
        if not self.is_array(slot):
            return self._own_tree(slot)
        inside = self.scope.within(self.homes.get(slot, self.root))
        buffer = Slot(self.name_of(slot))
        with self.at(inside[0].pre if inside else self.build.block):
            self.build.assign(buffer, self.zeros(slot))
        self.build.facts[buffer] = self.build.fact(slot)
        self.buffers[slot] = buffer
        self.owned.add(buffer)
        return buffer

    def _own_tree(self, slot: Slot) -> Atom:
        """The same for what may be an array, a container or a number."""
        before = self.current(slot)
        if before is not None:
            return before
        tree = self.build.assign(Slot(self.name_of(slot)), self.zeros(slot))
        self.trees.add(tree)
        self.scope.adjoints[slot] = tree
        return tree

    @contextmanager
    def at(self, block: list[Stmt]) -> Iterator[None]:
        """Emit into another block."""
        outer, self.build.block = self.build.block, block
        try:
            yield
        finally:
            self.build.block = outer

    def zeros(self, slot: Atom) -> Apply:
        """A zero adjoint for `slot` that owns its memory."""
        surely = self.is_array(slot) and slot not in self.undefined
        model = self.item(slot) if isinstance(slot, Slot) else slot
        return Apply("np.zeros_like" if surely else "dpc.zeros", (model,))

    def item(self, slot: Slot) -> Atom:
        """The slot itself, or for an item of a container that item, read again."""
        if slot not in self.items:
            return slot
        base, name = self.items[slot]
        fn = "getattr" if self.build.fact(base).kind == "object" else "getitem"
        return self.build.apply(fn, self.item(base), Const(name))

    def zero(self, slot: Slot) -> Atom:
        """A zero adjoint for `slot`."""
        fact = self.build.fact(slot)
        if fact.is_scalar:
            return ZERO
        value = self.zeros(slot)
        return self.build.assign(Slot(self.name_of(slot), temp=True), value)

    # Values of the primal

    def value(self, atom: Atom, entry: Entry) -> Atom:
        """An operand as it was when `entry` ran: a copy if its memory is rewritten."""
        return self._kept(atom, entry, "before")

    def result(self, atom: Atom, entry: Entry) -> Atom:
        """A result as it was when `entry` had run."""
        return self._kept(atom, entry, "after")

    def _kept(self, atom: Atom, entry: Entry, when: str) -> Atom:
        atom = self._bare(atom)
        if not isinstance(atom, Slot) or self.build.fact(atom).is_scalar:
            return atom
        after = when == "after"
        if not self.aliases.rewritten(atom, entry.statement, after):
            if not self.aliases.altered(atom, entry.statement, after):
                return atom
            found = self.build.definition(atom)
            if found is not None and found.fn in ("tuple", "np.ix_"):
                # An index, of which an array is written.
                kept = [self._kept(part, entry, when) for part in found.args]
                return self.build.apply(found.fn, *kept)
            if self.build.fact(atom).kind not in ("list", "tuple"):
                return atom
        key = (atom, id(entry), when)
        if key not in self.copies:
            copy = Slot(atom.name, temp=False)
            fact = self.build.fact(atom)
            self.build.facts[copy] = fact
            fn = "np.copy" if fact.is_array else "dpc.copy_tree"
            statement = Assign(copy, Apply(fn, (atom,)))
            if when == "before":
                entry.before.append(statement)
            else:
                entry.after.insert(0, statement)
            self.homes[copy] = self.homes_of(entry)
            self.copies[key] = copy
            span = getattr(entry.statement, "span", None)
            self.note(span, f"saved as a copy: {atom.name}, which is written later")
            if fact.is_number:  # a list does not keep its length
                self.originals[copy] = atom
        return self.copies[key]

    def _bare(self, atom: Atom) -> Atom:
        """A weight that varies is kept as the bare weight: the two are one number."""
        found = self.build.definition(atom)
        if found is None or found.fn not in WEIGHTS:
            return atom
        return self._bare(found.args[0])

    def homes_of(self, entry: Entry) -> Scope:
        """The scope that an entry stands in: the scope being swept."""
        return self.scope
