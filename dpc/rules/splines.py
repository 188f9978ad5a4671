"""`scipy.ndimage`: splines through the points of a grid, and their values between them.

A spline is a sum of B-splines at the grid points; the filter finds their coefficients,
which are linear in the values there.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D, results
from dpc.rules.composed import composition, rank_of
from dpc.rules.known import NONE, infers
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, as_array, rt, typed

rules = RuleSet("splines")

MODES = (
    *("constant", "nearest", "mirror", "reflect", "wrap"),
    *("grid-wrap", "grid-mirror", "grid-constant"),
)
# Beyond the edges in these modes SciPy adds as many points before it filters.
ADDED = {"nearest": 12, "grid-constant": 12}


def _lines(rng: Any, shape: Any) -> list[D.Call]:
    if not shape or not all(shape):
        return []
    x = drawn(rng, shape)
    calls = [D.call(x, order, axis=-1) for order in (1, 2, 3)]
    return calls + [D.call(x, 4, 0, mode=mode) for mode in ("reflect", "grid-wrap")]


def _filtered_fact(
    input: Fact, order: Fact = NONE, axis: Fact = NONE, mode: Fact = NONE
) -> Fact:
    x = results.float_dtype(input.dtype)
    dtype = {"f": "f8", "c": "c16"}.get(x[:1], "")
    return F.array(dtype, input.shape if input.is_array else None)


@rules.linear(
    "scipy.ndimage.spline_filter1d", domain=_lines, infer=infers(_filtered_fact)
)
def spline_filter1d(
    g: Any,
    input: Any,
    order: Any = 3,
    axis: Any = -1,
    *,
    mode: Any = "mirror",
    out: Any,
) -> Any:
    if isinstance(mode, Traced) or isinstance(axis, Traced):
        raise Refused("spline filters with operands that vary have no derivative rule")
    name = "scipy.ndimage.spline_filter1d"
    if mode in ("reflect", "grid-mirror", "nearest"):
        # What SciPy has at the edges is not quite symmetric.
        one = applied("np.eye", input.shape[axis])
        matrix = applied(name, one, order, 0, mode=mode)
        bar = np.moveaxis(np.tensordot(matrix, g, (0, axis)), 0, axis)
    elif mode == "grid-wrap":
        bar = applied(name, g, order, axis, mode=mode)
    else:
        weights = rt.mirror_weights(g, axis)
        bar = weights * applied(name, g / weights, order, axis, mode=mode)
    return typed(bar, input)


def _grids(rng: Any, shape: Any) -> list[D.Call]:
    found = [D.call(x.args[0]) for x in _lines(rng, shape)[:1]]
    return [*found, *(D.call(x.args[0], 2, mode="grid-wrap") for x in found)]


@composition(rules, "scipy.ndimage.spline_filter", domain=_grids)
def spline_filter(input: Any, order: Any = 3, *, mode: Any = "mirror") -> Any:
    x = as_array(input)
    if order in (0, 1):
        return x
    for axis in range(rank_of(x, "scipy.ndimage.spline_filter")):
        x = applied("scipy.ndimage.spline_filter1d", x, order, axis, mode=mode)
    return x


def _between(rng: Any, shape: Any) -> list[D.Call]:
    if not shape or min(shape) < 2:
        return []
    x = drawn(rng, shape)
    most = np.array(shape)[:, None] - 1.0
    inside = rng.uniform(0.05, 0.95, (len(shape), 5)) * most
    inside = np.where(np.abs(inside - np.round(inside)) < 0.02, inside + 0.1, inside)
    beyond = inside * 1.37 - 0.21 * most + 0.033
    calls = [D.call(x, inside), D.call(x, inside, order=0, mode="nearest")]
    calls += [D.call(x, inside, order=5), D.call(x, beyond, prefilter=False)]
    orders = {mode: 1 + k % 4 for k, mode in enumerate(MODES)}
    calls += [D.call(x, beyond, order=orders[m], mode=m, cval=0.5) for m in MODES]
    return calls + [D.call(x, beyond, order=1, mode=m) for m in MODES]


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
    if output is not None or any(isinstance(x, Traced) for x in (order, mode)):
        raise Refused(
            "map_coordinates with output= or an order that varies has no rule"
        )
    if mode not in MODES or prefilter not in (True, False):
        raise Refused(f"map_coordinates with the mode {mode!r} has no derivative rule")
    grid, points = as_array(input), as_array(coordinates)
    rank = rank_of(grid, "scipy.ndimage.map_coordinates")
    added = 0
    if prefilter and order > 1:
        added = ADDED.get(mode, 0)
        if added:
            grid = _surrounded(grid, added, mode, cval)
        grid = applied("scipy.ndimage.spline_filter", grid, order, mode=mode)
    places, weights, inside = [], [], []
    for axis in range(rank):
        c, size = points[axis] + added, grid.shape[axis]
        within = (c >= 0) & (c <= size - 1)
        if mode == "wrap":
            c = np.where(within, c, np.remainder(c, size - 1))
        # The axes of the neighbours come first, one for each axis of the grid.
        front = (*(None,) * axis, slice(None), *(None,) * (rank - 1 - axis))
        index = front if rank > 1 else ...
        places.append(rt.spline_places(c, size, order, mode)[index])
        weights.append(rt.spline_weights(c, order)[index])
        inside.append(within)
    if mode == "grid-constant":
        grid = _surrounded(grid, 1, mode, cval)
    terms = reduce(lambda a, b: a * b, weights) * grid[tuple(places)]
    total = np.sum(terms, axis=tuple(range(rank)))
    if mode != "constant":
        return total
    return np.where(reduce(lambda a, b: a & b, inside), total, cval)


def _surrounded(grid: Any, width: int, mode: str, cval: Any) -> Any:
    """Points around a grid: as at its edges, or with the value outside."""
    if mode == "nearest":
        return np.pad(grid, width, "edge")
    return np.pad(grid, width, "constant", constant_values=cval)


def _places(rng: Any, shape: Any) -> list[D.Call]:
    c = 3 * drawn(rng, shape) + 0.1
    return [D.call(c, order) for order in (0, 1, 2, 3, 5)] + [D.call(c, 3, 1)]


@rules.pullback("dpc.spline_weights", domain=_places)
def spline_weights(g: Any, c: Any, order: Any, rate: Any = 0, *, out: Any) -> Any:
    return np.sum(g * rt.spline_weights(c, order, rate + 1), axis=0)


@rules.pushforward("dpc.spline_weights")
def spline_weights_tangent(
    c_dot: Any, c: Any, order: Any, rate: Any = 0, *, out: Any
) -> Any:
    return c_dot * rt.spline_weights(c, order, rate + 1)


rules.constant("dpc.spline_places")
rules.constant("dpc.mirror_weights", shape_only=(0,))
