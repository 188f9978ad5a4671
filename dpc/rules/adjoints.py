"""The runtime functions that adjoint code calls, as primitives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dpc.ir.facts import ANY, FLOAT, Fact
from dpc.rules.ruleset import RuleSet

rules = RuleSet("adjoints")

AUGMENTED = (
    "add sub mul truediv pow matmul floordiv mod and or xor lshift rshift".split()
)


def _like_first(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
    return args[0] if args else ANY


def _zeros(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
    """Numbers have the zero 0.0, a tuple's adjoint is a list."""
    fact = args[0]
    if fact.is_scalar:
        return FLOAT
    return fact if fact.is_array else ANY


rules.constant("dpc.zeros", "dpc.shadow", infer=_zeros, shape_only=(0,))
rules.constant("dpc.copy_tree", infer=_like_first)
rules.constant("dpc.gradient", shape_only=(1,))
rules.constant("dpc.shadow_view", infer=_like_first, memory="view", shape_only=(0, 1))
rules.constant("dpc.shadow_item", infer=_like_first, shape_only=(0, 1))
rules.constant("dpc.shadow_attr", infer=_like_first, shape_only=(0, 1))
rules.constant("dpc.shadow_sequence", "dpc.shadow_copy", "dpc.cells")
rules.constant("dpc.shadow_parts", memory="parts", shape_only=(0, 1))
rules.constant("dpc.shadow_joined", "dpc.shadow_repeated")
rules.constant("dpc.shadow_imag", infer=_like_first, shape_only=(0, 1))
rules.constant("dpc.added", infer=_like_first)
rules.constant("dpc.assembled", shape_only=(1,))
rules.constant("dpc.unjoined", "dpc.unrepeated")
rules.constant("dpc.shadow_new", shape_only=(0,))
rules.constant("dpc.take_last", "dpc.unshared")
rules.constant("dpc.accumulate", "dpc.replace", infer=_like_first, effect="writes")
rules.constant("dpc.add_at", "dpc.add_cells", effect="writes")
rules.constant("dpc.add_attr", effect="writes", shape_only=(1,))
rules.constant(
    *(f"np.{name}.at" for name in dir(np) if isinstance(getattr(np, name), np.ufunc)),
    effect="writes",
)
rules.constant(*(f"dpc.i{name}" for name in AUGMENTED), effect="writes", memory="view")
rules.constant("method.copy", infer=_like_first)
rules.constant("dpc.pop_cells", "dpc.unpop", "dpc.uninsert", effect="writes")
rules.constant("dpc.exchange", effect="world")
rules.constant("dpc.restore", effect="world", shape_only=(4,))
rules.constant("dpc.exchange_attr", "dpc.restore_attr", effect="world")
rules.constant("call", "call_watched", effect="world")
rules.constant("vjp", "vjp_method", "vjp_shared", effect="world")
rules.constant("dpc.require_metadata", "dpc.refuse", effect="world")
rules.constant("dpc.require_scalar", "dpc.require_pair", effect="world")
rules.constant("dpc.require_bits", effect="world")
