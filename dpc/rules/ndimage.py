"""`scipy.ndimage`: Gaussian filters."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.rules import domains as D, results
from dpc.rules.composed import composition, rank_of
from dpc.rules.nested import items_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import NOT_KNOWN, Traced, applied, as_array, rt
from dpc.rules.transposed import like_operand

rules = RuleSet("ndimage")

rules.constant("dpc.gaussian_kernel", infer=results.fixed(F.array("f8", (None,))))
MODES = ("reflect", "nearest", "mirror", "wrap", "constant")


def _lines(rng: Any, shape: Any) -> list[D.Call]:
    if min(shape, default=0) < 2 or not shape:
        return []
    x = drawn(rng, shape)
    # Radii that a mirror image is wide enough for.
    calls = [D.call(x, 1, 0, mode=m, truncate=1.0) for m in MODES]
    return [*calls, D.call(x, 1), D.call(x, 1, -1, 1), D.call(x, 1, order=2)]


@rules.linear("scipy.ndimage.gaussian_filter1d", domain=_lines)
def gaussian_filter1d(
    g: Any,
    input: Any,
    sigma: Any,
    axis: Any = -1,
    order: Any = 0,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: Any = 4.0,
    *,
    radius: Any = None,
    out: Any,
) -> Any:
    if output is not None:
        raise Refused("scipy.ndimage filters with output= have no derivative rule")
    weights = g.apply("dpc.gaussian_kernel", sigma, order, truncate, radius)
    bar = rt.unfiltered(g, weights, axis, mode)
    return bar, NOT_KNOWN, None, None, None, None, NOT_KNOWN


@rules.pushforward("scipy.ndimage.gaussian_filter1d")
def gaussian_filter1d_tangent(
    input_dot: Any,
    sigma_dot: Any,
    input: Any,
    sigma: Any,
    axis: Any = -1,
    order: Any = 0,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: Any = 4.0,
    *,
    radius: Any = None,
    out: Any,
) -> Any:
    if sigma_dot is not None:
        raise Refused("no derivative of a filter in its width is known")
    weights = input_dot.apply("dpc.gaussian_kernel", sigma, order, truncate, radius)
    return rt.filtered(input_dot, weights, axis, mode)


def _planes(rng: Any, shape: Any) -> list[D.Call]:
    if min(shape, default=0) < 2 or not shape:
        return []
    x, each = drawn(rng, shape), (1,) * len(shape)
    return [D.call(x, 1), D.call(x, each, mode="wrap"), D.call(x, 1, order=1)]


@composition(rules, "scipy.ndimage.gaussian_filter", domain=_planes)
def gaussian_filter(
    input: Any,
    sigma: Any,
    order: Any = 0,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: Any = 4.0,
    *,
    radius: Any = None,
    axes: Any = None,
) -> Any:
    if output is not None or radius is not None or isinstance(mode, Traced):
        raise Refused("gaussian_filter with output= or radius= has no derivative rule")
    along = axes
    if along is None:
        along = tuple(range(rank_of(input, "scipy.ndimage.gaussian_filter")))
    x = as_array(input)
    count = len(along)
    widths, orders = _each(sigma, count), _each(order, count)
    for axis, width, rate, edge in zip(
        along, widths, orders, _each(mode, count), strict=True
    ):
        named = {"mode": edge, "truncate": truncate}
        x = applied("scipy.ndimage.gaussian_filter1d", x, width, axis, rate, **named)
    return x


def _each(value: Any, count: int) -> list[Any]:
    """One value an axis."""
    found = None if isinstance(value, str) else items_of(value)
    return [value] * count if found is None else found


def _slid(rng: Any, shape: Any) -> list[D.Call]:
    if not shape or min(shape) < 2:
        return []
    weights = np.array([0.3, 1.0, -0.4])
    return [D.call(drawn(rng, shape), weights, k, m) for k in (0, -1) for m in MODES]


@rules.linear(
    "dpc.filtered", domain=_slid, constant=("weights",), infer=like_operand(0)
)
def filtered(
    h: Any, x: Any, weights: Any, axis: Any, mode: Any, origin: Any = 0, *, out: Any
) -> Any:
    return rt.unfiltered(h, weights, axis, mode, origin)


@rules.linear(
    "dpc.unfiltered", domain=_slid, constant=("weights",), infer=like_operand(0)
)
def unfiltered(
    h: Any, g: Any, weights: Any, axis: Any, mode: Any, origin: Any = 0, *, out: Any
) -> Any:
    return rt.filtered(h, weights, axis, mode, origin)
