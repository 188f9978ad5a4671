"""Python's builtins, the parts of `math` that take several numbers, and containers.

What a container does to derivatives is for the transforms to say; the rules here know
the facts, the memory and the effects.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import REAL, Call, call, draw
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import applied, as_array, as_int, rt

rules = RuleSet("builtin")

_FLOATS = results.fixed(Fact("tuple", items=(F.FLOAT, F.FLOAT)))
_FLOAT_AND_INT = results.fixed(Fact("tuple", items=(F.FLOAT, F.INT)))


def _extremum(args: Args, kwargs: Kwargs) -> Fact:
    if len(args) == 1:
        element = F.element_of(args[0])
        if element is not None:
            return replace(element, value=None)
        return Fact("scalar", args[0].dtype, ()) if args[0].is_array else F.ANY
    found = args[0]
    for fact in args[1:]:
        found = F.join(found, fact)
    if found.kind == "int" and {fact.kind for fact in args} == {"int"}:
        return F.INT
    return replace(found, value=None)


def _rows(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    """Several numbers, a list of them, an array of them."""
    if len(shape) != 1 or not shape[0]:
        return []
    numbers = draw(rng, shape, REAL)
    floats = [float(x) for x in numbers]
    several = [call(*floats)] if len(floats) > 1 else []
    return [*several, call(floats), call(tuple(floats)), call(numbers)]


def _lists(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    return [one for one in _rows(rng, shape) if len(one.args) == 1]


def _one(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    numbers = [] if shape else [call(float(rng.uniform(0.6, 0.9)))]
    return [*numbers, call(np.asarray(draw(rng, shape, (0.6, 0.9))))]


def _two(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    return [call(draw(rng, shape, (0.55, 0.6)), draw(rng, shape, (0.4, 0.5)))]


@rules.pullback("max", "min", domain=_rows, infer=_extremum)
def extremum(g: Any, *operands: Any, out: Any) -> Any:
    if len(operands) == 1:
        return rt.share_ties(g, operands[0], out)
    if len(operands) == 2:
        x, y = operands
        ties = x == y
        return g * ((x == out) - 0.5 * ties), g * ((y == out) - 0.5 * ties)
    first, count = _ties(operands, out)
    return tuple(g * (one / count) for one in first)


def _ties(operands: tuple[Any, ...], out: Any) -> tuple[list[Any], Any]:
    """Which operands are the result, as integers, and how many."""
    first = [as_int(x == out) for x in operands]
    return first, sum(first[1:], first[0])


@rules.pushforward("max", "min")
def extremum_tangent(dots: Any, *operands: Any, out: Any) -> Any:
    if len(operands) == 1:
        return rt.mean_of_ties(*dots, *operands, out)
    first, count = _ties(operands, out)
    pairs = zip(dots, first, strict=True)
    terms = [dot * (one / count) for dot, one in pairs if dot is not None]
    return sum(terms[1:], terms[0])


def _summed(args: Args, kwargs: Kwargs) -> Fact:
    x = args[0] if args else F.ANY
    if x.is_array:
        if x.shape is None:
            return Fact("number", x.dtype)
        return results.shaped("array", x.dtype, x.shape[1:])
    element = F.element_of(x)
    if element is None or not element.is_number:
        return F.ANY
    start = results.operand(args, kwargs, 1, "start") or F.INT
    return results.arithmetic((element, start), {})


@rules.pullback("sum", domain=_lists, infer=_summed)
def sum_(g: Any, iterable: Any, start: Any = 0, *, out: Any) -> Any:
    return rt.spread(g, iterable), rt.unbroadcast(g, start)


@rules.pushforward("sum")
def sum_tangent(
    iterable_dot: Any, start_dot: Any, iterable: Any, start: Any = 0, *, out: Any
) -> Any:
    total = 0.0 if start_dot is None else start_dot
    return total if iterable_dot is None else applied("sum", iterable_dot, total)


@rules.linear("math.fsum", domain=_lists, infer=results.fixed(F.FLOAT))
def fsum(g: Any, seq: Any, *, out: Any) -> Any:
    return rt.spread(g, seq)


def _sorted(args: Args, kwargs: Kwargs) -> Fact:
    return Fact("list", element=F.element_of(args[0]))


@rules.linear("sorted", domain=_lists, infer=_sorted)
def sorted_(
    g: Any, iterable: Any, *, key: Any = None, reverse: Any = False, out: Any
) -> Any:
    _without(key, "sorted")
    return rt.unsort(g, iterable, reverse)


@rules.pushforward("sorted")
def sorted_tangent(
    dots: Any, iterable: Any, *, key: Any = None, reverse: Any = False, out: Any
) -> Any:
    _without(key, "sorted")
    return rt.sort_like(dots, iterable, reverse)


def _without(key: Any, name: str) -> None:
    if key is not None:
        raise Refused(f"{name} with key= has no derivative rule: sort indices instead")


@rules.linear("math.prod", domain=_lists, infer=_summed)
def prod(g: Any, iterable: Any, *, out: Any) -> Any:
    x = as_array(iterable)
    others = rt.products_before(x) * rt.products_before(x, None, True)
    return rt.nested_like(g * others, iterable)


@rules.pushforward("math.prod")
def prod_tangent(dots: Any, iterable: Any, *, out: Any) -> Any:
    x = as_array(iterable)
    others = rt.products_before(x) * rt.products_before(x, None, True)
    return np.sum(as_array(dots) * others)


def _points(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    p, q = (list(map(float, draw(rng, shape, REAL))) for _ in range(2))
    return [call(p, q), call(np.array(p), tuple(q))]


@rules.pullback("math.dist", domain=_points, infer=results.fixed(F.FLOAT))
def dist(g: Any, p: Any, q: Any, *, out: Any) -> Any:
    slope = g * rt.ratio(as_array(p) - as_array(q), out)
    return rt.nested_like(slope, p), rt.nested_like(-slope, q)


@rules.pushforward("math.dist")
def dist_tangent(p_dot: Any, q_dot: Any, p: Any, q: Any, *, out: Any) -> Any:
    slope = rt.ratio(as_array(p) - as_array(q), out)
    terms = [np.sum(slope * as_array(p_dot))] if p_dot is not None else []
    terms += [np.sum(-slope * as_array(q_dot))] if q_dot is not None else []
    return sum(terms[1:], terms[0])


@rules.elementwise("float", domain=REAL, infer=results.fixed(F.FLOAT))
def float_(x: Any, *, out: Any) -> Any:
    return 1


@rules.elementwise("complex", domain=REAL, infer=results.fixed(F.COMPLEX))
def complex_(real: Any, imag: Any = 0, *, out: Any) -> Any:
    return 1, 1j


def _divided(args: Args, kwargs: Kwargs) -> Fact:
    part = results.arithmetic(args, kwargs)
    return Fact("tuple", items=(part, part))


def _divided_by_numpy(args: Args, kwargs: Kwargs) -> Fact:
    part = results.numpys(results.arithmetic)(args, kwargs)
    return Fact("tuple", items=(part, part))


@rules.pullback("divmod", domain=_two, infer=_divided)
@rules.pullback("np.divmod", domain=_two, infer=_divided_by_numpy)
def divmod_(g: Any, x: Any, y: Any, *, out: Any) -> Any:
    rest = g[1]
    return rt.unbroadcast(rest, x), rt.unbroadcast(-rest * out[0], y)


@rules.pushforward("divmod", "np.divmod")
def divmod_tangent(x_dot: Any, y_dot: Any, x: Any, y: Any, *, out: Any) -> Any:
    rest = 0.0 if x_dot is None else x_dot
    return 0.0, rest if y_dot is None else rest - y_dot * out[0]


@rules.pullback("math.modf", domain=_one, infer=_FLOATS)
@rules.pullback("np.modf", domain=_one, infer=_divided_by_numpy)
def modf(g: Any, x: Any, *, out: Any) -> Any:
    return g[0]


@rules.pushforward("math.modf", "np.modf")
def modf_tangent(x_dot: Any, x: Any, *, out: Any) -> Any:
    return x_dot, 0.0


def _split(args: Args, kwargs: Kwargs) -> Fact:
    fraction = results.numpys(results.floating)(args, kwargs)
    return Fact("tuple", items=(fraction, replace(fraction, dtype="i4")))


@rules.pullback("math.frexp", domain=_one, infer=_FLOAT_AND_INT)
@rules.pullback("np.frexp", domain=_one, infer=_split)
def frexp(g: Any, x: Any, *, out: Any) -> Any:
    return g[0] * 2.0 ** -out[1]


@rules.pushforward("math.frexp", "np.frexp")
def frexp_tangent(x_dot: Any, x: Any, *, out: Any) -> Any:
    return x_dot * 2.0 ** -out[1], 0.0


def _either(args: Args, kwargs: Kwargs) -> Fact:
    return replace(F.join(*args), value=None)


@rules.elementwise("and", domain=REAL, infer=_either)
def and_(x: Any, y: Any, *, out: Any) -> Any:
    return applied("operator.not_", x), applied("bool", x)


@rules.elementwise("or", domain=REAL, infer=_either)
def or_(x: Any, y: Any, *, out: Any) -> Any:
    return applied("bool", x), applied("operator.not_", x)


def _rounded(args: Args, kwargs: Kwargs) -> Fact:
    x = args[0] if args else F.ANY
    if x.kind in ("float", "int", "bool"):
        digits = results.operand(args, kwargs, 1, "ndigits")
        return F.FLOAT if digits is not None and x.kind == "float" else F.INT
    return replace(x, value=None) if x.is_number else F.NUMBER


def _length(args: Args, kwargs: Kwargs) -> Fact:
    base = args[0]
    if base.is_array and base.shape:
        return replace(F.INT, value=base.shape[0])
    return F.INT if base.items is None else replace(F.INT, value=len(base.items))


def _integer(args: Args, kwargs: Kwargs) -> Fact:
    return args[0] if args and args[0].kind == "int" else F.INT


rules.constant("round", infer=_rounded)
rules.constant("len", infer=_length, trivial=True, shape_only=(0,))
rules.constant("int", infer=_integer, trivial=True)
rules.constant("bool", infer=results.fixed(F.BOOL), trivial=True)
rules.constant(
    *("isinstance", "issubclass", "hasattr", "callable"),
    infer=results.fixed(F.BOOL),
    trivial=True,
    shape_only=(0,),
)
rules.constant("any", "all", infer=results.fixed(F.BOOL))
rules.constant("id", "hash", infer=results.fixed(F.INT))
rules.constant("ord", infer=results.fixed(F.INT))
rules.constant("type", trivial=True, shape_only=(0,))
rules.constant("range", infer=results.fixed(Fact("range")), trivial=True)
rules.constant(
    *("str", "repr", "ascii", "format", "fstring", "chr", "bin", "hex", "oct"),
    infer=results.fixed(F.STR),
)
rules.constant("print", infer=results.fixed(F.NONE), effect="world")
rules.constant("raise", "assert", infer=results.fixed(F.NONE), effect="world")
rules.constant("input", infer=results.fixed(F.STR), effect="world")
rules.constant("open", "breakpoint", "exit", "quit", "next", "iter", effect="world")
