"""Convolutions and polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact
from dpc.rules import domains as D, sizes
from dpc.rules.known import array_of, infers, scalar_or_array
from dpc.rules.nested import fact_of, like_operand
from dpc.rules.ruleset import RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import conj, rt

rules = RuleSet("convolution")

FULL, VALID = F.of_constant("full"), F.of_constant("valid")


def _convolved(a: Fact, v: Fact, mode: Fact) -> Fact:
    x, y = array_of(a), array_of(v)
    dtype = F.promote(x.dtype, y.dtype)
    size: Dim = None
    if mode.value == "full" and x.shape and y.shape:
        size = sizes.less(sizes.plus(x.shape[0], y.shape[0]), 1)
    return F.array(dtype, (size,))


def _convolve_fact(a: Fact, v: Fact, mode: Fact = FULL) -> Fact:
    return _convolved(a, v, mode)


def _correlate_fact(a: Fact, v: Fact, mode: Fact = VALID) -> Fact:
    return _convolved(a, v, mode)


def _convolve_domain(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    x, short, long = drawn(rng, shape), drawn(rng, (2,)), drawn(rng, (shape[0] + 3,))
    modes = ("full", "same", "valid")
    calls = [D.call(x, v, mode) for v in (short, long, x) for mode in modes]
    return [D.call(x, short), *calls]


@rules.linear("np.convolve", infer=infers(_convolve_fact), domain=_convolve_domain)
def convolve(g: Any, a: Any, v: Any, mode: Any = "full", *, out: Any) -> Any:
    if isinstance(v, int | float | complex):
        return like_operand(v.conjugate() * g, a), None
    if isinstance(a, int | float | complex):
        return None, like_operand(a.conjugate() * g, v)
    whole = g if mode == "full" else rt.full_convolution(g, a, v, mode)
    # A correlation takes the conjugate of its second operand.
    a_bar = np.correlate(whole, conj(_line(v)), "valid")
    v_bar = np.correlate(whole, conj(_line(a)), "valid")
    return like_operand(a_bar, a), like_operand(v_bar, v)


def _line(x: Any) -> Any:
    """Numbers count as arrays of one element."""
    return x if fact_of(x).rank == 1 else np.atleast_1d(x)


@rules.linear("np.correlate", infer=infers(_correlate_fact), domain=_convolve_domain)
def correlate(g: Any, a: Any, v: Any, mode: Any = "valid", *, out: Any) -> Any:
    whole = g if mode == "full" else rt.full_correlation(g, a, v, mode)
    v_bar = conj(np.flip(np.correlate(whole, conj(a), "valid")))
    return np.convolve(whole, conj(v), "valid"), v_bar


def _full_fact(g: Fact, a: Fact, v: Fact, mode: Fact) -> Fact:
    return F.array(g.dtype, _convolved(a, v, FULL).shape)


def _part_domain(primal: Any) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        calls = [c for c in _convolve_domain(rng, shape) if len(c.args) == 3]
        return [D.call(drawn(rng, primal(*c.args).shape), *c.args) for c in calls]

    return domain


@rules.linear(
    "dpc.full_convolution",
    infer=infers(_full_fact),
    shape_only=(1, 2),
    constant=("a", "v"),
    domain=_part_domain(np.convolve),
)
def full_convolution(h: Any, g: Any, a: Any, v: Any, mode: Any, *, out: Any) -> Any:
    return rt.convolution_part(h, a, v, mode)


@rules.linear(
    "dpc.full_correlation",
    infer=infers(_full_fact),
    shape_only=(1, 2),
    constant=("a", "v"),
    domain=_part_domain(np.correlate),
)
def full_correlation(h: Any, g: Any, a: Any, v: Any, mode: Any, *, out: Any) -> Any:
    return rt.correlation_part(h, a, v, mode)


def _wholes(rng: Any, shape: Any) -> list[D.Call]:
    calls = [c for c in _convolve_domain(rng, shape) if len(c.args) == 3]
    return [D.call(drawn(rng, np.convolve(*c.args[:2]).shape), *c.args) for c in calls]


@rules.linear(
    "dpc.convolution_part", shape_only=(1, 2), constant=("a", "v"), domain=_wholes
)
def convolution_part(h: Any, g: Any, a: Any, v: Any, mode: Any, *, out: Any) -> Any:
    return rt.full_convolution(h, a, v, mode)


@rules.linear(
    "dpc.correlation_part", shape_only=(1, 2), constant=("a", "v"), domain=_wholes
)
def correlation_part(h: Any, g: Any, a: Any, v: Any, mode: Any, *, out: Any) -> Any:
    return rt.full_correlation(h, a, v, mode)


def _polyval_fact(p: Fact, x: Fact) -> Fact:
    y = array_of(x)
    return scalar_or_array(F.promote(array_of(p).dtype, y.dtype), y.shape)


def _polyval_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(rng.normal(size=k), x) for k in (4, 1, 2)]


@rules.pullback("np.polyval", infer=infers(_polyval_fact), domain=_polyval_domain)
def polyval(g: Any, p: Any, x: Any, *, out: Any) -> Any:
    return rt.powers_dot(g, p, x), g * rt.polynomial_slope(p, x)


@rules.pushforward("np.polyval")
def polyval_tangent(p_dot: Any, x_dot: Any, p: Any, x: Any, *, out: Any) -> Any:
    rate = 0.0 if p_dot is None else np.polyval(p_dot, x)
    return rate if x_dot is None else rate + x_dot * rt.polynomial_slope(p, x)


def _slope_fact(p: Fact, x: Fact) -> Fact:
    return _polyval_fact(p, x)


@rules.pullback(
    "dpc.polynomial_slope", infer=infers(_slope_fact), domain=_polyval_domain
)
def polynomial_slope(g: Any, p: Any, x: Any, *, out: Any) -> Any:
    inner = rt.derived_polynomial(p)
    return rt.derived_adjoint(rt.powers_dot(g, inner, x)), g * rt.polynomial_slope(
        inner, x
    )


@rules.pushforward("dpc.polynomial_slope")
def polynomial_slope_tangent(
    p_dot: Any, x_dot: Any, p: Any, x: Any, *, out: Any
) -> Any:
    rate = 0.0 if p_dot is None else rt.polynomial_slope(p_dot, x)
    if x_dot is None:
        return rate
    return rate + x_dot * rt.polynomial_slope(rt.derived_polynomial(p), x)


def _coefficients_fact(g: Fact, p: Fact, x: Fact) -> Fact:
    both = F.promote(array_of(g).dtype, array_of(x).dtype)
    return F.array(both, array_of(p).shape)


def _powers_domain(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(drawn(rng, shape), *c.args) for c in _polyval_domain(rng, shape)]


@rules.pullback(
    "dpc.powers_dot",
    infer=infers(_coefficients_fact),
    shape_only=(1,),
    domain=_powers_domain,
)
def powers_dot(h: Any, g: Any, p: Any, x: Any, *, out: Any) -> Any:
    return np.polyval(h, x), None, g * rt.polynomial_slope(h, x)


@rules.pushforward("dpc.powers_dot")
def powers_dot_tangent(
    g_dot: Any, p_dot: Any, x_dot: Any, g: Any, p: Any, x: Any, *, out: Any
) -> Any:
    rate = 0.0 if g_dot is None else rt.powers_dot(g_dot, p, x)
    if x_dot is None:
        return rate
    inner = rt.powers_dot(g * x_dot, rt.derived_polynomial(p), x)
    return rate + rt.derived_adjoint(inner)


def _polynomials(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(drawn(rng, shape))] if len(shape) == 1 and shape[0] else []


@rules.linear("dpc.derived_polynomial", domain=_polynomials)
def derived_polynomial(h: Any, p: Any, *, out: Any) -> Any:
    return rt.derived_adjoint(h)


@rules.linear("dpc.derived_adjoint", domain=_polynomials)
def derived_adjoint(h: Any, g: Any, *, out: Any) -> Any:
    return rt.derived_polynomial(h)
