"""Medians, quantiles and percentiles that leave out NaN."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules import domains as D
from dpc.rules.quantiles import share_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import NOT_KNOWN, rt

rules = RuleSet("nan_quantiles")


def _holed(*q: Any) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        x = drawn(rng, shape)
        if not shape or x.size < 2:
            return []
        x[(0,) * x.ndim] = np.nan
        calls = [D.call(x, *q), D.call(x, *q, keepdims=True)]
        if shape[-1] > 1:
            calls.append(D.call(x, *q, axis=-1))
            calls.append(D.call(x, *q, axis=tuple(range(x.ndim)), keepdims=True))
        return calls

    return domain


@rules.pullback("np.nanmedian", domain=_holed())
def nanmedian(
    g: Any,
    a: Any,
    axis: Any = None,
    overwrite_input: Any = False,
    keepdims: Any = False,
    *,
    out: Any,
) -> Any:
    if overwrite_input is not False:
        raise Refused("np.nanmedian with overwrite_input=True has no rule")
    return rt.nan_unquantile(g, a, 0.5, axis, keepdims)


@rules.pushforward("np.nanmedian")
def nanmedian_tangent(
    a_dot: Any,
    a: Any,
    axis: Any = None,
    overwrite_input: Any = False,
    keepdims: Any = False,
    *,
    out: Any,
) -> Any:
    return rt.nan_quantile_along(a_dot, a, 0.5, axis, keepdims)


def _nan_quantile(key: str, scale: float) -> None:
    several = np.array([0.15, 0.61]) * scale

    def domain(rng: Any, shape: Any) -> list[D.Call]:
        found: list[D.Call] = _holed(0.37 * scale)(rng, shape)
        more: list[D.Call] = _holed(several)(rng, shape)
        return found + more

    @rules.pullback(key, domain=domain)
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
        if method != "linear" or overwrite_input is not False:
            raise Refused(f"{key} has a rule for method='linear' only")
        bar = rt.nan_unquantile(g, a, share_of(q, scale), axis, keepdims)
        return bar, NOT_KNOWN

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
        if q_dot is not None or method != "linear":
            raise Refused(f"no derivative of {key} in q is known")
        return rt.nan_quantile_along(a_dot, a, share_of(q, scale), axis, keepdims)


_nan_quantile("np.nanquantile", 1)
_nan_quantile("np.nanpercentile", 100)


def _with_cotangent(rng: Any, shape: Any) -> list[D.Call]:
    calls = []
    for one in _holed(0.37)(rng, shape):
        g = drawn(rng, np.shape(np.nanquantile(*one.args, **one.kwargs)))[()]
        calls.append(D.call(g, *one.args, **one.kwargs))
    return calls


@rules.linear("dpc.nan_unquantile", constant=("a", "q"), domain=_with_cotangent)
def nan_unquantile(
    h: Any, g: Any, a: Any, q: Any, axis: Any = None, keepdims: Any = False, *, out: Any
) -> Any:
    return rt.nan_quantile_along(h, a, q, axis, keepdims)


def _with_tangent(rng: Any, shape: Any) -> list[D.Call]:
    calls = _holed(0.37)(rng, shape)
    return [D.call(drawn(rng, shape), *one.args, **one.kwargs) for one in calls]


@rules.linear("dpc.nan_quantile_along", constant=("a", "q"), domain=_with_tangent)
def nan_quantile_along(
    h: Any, x: Any, a: Any, q: Any, axis: Any = None, keepdims: Any = False, *, out: Any
) -> Any:
    return rt.nan_unquantile(h, a, q, axis, keepdims)
