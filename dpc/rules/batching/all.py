"""All declarations."""

from __future__ import annotations

from dpc.rules.batching import (
    adjoints,
    elementwise,
    fourier,
    gates,
    joining,
    linalg,
    products,
    reductions,
    shapes,
)
from dpc.rules.batching.registry import DECLARED

FAMILIES = (
    adjoints,
    elementwise,
    fourier,
    gates,
    joining,
    linalg,
    products,
    reductions,
    shapes,
)
__all__ = ["DECLARED", "FAMILIES"]
