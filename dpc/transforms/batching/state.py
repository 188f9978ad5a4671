"""What batching knows while it writes a program: values, masks, what has to differ.

Whether a value differs from row to row follows from its operands, except for memory:
an array that is the same for all rows when it is made may have different things stored
to it. Such slots are *demanded*: they are noted, and the program is written once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dpc.analysis.aliases import Aliases
from dpc.analysis.fresh import makes_array
from dpc.errors import Diagnostic, UnsupportedError, UntilCalledError
from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.facts import Dim, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Const, Object, Slot, Stmt, Undefined
from dpc.ir.program import RESULT, RETURNED, Program
from dpc.rules.batching.batch import Batch, NoBatch, Unranked
from dpc.rules.batching.rows import Tree, Value, can_differ, fact_over, varies
from dpc.rules.ruleset import Rule
from dpc.source import Span
from dpc.transforms.batching.elements import Elements

MIXED = (
    "which part of a container is read is not known, and only some of them differ from"
    " row to row"
)
# They return arrays of their own.
_FINISHED = ("dpc.gradient", "dpc.gradient_rows", "np.copy")
# A row takes part where all of these hold: a truth value, and whether it is turned.
Mask = tuple[tuple[Atom, bool], ...]


class State:
    """One writing of the batched program."""

    def __init__(
        self,
        program: Program,
        aliases: Aliases,
        library: Library,
        rules: Mapping[str, Rule],
        size: Dim,
        demanded: set[Slot],
        outliving: set[Slot],
        elements: Elements,
        generic: bool,
    ) -> None:
        self.program = program
        self.aliases = aliases
        self.library = library
        self.rules = rules
        self.demanded = demanded
        self.before = frozenset(demanded)
        self.outliving = outliving
        self.elements = elements
        self.generic = generic  # nothing is known of the arguments yet
        self.grown = False  # more is demanded than before
        self.build = Builder(library, {})
        count = self.build.slot("rows", replace(F.INT, value=size))
        self.batch = Batch(self.build, count, size, owns=self.owns)
        # What loops leave, where it is computed in each iteration.
        self.fresh: set[Atom] = set()
        self.values: dict[Slot, Value] = {}
        self.mask: Mask = ()
        # By block, which is kept so that no other has its id.
        self.masks: dict[tuple[Mask, int], tuple[list[Stmt], Atom]] = {}
        self.tests: dict[tuple[str, tuple[Atom, ...], int], Any] = {}
        # The rows that are still in the innermost loop, where rows leave it one by one.
        self.live: Atom | None = None
        # The functions that are being taken apart into their steps.
        self.within: set[str] = set()
        # The breaks that differ from row to row.
        self.leaving: set[Atom] = set()
        # Of a tuple that is the shape of a row: the array it is the shape of.
        self.shapes: dict[Atom, Atom] = {}

    # Values

    def value(self, atom: Atom) -> Value:
        """What an atom of the program has become."""
        match atom:
            case Slot():
                return self.values[atom]
            case Const() | Object() | Undefined():
                return Value(atom, False, self.build.fact(atom))

    def test(self, atom: Atom) -> Value:
        """What is asked whether it is true: a container, whether it holds anything,
        which is the same for all rows."""
        found = self.value(atom)
        container = found.fact.kind in ("list", "tuple", "dict")
        return replace(found, rows=False) if container else found

    def define(self, slot: Slot, value: Value, begun: int) -> None:
        """The value of a slot, under its name if it has just been computed.

        begun: how many statements there were before.
        """
        fact = self.known(slot, value.fact)
        block = self.build.block
        last = block[-1] if len(block) > begun else None
        if isinstance(last, Assign) and last.target is value.atom and last.target.temp:
            # What branches return is returned where it is selected.
            temp = slot.temp or self.program.outcomes.get(slot) in (RESULT, RETURNED)
            made = Slot(slot.name, temp)
            self.build.facts[made] = self.build.facts[last.target]
            self.build.definitions[made] = last.value
            block[-1] = Assign(made, last.value, last.span)
            if last.target in self.shapes:
                self.shapes[made] = self.shapes[last.target]
        elif not slot.temp or not isinstance(value.atom, Slot):
            made = Slot(slot.name, slot.temp)
            self.build.assign(made, value.atom)  # type: ignore[arg-type]
        else:
            made = value.atom
        self.note(made, replace(value, fact=fact))
        self.values[slot] = Value(made, value.rows, fact)

    def owns(self, atom: Atom) -> bool:
        """Whether an array has just been computed, so that nothing else holds it."""
        found = self.build.definition(atom)
        if found is None:
            return atom in self.fresh
        return found.fn in _FINISHED or makes_array(self.library, found)

    def note(self, made: Slot, value: Value) -> None:
        """The fact of a slot of the batched program, if it says more than is known."""
        whole = fact_over(value.fact, value.rows, self.batch.size)
        have = self.build.facts.get(made, F.ANY)
        if have.kind in ("any", "number") or have.rank is None or not have.is_array:
            self.build.facts[made] = whole

    def new(self, slot: Slot, rows: Tree, fact: Fact | None = None) -> Value:
        """A slot of the batched program for one that a loop or branch defines."""
        fact = self.program.facts.get(slot, F.ANY) if fact is None else fact
        made = Slot(slot.name, slot.temp)
        self.build.facts[made] = fact_over(fact, rows, self.batch.size)
        value = Value(made, rows, fact)
        self.values[slot] = value
        return value

    def known(self, slot: Slot, inferred: Fact) -> Fact:
        """The fact of a row: what the program knows, or what follows from operands."""
        found = self.program.facts.get(slot, F.ANY)
        vague = found.kind in ("any", "number") or (found.is_array and not found.shape)
        if found.kind in ("list", "tuple") and found.items is None:
            vague = found.element is None
        return inferred if vague and inferred.kind != "any" else found

    # Demands

    def demand(self, atom: Atom, span: Span | None = None) -> None:
        """What `atom` is has to differ from row to row from where it is made."""
        if isinstance(atom, Object):
            raise self.refused(
                "a variable outside the function is written by each row",
                "make it a parameter",
            )
        if isinstance(atom, Slot) and atom not in self.demanded:
            self.demanded.add(atom)
            self.grown = True

    def lacking(self, atom: Atom) -> None:
        """Demand what a statement needs that is left out of this writing."""
        if isinstance(atom, Slot) and atom in self.before and not self.grown:
            raise self.refused(
                f"`{atom.name}` is the same for all rows and would be written by each",
                "make it from what differs from row to row",
            )
        self.demand(atom)

    def uniform(self, atom: Atom) -> None:
        """All parts of a container have to differ from row to row where some do and it
        is not known which one is read."""
        if not isinstance(atom, Slot) or (atom in self.before and not self.grown):
            raise NoBatch(
                MIXED, "give all of them an axis, or read them by their names"
            )
        self.demand(atom)

    # Masks

    @contextmanager
    def among(self, *tests: tuple[Atom, bool], alone: bool = False) -> Iterator[None]:
        """What is built inside is for the rows where the tests hold.

        alone: they only hold where those do that are in force already.
        """
        before = self.mask
        self.mask = tests if alone and tests else (*before, *tests)
        try:
            yield
        finally:
            self.mask = before

    def taken(self) -> Atom | None:
        """One truth value a row: whether it takes part; None if all do."""
        if not self.mask:
            return None
        block = self.build.block
        found = self.masks.get((self.mask, id(block)))
        if found is None:
            found = self.masks[self.mask, id(block)] = (block, self._taken())
        return found[1]

    def _taken(self) -> Atom:
        found: Atom | None = None
        for test, turned in self.mask:
            part = self.turned(test) if turned else test
            found = part if found is None else self.both(found, part)
        assert found is not None
        return found

    def turned(self, test: Atom) -> Atom:
        """The other rows."""
        found = self.build.definition(test)
        if found is not None and found.fn == "operator.invert":
            return found.args[0]
        return self._once("operator.invert", test)

    def both(self, first: Atom, second: Atom) -> Atom:
        """The rows for which both tests hold."""
        return self._once("operator.and_", first, second)

    def _once(self, fn: str, *tests: Atom) -> Atom:
        """A combination of tests, which a block computes once."""
        block = self.build.block
        found = self.tests.get((fn, tests, id(block)))
        if found is None:
            made = self.build.apply(fn, *tests)
            found = self.tests[fn, tests, id(block)] = (block, made)
        return found[1]

    # Refusals

    def refused(self, title: str, hint: str = "") -> UnsupportedError:
        """The error for what cannot run over a batch."""
        return UnsupportedError(Diagnostic(title, "", self.build.span, hint=hint))

    def complaint(self, why: NoBatch, call: Apply | None = None) -> UnsupportedError:
        """The error that a declaration's refusal leads to."""
        diagnostic = Diagnostic(why.title, "", self.build.span, hint=why.hint)
        if isinstance(why, Unranked) or (self.generic and not why.certain):
            return UntilCalledError(diagnostic)
        return UnsupportedError(diagnostic)


def differs(value: Value) -> bool:
    """Whether a value differs from row to row."""
    return varies(value.rows) and can_differ(value.fact)
