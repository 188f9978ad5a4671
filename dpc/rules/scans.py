"""Running sums and products along an axis, and differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results, sizes
from dpc.rules.domains import REAL, Call, along, call, draw
from dpc.rules.reductions import summed_dtype
from dpc.rules.results import UNKNOWN, Args, Kwargs
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import Traced, applied, rt

rules = RuleSet("scans")


def scanned(args: Args, kwargs: Kwargs) -> Fact:
    a = results.operand(args, kwargs, 0, "a") or F.ANY
    axis = results.literal(results.operand(args, kwargs, 1, "axis"))
    given = results.given_dtype(results.operand(args, kwargs, 2, "dtype"))
    dtype = summed_dtype(a.dtype) if given is None else given
    if axis is None:
        flat = None if a.shape is None else (sizes.product(a.shape),)
        return F.array(dtype, flat or (None,))
    return F.array(dtype, a.shape)


def scans(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    flat = [call(draw(rng, shape, REAL))] if shape else []
    return along()(rng, shape) + flat


def backwards(x: Any, axis: Any) -> Any:
    """`x` with the order along one axis reversed."""
    rank = x.rank if isinstance(x, Traced) else None
    if isinstance(axis, Traced):
        return applied("np.flip", x, axis)
    if axis is None or rank == 1 or axis == 0:
        return x[::-1]
    if axis == -1 or (rank is not None and axis == rank - 1):
        return x[..., ::-1]
    return np.flip(x, axis)


@rules.linear("np.cumsum", domain=scans, infer=scanned, shape_only=(0,))
def cumsum(g: Any, a: Any, axis: Any = None, dtype: Any = None, *, out: Any) -> Any:
    sums = backwards(np.cumsum(backwards(g, axis), axis=axis), axis)
    flat = axis is None and not (isinstance(a, Traced) and a.rank == 1)
    return np.reshape(sums, np.shape(a)) if flat else sums


@rules.pullback("np.cumprod", domain=scans, infer=scanned)
def cumprod(g: Any, a: Any, axis: Any = None, dtype: Any = None, *, out: Any) -> Any:
    g = np.reshape(g, np.shape(a)) if axis is None else g
    return rt.products_before(a, axis) * (g + rt.sums_after(g * a, a, axis))


@rules.pushforward("np.cumprod")
def cumprod_tangent(
    a_dot: Any, a: Any, axis: Any = None, dtype: Any = None, *, out: Any
) -> Any:
    before = rt.products_before(a, axis)
    sums = a_dot * before + a * rt.sums_after(a_dot * before, a, axis, True)
    return np.reshape(sums, -1) if axis is None else sums


@rules.pullback("dpc.products_before", domain=scans, infer=results.first)
def products_before(
    h: Any, x: Any, axis: Any = None, reverse: Any = False, *, out: Any
) -> Any:
    return out * rt.sums_after(h, x, axis, reverse)


@rules.pushforward("dpc.products_before")
def products_before_tangent(
    x_dot: Any, x: Any, axis: Any = None, reverse: Any = False, *, out: Any
) -> Any:
    return rt.sums_after(x_dot * out, x, axis, not reverse)


def _pairs(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    return [
        call(draw(rng, shape, REAL), *c.args, **c.kwargs) for c in scans(rng, shape)
    ]


@rules.pullback("dpc.sums_after", domain=_pairs, infer=results.first)
def sums_after(
    g: Any, h: Any, x: Any, axis: Any = None, reverse: Any = False, *, out: Any
) -> Any:
    sums = rt.sums_after(g, x, axis, not reverse)
    return sums, sums * out


@rules.pushforward("dpc.sums_after")
def sums_after_tangent(
    h_dot: Any,
    x_dot: Any,
    h: Any,
    x: Any,
    axis: Any = None,
    reverse: Any = False,
    *,
    out: Any,
) -> Any:
    moved = 0.0 if x_dot is None else x_dot * out
    return rt.sums_after(moved if h_dot is None else h_dot + moved, x, axis, reverse)


def _difference(args: Args, kwargs: Kwargs) -> Fact:
    a = results.operand(args, kwargs, 0, "a") or F.ANY
    n = results.literal(results.operand(args, kwargs, 1, "n"), 1)
    axis = results.literal(results.operand(args, kwargs, 2, "axis"), -1)
    if {"prepend", "append"} & set(kwargs) or len(args) > 3:
        return F.array("" if a.dtype in results.NARROW else a.dtype)
    if a.shape is None or UNKNOWN in (n, axis):
        return F.array(a.dtype)
    found = results.axes(axis, len(a.shape))
    if found is None or not isinstance(n, int):
        return F.array(a.dtype)
    (along,) = found
    shape = list(a.shape)
    shape[along] = sizes.less(shape[along], n)
    return F.array(a.dtype, tuple(shape))


def _differences(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    calls = along()(rng, shape)
    for one in tuple(calls):
        calls.append(call(*one.args, n=2, **one.kwargs))
        calls.append(call(*one.args, prepend=0.5, **one.kwargs))
        calls.append(call(*one.args, append=one.args[0], **one.kwargs))
    return calls


def part(x: Any, begin: Any, end: Any, axis: int) -> Any:
    """`x[begin:end]` along one axis."""
    middle, whole = slice(begin, end), slice(None)
    if axis < 0:
        return x[(Ellipsis, middle, *(whole,) * (-axis - 1))]
    return x[(*(whole,) * axis, middle)]


@rules.pullback("np.diff", domain=_differences, infer=_difference)
def diff(
    g: Any,
    a: Any,
    n: Any = 1,
    axis: Any = -1,
    prepend: Any = None,
    append: Any = None,
    *,
    out: Any,
) -> Any:
    if not isinstance(axis, int):
        raise Refused("np.diff along an axis that is not a literal has no rule")
    before = 0 if prepend is None else rt.count_along(prepend, axis)
    after = 0 if append is None else rt.count_along(append, axis)
    last = before + a.shape[axis]
    g = rt.undiff(g, last + after, n, axis)
    if prepend is None and append is None:
        return g
    first = (
        None if prepend is None else rt.unbroadcast(part(g, 0, before, axis), prepend)
    )
    end = None if append is None else rt.unbroadcast(part(g, last, None, axis), append)
    return part(g, before, last, axis), None, None, first, end


@rules.pushforward("np.diff")
def diff_tangent(
    a_dot: Any,
    n_dot: Any,
    axis_dot: Any,
    prepend_dot: Any,
    append_dot: Any,
    a: Any,
    n: Any = 1,
    axis: Any = -1,
    prepend: Any = None,
    append: Any = None,
    *,
    out: Any,
) -> Any:
    ends = {"prepend": (prepend, prepend_dot), "append": (append, append_dot)}
    given = {
        name: 0.0 * x if dot is None else dot
        for name, (x, dot) in ends.items()
        if x is not None
    }
    return np.diff(0.0 * a if a_dot is None else a_dot, n=n, axis=axis, **given)


def _undifferences(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    x = draw(rng, shape, REAL)
    axes = range(-1, len(shape)) if shape else ()
    return [call(x, shape[axis] + n, n, axis) for axis in axes for n in (1, 2)]


@rules.linear("dpc.undiff", domain=_undifferences)
def undiff(g: Any, x: Any, size: Any, n: Any = 1, axis: Any = -1, *, out: Any) -> Any:
    return np.diff(g, n=n, axis=axis)
