"""Functions of `scipy.special`, by their paths: SciPy itself is never imported here."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy as np

from dpc.ir.live import live
from dpc.rules import activations, results
from dpc.rules.domains import (
    POSITIVE,
    PROBABILITY,
    REAL,
    UNIT,
    Call,
    Interval,
    Shape,
    call,
    draw,
    reduced,
)
from dpc.rules.reductions import MEAN, lowered, weighted
from dpc.rules.ruleset import Domain, RuleSet
from dpc.rules.trace import (
    NOT_KNOWN,
    Traced,
    applied,
    divide,
    log_of,
    only_real,
    over,
    rt,
    typed,
)

rules = RuleSet("scipy_special")

NORM = 2 / sqrt(pi)  # of the error function
HALF_NORM = 1 / sqrt(2 * pi)  # of the normal density


def special(name: str) -> Callable[..., Any]:
    """A function of SciPy's, for use in a rule; of literals it is computed at once."""

    def call(*operands: Any) -> Any:
        if any(isinstance(x, Traced) for x in operands):
            return applied(f"scipy.special.{name}", *operands)
        return float(live(f"scipy.special.{name}")(*operands))

    return call


digamma, polygamma, gammainc = map(special, ("digamma", "polygamma", "gammainc"))
i0, i1, i0e, i1e, iv = map(special, ("i0", "i1", "i0e", "i1e", "iv"))
j0, j1, jv, y0, y1, yv = map(special, ("j0", "j1", "jv", "y0", "y1", "yv"))
k0, k1, kv = map(special, ("k0", "k1", "kv"))
beta_function, gamma_function = map(special, ("beta", "gamma"))
ndtr, log_ndtr = map(special, ("ndtr", "log_ndtr"))


def ordered(interval: Interval, orders: tuple[Any, ...]) -> Domain:
    """Calls `f(order, x)`."""

    def domain(rng: np.random.Generator, shape: Shape) -> list[Call]:
        return [call(order, draw(rng, shape, interval)) for order in orders]

    return domain


@rules.elementwise("scipy.special.logit", domain=PROBABILITY, partial_can_fail=True)
def logit(x: Any, *, out: Any) -> Any:
    return over(1, x * (1 - x))


@rules.elementwise("scipy.special.exp10", domain=UNIT, can_fail=True)
def exp10(x: Any, *, out: Any) -> Any:
    return out * log_of(10, out)


@rules.elementwise("scipy.special.xlogy", domain=POSITIVE, partial_can_fail=True)
def xlogy(x: Any, y: Any, *, out: Any) -> Any:
    return np.log(y), rt.portion(x, y)


@rules.elementwise("scipy.special.xlog1py", domain=POSITIVE, partial_can_fail=True)
def xlog1py(x: Any, y: Any, *, out: Any) -> Any:
    return np.log1p(y), rt.portion(x, 1 + y)


@rules.elementwise("scipy.special.entr", domain=POSITIVE, partial_can_fail=True)
def entr(x: Any, *, out: Any) -> Any:
    return -1 - np.log(x)


@rules.elementwise("scipy.special.rel_entr", domain=POSITIVE, partial_can_fail=True)
def rel_entr(x: Any, y: Any, *, out: Any) -> Any:
    return 1 + np.log(divide(x, y)), -rt.portion(x, y)


@rules.elementwise("scipy.special.kl_div", domain=POSITIVE, partial_can_fail=True)
def kl_div(x: Any, y: Any, *, out: Any) -> Any:
    return np.log(divide(x, y)), 1 - rt.portion(x, y)


@rules.elementwise("scipy.special.erf", "math.erf", domain=REAL)
def erf(x: Any, *, out: Any) -> Any:
    return NORM * np.exp(-(x * x))


@rules.elementwise("scipy.special.erfc", "math.erfc", domain=REAL)
def erfc(x: Any, *, out: Any) -> Any:
    return -NORM * np.exp(-(x * x))


@rules.elementwise("scipy.special.erfcx", domain=REAL)
def erfcx(x: Any, *, out: Any) -> Any:
    return 2 * x * out - NORM


@rules.elementwise("scipy.special.erfinv", domain=UNIT)
def erfinv(x: Any, *, out: Any) -> Any:
    return np.exp(out * out) / NORM


