"""The runtime functions that adjoint code calls, as primitives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dpc.ir.facts import ANY, FLOAT, Fact
from dpc.ir.nodes import Apply
from dpc.rules.complex_parts import complex_and_real
from dpc.rules.domains import REAL, Call, Shape, call, draw
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import rt

rules = RuleSet("adjoints")

AUGMENTED = (
    "add sub mul truediv pow matmul floordiv mod and or xor lshift rshift".split()
)


# In which operands the functions of adjoint code are linear: their tangent is the same
# call on the tangents of these. What the others are, the primal decides.
LINEAR: Mapping[str, tuple[int, ...]] = {
    "dpc.copy_tree": (0,),
    "dpc.gradient": (0,),
    "dpc.tangent": (0,),
    "dpc.accumulate": (0, 1),
    "dpc.added": (0, 1),
    "dpc.replace": (0, 1, 2),
    "dpc.add_at": (0, 2),
    "dpc.add_rows": (0, 2),
    "dpc.added_rows": (2,),
    "dpc.add_attr": (0, 3),
    "dpc.add_cells": (0, 1),
    "dpc.assembled": (0,),
    "dpc.unjoined": (0,),
    "dpc.unrepeated": (0,),
    "dpc.take_last": (0,),
    "dpc.give_last": (0,),
    "dpc.of_summand": (0,),
    "dpc.unshared": (0, 1),
    "dpc.unless_shared": (0,),
    "dpc.shadow_view": (2,),
    "dpc.shadow_item": (2,),
    "dpc.shadow_attr": (2,),
    "dpc.shadow_sequence": (1,),
    "dpc.shadow_copy": (2,),
    "dpc.shadow_parts": (2,),
    "dpc.shadow_joined": (2, 4),
    "dpc.shadow_repeated": (2,),
    "dpc.shadow_of": (1,),
    "dpc.cells": (1,),
    "dpc.pop_cells": (0,),
    "dpc.unpop": (0, 2),
    "dpc.uninsert": (0,),
    "dpc.exchange": (1, 3),
    "dpc.restore": (1, 3),
    "dpc.exchange_attr": (1, 3),
    "dpc.restore_attr": (1, 3),
    "dpc.tangent_of_view": (0, 3),
    "dpc.tangent_of_parts": (0, 3),
    "dpc.tangent_of_attribute": (1,),
    "dpc.tangent_of_items": (1,),
    "dpc.assigned": (0, 1),
    "dpc.set_tangent": (0, 3),
}
# In all operands from this one on.
LINEAR_FROM: Mapping[str, int] = {"dpc.shadow_new": 2, "dpc.tangent_of_object": 2}


# Functions of batches, whose tangents nobody has stated.
OPAQUE = frozenset(
    f"dpc.{name}"
    for name in (
        "zeros_rows gradient_rows count_elements unit_rows jacobian_of jacobian_along "
        "unbroadcast_rows row_of stack_rows spread_rows share_rows rows_first rows_at "
        "first_leaf"
    ).split()
)


def is_linear(fn: str) -> bool:
    """The tangent of such a call is another one."""
    return fn in LINEAR or fn in LINEAR_FROM


def linear_in(call: Apply) -> tuple[int, ...]:
    """The positions of the operands in which a call of adjoint code is linear."""
    if call.fn in LINEAR_FROM:
        return tuple(range(LINEAR_FROM[call.fn], len(call.args)))
    return LINEAR.get(call.fn, ())


def _like_first(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
    return args[0] if args else ANY


def _like_second(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
    return args[1] if len(args) > 1 and args[1].is_number else ANY


def _like_third(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
    return args[2]


def _zeros(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
    """Numbers have the zero 0.0, a tuple's adjoint is a list."""
    fact = args[0]
    if fact.is_scalar:
        return FLOAT
    return fact if fact.is_array else ANY


