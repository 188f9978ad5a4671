"""Numbers at even distances, on a scale of their own or of their logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules import domains as D
from dpc.rules.composed import composition
from dpc.rules.creation import RANGE
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import Traced, applied, as_array, rt

rules = RuleSet("ranges")

rules.constant("dpc.steps_between")


def _spans(rng: Any, shape: Any) -> list[D.Call]:
    if shape:
        return []
    return [D.call(0.3, 2.9), D.call(0.3, 2.9, 0.7), D.call(2.3)]


@composition(rules, "np.arange", domain=_spans, infer=RANGE, trivial=True)
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    count = rt.steps_between(start, stop, step)
    if not isinstance(count, Traced):
        return 0.0  # Of literals nothing is wanted.
    places = applied("np.arange", 0, count)
    if stop is None:
        # The numbers are 0, 1, ...: how many there are is all that the operand says.
        return places + 0.0
    return start + places * (1 if step is None else step)


def _ends(rng: Any, shape: Any) -> list[D.Call]:
    a = D.draw(rng, shape, (0.5, 1.5))
    b = D.draw(rng, shape, (2.0, 3.0))
    return [D.call(a, b, 4), D.call(a, b, 4, endpoint=False)]


@composition(rules, "np.geomspace", domain=_ends)
def geomspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    ratio = np.log(stop / start)
    powers = np.linspace(np.zeros_like(ratio), ratio, num, endpoint)
    return _moved(start * np.exp(powers), axis)


@composition(rules, "np.logspace", domain=_ends)
def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    powers = np.linspace(start, stop, num, endpoint)
    return _moved(np.power(base, powers), axis)


def _moved(x: Any, axis: Any) -> Any:
    """The numbers along another axis than the first."""
    return x if isinstance(axis, int) and axis == 0 else np.moveaxis(x, 0, axis)


def _along(rng: Any, shape: Any) -> list[D.Call]:
    a, b = D.draw(rng, shape, (0.5, 1.5)), D.draw(rng, shape, (2.0, 3.0))
    return [D.call(a, b, 4, axis=-1), D.call(a, b, 4, retstep=True)]


@composition(rules, "np.linspace", domain=_along, fallback=True)
def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    retstep: Any = False,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    if isinstance(retstep, Traced) or isinstance(endpoint, Traced):
        raise Refused("np.linspace with options that are not literals has no rule")
    numbers = _moved(np.linspace(start, stop, num, endpoint), axis)
    if not retstep:
        return numbers
    return numbers, (stop - start) / (num - 1 if endpoint else num)


def _points(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1:
        return []
    x = D.draw(rng, shape, D.REAL)
    return [D.call(x), D.call(x, 4), D.call(x, 3, increasing=True)]


@composition(rules, "np.vander", domain=_points)
def vander(x: Any, N: Any = None, increasing: Any = False) -> Any:
    points: Any = as_array(x)
    count = points.shape[0] if N is None else N
    powers = points.apply("np.arange", count)
    if isinstance(increasing, Traced):
        raise Refused("np.vander with an increasing= that is no literal has no rule")
    return points[:, None] ** (powers if increasing else powers[::-1])
