"""What evaluating an expression does: nothing, read memory, or act.

Only what acts has to stay in its order, and only what reads memory has to stay before
what next writes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Const, Object, Slot, Value

PURE, READS, ACTS = 0, 1, 2

# Attributes of an array that do not change while it lives.
_LASTING = frozenset({"shape", "ndim", "size", "dtype", "T", "mT"})
_PURE = frozenset({"slice", "tuple", "list", "dict", "and", "or", "operator.is_"})
_EFFECTS = {"": PURE, "reads": READS, "writes": ACTS, "world": ACTS}


def effect(value: Value, library: Library, facts: Mapping[Slot, Fact]) -> int:
    """The effect of evaluating one value."""
    if not isinstance(value, Apply):
        return READS if isinstance(value, Object) else PURE
    fn, args = value.fn, value.args
    if fn in _PURE:
        return PURE
    if fn == "getattr":
        base, name = _fact(args[0], facts), args[1]
        lasting = isinstance(name, Const) and name.value in _LASTING
        return PURE if lasting and base.is_number else READS
    if fn == "getitem":
        return PURE if _fact(args[0], facts).kind == "tuple" else READS
    if fn.startswith("operator.") or fn in library:
        found = READS if fn not in library else _EFFECTS[library[fn].effect]
        scalars = found == READS and all(_immutable(a, facts) for a in value.operands)
        return PURE if scalars else found
    return READS if fn in ("unpack", "sequence", "fstring", "format") else ACTS


def _immutable(atom: object, facts: Mapping[Slot, Fact]) -> bool:
    if isinstance(atom, Slot):
        fact = facts.get(atom, ANY)
        return fact.is_scalar or fact.kind in ("str", "none")
    return isinstance(atom, Const)


def _fact(atom: object, facts: Mapping[Slot, Fact]) -> Fact:
    return facts.get(atom, ANY) if isinstance(atom, Slot) else ANY
