"""Functions that make arrays: of nothing but a shape, or of values that vary."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact
from dpc.rules import domains as D, results, sizes
from dpc.rules.arrangement import unbroadcast
from dpc.rules.known import NONE, array_of, infers, lengths
from dpc.rules.nested import unnested
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, rt

rules = RuleSet("creation")

ZERO, ONE, FIFTY = F.of_constant(0), F.of_constant(1), F.of_constant(50)


def _dtype(given: Fact, default: str) -> str:
    dtype = results.given_dtype(given)
    return default if dtype is None else dtype


def _filled(shape: Fact, dtype: Fact = NONE, order: Fact = NONE) -> Fact:
    return F.array(_dtype(dtype, "f8"), lengths(shape))


def _filled_like(
    a: Fact,
    dtype: Fact = NONE,
    order: Fact = NONE,
    subok: Fact = NONE,
    shape: Fact = NONE,
) -> Fact:
    x = array_of(a)
    given = x.shape if shape.kind == "none" else lengths(shape)
    return F.array(_dtype(dtype, x.dtype), given)


def _square(n: Fact, dtype: Fact = NONE) -> Fact:
    size = sizes.as_size(n.value)
    return F.array(_dtype(dtype, "f8"), (size, size))


def _matrix(
    N: Fact,
    M: Fact = NONE,
    k: Fact = NONE,
    dtype: Fact = NONE,
    order: Fact = NONE,
) -> Fact:
    rows = sizes.as_size(N.value)
    columns = rows if M.kind == "none" else sizes.as_size(M.value)
    return F.array(_dtype(dtype, "f8"), (rows, columns))


def _range(
    start: Fact, stop: Fact = NONE, step: Fact = NONE, dtype: Fact = NONE
) -> Fact:
    given = [fact for fact in (start, stop, step) if fact.kind != "none"]
    if any(fact.kind != "int" for fact in given):
        kinds = {fact.kind for fact in given}
        return F.array(
            _dtype(dtype, "f8" if kinds <= {"int", "float"} else ""), (None,)
        )
    lo = 0 if stop.kind == "none" else start.value
    hi = start.value if stop.kind == "none" else stop.value
    by = 1 if step.kind == "none" else step.value
    size: Dim = None
    if isinstance(lo, int) and isinstance(hi, int) and isinstance(by, int) and by:
        size = len(range(lo, hi, by))
    elif isinstance(lo, int | str) and isinstance(hi, int | str) and by == 1:
        size = sizes.as_size(sizes.minus(hi, lo))
    return F.array(_dtype(dtype, "i8"), (size,))


RANGE = infers(_range)


def _indices(dimensions: Fact, dtype: Fact = NONE, sparse: Fact = NONE) -> Fact:
    shape = lengths(dimensions)
    if shape is None or sparse.kind != "none":
        return F.ANY
    return F.array(_dtype(dtype, "i8"), (len(shape), *shape))


rules.constant("np.zeros", "np.ones", "np.empty", infer=infers(_filled), trivial=True)
rules.constant(
    "np.zeros_like",
    "np.ones_like",
    "np.empty_like",
    infer=infers(_filled_like),
    shape_only=(0,),
    trivial=True,
)
rules.constant("np.identity", infer=infers(_square), trivial=True)
rules.constant("np.eye", "np.tri", infer=infers(_matrix), trivial=True)
rules.constant("np.indices", infer=infers(_indices), trivial=True)


def _full_fact(
    shape: Fact, fill_value: Fact, dtype: Fact = NONE, order: Fact = NONE
) -> Fact:
    return F.array(_dtype(dtype, array_of(fill_value).dtype), lengths(shape))


def _full_domain(rng: Any, shape: Any) -> list[D.Call]:
    value = drawn(rng, shape)
    return [D.call(shape, 0.5), D.call((2, *shape), value)]


@rules.linear("np.full", infer=infers(_full_fact), domain=_full_domain)
def full(
    g: Any,
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "C",
    *,
    out: Any,
) -> Any:
    return None, unbroadcast(g, fill_value, out)


def _full_like_fact(
    a: Fact,
    fill_value: Fact,
    dtype: Fact = NONE,
    order: Fact = NONE,
    subok: Fact = NONE,
    shape: Fact = NONE,
) -> Fact:
    return _filled_like(a, dtype, order, subok, shape)


def _full_like_domain(rng: Any, shape: Any) -> list[D.Call]:
    return [
        D.call(np.zeros(shape), 0.5),
        D.call(np.zeros((2, *shape)), drawn(rng, shape)),
    ]


@rules.linear(
    "np.full_like",
    infer=infers(_full_like_fact),
    shape_only=(0,),
    constant=("a",),
    domain=_full_like_domain,
)
def full_like(
    g: Any,
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: Any = True,
    shape: Any = None,
    *,
    out: Any,
) -> Any:
    return None, unbroadcast(g, fill_value, out)


def _array_fact(
    object: Fact,
    dtype: Fact = NONE,
    copy: Fact = NONE,
    order: Fact = NONE,
    subok: Fact = NONE,
    ndmin: Fact = ZERO,
) -> Fact:
    x = array_of(object)
    least = results.literal(ndmin)
    if x.shape is None or not isinstance(least, int):
        return F.array(_dtype(dtype, x.dtype))
    return F.array(_dtype(dtype, x.dtype), (1,) * (least - len(x.shape)) + x.shape)


def _array_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, shape)
    return [D.call(x), D.call([x, y]), D.call([[x], [y]]), D.call((0.5, (2.5)))]


@rules.linear("np.array", infer=infers(_array_fact), domain=_array_domain)
def array(
    g: Any,
    object: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: Any = "K",
    subok: Any = False,
    ndmin: Any = 0,
    out: Any,
) -> Any:
    if copy is not True:
        raise Refused("np.array with copy= has no derivative rule: use np.asarray")
    if _is_int_above(ndmin, 0):
        g = np.reshape(g, np.shape(object))
    return unnested(g, object)


def _is_int_above(value: Any, low: int) -> bool:
    return isinstance(value, Traced) or value > low


def _asarray_fact(
    a: Fact, dtype: Fact = NONE, order: Fact = NONE, copy: Fact = NONE
) -> Fact:
    return _array_fact(a, dtype)


@rules.linear(
    "np.asarray",
    "np.asanyarray",
    "np.asarray_chkfinite",
    infer=infers(_asarray_fact),
    memory="view",
    domain=_array_domain,
)
def asarray(
    g: Any, a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, out: Any
) -> Any:
    return unnested(g, a)


def _contiguous_fact(a: Fact, dtype: Fact = NONE) -> Fact:
    x = array_of(a)
    return F.array(_dtype(dtype, x.dtype), x.shape if x.shape != () else (1,))


@rules.linear(
    "np.ascontiguousarray",
    "np.asfortranarray",
    infer=infers(_contiguous_fact),
    memory="view",
    domain=_array_domain,
)
def contiguous(g: Any, a: Any, dtype: Any = None, *, out: Any) -> Any:
    # A number becomes an array of one element.
    whole = isinstance(a, Traced) and array_of(a.fact).rank
    return unnested(g if whole else np.reshape(g, np.shape(a)), a)


def _copy_fact(a: Fact, order: Fact = NONE, subok: Fact = NONE) -> Fact:
    return array_of(a)


@rules.linear("np.copy", infer=infers(_copy_fact), domain=_array_domain)
def copy(g: Any, a: Any, order: Any = "K", subok: Any = False, *, out: Any) -> Any:
    return unnested(g, a)


@rules.linear("dpc.handed", infer=infers(_copy_fact), can_fail=False)
def handed(g: Any, a: Any, *, out: Any) -> Any:
    """An array that nobody writes any more, as good as a copy of it."""
    return g


def _linspace_fact(
    start: Fact,
    stop: Fact,
    num: Fact = FIFTY,
    endpoint: Fact = NONE,
    retstep: Fact = NONE,
    dtype: Fact = NONE,
    axis: Fact = NONE,
) -> Fact:
    if retstep.kind != "none" or axis.kind != "none":
        return F.ANY
    ends = F.broadcast(array_of(x).shape for x in (start, stop))
    found = F.elementwise((start, stop)).dtype
    kind = _dtype(dtype, "f8" if found in ("i8", "f8") else "")
    return F.array(kind, None if ends is None else (sizes.as_size(num.value), *ends))


def _linspace_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, (2, *shape))
    calls = [D.call(0.5, 2.5, 4), D.call(0.5, x), D.call(x, y, 3, endpoint=False)]
    return [*calls, D.call(x, y, num=1), D.call(0.5, 1.5, 0)]


@rules.pullback("np.linspace", infer=infers(_linspace_fact), domain=_linspace_domain)
def linspace(
    g: Any,
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    *,
    dtype: Any = None,
    out: Any,
) -> Any:
    # How far each of the points lies on the way from start to stop.
    share = g.apply("np.linspace", 0.0, 1.0, num, endpoint, dtype=g.dtype)
    start_bar, stop_bar = np.tensordot(1 - share, g, 1), np.tensordot(share, g, 1)
    return rt.unbroadcast(start_bar, start), rt.unbroadcast(stop_bar, stop)


@rules.pushforward("np.linspace")
def linspace_tangent(
    start_dot: Any,
    stop_dot: Any,
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    *,
    dtype: Any = None,
    out: Any,
) -> Any:
    left = rt.zeros(start) if start_dot is None else start_dot
    right = rt.zeros(stop) if stop_dot is None else stop_dot
    return applied("np.linspace", left, right, num, endpoint)
