"""Reductions and scans that leave out NaN: those elements get no derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules.domains import Call, Shape, reduced
from dpc.rules.reductions import (
    EXTREMUM,
    MEAN,
    SUM,
    VARIANCE,
    lowered,
    total,
    weighted,
)
from dpc.rules.ruleset import RuleSet
from dpc.rules.scans import cumprod, cumprod_tangent, cumsum, scanned, scans
from dpc.rules.trace import conj, rt

rules = RuleSet("nan_reductions")


def holed(least: int, **more: Any) -> Any:
    """Calls with a NaN among the elements, where that leaves enough of them."""

    def domain(rng: np.random.Generator, shape: Shape) -> list[Call]:
        calls = reduced(least=least, **more)(rng, shape)
        for one in calls:
            x = one.args[0]
            if x.size and np.sum(np.ones(shape), **axis_of(one)).min() > least:
                x[(0,) * x.ndim] = np.nan
        return calls

    return domain


def axis_of(one: Call) -> dict[str, Any]:
    return {k: v for k, v in one.kwargs.items() if k in ("axis", "keepdims")}


def filled(a: Any, value: Any) -> Any:
    """`a` with a value in the place of NaN."""
    return np.where(a == a, a, value)


@weighted(rules, "np.nansum", infer=SUM, domain=holed(1))
def nansum(
    h: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    out: Any,
) -> Any:
    return np.where(a == a, h, 0.0)


@weighted(rules, "np.nanmean", infer=MEAN, domain=holed(1))
def nanmean(
    h: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    out: Any,
) -> Any:
    return np.where(a == a, h / total(a == a, axis, a), 0.0)


@weighted(rules, "np.nanmax", "np.nanmin", infer=EXTREMUM, domain=holed(1))
def extremum(
    h: Any, a: Any, axis: Any = None, *, keepdims: Any = False, out: Any
) -> Any:
    ties = a == lowered(out, a, axis, keepdims)
    return ties * (h / total(ties, axis, a))


@weighted(rules, "np.nanprod", infer=SUM, domain=holed(1))
def nanprod(
    h: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    out: Any,
) -> Any:
    x = filled(a, 1.0)
    slope = h * rt.products_before(x, axis) * rt.products_before(x, axis, True)
    return np.where(a == a, slope, 0.0)


def deviation(a: Any, axis: Any) -> Any:
    """How far each element is from the mean of the numbers; conjugate if complex."""
    x = filled(a, 0.0)
    return conj(x - total(x, axis) / total(a == a, axis, a))


@weighted(rules, "np.nanvar", infer=VARIANCE, domain=holed(2))
def nanvar(
    h: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: Any = False,
    out: Any,
) -> Any:
    slope = 2 * h / (total(a == a, axis, a) - ddof) * deviation(a, axis)
    return np.where(a == a, slope, 0.0)


@weighted(rules, "np.nanstd", infer=VARIANCE, domain=holed(2))
def nanstd(
    h: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: Any = False,
    out: Any,
) -> Any:
    norm = (total(a == a, axis, a) - ddof) * lowered(out, a, axis, keepdims)
    return np.where(a == a, rt.ratio(h, norm) * deviation(a, axis), 0.0)


@rules.pullback("np.nancumsum", domain=scans, infer=scanned)
def nancumsum(g: Any, a: Any, axis: Any = None, dtype: Any = None, *, out: Any) -> Any:
    return np.where(a == a, cumsum(g, a, axis, dtype, out=out), 0.0)


@rules.pushforward("np.nancumsum")
def nancumsum_tangent(
    a_dot: Any, a: Any, axis: Any = None, dtype: Any = None, *, out: Any
) -> Any:
    return np.cumsum(np.where(a == a, a_dot, 0.0), axis=axis)


@rules.pullback("np.nancumprod", domain=scans, infer=scanned)
def nancumprod(g: Any, a: Any, axis: Any = None, dtype: Any = None, *, out: Any) -> Any:
    return np.where(a == a, cumprod(g, filled(a, 1.0), axis, dtype, out=out), 0.0)


@rules.pushforward("np.nancumprod")
def nancumprod_tangent(
    a_dot: Any, a: Any, axis: Any = None, dtype: Any = None, *, out: Any
) -> Any:
    kept = np.where(a == a, a_dot, 0.0)
    return cumprod_tangent(kept, filled(a, 1.0), axis, dtype, out=out)
