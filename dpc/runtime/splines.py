"""B-splines between the points of a grid, as `scipy.ndimage` has them.

The recursion of Cox and de Boor gives the weights; the derivative of a B-spline is the
difference of two of one degree less (C. de Boor, "A Practical Guide to Splines", 1978).
"""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module


def spline_weights(c: Any, order: int, rate: int = 0) -> Any:
    """The weights of the `order + 1` grid points around each place of `c`.

    Their derivative in `c`, if `rate` is 1, and so on. The result has one axis more
    than `c`, in front.
    """
    xp = array_module(c)
    c = c if order % 2 else c + 0.5
    share = c - xp.floor(c)
    lines = [xp.ones_like(share) if rate <= order else xp.zeros_like(share)]
    for n in range(1, order - rate + 1):
        left = [(k + 1 - share) * line for k, line in enumerate(lines)]
        right = [(share + n - 1 - k) * line for k, line in enumerate(lines)]
        lines = [part / n for part in _shifted_sum(left, right)]
    for _ in range(rate):
        lines = _shifted_sum([-line for line in lines], lines)
    return xp.stack(lines[: order + 1])


def _shifted_sum(left: list[Any], right: list[Any]) -> list[Any]:
    """`left[k] + right[k - 1]`, one element more than each of them has."""
    inner = [a + b for a, b in zip(left[1:], right[:-1], strict=True)]
    return [left[0], *inner, right[-1]]


def spline_places(c: Any, size: int, order: int, mode: str) -> Any:
    """The indices of these grid points, those that stand for them beyond the edges."""
    xp = array_module(c)
    first = xp.floor(c if order % 2 else c + 0.5).astype(int) - order // 2
    steps = xp.arange(order + 1).reshape((-1, *(1,) * first.ndim))
    places = first + steps
    if mode == "nearest":
        return xp.clip(places, 0, size - 1)
    if mode == "grid-constant":  # one point more lies on each side
        return xp.clip(places, -1, size) + 1
    if mode == "grid-wrap":
        return places % size
    if mode in ("reflect", "grid-mirror"):
        turn = places % (2 * size)
        return xp.minimum(turn, 2 * size - 1 - turn)
    turn = places % max(2 * size - 2, 1)
    return xp.minimum(turn, max(2 * size - 2, 1) - turn) if size > 1 else 0 * places


def mirror_weights(x: Any, axis: int) -> Any:
    """How often each line across an axis stands in a mirrored period, halved."""
    xp = array_module(x)
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    weights = xp.ones(shape, x.real.dtype)
    lines = xp.moveaxis(weights, axis, 0)
    lines[0], lines[-1] = 0.5, 0.5
    return weights
