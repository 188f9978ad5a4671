"""Runtime functions that lay out a cotangent, with adjoints of their own.

`dpc.<name>(g, x, ...)` is the adjoint of a function of `x`, so its own adjoint is that
function, and does not look at the elements of `x`.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from dpc.ir.library import unknown as UNKNOWN
from dpc.rules import arrangement, diagonals, domains as D, indexing, padding
from dpc.rules.ruleset import RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import applied, as_array, rt
from dpc.rules.transposed import like_operand, with_cotangent

rules = RuleSet("relaid")


@rules.linear(
    "dpc.untile",
    infer=like_operand(1),
    shape_only=(1,),
    constant=("x",),
    domain=with_cotangent(np.tile, arrangement.tile_domain),
)
def untile(h: Any, g: Any, x: Any, reps: Any, *, out: Any) -> Any:
    return np.tile(h, reps)


@rules.linear(
    "dpc.unrepeat",
    infer=like_operand(1),
    shape_only=(1,),
    constant=("x",),
    domain=with_cotangent(np.repeat, arrangement.repeat_domain),
)
def unrepeat(
    h: Any, g: Any, x: Any, repeats: Any, axis: Any = None, *, out: Any
) -> Any:
    return np.repeat(h, repeats, axis)


def _paddings(rng: Any, shape: Any) -> list[D.Call]:
    calls = [one for one in padding.pad_domain(rng, shape) if not one.kwargs]
    edges = [one for one in padding.pad_domain(rng, shape) if "mode" in one.kwargs]
    return [
        D.call(*one.args, one.kwargs.get("mode", "constant")) for one in calls + edges
    ]


@rules.linear(
    "dpc.unpad",
    infer=like_operand(1),
    shape_only=(1,),
    constant=("x",),
    domain=with_cotangent(np.pad, _paddings),
)
def unpad(h: Any, g: Any, x: Any, pad_width: Any, mode: Any, *, out: Any) -> Any:
    return np.pad(h, pad_width, mode)


def _constants(rng: Any, shape: Any) -> list[D.Call]:
    calls = padding.pad_domain(rng, shape) if shape else []
    calls = [c for c in calls if "constant_values" in c.kwargs]
    values = [np.array(c.kwargs["constant_values"]) for c in calls]
    cases = zip(calls, values, strict=True)
    return [D.call(drawn(rng, np.pad(*c.args).shape), *c.args, v) for c, v in cases]


@rules.linear(
    "dpc.unpad_values",
    infer=UNKNOWN,
    shape_only=(1,),
    constant=("x", "values"),
    domain=_constants,
)
def unpad_values(
    h: Any, g: Any, x: Any, pad_width: Any, values: Any, *, out: Any
) -> Any:
    return np.pad(np.zeros_like(x), pad_width, constant_values=h)


@rules.linear(
    "dpc.scatter",
    infer=like_operand(1),
    shape_only=(1,),
    constant=("x",),
    domain=with_cotangent(operator.getitem, indexing.getitem_domain),
)
def scatter(h: Any, g: Any, x: Any, index: Any, *, out: Any) -> Any:
    return h[index]


@rules.linear(
    "dpc.scatter_along_axis",
    infer=like_operand(1),
    shape_only=(1,),
    constant=("x",),
    domain=with_cotangent(np.take_along_axis, indexing.along_axis_domain),
)
def scatter_along_axis(
    h: Any, g: Any, x: Any, indices: Any, axis: Any = None, *, out: Any
) -> Any:
    return np.take_along_axis(h, indices, axis)


@rules.linear(
    "dpc.undiagonal",
    infer=like_operand(1),
    shape_only=(1,),
    constant=("x",),
    domain=with_cotangent(np.diagonal, diagonals.diagonal_domain),
)
def undiagonal(
    h: Any, g: Any, x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, *, out: Any
) -> Any:
    return rt.unbroadcast(np.diagonal(h, offset, axis1, axis2), g)


@rules.linear(
    "dpc.undiag",
    infer=like_operand(1),
    shape_only=(1,),
    constant=("v",),
    domain=with_cotangent(np.diag, diagonals.diag_domain),
)
def undiag(h: Any, g: Any, v: Any, k: Any = 0, *, out: Any) -> Any:
    return np.diag(h, k)


def _parts(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2:
        return []
    x, row = drawn(rng, shape), drawn(rng, shape[1:])
    calls = [D.call(np.vstack([x, row, x]), [x, row, x], 0)]
    return [*calls, D.call(np.hstack([x, x]), (x, x), 1)]


def _joins(rng: Any, shape: Any) -> list[D.Call]:
    return [
        D.call(list(one.args[1]), one.args[0], one.args[2])
        for one in _parts(rng, shape)
    ]


def _stacks(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(np.stack([x, x], axis=k), [x, x], k) for k in (0, -1)]


def _nests(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    g = drawn(rng, (2, *shape))
    return [D.call(g, [x, x]), D.call(drawn(rng, (1, 2, *shape)), [(x, x)])]


@rules.linear(
    "dpc.split_like",
    infer=UNKNOWN,
    constant=("arrays",),
    shape_only=(1,),
    domain=_parts,
)
def split_like(h: Any, g: Any, arrays: Any, axis: Any, *, out: Any) -> Any:
    return rt.join_like(h, g, axis)


@rules.linear("dpc.join_like", constant=("g",), shape_only=(1,), domain=_joins)
def join_like(h: Any, parts: Any, g: Any, axis: Any, *, out: Any) -> Any:
    return rt.split_like(h, parts, axis)


@rules.linear(
    "dpc.unstack_like",
    infer=UNKNOWN,
    constant=("arrays",),
    shape_only=(1,),
    domain=_stacks,
)
def unstack_like(h: Any, g: Any, arrays: Any, axis: Any, *, out: Any) -> Any:
    return applied("np.stack", h, axis=axis)


@rules.linear(
    "dpc.nested_like", infer=UNKNOWN, constant=("x",), shape_only=(1,), domain=_nests
)
def nested_like(h: Any, g: Any, x: Any, *, out: Any) -> Any:
    return as_array(h)
