"""Stores to arrays of which it is not known whether they hold integers.

before                              after
`k = counts.copy()`                 `k = counts.copy()`
`k[0] = x[0] * 10`                  `require_floats(k); k[0] = x[0] * 10`

An array of integers rounds what is stored to it, which ends the derivative. Where its
dtype is known, nothing has to be asked. Where it is not, its shadow or tangent would
pass the derivative on, and be an array of integers itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from dpc.analysis.activity import Activity
from dpc.ir.build import Builder
from dpc.ir.nodes import Apply, Atom, Do, Slot, Stmt, Store, Update
from dpc.ir.program import Program
from dpc.rules.ruleset import Rule

_ARRAYS = ("any", "array", "number")
# They hold floats if their first operand does, the first two whatever the others are.
_PARTS = frozenset(("getitem", "np.reshape"))
_LIKE = frozenset(
    "method.copy np.copy np.array np.asarray np.zeros_like np.ones_like np.empty_like "
    "np.ravel np.transpose".split()
)


class State(Protocol):
    """What is asked of the state of either mode."""

    program: Program
    build: Builder
    rules: Mapping[str, Rule]
    activity: Activity


def asked(state: State, write: Store | Update) -> list[Stmt]:
    """The statement that refuses integers in what is written, if there may be any."""
    base, fact = write.base, state.build.fact(write.base)
    if write.kind != "item":
        return []  # NumPy itself refuses to add floats to integers in place.
    if fact.kind not in _ARRAYS or fact.is_scalar or fact.dtype or _floats(state, base):
        return []
    return [Do(Apply("dpc.require_floats", (base,)), state.build.span)]


def _floats(state: State, atom: Atom) -> bool:
    """An array that surely holds floats: what is differentiated is none of integers."""
    fact = state.build.fact(atom)
    if fact.dtype:
        return fact.dtype[:1] in "fc"
    if not isinstance(atom, Slot):
        return False
    found = state.build.definitions.get(atom)
    if isinstance(found, Slot):
        return _floats(state, found)
    if not isinstance(found, Apply):
        given = any(param.slot is atom for param in state.program.function.params)
        return given and state.activity.is_varied(atom)
    if found.fn in _PARTS or (found.fn in _LIKE and len(found.operands) == 1):
        return _floats(state, found.args[0])
    rule = state.rules.get(found.fn)
    elementwise = rule is not None and rule.kind == "elementwise" and not found.kwargs
    return elementwise and any(_floats(state, operand) for operand in found.args)
