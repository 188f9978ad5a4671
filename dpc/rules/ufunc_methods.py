"""`reduce`, `accumulate` and `outer` of ufuncs, by the functions that they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules import domains as D
from dpc.rules.composed import composition
from dpc.rules.known import array_of
from dpc.rules.nested import fact_of, items_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import applied, as_array, rt

rules = RuleSet("ufunc_methods")

NONE: Any = None


def _reductions(least: int) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        found = []
        for axis in (0, -1, None, tuple(range(len(shape)))):
            x = D.draw(rng, shape, D.POSITIVE)
            sizes = np.sum(np.ones(shape), axis=axis) if shape else np.zeros(1)
            if shape and sizes.min(initial=np.inf) >= least:
                found.append(D.call(x, axis))
                found.append(D.call(x, axis=axis, keepdims=True))
        return found[:-2] if len(shape) < 2 else found

    return domain


def _selected(function: Any, start: Any) -> Any:
    """A reduction with `initial` and `where`, of which `start` changes nothing."""

    def reduction(
        a: Any, axis: Any, dtype: Any, keepdims: Any, initial: Any, where: Any
    ) -> Any:
        named: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
        if dtype is not None:
            # The largest and the smallest element are of the dtype of all of them.
            if start is None:
                a = applied("method.astype", a, dtype)
            else:
                named["dtype"] = dtype
        if initial is not None:
            named["initial"] = initial
        if where is not True:
            named["where"] = where
        return function(a, **named)

    return reduction


_sum = _selected(np.sum, 0)
_prod = _selected(np.prod, 1)
_max = _selected(np.max, None)
_min = _selected(np.min, None)


def _reduce(key: str, function: Any, least: int) -> None:
    @composition(rules, f"{key}.reduce", domain=_reductions(least))
    def reduce(
        array: Any,
        axis: Any = 0,
        dtype: Any = None,
        *,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        return function(as_array(array), axis, dtype, keepdims, initial, where)


_reduce("np.add", _sum, 0)
_reduce("np.multiply", _prod, 0)
_reduce("np.maximum", _max, 1)
_reduce("np.minimum", _min, 1)


def _logsumexp(*given: Any) -> Any:
    a, axis, dtype, keepdims, initial, where = given
    if dtype is not None or initial is not None or where is not True:
        raise Refused(
            "np.logaddexp.reduce with more than axis and keepdims has no rule"
        )
    return rt.logsumexp(a, axis=axis, keepdims=keepdims)


_reduce("np.logaddexp", _logsumexp, 1)


def _scans(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(x, axis) for axis in range(-len(shape), len(shape))]


def _accumulate(key: str, function: Any) -> None:
    @composition(rules, f"{key}.accumulate", domain=_scans)
    def accumulate(array: Any, axis: Any = 0, dtype: Any = None) -> Any:
        return function(as_array(array), axis=axis, dtype=dtype)


_accumulate("np.add", np.cumsum)
_accumulate("np.multiply", np.cumprod)


def _cuts(rng: Any, shape: Any) -> list[D.Call]:
    if not shape or shape[0] < 3:
        return []
    x = drawn(rng, shape)
    return [D.call(x, [0, 2]), D.call(x, np.array([1, 0, 2, 2]))]


@composition(rules, "np.add.reduceat", domain=_cuts)
def add_reduceat(array: Any, indices: Any, axis: Any = 0, dtype: Any = None) -> Any:
    # Sums between two places are differences of running sums; a place that is not
    # before the next one stands for its own element.
    begin = as_array(indices)
    sums = np.cumsum(np.moveaxis(as_array(array), axis, 0), axis=0, dtype=dtype)
    lines = np.concatenate([np.zeros_like(sums[:1]), sums], axis=0)
    size = lines.shape[0] - 1
    after = np.concatenate([begin[1:], np.reshape(size, (1,))])
    end = np.where(after > begin, after, begin + 1)
    return np.moveaxis(lines[end] - lines[begin], 0, axis)


def _places(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2 or min(shape) < 3:
        return []
    x = D.draw(rng, shape, D.POSITIVE)
    return [D.call(x, [0, 2]), D.call(x, [1, 0, 2, 2], axis=-1)]


def _reduceat(key: str, function: Any) -> None:
    """The reduction of each part; a place that is not before the next one stands for
    its own element."""

    @composition(rules, f"{key}.reduceat", domain=_places)
    def reduceat(array: Any, indices: Any, axis: Any = 0, dtype: Any = None) -> Any:
        begin = _literals(indices)
        if begin is None or dtype is not None:
            raise Refused(
                f"{key}.reduceat has a derivative rule for a list of literal places "
                f"only: write a loop over the parts, with {key}.reduce in it"
            )
        rows = np.moveaxis(as_array(array), axis, 0)
        parts = []
        for first, last in zip(begin, (*begin[1:], None), strict=True):
            single = last is not None and last <= first
            if single:
                parts.append(rows[first])
            else:
                parts.append(function(rows[first:last], 0, None, False, None, True))
        return np.moveaxis(np.stack(parts), 0, axis)


def _literals(indices: Any) -> list[int] | None:
    found = items_of(indices)
    if found is None or not all(isinstance(item, int) for item in found):
        return None
    return found


_reduceat("np.multiply", _prod)
_reduceat("np.maximum", _max)
_reduceat("np.minimum", _min)
_reduceat("np.logaddexp", _logsumexp)


def _pairs(rng: Any, shape: Any) -> list[D.Call]:
    x = D.draw(rng, shape, D.POSITIVE)
    y = D.draw(rng, (2,), (2.6, 3.4))
    return [D.call(x, y), D.call(y, x)]


def _beside(a: Any, b: Any) -> Any:
    """`a` with an axis of size one for each of `b`."""
    rank = array_of(fact_of(b)).rank
    if rank is None:
        return np.multiply.outer(a, np.ones_like(b))
    whole = as_array(a)
    return np.expand_dims(whole, tuple(range(-rank, 0))) if rank else whole


def _outer(function: np.ufunc) -> None:
    @composition(rules, f"np.{function.__name__}.outer", domain=_pairs)
    def outer(a: Any, b: Any) -> Any:
        return function(_beside(a, b), b)


for _function in (
    *(np.divide, np.power, np.maximum, np.minimum, np.hypot, np.arctan2),
    *(np.logaddexp, np.fmax, np.fmin, np.float_power),
):
    _outer(_function)
