"""Differences, gradients, covariances and histograms, by their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules import domains as D
from dpc.rules.composed import composition, rank_of
from dpc.rules.known import array_of
from dpc.rules.nested import fact_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.scans import part
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, as_array, rt

rules = RuleSet("calculus")


def _differences(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    if np.size(x) < 2:
        return []
    ends = D.call(x, to_begin=0.5, to_end=np.array([0.1, 0.7]))
    return [D.call(x), ends, D.call(x, np.array([1.5]))]


@composition(rules, "np.ediff1d", domain=_differences)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    flat = np.ravel(ary)
    parts = [flat[1:] - flat[:-1]]
    if to_begin is not None:
        parts.insert(0, np.ravel(to_begin))
    if to_end is not None:
        parts.append(np.ravel(to_end))
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _fields(rng: Any, shape: Any) -> list[D.Call]:
    if min(shape, default=0) < 3:
        return []
    x, h = drawn(rng, shape), np.sort(drawn(rng, (shape[-1],)))
    calls = [D.call(x), D.call(x, 0.5), D.call(x, axis=-1, edge_order=2)]
    calls.append(D.call(x, h, axis=-1))
    calls.append(D.call(x, h, axis=-1, edge_order=2))
    if len(shape) > 1:
        calls.append(D.call(x, *(0.5,) * (len(shape) - 1), h))
        calls.append(D.call(x, axis=(0, 1)))
    return calls


@composition(rules, "np.gradient", domain=_fields)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    if isinstance(axis, Traced) or edge_order not in (1, 2):
        raise Refused("np.gradient along an axis that is not a literal has no rule")
    axes = (axis,) if isinstance(axis, int) else axis
    if axes is None:
        axes = tuple(range(rank_of(f, "np.gradient")))
    steps = list(varargs) or [1.0]
    if len(steps) == 1:
        steps *= len(axes)
    found = [
        _slope(as_array(f), step, k, edge_order)
        for k, step in zip(axes, steps, strict=True)
    ]
    return found[0] if isinstance(axis, int) or len(found) == 1 else tuple(found)


def _slope(f: Any, h: Any, axis: int, order: int) -> Any:
    """Central differences inside, one-sided ones at the ends; `h` is a step or the
    coordinates along the axis."""
    line = array_of(fact_of(h))
    even = line.shape == () or (line.shape is None and isinstance(h, int | float))
    if not even and line.rank is None:
        even = rank_of(h, "np.gradient's spacing") == 0
    if even:
        left: Any = h
        right: Any = h
    else:
        steps = rt.weights_along(h[1:] - h[:-1], part(f, 1, None, axis), axis)
        left, right = part(steps, None, -1, axis), part(steps, 1, None, axis)
    low, middle = part(f, None, -2, axis), part(f, 1, -1, axis)
    high = part(f, 2, None, axis)
    inner = (high - middle) * left / (right * (left + right))
    inner = inner + (middle - low) * right / (left * (left + right))
    ends = []
    for place, sign in ((0, 1), (-1, -1)):
        first, second, third = (_at(f, place + sign * k, axis) for k in range(3))
        a = h if even else _at(steps, place, axis)
        b = h if even else _at(steps, place + sign, axis)
        slope = (second - first) / a
        if order == 2:
            # The parabola through the three outermost points.
            slope = slope * (2 * a + b) / (a + b) - (third - second) * a / (b * (a + b))
        ends.append(sign * slope)
    return np.concatenate([ends[0], inner, ends[1]], axis=axis)


def _at(x: Any, place: int, axis: int) -> Any:
    """One place along an axis, which stays."""
    return part(x, place, None if place == -1 else place + 1, axis)


def _observations(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2 or min(shape) < 2:
        return []
    x, w = drawn(rng, shape), D.draw(rng, shape[1:], D.POSITIVE)
    calls = [D.call(x), D.call(x, ddof=0), D.call(x, bias=True), D.call(x, x[0] * x[1])]
    calls += [D.call(x, rowvar=False), D.call(x[0]), D.call(x[0], x[1])]
    return [
        *calls,
        D.call(x, aweights=w),
        D.call(x, fweights=np.arange(1, shape[1] + 1)),
    ]


@composition(rules, "np.cov", domain=_observations)
def cov(
    m: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    x = _rows(m, rowvar)
    if y is not None:
        x = np.concatenate([x, _rows(y, rowvar)], axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    if fweights is None and aweights is None:
        away = x - np.mean(x, axis=1, keepdims=True)
        return _squeezed(away @ np.conj(away.T) / (x.shape[1] - ddof), m, y)
    w = 1.0
    for one in (fweights, aweights):
        w = w if one is None else w * one
    total = np.sum(w)
    away = x - np.sum(x * w, axis=1, keepdims=True) / total
    norm = total
    if aweights is None or not ddof:
        norm = total - ddof
    else:
        norm = total - ddof * np.sum(w * aweights) / total
    return _squeezed((away * w) @ np.conj(away.T) / norm, m, y)


def _rows(m: Any, rowvar: Any) -> Any:
    """Observations as columns; a vector is one variable."""
    if isinstance(rowvar, Traced):
        raise Refused("np.cov with a rowvar= that is not a literal has no rule")
    whole = as_array(m)
    if rank_of(m, "np.cov") < 2:
        return np.reshape(whole, (1, -1))
    return whole if rowvar else whole.T


def _squeezed(c: Any, m: Any, y: Any) -> Any:
    alone = y is None and rank_of(m, "np.cov") < 2
    return c[0, 0] if alone else c


def _correlated(rng: Any, shape: Any) -> list[D.Call]:
    calls = _observations(rng, shape)[:1] if shape and shape[0] > 1 else []
    return [*calls, *(D.call(one.args[0][0], one.args[0][1]) for one in calls)]


@composition(rules, "np.corrcoef", domain=_correlated)
def corrcoef(x: Any, y: Any = None, rowvar: Any = True) -> Any:
    if y is None and rank_of(x, "np.corrcoef") < 2:
        raise Refused("np.corrcoef of one variable is 1 and has no rule")
    c = cov(x, y, rowvar)
    spread = np.sqrt(np.real(np.diagonal(c)))
    return c / spread[:, None] / spread[None, :]


def _counted(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1:
        return []
    places = rng.integers(0, 4, shape)
    w = drawn(rng, shape)
    return [D.call(places, w), D.call(places, weights=w, minlength=6)]


@rules.linear("np.bincount", domain=_counted)
def bincount(
    g: Any, x: Any, weights: Any = None, minlength: Any = 0, *, out: Any
) -> Any:
    return None, None if weights is None else g[x]


def _samples(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    x, w = drawn(rng, shape), drawn(rng, shape)
    edges = np.array([-2.1, -0.3, 0.4, 2.2])
    calls = [D.call(x, edges, weights=w), D.call(x, 3, (-3, 3), weights=w)]
    return [*calls, D.call(x, edges, density=True, weights=w + 3.0)]


@composition(rules, "np.histogram", domain=_samples)
def histogram(
    a: Any,
    bins: Any = 10,
    range: Any = None,
    density: Any = None,
    weights: Any = None,
) -> Any:
    if isinstance(bins, str) or isinstance(density, Traced):
        raise Refused("np.histogram with these bins has no derivative rule")
    flat: Any = np.ravel(a)
    if isinstance(bins, int):
        low = np.min(flat) if range is None else range[0]
        high = np.max(flat) if range is None else range[1]
        edges = flat.apply("np.linspace", low, high, bins + 1)
    else:
        edges = as_array(bins)
    # The last bin holds its upper edge too; what lies outside is in none.
    place = np.searchsorted(edges, flat, side="right") - 1
    count = edges.shape[0] - 1
    place = np.where(flat == edges[-1], count - 1, place)
    inside = (place >= 0) & (place < count)
    one = np.ones_like(flat) if weights is None else np.ravel(weights)
    place = np.where(inside, place, 0)
    kept = np.where(inside, one, 0.0)
    counts = applied("np.bincount", place, weights=kept, minlength=count)
    if density:
        counts = counts / (np.sum(kept) * (edges[1:] - edges[:-1]))
    return counts, edges
