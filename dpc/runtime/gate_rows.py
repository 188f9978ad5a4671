"""Sigmoid gates over a batch: each row has its own weights; see `gates`.

Nothing warns of a branch that is not finite: which rows take it is not said.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dpc.runtime.gates import LIMIT
from dpc.runtime.refused import NoBlendError


def gates_rows(d: Any, t: Any, tie: Any = False) -> tuple[Any, Any]:
    """The weights of `d > 0` and of its opposite, in the shape of `d`."""
    hard = np.asarray(t) == 0
    kind = np.result_type(d, np.float16)
    test = np.where(tie, d >= 0, d > 0)
    if d.dtype.kind not in "f":
        return test.astype(float), (~test).astype(float)
    small = np.exp(-np.abs(d / np.where(hard, 1, t)))
    weight = 1 / (1 + small)
    other = np.where(small <= math.exp(-LIMIT), 0, small * weight)
    large = np.where(other == 0, 1, weight)
    up, down = d > 0, d <= 0  # neither, for NaN
    p = np.where(hard, test, np.where(up, large, np.where(down, other, 0)))
    q = np.where(hard, ~test, np.where(up, other, np.where(down, large, 1)))
    return p.astype(kind), q.astype(kind)


def blend_rows(p: Any, a: Any, q: Any, b: Any) -> Any:
    """`a` and `b` by weight; one that has all the weight counts alone."""
    try:
        mean = p * a + q * b
    except ValueError:
        raise NoBlendError(
            f"rows of the shapes {a.shape[1:]} and {b.shape[1:]}"
        ) from None
    return np.where(q == 0, a, np.where(p == 0, b, mean))


def blend_finite_rows(p: Any, a: Any, q: Any, b: Any) -> Any:
    """`a` and `b` by weight; where the lighter one is not finite, the other alone."""
    light, heavy = np.where(p < q, a, b), np.where(p < q, b, a)
    lost = ~np.isfinite(light) & (light != heavy) & (p != 0) & (q != 0)
    return np.where(lost, heavy, blend_rows(p, a, q, b))


def share_of_rows(p: Any, a: Any, q: Any, b: Any) -> Any:
    """The weight that `a` has in `blend_finite_rows`."""
    lost = np.where(p >= q, ~np.isfinite(b), ~np.isfinite(a))
    return np.where(q == 0, 1.0, np.where(lost, np.where(p > q, 1.0, 0.0), p))


def counted_rows(a: Any, b: Any) -> Any:
    """`a`, where both values are finite and the blend varies with its weights."""
    return np.where(np.isfinite(a) & np.isfinite(b), a, 0)


def counts_rows(a: Any, b: Any) -> Any:
    """1 where both values are finite, else 0: the slope of `counted_rows`."""
    return (np.isfinite(a) & np.isfinite(b)).astype(np.result_type(a, b))


def contrast_rows(a: Any, b: Any) -> Any:
    """`a - b`, where both are finite: how the blend varies with the weight of `a`."""
    return counted_rows(a, b) - counted_rows(b, a)