rules.constant("dpc.zeros", "dpc.shadow", infer=_zeros, shape_only=(0,))
rules.constant("dpc.zero_tangent", infer=_zeros, shape_only=(0,))
rules.constant("dpc.shadow_of", infer=_like_first, shape_only=(0,))
rules.constant(
    "dpc.tangent_of_view", infer=_like_third, memory="view", shape_only=(1, 2)
)
rules.constant("dpc.tangent_of_parts", memory="parts", shape_only=(1, 2))
rules.constant("dpc.tangent", infer=_like_second, shape_only=(1,))
rules.constant("dpc.tangent_of_attribute", "dpc.tangent_of_items", shape_only=(0,))
rules.constant("dpc.tangent_of_object", shape_only=(0,))
rules.constant("dpc.assigned", infer=_like_first, effect="writes", memory="view")
rules.constant("dpc.set_tangent", effect="writes", shape_only=(1,))
rules.constant("jvp", effect="world")
rules.constant("dpc.copy_tree", infer=_like_first)
rules.constant("dpc.require_view", effect="world")
rules.constant("dpc.zeros_rows", "dpc.gradient_rows", shape_only=(0,))
rules.constant("dpc.count_elements", "dpc.unit_rows", shape_only=(0,))
rules.constant("dpc.jacobian_of", shape_only=(0, 3))
rules.constant("dpc.jacobian_along", shape_only=(0,))
rules.constant("dpc.unbroadcast_rows", shape_only=(1,))
rules.constant("dpc.row_of", "dpc.stack_rows", "dpc.spread_rows", "dpc.share_rows")
rules.constant("dpc.rows_first", "dpc.rows_at", "dpc.first_leaf", memory="view")
rules.constant("dpc.gradient", shape_only=(1,))
rules.constant("dpc.of_summand", memory="view", shape_only=(1,))
rules.constant(
    "dpc.shadow_view",
    "dpc.shadow_item",
    "dpc.shadow_attr",
    infer=_like_first,
    memory="view",
    owner=2,
    shape_only=(0, 1),
)
rules.constant("dpc.shadow_sequence", "dpc.cells", memory="view", owner=1)
rules.constant("dpc.shadow_copy", "dpc.shadow_repeated", memory="view", owner=2)
rules.constant("dpc.shadow_parts", memory="parts", owner=2, shape_only=(0, 1))
rules.constant("dpc.shadow_joined", memory="holds")
rules.constant("dpc.shadow_imag", infer=_like_first, shape_only=(0, 1))
rules.constant("dpc.added", infer=_like_first)
rules.constant("dpc.assembled", memory="view", shape_only=(1,))
rules.constant("dpc.unjoined", "dpc.unrepeated")
rules.constant("dpc.shadow_new", memory="holds", shape_only=(0,))
rules.constant("dpc.take_last")
rules.constant("dpc.give_last", shape_only=(1,))
rules.constant("dpc.unshared", memory="view")
rules.constant("dpc.unless_shared", infer=_like_first, memory="view", shape_only=(1, 2))
rules.constant(
    "dpc.accumulate",
    "dpc.replace",
    infer=_like_first,
    effect="writes",
    memory="view",
)
rules.constant("dpc.add_at", "dpc.add_cells", "dpc.add_rows", effect="writes")
rules.constant("dpc.add_attr", effect="writes", shape_only=(1,))
rules.constant("dpc.added_rows", infer=_like_first, shape_only=(0,))
rules.constant(
    *(f"np.{name}.at" for name in dir(np) if isinstance(getattr(np, name), np.ufunc)),
    effect="writes",
)
rules.constant(*(f"dpc.i{name}" for name in AUGMENTED), effect="writes", memory="view")
rules.constant("method.copy", infer=_like_first)
rules.constant("dpc.pop_cells", effect="writes", memory="view")
rules.constant("dpc.unpop", "dpc.uninsert", effect="writes")
rules.constant("dpc.exchange", "dpc.exchange_attr", effect="writes", owner=1)
rules.constant("dpc.restore", effect="writes", shape_only=(4,), owner=1)
rules.constant("dpc.restore_attr", effect="writes", owner=1)
rules.constant("call", "call_watched", effect="world")
rules.constant("vjp", "vjp_wrt", "vjp_method", "vjp_shared", effect="world")
rules.constant("dpc.require_metadata", "dpc.refuse", effect="world")
rules.constant("dpc.require_scalar", "dpc.require_pair", effect="world")
rules.constant("dpc.require_bits", "dpc.require_floats", effect="world")


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
