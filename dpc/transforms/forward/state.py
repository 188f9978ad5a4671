"""The state of one forward pass: analyses, builder, and the tangent of each slot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from dpc.analysis.activity import find_activity
from dpc.analysis.aliases import find_aliases
from dpc.analysis.blanks import find_blanks
from dpc.analysis.layout import find_laid_out
from dpc.ir.build import Builder
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import LATE, Library
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Atom,
    Const,
    Do,
    Slot,
    Stmt,
    Undefined,
)
from dpc.ir.program import Program
from dpc.ir.walk import statements
from dpc.rules.adjoints import is_linear
from dpc.rules.apply import materialised
from dpc.rules.ruleset import Rule
from dpc.source import Span
from dpc.transforms.carrying import carries_derivative
from dpc.transforms.report import Report

ZERO = Const(0.0)
NOTHING = Const(None)
# Facts of what has no tangent at all: its place in a container holds None.
_BARE = frozenset("none str int bool slice range function module".split())


class State(Report):
    """What every part of the forward pass reads and writes."""

    def __init__(
        self,
        program: Program,
        wrt: tuple[Slot, ...],
        rules: Mapping[str, Rule],
        library: Library,
        outputs: Sequence[Slot] = (),
        groups: Iterable[Iterable[Slot]] = (),
    ) -> None:
        self.program = program
        self.rules = rules
        self.build = Builder(library, dict(program.facts), simplify=True)
        function = program.function
        self.aliases = find_aliases(function, self.build.facts, library, groups)
        self.build.opaque |= set(filter(self.aliases.written, self.aliases.nodes))
        written = [slot for slot in outputs if self.aliases.written(slot)]
        self.activity = find_activity(
            function, self.aliases, wrt, self.carries, written
        )
        self.blanks = find_blanks(function, self.activity)
        self.laid_out = find_laid_out(function, self.aliases, library)
        self.dots: dict[Slot, Atom] = {}
        self.wanted = self._wanted()
        self.start: list[Stmt] = []  # tangents of memory that comes from outside
        self.globals: dict[tuple[str, ...], Slot] = {}
        self.short: set[Atom] = set()  # tangents that may be smaller than their value
        self.owners: dict[Slot, str] = {}
        super().__init__(program.notes)
        self._survey()

    def _wanted(self) -> dict[Slot, tuple[int, ...]]:
        """By tape, the places of which somebody wants the tangents again."""
        found: dict[Slot, tuple[int, ...]] = {}
        for begun, readers in self.aliases.tapes.readers.items():
            places = {
                place
                for reader in readers
                for place, target in enumerate(reader.targets)
                if self.active(target)
            }
            found[begun] = tuple(sorted(places))
        return found

    def _survey(self) -> None:
        """What defines each slot, and the variable that each temporary is a part of."""
        waiting: list[Slot] = []
        spans: dict[Slot, Span | None] = {}
        for statement in statements(self.program.function.body):
            if not isinstance(statement, Assign):
                continue
            target = statement.target
            self.build.definitions.setdefault(target, statement.value)
            spans[target] = statement.span
            waiting.append(target)
            if not target.temp:
                for slot in waiting:
                    if spans[slot] is statement.span:
                        self.owners[slot] = target.name
                waiting.clear()

    def carries(self, fn: str) -> bool:
        """A tangent may flow through the primitive (or it has no rule at all)."""
        if is_linear(fn) or fn in LATE:
            return True
        return carries_derivative(self.rules, self.build.library, fn)

    @property
    def library(self) -> Library:
        return self.build.library

    def active(self, atom: Atom) -> bool:
        """The atom has a tangent."""
        return isinstance(atom, Slot) and self.activity.active(atom)

    def mirrored(self, atom: Atom) -> bool:
        """The atom's tangent is memory that mirrors the primal's, which is written."""
        return self.aliases.written(atom) and self.active(atom)

    def is_laid_out(self, atom: Atom) -> bool:
        """Where a view of the atom lies in its memory is only known at run time."""
        node = self.aliases.node(atom)
        return node is not None and id(node) in self.laid_out

    def is_array(self, atom: Atom) -> bool:
        """The atom is proven an array."""
        return self.build.fact(atom).is_array

    # Tangents

    def name_of(self, slot: Slot) -> str:
        """The name of a slot's tangent: that of the user's variable it belongs to."""
        owner = slot.name if not slot.temp else self.owners.get(slot, "")
        return f"{owner}_dot" if owner else "dot"

    def fact_of(self, atom: Atom) -> Fact:
        """What is known of the tangent of an atom: a float's may be NumPy's scalar."""
        fact = self.build.fact(atom)
        if fact.is_scalar:
            return Fact("scalar", fact.dtype, ())
        return fact if fact.is_number else ANY

    def new(self, slot: Slot, temp: bool | None = None) -> Slot:
        """A new slot for the tangent of `slot`."""
        made = Slot(self.name_of(slot), slot.temp if temp is None else temp)
        self.build.facts[made] = self.fact_of(slot)
        if self.mirrored(slot):
            self.build.opaque.add(made)
            if self.is_array(slot):
                self.build.hidden.add(made)
        return made

    def dot(self, atom: Atom) -> Atom | None:
        """The tangent of an atom; None where it has none."""
        if not isinstance(atom, Slot) or not self.active(atom):
            return None
        return self.dots.get(atom)

    def whole(self, atom: Atom) -> Atom | None:
        """The tangent of an atom in its full shape."""
        dot = self.dot(atom)
        if dot is None or dot not in self.short:
            return dot
        return materialised(self.build, dot, atom)

    def filled(self, atom: Atom) -> Atom:
        """The tangent of an atom in its full shape, zeros where it has none."""
        if isinstance(atom, Undefined):
            return UNDEFINED
        dot = self.whole(atom)
        return self.zero(atom) if dot is None else dot

    def part(self, atom: Atom) -> Atom:
        """The tangent of an atom as an item of a container."""
        if self.build.fact(atom).kind in _BARE:
            return ZERO if self.build.fact(atom).is_number else NOTHING
        return self.filled(atom)

    def zero(self, atom: Atom) -> Atom:
        """A zero tangent for what has none, in memory of its own."""
        fact = self.build.fact(atom)
        if isinstance(atom, Const):
            return Const(_zeros_of(atom.value))
        if fact.is_scalar:
            return ZERO
        return self.build.apply(self.zeros_of(atom), atom)

    def zeros_of(self, atom: Atom) -> str:
        """The function that makes zeros for an atom."""
        if not self.is_array(atom):
            return "dpc.zero_tangent"
        return "dpc.shadow" if self.is_laid_out(atom) else "np.zeros_like"

    def define(self, target: Slot, dot: Atom) -> None:
        """Let `dot` be the tangent of `target`, under its name."""
        if isinstance(dot, Slot) and self.is_new(dot):
            short = dot in self.short
            named = self.new(target)
            self.build.facts[named] = self.build.fact(dot)
            dot = self.build.assign(named, dot)
            if short:
                self.short.add(named)
        self.dots[target] = dot

    def is_new(self, dot: Atom) -> bool:
        """The atom has just been computed, and is the tangent of nothing yet."""
        if not isinstance(dot, Slot) or not dot.temp or dot.name != "t":
            return False
        return dot not in self.program.facts

    def do(self, fn: str, *args: Atom) -> None:
        """A function that is called for its effect on the first operand."""
        self.build.emit(Do(Apply(fn, args), self.build.span))

    @contextmanager
    def at(self, block: list[Stmt]) -> Iterator[None]:
        """Emit into another block."""
        outer, self.build.block = self.build.block, block
        try:
            yield
        finally:
            self.build.block = outer


def _zeros_of(value: object) -> object:
    """The tangent of a literal."""
    if isinstance(value, tuple):
        return tuple(map(_zeros_of, value))
    return 0.0 if isinstance(value, int | float | complex) else None
