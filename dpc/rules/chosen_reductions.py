"""Reductions with `where`, `initial`, `mean`, `correction`, and of several results.

The plain calls have rules of their own, which these stand beside.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.rules import domains as D, results
from dpc.rules.composed import composition
from dpc.rules.reductions import spread_out
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, rt

rules = RuleSet("chosen_reductions")


def chosen(least: int, **more: Any) -> Any:
    """Calls with `where=`, which keeps at least so many elements of each line."""

    def domain(rng: Any, shape: Any) -> list[D.Call]:
        calls = []
        for one in spread_out(rng, shape)[:6]:
            kept = rng.random(shape) > 0.4
            counts = np.sum(kept, axis=one.kwargs["axis"])
            if np.min(counts, initial=99) >= least:
                named = {k: v for k, v in one.kwargs.items() if k != "ddof"}
                calls.append(D.call(*one.args, where=kept, **named, **more))
        if shape == (2, 3):
            x = drawn(rng, shape)
            row = np.array([True, True, True])
            calls.append(D.call(x, axis=1, where=row, keepdims=True, **more))
        return calls

    return domain


def started(interval: D.Interval = D.REAL) -> Any:
    """Calls with `initial=`, and with `where=` as well."""

    def domain(rng: Any, shape: Any) -> list[D.Call]:
        x = D.draw(rng, shape, interval)
        calls = [D.call(x, initial=0.35), D.call(x, initial=-1.5, where=x < 0.9)]
        return [*calls, D.call(x, axis=0, initial=0.35)] if shape else calls

    return domain


def kept(a: Any, where: Any, value: float) -> Any:
    """`a` with a value in the place of what is left out."""
    return a if where is True else np.where(where, a, value)


def typed(dtype: Any) -> dict[str, Any]:
    """The operand `dtype`, if it is given."""
    return {} if dtype is None else {"dtype": dtype}


@composition(rules, "np.sum", domain=started(), fallback=True)
def sum_(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    total = np.sum(kept(a, where, 0.0), axis=axis, keepdims=keepdims, **typed(dtype))
    return total if initial is None else total + initial


@composition(rules, "np.prod", domain=started(D.POSITIVE), fallback=True)
def prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    total = np.prod(kept(a, where, 1.0), axis=axis, keepdims=keepdims, **typed(dtype))
    return total if initial is None else total * initial


def _extremum(key: str, reduce: Any, choose: Any, end: float) -> None:
    names = (key, key.replace("np.", "np.a"))

    def best(whole: Any, axis: Any, keepdims: Any, initial: Any) -> Any:
        if initial is None:
            return reduce(whole, axis=axis, keepdims=keepdims)
        # Of nothing it is `initial` alone.
        found = reduce(whole, axis=axis, keepdims=keepdims, initial=end)
        return choose(found, initial)

    @composition(rules, *names, domain=started(), fallback=True)
    def extremum(
        a: Any,
        axis: Any = None,
        *,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        return best(kept(a, where, end), axis, keepdims, initial)

    nan = key.replace("np.", "np.nan")

    @composition(rules, nan, domain=started(), fallback=True)
    def nan_extremum(
        a: Any,
        axis: Any = None,
        *,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        whole = np.where(np.isnan(a), end, kept(a, where, end))
        return best(whole, axis, keepdims, initial)


_extremum("np.max", np.max, np.maximum, -np.inf)
_extremum("np.min", np.min, np.minimum, np.inf)


@composition(rules, "np.nansum", domain=started(), fallback=True)
def nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    whole = np.where(np.isnan(a), 0.0, kept(a, where, 0.0))
    total = np.sum(whole, axis=axis, keepdims=keepdims, **typed(dtype))
    return total if initial is None else total + initial


@composition(rules, "np.nanprod", domain=started(D.POSITIVE), fallback=True)
def nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    whole = np.where(np.isnan(a), 1.0, kept(a, where, 1.0))
    total = np.prod(whole, axis=axis, keepdims=keepdims, **typed(dtype))
    return total if initial is None else total * initial


def _count(a: Any, where: Any, axis: Any, keepdims: Any) -> Any:
    """How many elements are taken together, in the dtype of `a`."""
    ones = kept(np.ones_like(a), where, 0.0)
    return np.sum(ones, axis=axis, keepdims=keepdims)


def _mean(a: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    total = np.sum(kept(a, where, 0.0), axis=axis, keepdims=keepdims)
    return total / _count(a, where, axis, keepdims)


@composition(rules, "np.mean", domain=chosen(1), fallback=True)
def mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    where: Any = True,
) -> Any:
    return _mean(a, axis, keepdims, where)


@composition(rules, "np.nanmean", domain=chosen(1), fallback=True)
def nanmean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    where: Any = True,
) -> Any:
    there = np.logical_not(np.isnan(a))
    there = there if where is True else np.logical_and(where, there)
    return _mean(np.where(np.isnan(a), 0.0, a), axis, keepdims, there)


def _variance(
    a: Any, axis: Any, ddof: Any, keepdims: Any, where: Any, mean: Any
) -> Any:
    center = _mean(a, axis, True, where) if mean is None else mean
    away = kept(a - center, where, 0.0)
    total = np.sum(np.real(away * np.conj(away)), axis=axis, keepdims=keepdims)
    return total / (_count(np.real(a), where, axis, keepdims) - ddof)


def _corrected(ddof: Any, correction: Any) -> Any:
    return ddof if correction is None else correction


@composition(rules, "np.var", domain=chosen(2, ddof=1), fallback=True)
def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    return _variance(a, axis, _corrected(ddof, correction), keepdims, where, mean)


@composition(
    rules,
    "np.std",
    domain=chosen(2),
    infer=results.fixed(F.NUMBER),
    fallback=True,
)
def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    ddof = _corrected(ddof, correction)
    found = _variance(a, axis, ddof, keepdims, where, mean)
    # Where all elements are equal the derivative is 0.
    return np.where(found == 0, 0.0, np.sqrt(np.where(found == 0, 1.0, found)))


def _weighted(rng: Any, shape: Any) -> list[D.Call]:
    x, w = drawn(rng, shape), D.draw(rng, shape, D.POSITIVE)
    calls = [D.call(x, weights=w, returned=True), D.call(x, returned=True)]
    return calls if shape and x.size else []


@composition(rules, "np.average", domain=_weighted, fallback=True)
def average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: Any = False,
    *,
    keepdims: Any = False,
) -> Any:
    named = {} if weights is None else {"weights": weights}
    mean = np.average(a, axis=axis, keepdims=keepdims, **named)
    if isinstance(returned, Traced):
        raise Refused("np.average with a returned= that is not a literal has no rule")
    if not returned:
        return mean
    if weights is None:
        return mean, np.sum(np.ones_like(a), axis=axis, keepdims=keepdims)
    whole = rt.full_like(rt.weights_along(weights, a, axis), a)
    return mean, np.sum(whole, axis=axis, keepdims=keepdims)


def _flat(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(x, overwrite_input=False)] if x.size else []


@composition(rules, "np.median", domain=_flat, fallback=True)
def median(
    a: Any,
    axis: Any = None,
    overwrite_input: Any = False,
    keepdims: Any = False,
) -> Any:
    if overwrite_input is not False:
        raise Refused("np.median with overwrite_input=True has no rule: leave it out")
    return np.median(a, axis=axis, keepdims=keepdims)
