"""What evaluating an expression does: nothing, read memory, or act.

Only what acts has to stay in its order, and only what reads memory has to stay before
what next writes it.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Atom, Const, Object, Slot, Value

PURE, READS, ACTS = 0, 1, 2

# Attributes of an array that do not change while it lives.
_LASTING = frozenset({"shape", "ndim", "size", "dtype", "T", "mT"})
_PURE = frozenset({"slice", "tuple", "list", "dict", "and", "or", "operator.is_"})
_EFFECTS = {"": PURE, "reads": READS, "writes": ACTS, "world": ACTS}


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects in a program. `still` is what nothing writes."""

    library: Library
    facts: Facts
    still: Set[Slot] = frozenset()

    def of(self, value: Value, lasting: bool = False) -> int:
        """The effect of evaluating one value.

        lasting: what is read of memory that nothing writes is what it is at any time.
        """
        if not isinstance(value, Apply):
            return READS if isinstance(value, Object) else PURE
        fn, args = value.fn, value.args
        if fn in _PURE:
            return PURE
        if fn == "getattr":
            base, name = self._fact(args[0]), args[1]
            known = isinstance(name, Const) and name.value in _LASTING
            return PURE if known and base.is_number else READS
        if fn == "getitem":
            same = lasting and args[0] in self.still and self._lasts(args[1], True)
            return PURE if same or self._fact(args[0]).kind == "tuple" else READS
        if fn.startswith("operator.") or fn in self.library:
            known = fn in self.library
            found = _EFFECTS[self.library[fn].effect] if known else READS
            same = found == READS and all(
                self._lasts(a, lasting) for a in value.operands
            )
            return PURE if same else found
        return READS if fn in ("unpack", "sequence", "fstring", "format") else ACTS

    def _lasts(self, atom: Atom, lasting: bool) -> bool:
        """A value that cannot change, or that nothing changes."""
        if not isinstance(atom, Slot):
            return isinstance(atom, Const)
        fact = self._fact(atom)
        plain = fact.is_scalar or fact.kind in ("str", "none", "slice")
        return plain or (lasting and atom in self.still)

    def _fact(self, atom: Atom) -> Fact:
        return self.facts.get(atom, ANY) if isinstance(atom, Slot) else ANY