@rules.elementwise("scipy.special.erfcinv", domain=PROBABILITY)
def erfcinv(x: Any, *, out: Any) -> Any:
    return -np.exp(out * out) / NORM


@rules.elementwise("scipy.special.dawsn", domain=REAL)
def dawsn(x: Any, *, out: Any) -> Any:
    return 1 - 2 * x * out


@rules.elementwise("scipy.special.ndtr", domain=REAL)
def normal_cdf(x: Any, *, out: Any) -> Any:
    return HALF_NORM * np.exp(-0.5 * x * x)


@rules.elementwise("scipy.special.log_ndtr", domain=REAL)
def log_normal_cdf(x: Any, *, out: Any) -> Any:
    return HALF_NORM * np.exp(-0.5 * x * x - out)


@rules.elementwise("scipy.special.ndtri", domain=PROBABILITY)
def normal_quantile(y: Any, *, out: Any) -> Any:
    return np.exp(0.5 * out * out) / HALF_NORM


@rules.elementwise("scipy.special.gamma", domain=POSITIVE, can_fail=True)
def gamma(z: Any, *, out: Any) -> Any:
    return out * digamma(z)


@rules.elementwise(
    "scipy.special.gammaln", "scipy.special.loggamma", domain=POSITIVE, can_fail=True
)
def gammaln(x: Any, *, out: Any) -> Any:
    return digamma(x)


@rules.elementwise("math.gamma", domain=POSITIVE, can_fail=True)
def gamma_of_float(x: Any, *, out: Any) -> Any:
    return out * rt.polygamma(0, x)


@rules.elementwise("math.lgamma", domain=POSITIVE, can_fail=True)
def lgamma_of_float(x: Any, *, out: Any) -> Any:
    return rt.polygamma(0, x)


