"""Medians, quantiles and percentiles: points between two sorted elements.

A quantile is differentiated in the elements, not in the share that it is asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact, Shape
from dpc.rules import domains as D, results
from dpc.rules.known import NONE, array_of, axes_of, infers, scalar_or_array
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import NOT_KNOWN, Traced, as_array, rt

rules = RuleSet("quantiles")

FALSE = F.of_constant(False)
METHODS = (
    *("lower", "higher", "nearest", "midpoint", "hazen", "weibull", "inverted_cdf"),
    *("median_unbiased", "normal_unbiased", "interpolated_inverted_cdf"),
)


def _median_fact(
    a: Fact, axis: Fact = NONE, keepdims: Fact = FALSE, overwrite_input: Fact = NONE
) -> Fact:
    return _reduced(a, axis, keepdims, ())


def _reduced(a: Fact, axis: Fact, keepdims: Fact, front: Shape | None) -> Fact:
    x, keep = array_of(a), results.literal(keepdims)
    dtype = results.float_dtype(x.dtype)
    along = axes_of(axis, x.rank)
    if axis.kind == "none" and keep is False and front is not None:
        return scalar_or_array(dtype, front)
    if x.shape is None or along is None or not isinstance(keep, bool) or front is None:
        return Fact("number", dtype)
    rest: list[Dim] = []
    for place, size in enumerate(x.shape):
        if place not in along:
            rest.append(size)
        elif keep:
            rest.append(1)
    return scalar_or_array(dtype, (*front, *rest))


def _median_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    if not shape or not x.size:
        return []
    calls = [D.call(x), D.call(x, keepdims=True), D.call(x, axis=tuple(range(x.ndim)))]
    return [*calls, *(D.call(x, axis=k - x.ndim) for k in range(x.ndim))]


@rules.pullback("np.median", infer=infers(_median_fact), domain=_median_domain)
def median(g: Any, a: Any, axis: Any = None, *, keepdims: Any = False, out: Any) -> Any:
    return rt.unquantile(g, a, 0.5, axis, keepdims)


@rules.pushforward("np.median")
def median_tangent(
    a_dot: Any, a: Any, axis: Any = None, *, keepdims: Any = False, out: Any
) -> Any:
    return rt.quantile_along(a_dot, a, 0.5, axis, keepdims)


def _quantile_fact(
    a: Fact,
    q: Fact,
    axis: Fact = NONE,
    overwrite_input: Fact = NONE,
    method: Fact = NONE,
    keepdims: Fact = FALSE,
) -> Fact:
    return _reduced(a, axis, keepdims, array_of(q).shape)


def _quantile_calls(scale: float) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        x = drawn(rng, shape)
        if not shape or not x.size:
            return []
        several = np.array([0.15, 0.61]) * scale
        calls = [D.call(x, 0.37 * scale), D.call(x, several)]
        for k in range(x.ndim):
            calls.append(D.call(x, 0.81 * scale, axis=k - x.ndim))
            calls.append(D.call(x, several, axis=k, keepdims=True))
        for method in METHODS if scale == 1 else METHODS[:3]:
            calls.append(D.call(x, 0.37 * scale, method=method))
        return calls

    return domain


def share_of(q: Any, scale: float) -> Any:
    """`q` as a share of one; a list is an array."""
    if scale == 1:
        return q
    is_list = isinstance(q, list | tuple) or (
        isinstance(q, Traced) and not q.fact.is_number
    )
    return (as_array(q) if is_list else q) / scale


def _quantile(key: str, scale: float) -> None:
    @rules.pullback(key, infer=infers(_quantile_fact), domain=_quantile_calls(scale))
    def quantile(
        g: Any,
        a: Any,
        q: Any,
        axis: Any = None,
        overwrite_input: Any = False,
        method: Any = "linear",
        keepdims: Any = False,
        *,
        out: Any,
    ) -> Any:
        share = share_of(q, scale)
        return rt.unquantile(g, a, share, axis, keepdims, method), NOT_KNOWN

    @rules.pushforward(key)
    def tangent(
        a_dot: Any,
        q_dot: Any,
        a: Any,
        q: Any,
        axis: Any = None,
        overwrite_input: Any = False,
        method: Any = "linear",
        keepdims: Any = False,
        *,
        out: Any,
    ) -> Any:
        if q_dot is not None:
            raise Refused(f"no derivative of {key} in q is known")
        share = share_of(q, scale)
        return rt.quantile_along(a_dot, a, share, axis, keepdims, method)


_quantile("np.quantile", 1)
_quantile("np.percentile", 100)


def _like_second(
    g: Fact,
    a: Fact,
    q: Fact,
    axis: Fact = NONE,
    keepdims: Fact = FALSE,
    method: Fact = NONE,
) -> Fact:
    x = array_of(a)
    return x if a.is_array and x.shape else Fact("number", x.dtype)


def _along(with_g: bool) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        calls = []
        for one in _quantile_calls(1)(rng, shape):
            out = np.quantile(*one.args, **one.kwargs)
            g = drawn(rng, np.shape(out) if with_g else shape)[()]
            calls.append(D.call(g, *one.args, **one.kwargs))
        return calls

    return domain


@rules.linear(
    "dpc.unquantile",
    infer=infers(_like_second),
    constant=("a", "q"),
    domain=_along(True),
)
def unquantile(
    h: Any,
    g: Any,
    a: Any,
    q: Any,
    axis: Any = None,
    keepdims: Any = False,
    method: Any = "linear",
    *,
    out: Any,
) -> Any:
    return rt.quantile_along(h, a, q, axis, keepdims, method)


@rules.linear("dpc.quantile_along", constant=("a", "q"), domain=_along(False))
def quantile_along(
    h: Any,
    x: Any,
    a: Any,
    q: Any,
    axis: Any = None,
    keepdims: Any = False,
    method: Any = "linear",
    *,
    out: Any,
) -> Any:
    return rt.unquantile(h, a, q, axis, keepdims, method)
