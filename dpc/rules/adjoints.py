"""The runtime functions that adjoint code calls, as primitives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dpc.ir.facts import ANY, FLOAT, Fact
from dpc.rules.complex_parts import complex_and_real
from dpc.rules.domains import REAL, Call, Shape, call, draw
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import rt

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
rules.constant("dpc.zeros_rows", "dpc.gradient_rows", shape_only=(0,))
rules.constant("dpc.count_elements", "dpc.basis", shape_only=(0,))
rules.constant("dpc.jacobian_of", shape_only=(0,))
rules.constant("dpc.unbroadcast_rows", shape_only=(1,))
rules.constant("dpc.row_of", "dpc.stack_rows", "dpc.spread_rows", "dpc.share_rows")
rules.constant("dpc.rows_first", "dpc.rows_at", "dpc.first_leaf", memory="view")
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


def _named(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, shape, REAL), "f")]


@rules.linear("dpc.require_real", domain=_named, infer=_like_first)
def require_real(g: Any, x: Any, name: Any, *, out: Any) -> Any:
    return g


def _parts(rng: np.random.Generator, shape: Shape) -> list[Call]:
    amount = draw(rng, shape, REAL)
    wholes = [one.args[0] for one in complex_and_real(rng, shape)]
    return [call(amount, x, name) for x in wholes for name in ("real", "imag")]


def _whole(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(x, x, name) for _, x, name in (c.args for c in _parts(rng, shape))]


@rules.linear("dpc.part_bar", domain=_parts, constant=("x",), shape_only=(1,))
def part_bar(h: Any, amount: Any, x: Any, name: Any, *, out: Any) -> Any:
    return rt.part_of(h, x, name)


@rules.linear("dpc.part_of", domain=_whole, constant=("x",), shape_only=(1,))
def part_of(h: Any, x_bar: Any, x: Any, name: Any, *, out: Any) -> Any:
    return rt.part_bar(h, x, name)