def _of_floats(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [] if shape else [call(n, float(rng.uniform(*POSITIVE))) for n in (0, 1, 2)]


@rules.elementwise("dpc.polygamma", domain=_of_floats)
def polygamma_of_float(n: Any, x: Any, *, out: Any) -> Any:
    return None, rt.polygamma(n + 1, x)


@rules.elementwise("scipy.special.rgamma", domain=POSITIVE)
def rgamma(z: Any, *, out: Any) -> Any:
    return -digamma(z) * out


@rules.elementwise(
    "scipy.special.digamma", "scipy.special.psi", domain=POSITIVE, can_fail=True
)
def digamma_(z: Any, *, out: Any) -> Any:
    # SciPy has no polygamma functions of complex numbers.
    return typed(polygamma(1, only_real(z, "digamma")), z)


@rules.elementwise(
    "scipy.special.polygamma",
    domain=ordered(POSITIVE, (0, 1, 2)),
    infer=results.unless_0d(results.floating),
)
def polygamma_(n: Any, x: Any, *, out: Any) -> Any:
    return None, polygamma(n + 1, x)


@rules.elementwise("scipy.special.beta", domain=POSITIVE)
def beta(a: Any, b: Any, *, out: Any) -> Any:
    both = digamma(a + b)
    return out * (digamma(a) - both), out * (digamma(b) - both)


@rules.elementwise("scipy.special.betaln", domain=POSITIVE)
def betaln(a: Any, b: Any, *, out: Any) -> Any:
    both = digamma(a + b)
    return digamma(a) - both, digamma(b) - both


@rules.elementwise("scipy.special.j0", domain=POSITIVE)
def bessel_j0(x: Any, *, out: Any) -> Any:
    return -j1(x)


@rules.elementwise("scipy.special.j1", domain=POSITIVE)
def bessel_j1(x: Any, *, out: Any) -> Any:
    return 0.5 * (j0(x) - jv(2, x))


@rules.elementwise("scipy.special.jv", domain=ordered(POSITIVE, (0, 1, 2.5)))
def bessel_j(v: Any, z: Any, *, out: Any) -> Any:
    return NOT_KNOWN, 0.5 * (jv(v - 1, z) - jv(v + 1, z))


@rules.elementwise("scipy.special.y0", domain=POSITIVE)
def bessel_y0(x: Any, *, out: Any) -> Any:
    return -y1(x)


@rules.elementwise("scipy.special.y1", domain=POSITIVE)
def bessel_y1(x: Any, *, out: Any) -> Any:
    return 0.5 * (y0(x) - yv(2, x))


@rules.elementwise("scipy.special.yv", domain=ordered(POSITIVE, (0, 1, 2.5)))
def bessel_y(v: Any, z: Any, *, out: Any) -> Any:
    return NOT_KNOWN, 0.5 * (yv(v - 1, z) - yv(v + 1, z))


@rules.elementwise("scipy.special.i0", domain=REAL)
def bessel_i0(x: Any, *, out: Any) -> Any:
    return i1(x)


@rules.elementwise("scipy.special.i1", domain=REAL)
def bessel_i1(x: Any, *, out: Any) -> Any:
    return 0.5 * (i0(x) + iv(2, x))


@rules.elementwise("scipy.special.iv", domain=ordered(POSITIVE, (0, 1, 2.5)))
def bessel_i(v: Any, z: Any, *, out: Any) -> Any:
    return NOT_KNOWN, 0.5 * (iv(v - 1, z) + iv(v + 1, z))


@rules.elementwise("scipy.special.i0e", domain=REAL)
def bessel_i0e(x: Any, *, out: Any) -> Any:
    return i1e(x) - np.sign(x) * out


@rules.elementwise("scipy.special.i1e", domain=REAL)
def bessel_i1e(x: Any, *, out: Any) -> Any:
    # i1(x) / x tends to 1/2 at 0.
    rest = np.where(x == 0, 0.5, out / np.where(x == 0, 1, x))
    return i0e(x) - np.sign(x) * out - rest


@rules.elementwise("scipy.special.k0", domain=POSITIVE)
def bessel_k0(x: Any, *, out: Any) -> Any:
    return -k1(x)


@rules.elementwise("scipy.special.k1", domain=POSITIVE)
def bessel_k1(x: Any, *, out: Any) -> Any:
    return -0.5 * (k0(x) + kv(2, x))


@rules.elementwise("scipy.special.kv", domain=ordered(POSITIVE, (0, 1, 2.5)))
def bessel_k(v: Any, z: Any, *, out: Any) -> Any:
    return NOT_KNOWN, -0.5 * (kv(v - 1, z) + kv(v + 1, z))


@rules.elementwise("scipy.special.cbrt", domain=POSITIVE, partial_can_fail=True)
def cbrt(x: Any, *, out: Any) -> Any:
    return over(1, 3 * out * out)


@rules.elementwise("scipy.special.expm1", domain=REAL, can_fail=True)
def expm1(x: Any, *, out: Any) -> Any:
    return out + 1


@rules.elementwise("scipy.special.exp2", domain=REAL, can_fail=True)
def exp2(x: Any, *, out: Any) -> Any:
    return out * log_of(2, out)


@rules.elementwise("scipy.special.log1p", domain=POSITIVE, partial_can_fail=True)
def log1p(x: Any, *, out: Any) -> Any:
    return over(1, 1 + x)


def _arrays(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return reduced(least=1)(rng, shape) if shape else []


@weighted(
    rules, "scipy.special.logsumexp", infer=results.unless_0d(MEAN), domain=_arrays
)
def logsumexp(
    h: Any, a: Any, axis: Any = None, *, keepdims: Any = False, out: Any
) -> Any:
    return h * np.exp(a - lowered(out, a, axis, keepdims))


def _whole_or_along(rng: np.random.Generator, shape: Shape) -> list[Call]:
    x = draw(rng, shape, REAL)
    return [call(x), call(x, axis=-1)] if shape and all(shape) else []


@rules.pullback(
    "scipy.special.softmax", domain=_whole_or_along, infer=activations.floating_first
)
def softmax(g: Any, x: Any, axis: Any = None, *, out: Any) -> Any:
    return activations.softmax(g, x, axis, out=out)


@rules.pushforward("scipy.special.softmax")
def softmax_tangent(x_dot: Any, x: Any, axis: Any = None, *, out: Any) -> Any:
    return activations.softmax(x_dot, x, axis, out=out)


@rules.pullback(
    "scipy.special.log_softmax",
    domain=_whole_or_along,
    infer=activations.floating_first,
)
def log_softmax(g: Any, x: Any, axis: Any = None, *, out: Any) -> Any:
    return activations.log_softmax(g, x, axis, out=out)


@rules.pushforward("scipy.special.log_softmax")
def log_softmax_tangent(x_dot: Any, x: Any, axis: Any = None, *, out: Any) -> Any:
    return activations.log_softmax_tangent(x_dot, x, axis, out=out)
