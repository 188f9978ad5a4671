"""Through which primitives a derivative may flow, in either mode."""

from __future__ import annotations

from collections.abc import Mapping

from dpc.ir.library import Library
from dpc.rules.ruleset import Rule

# Primitives that the passes handle itself: containers, memory, calls.
STRUCTURAL = frozenset(
    "getitem getattr unpack sequence tuple list dict new call "
    "dpc.solution dpc.at_fixed_point dpc.at_root "
    "dpc.copy_tree dpc.gradient dpc.tangent dpc.accumulate dpc.added dpc.shadow_view "
    "dpc.shadow_item dpc.unshared dpc.unless_shared dpc.take_last "
    "dpc.give_last dpc.add_at dpc.add_attr "
    "method.append method.pop method.extend method.insert method.copy np.add.at "
    "np.subtract.at "
    "dpc.iadd dpc.isub dpc.imul dpc.itruediv dpc.ipow dpc.imatmul dpc.ifloordiv "
    "dpc.imod".split()
)


def carries_derivative(rules: Mapping[str, Rule], library: Library, fn: str) -> bool:
    """A derivative may flow through a primitive (or it has no rule at all)."""
    if fn in STRUCTURAL:
        return True
    if fn == "dpc.stop_gradient":
        return False
    rule = rules.get(fn)
    inside = fn in library and library[fn].memory != "fresh"
    if inside and rule is not None and rule.kind == "constant":
        return True  # what it takes out of a container may carry one
    return (rule is not None and rule.kind != "constant") or (
        rule is None and fn not in library
    )
