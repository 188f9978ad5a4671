"""`np.unique`: the first of the elements, or of the parts, that are equal."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir.library import unknown
from dpc.rules import domains as D
from dpc.rules.nested import like_operand
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, as_array, rt

rules = RuleSet("distinct")


def _domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    if not np.size(x):
        return []
    calls = [D.call(x), D.call(x, return_counts=True)]
    return [*calls, D.call(x, axis=0), D.call(x, axis=-1)] if shape else calls


@rules.pullback("np.unique", domain=_domain, infer=unknown)
def unique(
    g: Any,
    ar: Any,
    return_index: Any = False,
    return_inverse: Any = False,
    return_counts: Any = False,
    axis: Any = None,
    *,
    equal_nan: Any = True,
    sorted: Any = True,
    out: Any,
) -> Any:
    several = _several(return_index, return_inverse, return_counts)
    values, x = g[0] if several else g, as_array(ar)
    index = _index(rt.distinct_places(x, axis), axis)
    if axis is None:
        return like_operand(rt.scatter(values, np.ravel(x), index), ar)
    return rt.scatter(values, x, index)


@rules.pushforward("np.unique")
def unique_tangent(
    ar_dot: Any,
    ar: Any,
    return_index: Any = False,
    return_inverse: Any = False,
    return_counts: Any = False,
    axis: Any = None,
    *,
    equal_nan: Any = True,
    sorted: Any = True,
    out: Any,
) -> Any:
    flags = return_index, return_inverse, return_counts
    several, x = _several(*flags), as_array(ar)
    index = _index(rt.distinct_places(x, axis), axis)
    dot = (np.ravel(ar_dot) if axis is None else ar_dot)[index]
    if not several:
        return dot
    return (dot, *(np.zeros_like(out[k + 1]) for k in range(sum(map(bool, flags)))))


def _several(*flags: Any) -> bool:
    """Whether indices or counts come with the values."""
    if any(isinstance(flag, Traced) for flag in flags):
        raise Refused("np.unique with operands that are not literals has no rule")
    return any(flags)


def _index(places: Any, axis: Any) -> Any:
    """What selects the parts at these places."""
    if axis is None:
        return places
    if not isinstance(axis, int):
        raise Refused("np.unique along an axis that is not a literal has no rule")
    if axis < 0:
        return (..., places, *(slice(None),) * (-axis - 1))
    return (*(slice(None),) * axis, places)


rules.constant("dpc.distinct_places")
