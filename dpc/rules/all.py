"""All rules, and the library of the primitives they declare."""

from __future__ import annotations

from dpc.rules import (
    activations,
    adjoints,
    arrangement,
    builtin,
    complex_parts,
    constant,
    containers,
    creation,
    diagonals,
    einsum,
    exponential,
    indexing,
    joining,
    norms,
    operators,
    products,
    random,
    reductions,
    scans,
    selection,
    shape,
    slopes,
    spreading,
    trigonometric,
)
from dpc.rules.ruleset import merge

FAMILIES = (
    adjoints.rules,
    spreading.rules,
    slopes.rules,
    operators.rules,
    trigonometric.rules,
    exponential.rules,
    selection.rules,
    complex_parts.rules,
    reductions.rules,
    scans.rules,
    activations.rules,
    builtin.rules,
    containers.rules,
    constant.rules,
    random.rules,
    creation.rules,
    shape.rules,
    arrangement.rules,
    joining.rules,
    indexing.rules,
    diagonals.rules,
    products.rules,
    einsum.rules,
    norms.rules,
)

RULES, LIBRARY = merge(*FAMILIES)
