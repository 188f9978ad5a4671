"""What functions that write to an array leave there: `np.put`, `np.multiply.at`."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.rules import domains as D, results
from dpc.rules.composed import composition
from dpc.rules.ruleset import RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import applied, as_array, rt

rules = RuleSet("writing")

rules.constant(
    *("dpc.flat_places", "dpc.line_places", "dpc.diagonal_places", "dpc.scatter_index"),
    infer=results.fixed(F.Fact("tuple", element=F.array("i8"))),
    shape_only=(0,),
)


def _values(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, (2,))
    return [D.call(x, np.zeros(shape)), D.call(0.5, np.zeros(shape))]


@composition(rules, "dpc.repeated", domain=_values)
def repeated(values: Any, like: Any) -> Any:
    return np.ravel(as_array(values))[rt.places_resized(values, np.shape(like))]


def _places(rng: Any, shape: Any) -> list[D.Call]:
    x = np.asarray(D.draw(rng, shape, D.POSITIVE))
    if not shape or not x.size:
        return []
    places = rng.integers(0, shape[0], 4)
    rows = D.draw(rng, (4, *shape[1:]), D.POSITIVE)
    return [D.call(x, places, rows), D.call(x, places, 0.7), D.call(x, 0, 1.3)]


def _others(x: Any, index: Any, factors: Any) -> tuple[Any, Any]:
    """All factors, and for each the product of the others of its place."""
    whole = np.zeros_like(x)[index] + factors
    zero = whole == 0
    zeros = rt.scatter(np.where(zero, np.ones_like(whole), 0.0), x, index)[index]
    rest = np.where(zero, 1.0, whole)
    product = rt.multiplied_at(np.ones_like(x), index, rest)[index] / rest
    alone = np.where(zero, zeros == 1, zeros == 0)
    return whole, np.where(alone, product, 0.0)


@rules.pullback("dpc.multiplied_at", domain=_places, infer=results.first, shape_only=())
def multiplied_at(g: Any, x: Any, index: Any, factors: Any, *, out: Any) -> Any:
    whole, others = _others(x, index, factors)
    x_bar = g * rt.multiplied_at(np.ones_like(x), index, whole)
    return x_bar, None, rt.unbroadcast((g * x)[index] * others, factors)


@rules.pushforward("dpc.multiplied_at")
def multiplied_at_tangent(
    x_dot: Any,
    index_dot: Any,
    factors_dot: Any,
    x: Any,
    index: Any,
    factors: Any,
    *,
    out: Any,
) -> Any:
    whole, others = _others(x, index, factors)
    rate = np.zeros_like(x)
    if x_dot is not None:
        rate = x_dot * rt.multiplied_at(np.ones_like(x), index, whole)
    if factors_dot is None:
        return rate
    return rate + rt.scatter(x[index] * others * factors_dot, x, index)


def _extremum_at(name: str) -> None:
    key = f"dpc.{name}_at"

    @composition(rules, key, domain=_places, infer=results.first)
    def extremum_at(x: Any, index: Any, values: Any) -> Any:
        # Whoever is the extremum of its place has an equal share of it.
        best = applied(key, *map(rt.stop_gradient, (x, index, values)))
        # What is stored is rounded to the precision of `x`.
        whole = applied("np.asarray", np.zeros_like(x)[index] + values, dtype=x.dtype)
        first = np.where(x == best, np.ones_like(x), 0.0)
        others = np.where(whole == best[index], np.ones_like(whole), 0.0)
        count = first + rt.scatter(others, x, index)
        return (first * x + rt.scatter(others * whole, x, index)) / count


_extremum_at("maximum")
_extremum_at("minimum")
