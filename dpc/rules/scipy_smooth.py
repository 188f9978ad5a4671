"""More of `scipy.special`: powers, losses, angles in degrees, polynomials, Bessel
functions of every scaling."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.composed import composition
from dpc.rules.domains import POSITIVE, REAL, UNIT, Call, Shape, call, draw
from dpc.rules.ruleset import Domain, Refused, RuleSet
from dpc.rules.scipy_special import ordered, special
from dpc.rules.trace import NOT_KNOWN, Traced, only_real, over, typed

rules = RuleSet("scipy_smooth")

DEGREE = pi / 180
digamma, gammaln = special("digamma"), special("gammaln")


def _numbers(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, shape, POSITIVE))]


@rules.elementwise(
    "scipy.special.factorial",
    domain=_numbers,
    infer=results.unless_0d(results.floating),
)
def factorial(n: Any, exact: Any = False, *, out: Any) -> Any:
    return out * digamma(n + 1)


def _chosen(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, shape, (3.0, 5.0)), draw(rng, shape, (0.5, 2.5)))]


@rules.elementwise("scipy.special.binom", domain=_chosen)
def binom(n: Any, k: Any, *, out: Any) -> Any:
    rest = digamma(n - k + 1)
    return out * (digamma(n + 1) - rest), out * (rest - digamma(k + 1))


@composition(rules, "scipy.special.comb", domain=_chosen)
def comb(N: Any, k: Any, exact: Any = False, repetition: Any = False) -> Any:
    if exact is not False or repetition is not False:
        raise Refused("scipy.special.comb with exact= or repetition= has no rule")
    return np.where((k >= 0) & (k <= N), special("binom")(N, k), 0.0)


@rules.elementwise("scipy.special.poch", domain=POSITIVE)
def poch(z: Any, m: Any, *, out: Any) -> Any:
    both = digamma(z + m)
    return out * (both - digamma(z)), out * both


def _matrix_gamma(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, shape, (2.0, 4.0)), 3)]


@composition(rules, "scipy.special.multigammaln", domain=_matrix_gamma)
def multigammaln(a: Any, d: Any) -> Any:
    if not isinstance(d, int):
        raise Refused("multigammaln of a dimension that is not a literal has no rule")
    total = special("gammaln")(a) + 0.25 * d * (d - 1) * np.log(pi)
    for j in range(1, d):
        total = total + gammaln(a - 0.5 * j)
    return total


@rules.elementwise("scipy.special.huber", domain=POSITIVE)
def huber(delta: Any, r: Any, *, out: Any) -> Any:
    size = np.abs(r)
    inside = size <= delta
    return (
        typed(np.where(inside, 0.0, size - delta), delta),
        typed(np.where(inside, r, delta * np.sign(r)), r),
    )


@rules.elementwise("scipy.special.pseudo_huber", domain=POSITIVE)
def pseudo_huber(delta: Any, r: Any, *, out: Any) -> Any:
    root = np.sqrt(1 + (r / delta) * (r / delta))
    return 2 * delta * (root - 1) - r * r / (delta * root), r / root


@rules.elementwise("scipy.special.exprel", domain=POSITIVE)
def exprel(x: Any, *, out: Any) -> Any:
    return 0.5 * special("hyp1f1")(2, 3, x)


@rules.elementwise("scipy.special.cosm1", domain=REAL)
def cosm1(x: Any, *, out: Any) -> Any:
    return -np.sin(x)


@rules.elementwise("scipy.special.sindg", domain=REAL)
def sindg(x: Any, *, out: Any) -> Any:
    return DEGREE * special("cosdg")(x)


@rules.elementwise("scipy.special.cosdg", domain=REAL)
def cosdg(x: Any, *, out: Any) -> Any:
    return -DEGREE * special("sindg")(x)


@rules.elementwise("scipy.special.tandg", domain=REAL)
def tandg(x: Any, *, out: Any) -> Any:
    return DEGREE * (1 + out * out)


@rules.elementwise("scipy.special.cotdg", domain=(20.0, 80.0))
def cotdg(x: Any, *, out: Any) -> Any:
    return -DEGREE * (1 + out * out)


@rules.elementwise("scipy.special.radian", domain=REAL)
def radian(d: Any, m: Any, s: Any, *, out: Any) -> Any:
    return DEGREE, DEGREE / 60, DEGREE / 3600


rules.constant("scipy.special.round", "scipy.special.gammasgn")


@rules.elementwise("scipy.special.boxcox", domain=POSITIVE)
def boxcox(x: Any, lmbda: Any, *, out: Any) -> Any:
    log = np.log(x)
    return x ** (lmbda - 1), typed(_in_power(log, x**lmbda, lmbda, out), lmbda)


@rules.elementwise("scipy.special.boxcox1p", domain=POSITIVE)
def boxcox1p(x: Any, lmbda: Any, *, out: Any) -> Any:
    log, base = np.log1p(x), 1 + x
    return base ** (lmbda - 1), typed(_in_power(log, base**lmbda, lmbda, out), lmbda)


def _in_power(log: Any, power: Any, lmbda: Any, out: Any) -> Any:
    flat = lmbda == 0
    rest = (power * log - out) / np.where(flat, 1, lmbda)
    return np.where(flat, 0.5 * log * log, rest)


@rules.elementwise("scipy.special.inv_boxcox", domain=POSITIVE)
def inv_boxcox(y: Any, lmbda: Any, *, out: Any) -> Any:
    return out ** (1 - lmbda), _in_root(y, lmbda, out)


@rules.elementwise("scipy.special.inv_boxcox1p", domain=POSITIVE)
def inv_boxcox1p(y: Any, lmbda: Any, *, out: Any) -> Any:
    return (1 + out) ** (1 - lmbda), _in_root(y, lmbda, 1 + out)


def _in_root(y: Any, lmbda: Any, out: Any) -> Any:
    flat = lmbda == 0
    safe = np.where(flat, 1, lmbda)
    slope = y / (safe * (1 + lmbda * y)) - np.log1p(lmbda * y) / (safe * safe)
    return out * np.where(flat, -0.5 * y * y, slope)


def _complex(args: results.Args, kwargs: results.Kwargs) -> Fact:
    fact = F.elementwise(args[:1])
    dtype = {"f8": "c16", "f4": "c8"}.get(fact.dtype, fact.dtype)
    return Fact("number", dtype if dtype[:1] == "c" else "")


@rules.elementwise("scipy.special.lambertw", domain=POSITIVE, infer=_complex)
def lambertw(z: Any, *, out: Any) -> Any:
    return over(np.exp(-out), 1 + out)


def _branches(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, shape, POSITIVE) + 0j)]


@rules.elementwise("scipy.special.wofz", domain=_branches, infer=_complex)
def wofz(z: Any, *, out: Any) -> Any:
    return 2j / np.sqrt(pi) - 2 * z * out


def _neighbours(name: str, low: float, high: float, shift: float = 0.0) -> None:
    """A Bessel function, by those of the next orders and itself.

    `jve` and `yve` scale by the imaginary part alone: no analytic function.
    """
    key = f"scipy.special.{name}"

    @rules.elementwise(key, domain=ordered(POSITIVE, (1, 2)))
    def bessel(v: Any, z: Any, *, out: Any) -> Any:
        f = special(name)
        z = only_real(z, name) if name in ("jve", "yve") else z
        slope = low * f(v - 1, z) + high * f(v + 1, z)
        return NOT_KNOWN, slope + shift * out if shift else slope


_neighbours("jve", 0.5, -0.5)
_neighbours("yve", 0.5, -0.5)
_neighbours("yn", 0.5, -0.5)
_neighbours("kn", -0.5, -0.5)
_neighbours("kve", -0.5, -0.5, 1.0)


@rules.elementwise("scipy.special.ive", domain=ordered(POSITIVE, (1, 2.5)))
def ive(v: Any, z: Any, *, out: Any) -> Any:
    f, z = special("ive"), only_real(z, "ive")
    return NOT_KNOWN, 0.5 * (f(v - 1, z) + f(v + 1, z)) - np.sign(z) * out


@rules.elementwise("scipy.special.k0e", domain=POSITIVE)
def k0e(x: Any, *, out: Any) -> Any:
    return out - special("k1e")(x)


@rules.elementwise("scipy.special.k1e", domain=POSITIVE)
def k1e(x: Any, *, out: Any) -> Any:
    return out - special("k0e")(x) - out / x


def _spherical(name: str) -> None:
    @rules.elementwise(f"scipy.special.{name}", domain=ordered(POSITIVE, (0, 2)))
    def bessel(n: Any, z: Any, *, out: Any) -> Any:
        return None, n * out / z - special(name)(n + 1, z)


_spherical("spherical_jn")
_spherical("spherical_yn")


def _after_orders(*numbers: float) -> Domain:
    """Calls `f(n, *numbers, x)`."""

    def domain(rng: np.random.Generator, shape: Shape) -> list[Call]:
        return [call(n, *numbers, draw(rng, shape, UNIT)) for n in (0, 1, 3)]

    return domain


jacobi, gegenbauer, laguerre = map(
    special, ("eval_jacobi", "eval_gegenbauer", "eval_genlaguerre")
)


@rules.elementwise("scipy.special.eval_jacobi", domain=_after_orders(0.7, 1.2))
def eval_jacobi(n: Any, alpha: Any, beta: Any, x: Any, *, out: Any) -> Any:
    slope = 0.5 * (n + alpha + beta + 1) * jacobi(n - 1, alpha + 1, beta + 1, x)
    return NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, slope


@rules.elementwise("scipy.special.eval_gegenbauer", domain=_after_orders(0.7))
def eval_gegenbauer(n: Any, alpha: Any, x: Any, *, out: Any) -> Any:
    return NOT_KNOWN, NOT_KNOWN, 2 * alpha * gegenbauer(n - 1, alpha + 1, x)


@rules.elementwise("scipy.special.eval_legendre", domain=ordered(UNIT, (0, 1, 3)))
def eval_legendre(n: Any, x: Any, *, out: Any) -> Any:
    return NOT_KNOWN, gegenbauer(n - 1, 1.5, x)


@rules.elementwise("scipy.special.eval_laguerre", domain=ordered(UNIT, (0, 1, 3)))
def eval_laguerre(n: Any, x: Any, *, out: Any) -> Any:
    return NOT_KNOWN, -laguerre(n - 1, 1, x)


@rules.elementwise("scipy.special.eval_genlaguerre", domain=_after_orders(0.7))
def eval_genlaguerre(n: Any, alpha: Any, x: Any, *, out: Any) -> Any:
    return NOT_KNOWN, NOT_KNOWN, -laguerre(n - 1, alpha + 1, x)


@rules.elementwise("scipy.special.eval_chebyt", domain=ordered(UNIT, (1, 3)))
def eval_chebyt(n: Any, x: Any, *, out: Any) -> Any:
    return NOT_KNOWN, n * special("eval_chebyu")(n - 1, x)


@rules.elementwise("scipy.special.eval_chebyu", domain=ordered(UNIT, (1, 3)))
def eval_chebyu(n: Any, x: Any, *, out: Any) -> Any:
    return NOT_KNOWN, 2 * gegenbauer(n - 1, 2, x)


@rules.elementwise("scipy.special.eval_hermite", domain=ordered(UNIT, (2, 3)))
def eval_hermite(n: Any, x: Any, *, out: Any) -> Any:
    return NOT_KNOWN, 2 * n * special("eval_hermite")(n - 1, x)


@rules.elementwise("scipy.special.eval_hermitenorm", domain=ordered(UNIT, (2, 3)))
def eval_hermitenorm(n: Any, x: Any, *, out: Any) -> Any:
    return NOT_KNOWN, n * special("eval_hermitenorm")(n - 1, x)


FOUR = Fact("tuple", items=(F.NUMBER,) * 4)


def _points(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, shape, REAL))]


@rules.pullback("scipy.special.airy", domain=_points, infer=results.fixed(FOUR))
def airy(g: Any, z: Any, *, out: Any) -> Any:
    first = g[0] * out[1] + g[1] * (z * out[0])
    return first + g[2] * out[3] + g[3] * (z * out[2])


@rules.pushforward("scipy.special.airy")
def airy_tangent(z_dot: Any, z: Any, *, out: Any) -> Any:
    slopes = out[1], z * out[0], out[3], z * out[2]
    return tuple(slope * z_dot for slope in slopes)


def _scaled(rng: np.random.Generator, shape: Shape) -> list[Call]:
    if not shape or not all(shape):
        return []
    x, b = draw(rng, shape, REAL), draw(rng, shape, POSITIVE)
    calls = [call(x, b=b), call(x, axis=-1, b=b, keepdims=True)]
    return [*calls, call(x, 0, b, False, True)]


@composition(rules, "scipy.special.logsumexp", domain=_scaled, fallback=True)
def logsumexp(
    a: Any,
    axis: Any = None,
    b: Any = None,
    keepdims: Any = False,
    return_sign: Any = False,
) -> Any:
    if isinstance(return_sign, Traced):
        raise Refused("logsumexp with a return_sign= that is no literal has no rule")
    peak = np.max(np.real(a), axis=axis, keepdims=True)
    terms = np.exp(a - peak) if b is None else b * np.exp(a - peak)
    total = np.sum(terms, axis=axis, keepdims=True)
    found = np.log(np.abs(total) if return_sign else total) + peak
    if not keepdims:
        found = np.squeeze(found, axis)
    if not return_sign:
        return found
    sign = np.sign(total)
    return found, sign if keepdims else np.squeeze(sign, axis)
