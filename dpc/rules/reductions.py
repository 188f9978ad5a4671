"""Functions that take the elements along some axes together: sums, means, extrema.

Where the shapes are known, a cotangent stays as small as the result and broadcasts in
use; where they are not, `rt.unreduce` spreads it when the program runs.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.library import Infer
from dpc.rules import results
from dpc.rules.domains import Call, reduced
from dpc.rules.results import UNKNOWN, Args, Kwargs
from dpc.rules.ruleset import Body, Refused, RuleSet
from dpc.rules.trace import (
    NOT_KNOWN,
    Traced,
    as_array,
    is_narrow,
    is_real,
    may_be_narrow,
    realised,
    rt,
)

rules = RuleSet("reductions")


def reduction(dtype: Callable[[str], str]) -> Infer:
    """The result of a reduction with `axis` as its second operand."""

    def infer(args: Args, kwargs: Kwargs) -> Fact:
        a = results.operand(args, kwargs, 0, "a") or F.ANY
        axis = results.literal(results.operand(args, kwargs, 1, "axis"))
        keep = results.literal(kwargs.get("keepdims"))
        given = results.given_dtype(kwargs.get("dtype"))
        found = dtype(a.dtype) if given is None else given
        if axis is None and not keep:
            return Fact("scalar", found, ())
        shape = None if a.shape is None or keep is UNKNOWN else a.shape
        if shape is None or axis is UNKNOWN:
            return Fact("number", found)
        return results.shaped(
            "number", found, results.reduced_shape(shape, axis, bool(keep))
        )

    return infer


def summed_dtype(dtype: str) -> str:
    """Sums of truth values and small integers are taken in 64 bits."""
    if dtype[:1] in ("b", "i"):
        return "i8"
    return "u8" if dtype[:1] == "u" else dtype


def same_dtype(dtype: str) -> str:
    """Extrema are elements."""
    return dtype


def real_dtype(dtype: str) -> str:
    """The dtype of absolute values."""
    return {"c16": "f8", "c8": "f4", "c": "f"}.get(dtype, dtype)


SUM = reduction(summed_dtype)
MEAN = reduction(results.float_dtype)
EXTREMUM = reduction(same_dtype)
VARIANCE = reduction(lambda dtype: real_dtype(results.float_dtype(dtype)))


def spread_out(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    """Calls along axes that hold at least two elements, with both denominators."""
    return reduced(least=2)(rng, shape) + reduced(least=2, ddof=1)(rng, shape)


def known(a: Any, axis: Any) -> bool:
    """The rank of `a` and the axes are known while the program is built."""
    return (
        isinstance(a, Traced)
        and a.fact.is_array
        and a.rank is not None
        and literal(axis)
    )


def literal(axis: Any) -> bool:
    """`axis` is a literal."""
    return not isinstance(axis, Traced)


def lowered(g: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    """The result of a reduction of `a`, in a shape that broadcasts against `a`."""
    if not isinstance(g, Traced) or not isinstance(a, Traced):
        return rt.unreduce(g, a, axis, keepdims)
    scalar = axis is None and g.fact.is_scalar
    if scalar and a.fact.is_number and a.rank is not None:
        return g
    rank = a.rank if known(a, axis) and g.rank is not None else None
    if rank is None or keepdims not in (True, False):
        return rt.unreduce(g, a, axis, keepdims)
    along = results.axes(axis, rank)
    assert along is not None
    # NumPy fills up the front by itself: only axes behind a kept one are put back.
    first_kept = next((i for i in range(rank) if i not in along), rank)
    if keepdims or all(i < first_kept for i in along):
        return g
    return g[tuple(None if i in along else slice(None) for i in range(rank))]


def count(a: Any, axis: Any) -> Any:
    """The number of elements that are taken together."""
    if axis is None and isinstance(a, Traced) and a.fact.is_array:
        return a.size
    if known(a, axis) and isinstance(axis, int):
        return a.shape[axis]
    return rt.count_along(a, axis)


def weighted(
    family: RuleSet, *keys: str, infer: Infer, domain: Any = None
) -> Callable[[Body], Body]:
    """Declare the derivative of a reduction in each element of its first operand.

    The body multiplies `h` with it, in the shape of that operand. In reverse mode `h`
    is the cotangent of the result, spread over the elements; in forward mode it is the
    tangent of the elements, and the products are summed.
    """

    def declare(body: Body) -> Body:
        names = list(inspect.signature(body).parameters)
        first = names[1]

        @functools.wraps(body)
        def pull(g: Any, **bound: Any) -> Any:
            given = bound[first]
            if infer is VARIANCE:
                g = realised(g, given, bound["out"])
            a = bound[first] = _certainly_array(given)
            h = lowered(g, a, bound.get("axis"), bound.get("keepdims", False))
            a_bar = body(h, **bound)
            a_bar = a_bar if a is given else rt.nested_like(a_bar, given)
            rest = (NOT_KNOWN if name == "ddof" else None for name in names[2:-1])
            return a_bar, *rest

        @functools.wraps(body)
        def push(a_dot: Any, **bound: Any) -> Any:
            given = bound[first]
            bound[first] = _certainly_array(given)
            kept = {k: bound[k] for k in ("axis", "keepdims") if k in bound}
            rate = np.sum(body(_certainly_array(a_dot), **bound), **kept)
            return realised(rate, given, bound["out"]) if infer is VARIANCE else rate

        family.pullback(*keys, domain=domain or reduced(), infer=infer)(pull)
        family.pushforward(*keys)(push)
        return body

    return declare


def _certainly_array(x: Any) -> Any:
    """An operand that may be a list as an array: `==` of lists is one truth value."""
    unknown = isinstance(x, Traced) and x.fact.kind == "any"
    return as_array(x) if unknown else x


def total(x: Any, axis: Any, like: Any = None) -> Any:
    """The sum along `axis` in a shape that broadcasts against `x`.

    `like`: what a sum of truth values will divide, so that it comes in its dtype.
    """
    if may_be_narrow(like):
        like = as_array(like)
    narrow = is_narrow(like) or may_be_narrow(like)
    dtype = {"dtype": like.dtype} if narrow else {}
    if axis is None:
        return np.sum(x, **dtype)
    return np.sum(x, axis=axis, keepdims=True, **dtype)


def deviation(a: Any, axis: Any) -> Any:
    """How far each element is from the mean; its conjugate if it is complex."""
    mean = np.mean(a) if axis is None else np.mean(a, axis=axis, keepdims=True)
    return a - mean if is_real(a) else np.conj(a - mean)


@rules.linear("np.sum", domain=reduced(), infer=SUM, shape_only=(0,), can_fail=False)
def sum_(
    g: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    out: Any,
) -> Any:
    return lowered(g, a, axis, keepdims)


@rules.linear("np.mean", domain=reduced(least=1), infer=MEAN, shape_only=(0,))
def mean(
    g: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    out: Any,
) -> Any:
    return lowered(g / count(a, axis), a, axis, keepdims)


def _extremum(end: float, *keys: str) -> None:
    """Elements that tie share; `initial` may be what the result of nothing is."""

    @weighted(rules, *keys, infer=EXTREMUM, domain=reduced(least=1))
    def extremum(
        h: Any,
        a: Any,
        axis: Any = None,
        *,
        keepdims: Any = False,
        initial: Any = None,
        out: Any,
    ) -> Any:
        if isinstance(initial, Traced) or initial not in (None, end):
            raise Refused("an extremum with initial= is that of two")
        ties = a == lowered(out, a, axis, keepdims)
        return ties * (h / total(ties, axis, a))


_extremum(-np.inf, "np.max", "np.amax")
_extremum(np.inf, "np.min", "np.amin")


@weighted(rules, "np.ptp", infer=EXTREMUM, domain=reduced(least=1))
def ptp(h: Any, a: Any, axis: Any = None, *, keepdims: Any = False, out: Any) -> Any:
    high = a == lowered(np.max(a, axis=axis, keepdims=keepdims), a, axis, keepdims)
    low = a == lowered(np.min(a, axis=axis, keepdims=keepdims), a, axis, keepdims)
    return high * (h / total(high, axis, a)) - low * (h / total(low, axis, a))


@weighted(rules, "np.prod", infer=SUM)
def prod(
    h: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: Any = False,
    out: Any,
) -> Any:
    return h * rt.products_before(a, axis) * rt.products_before(a, axis, True)


@weighted(rules, "np.var", infer=VARIANCE, domain=spread_out)
def var(
    h: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: Any = False,
    out: Any,
) -> Any:
    return 2 * h / (count(a, axis) - ddof) * deviation(a, axis)


@weighted(rules, "np.std", infer=VARIANCE, domain=spread_out)
def std(
    h: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: Any = 0,
    keepdims: Any = False,
    out: Any,
) -> Any:
    norm = (count(a, axis) - ddof) * lowered(out, a, axis, keepdims)
    return rt.ratio(h, norm) * deviation(a, axis)
