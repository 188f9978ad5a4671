"""All rules, and the library of the primitives they declare."""

from __future__ import annotations

from dpc.rules import exponential, operators, reductions, selection, trigonometric
from dpc.rules.ruleset import merge

FAMILIES = (
    operators.rules,
    trigonometric.rules,
    exponential.rules,
    selection.rules,
    reductions.rules,
)

RULES, LIBRARY = merge(*FAMILIES)
