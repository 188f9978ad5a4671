"""What a declaration works with: the program that is built, and the batch it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.facts import Dim, Fact
from dpc.ir.nodes import Apply, Atom, Const, Slot
from dpc.rules.batching.rows import Tree, Value, fact_over, part_of, varies
from dpc.rules.known import array_of
from dpc.rules.trace import Traced, atom_of


class NoBatch(Exception):
    """This call cannot run over a batch. Whoever asked knows the place to show.

    certain: whatever the arguments are.
    """

    def __init__(self, title: str, hint: str = "", certain: bool = False) -> None:
        super().__init__(title)
        self.title = title
        self.hint = hint
        self.certain = certain


class Unranked(NoBatch):
    """How many axes a value has is not known: the variant for arguments knows it."""


@dataclass
class Batch:
    """The batch, and the call that a declaration is asked about."""

    build: Builder
    count: Slot  # the number of rows
    size: Dim  # and what facts call it
    call: Apply = field(default_factory=lambda: Apply("", ()))
    fact: Fact = F.ANY  # of one row of the call's result
    # Tells arrays that nothing else holds.
    owns: Callable[[Atom], bool] = lambda atom: False

    # Operands

    def rank(self, value: Value) -> int:
        """The number of axes of a row."""
        rank = value.rank
        if rank is None:
            raise Unranked(f"how many axes {self.name(value)} has is not known")
        return rank

    def name(self, value: Value) -> str:
        """What to call a value in messages."""
        named = isinstance(value.atom, Slot) and not value.atom.temp
        return f"`{value.atom.name}`" if named else "this value"  # type: ignore[union-attr]

    def traced(self, value: Any) -> Any:
        """A value as array code has it: a literal, or what operators build on."""
        if not isinstance(value, Value):
            return value
        if isinstance(value.atom, Const):
            return value.atom.value
        return Traced(self.build, value.atom)

    def array(self, value: Value) -> Any:
        """A value as an array: lists of what differs become one, stacked."""
        if value.is_sequence and varies(value.rows):
            items = self.items(value)
            row = array_of(value.fact)
            if items is None:
                made = self._stacked(value)
            else:
                parts = [self.rows(item) for item in items]
                made = Traced(
                    self.build,
                    self.build.apply(
                        "np.stack",
                        self.build.apply("list", *(p.atom for p in parts)),
                        axis=Const(1),
                    ),
                )
            return made.known(fact_over(row, True, self.size))
        return self.traced(value)

    def _stacked(self, value: Value) -> Traced:
        """An array of a list of any length, whose elements have the batch axis."""
        depth, fact = 1, value.fact
        while (element := F.element_of(fact)) is not None:
            fact = element
            if fact.kind not in ("list", "tuple"):
                break
            depth += 1
        if not fact.is_number:
            raise Unranked("what the elements of a list are is not known")
        if depth == 1:
            return self.apply("np.stack", value.atom, axis=1)
        return self.apply("np.moveaxis", self.apply("np.array", value.atom), depth, 0)

    def items(self, value: Value) -> list[Value] | None:
        """The elements of a list or tuple, None where nobody knows how many."""
        facts = value.fact.items
        found = self._display(value.atom)
        if found is not None and facts is None:
            facts = (F.ANY,) * len(found.args)
        if facts is None:
            return None
        out = []
        for place, fact in enumerate(facts):
            tree = part_of(value.rows, place)
            if found is not None:
                atom = found.args[place]
            else:
                atom = self.build.apply("getitem", value.atom, Const(place))
            if isinstance(atom, Const):
                tree, fact = False, self.build.fact(atom)
            out.append(Value(atom, tree, fact))
        return out

    def _display(self, atom: Atom) -> Apply | None:
        """A tuple, or a list that is used where it is written and has not grown."""
        found = self.build.definition(atom)
        if found is None or found.fn not in ("list", "tuple"):
            return None
        grows = found.fn == "list" and not self.build.display(atom)
        return None if grows else found

    def rows(self, value: Value, rank: int | None = None) -> Any:
        """A value with a batch axis, and room for `rank` axes behind it.

        What is the same for all rows gets an axis that it is broadcast along.
        """
        found = self.array(value)
        if not isinstance(found, Traced):
            found = Traced(self.build, self.build.apply("np.asarray", Const(found)))
        have = self.rank(value)
        if not varies(value.rows):
            found = self.spread(value)
        return self.opened(found, have, rank)

    def opened(self, x: Traced, have: int, rank: int | None) -> Traced:
        """An array with axes put in behind that of the batch until there are `rank`."""
        missing = 0 if rank is None else rank - have
        if missing <= 0:
            return x
        found = self.build.definition(x.atom)
        if have == 0 and found is not None and found.fn == "getitem":
            base, index = found.args
            place = index.value if isinstance(index, Const) else None
            parts = place if isinstance(place, tuple) else (0,)
            if parts[0] == slice(None) and all(type(part) is int for part in parts[1:]):
                # `x[:, 0][:, None]` is `x[:, 0, None]`.
                return Traced(self.build, base)[(*parts, *(None,) * missing)]
        return x[(slice(None), *(None,) * missing)]

    def aligned(self, value: Value, rank: int) -> Any:
        """A value as it broadcasts beside rows of `rank` axes."""
        if not varies(value.rows):
            return self.traced(value)
        if rank == 0 or value.rank == rank:
            return self.array(value)
        return self.opened(self.array(value), self.rank(value), rank)

    def spread(self, value: Value) -> Traced:
        """A value that is the same for all rows as a view that has the batch axis."""
        build = self.build
        rank = self.rank(value)
        if rank == 0:
            made = build.apply("np.full", self.count, value.atom)
        else:
            whole = Traced(build, value.atom)
            if value.is_sequence:
                whole = whole.apply("np.asarray", whole)
            shape = [whole.shape[axis] for axis in range(rank)]
            sizes = build.apply("tuple", self.count, *(s.atom for s in shape))
            made = build.apply("np.broadcast_to", whole.atom, sizes)
        row = array_of(value.fact)
        found = Traced(build, made)
        return found.known(fact_over(row, True, self.size))

    # Results

    def apply(self, fn: str, *operands: Any, **named: Any) -> Traced:
        """A primitive on traced values, literals and atoms."""
        args = tuple(atom_of(self.build, x) for x in operands)
        kwargs = tuple((k, atom_of(self.build, x)) for k, x in named.items())
        return Traced(self.build, self.build.computed(Apply(fn, args, kwargs)))

    def same(self, *operands: Any, **named: Any) -> Traced:
        """The call itself, on other operands."""
        return self.apply(self.call.fn, *operands, **named)

    def value(self, x: Any, rows: Tree = True, fact: Fact | None = None) -> Value:
        """What a declaration hands back."""
        return Value(atom_of(self.build, x), rows, self.fact if fact is None else fact)

    def dim_of(self, x: Traced, axis: int) -> Any:
        """The size of an array along an axis."""
        return x.shape[axis]


def named(kwargs: Mapping[str, Value], b: Batch) -> dict[str, Any]:
    """Keyword operands that are handed on as they are."""
    return {k: b.traced(v) for k, v in kwargs.items()}
