"""`scipy.ndimage`: Gaussian filters, and values between the points of a grid."""

from __future__ import annotations

from functools import reduce
from itertools import product
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.nodes import Object
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


def _between(rng: Any, shape: Any) -> list[D.Call]:
    if not shape or min(shape) < 2:
        return []
    x = drawn(rng, shape)
    most = np.array(shape)[:, None] - 1.0
    inside = rng.uniform(0.05, 0.95, (len(shape), 5)) * most
    inside = np.where(np.abs(inside - np.round(inside)) < 0.02, inside + 0.1, inside)
    beyond = inside * 1.37 - 0.21 * most + 0.033
    calls = [D.call(x, inside, order=1), D.call(x, inside, order=0, mode="nearest")]
    modes = ("nearest", "mirror", "reflect", "constant", "grid-wrap")
    return calls + [D.call(x, beyond, order=1, mode=m, cval=0.5) for m in modes]


@composition(rules, "scipy.ndimage.map_coordinates", domain=_between)
def map_coordinates(
    input: Any,
    coordinates: Any,
    output: Any = None,
    order: Any = 3,
    mode: Any = "constant",
    cval: Any = 0.0,
    prefilter: Any = True,
) -> Any:
    if order not in (0, 1) or output is not None:
        raise Refused(
            "map_coordinates has a rule for order=0 and order=1: pass order=1"
        )
    grid, points = as_array(input), as_array(coordinates)
    rank = rank_of(grid, "scipy.ndimage.map_coordinates")
    ends, inside = [], []
    for k in range(rank):
        c, size = points[k], grid.shape[k]
        inside.append((c >= 0) & (c <= size - 1))
        if order == 0:
            ends.append([(_place(np.floor(c + 0.5), size, mode), 1.0)])
            continue
        low = np.floor(c)
        share = c - low
        pair = (
            (_place(low, size, mode), 1 - share),
            (_place(low + 1, size, mode), share),
        )
        ends.append(list(pair))
    total: Any = 0.0
    for corner in product(*ends):
        weight = reduce(lambda a, b: a * b, [w for _, w in corner])
        total = total + weight * grid[tuple(place for place, _ in corner)]
    if mode != "constant":
        return total
    return np.where(reduce(lambda a, b: a & b, inside), total, cval)


def _place(k: Any, size: Any, mode: Any) -> Any:
    """The index that stands for a place beyond the edge."""
    k = k.apply("method.astype", k, Object("builtins", ("int",)))
    if mode in ("constant", "nearest"):
        return np.clip(k, 0, size - 1)
    if mode == "grid-wrap":
        return np.remainder(k, size)
    if mode == "mirror":
        turn = np.remainder(k, 2 * (size - 1))
        return np.minimum(turn, 2 * (size - 1) - turn)
    if mode in ("reflect", "grid-mirror"):
        turn = np.remainder(k, 2 * size)
        return np.minimum(turn, 2 * size - 1 - turn)
    raise Refused(f"map_coordinates with the mode {mode!r} has no derivative rule")
