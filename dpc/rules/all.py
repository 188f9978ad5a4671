"""All rules, and the library of the primitives they declare."""

from __future__ import annotations

from dpc.rules import (
    activations,
    adjoints,
    arrangement,
    builtin,
    constant,
    containers,
    creation,
    diagonals,
    einsum,
    exponential,
    indexing,
    joining,
    operators,
    products,
    random,
    reductions,
    scans,
    selection,
    shape,
    trigonometric,
)
from dpc.rules.ruleset import merge

FAMILIES = (
    adjoints.rules,
    operators.rules,
    trigonometric.rules,
    exponential.rules,
    selection.rules,
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
    adjoints.rules,
)

RULES, LIBRARY = merge(*FAMILIES)
