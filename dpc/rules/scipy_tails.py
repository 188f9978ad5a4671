"""Functions of `scipy.special` that are integrals of densities: of the gamma, beta,
Poisson and Student distributions, and their inverses.

In the end of the integral the derivative is the density; in a parameter it is computed
by quadrature (`dpc.runtime.tails`), and so are those of higher order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import pi
from typing import Any

import numpy as np

from dpc.ir.live import live
from dpc.rules.domains import POSITIVE, PROBABILITY, REAL, Call, Shape, call, draw
from dpc.rules.ruleset import Body, RuleSet
from dpc.rules.scipy_special import special
from dpc.rules.trace import over, rt, typed

rules = RuleSet("scipy_tails")


def integral(*keys: str, domain: Any) -> Callable[[Body], Body]:
    """Declare partial derivatives that are computed in double precision."""

    def declare(body: Body) -> Body:
        @wraps(body)
        def partials(**operands: Any) -> tuple[Any, ...]:
            like = [x for name, x in operands.items() if name != "out"]
            return tuple(typed(one, *like) for one in body(**operands))

        rules.elementwise(*keys, domain=domain)(partials)
        return body

    return declare


gammaln, betaln, digamma = map(special, ("gammaln", "betaln", "digamma"))
xlogy, xlog1py = special("xlogy"), special("xlog1py")


def gamma_density(a: Any, x: Any) -> Any:
    """The density of the gamma distribution of shape `a`."""
    return np.exp(xlogy(a - 1, x) - x - gammaln(a))


def _computed(name: str, *operands: Any) -> Any:
    return live(f"scipy.special.{name}")(*operands)


def gamma_slope(a: Any, x: Any) -> Any:
    """The derivative of `gammainc(a, x)` in `a`."""
    return rt.gamma_slope(a, x, digamma(a), gammaln(a))


def _gamma_slopes(rng: np.random.Generator, shape: Shape) -> list[Call]:
    # Off the place where the integral changes from one side to the other: only for the
    # `mean_log` that belongs to `a` are both the same.
    a = draw(rng, shape, POSITIVE)
    x = a * rng.uniform(1.2, 1.8, shape) ** rng.choice((-1, 1), shape)
    return [call(a, x, _computed("digamma", a), _computed("gammaln", a))]


@rules.elementwise("dpc.gamma_slope", domain=_gamma_slopes)
def slope_of_gamma(
    a: Any,
    x: Any,
    mean_log: Any,
    norm: Any,
    logs: Any = 0,
    scores: Any = 1,
    *,
    out: Any,
) -> Any:
    log_x = np.log(x)
    at_end = np.exp((a - 1) * log_x - x - norm)
    at_end = at_end * log_x**logs * (log_x - mean_log) ** scores
    in_a = rt.gamma_slope(a, x, mean_log, norm, logs + 1, scores)
    in_mean = None
    if scores:
        in_mean = -scores * rt.gamma_slope(a, x, mean_log, norm, logs, scores - 1)
    return in_a, at_end, in_mean, -out


@integral("scipy.special.gammainc", domain=POSITIVE)
def gammainc(a: Any, x: Any, *, out: Any) -> Any:
    return gamma_slope(a, x), gamma_density(a, x)


@integral("scipy.special.gammaincc", domain=POSITIVE)
def gammaincc(a: Any, x: Any, *, out: Any) -> Any:
    return -gamma_slope(a, x), -gamma_density(a, x)


@integral("scipy.special.gammaincinv", domain=(POSITIVE, PROBABILITY))
def gammaincinv(a: Any, y: Any, *, out: Any) -> Any:
    density = gamma_density(a, out)
    return over(-gamma_slope(a, out), density), over(1, density)


@integral("scipy.special.gammainccinv", domain=(POSITIVE, PROBABILITY))
def gammainccinv(a: Any, y: Any, *, out: Any) -> Any:
    density = gamma_density(a, out)
    return over(-gamma_slope(a, out), density), over(-1, density)


@integral("scipy.special.gdtr", domain=POSITIVE)
def gdtr(a: Any, b: Any, x: Any, *, out: Any) -> Any:
    density = gamma_density(b, a * x)
    return x * density, gamma_slope(b, a * x), a * density


@integral("scipy.special.gdtrc", domain=POSITIVE)
def gdtrc(a: Any, b: Any, x: Any, *, out: Any) -> Any:
    density = -gamma_density(b, a * x)
    return x * density, -gamma_slope(b, a * x), a * density


@integral("scipy.special.chdtr", domain=POSITIVE)
def chdtr(v: Any, x: Any, *, out: Any) -> Any:
    half, place = 0.5 * v, 0.5 * x
    return 0.5 * gamma_slope(half, place), 0.5 * gamma_density(half, place)


@integral("scipy.special.chdtrc", domain=POSITIVE)
def chdtrc(v: Any, x: Any, *, out: Any) -> Any:
    half, place = 0.5 * v, 0.5 * x
    return -0.5 * gamma_slope(half, place), -0.5 * gamma_density(half, place)


def _counts(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(k, draw(rng, shape, POSITIVE)) for k in (0, 2)]


def poisson_mass(k: Any, m: Any) -> Any:
    """The probability of `k` events of which `m` are expected."""
    k = np.floor(k)
    return np.exp(xlogy(k, m) - m - gammaln(k + 1))


@integral("scipy.special.pdtr", domain=_counts)
def pdtr(k: Any, m: Any, *, out: Any) -> Any:
    return None, -poisson_mass(k, m)


@integral("scipy.special.pdtrc", domain=_counts)
def pdtrc(k: Any, m: Any, *, out: Any) -> Any:
    return None, poisson_mass(k, m)


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """The density of the beta distribution."""
    return np.exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))


def beta_slopes(a: Any, b: Any, x: Any) -> tuple[Any, Any]:
    """The derivatives of `betainc(a, b, x)` in `a` and in `b`."""
    both, norm = digamma(a + b), betaln(a, b)
    logit = np.log(x) - np.log1p(-x)
    in_a = rt.beta_slope(a, b, logit, digamma(a) - both, norm)
    in_b = rt.beta_slope(b, a, -logit, digamma(b) - both, norm)
    return in_a, -in_b


def _beta_slopes(rng: np.random.Generator, shape: Shape) -> list[Call]:
    a, b = draw(rng, shape, POSITIVE), draw(rng, shape, POSITIVE)
    x = draw(rng, shape, PROBABILITY)
    mean = _computed("digamma", a) - _computed("digamma", a + b)
    return [call(a, b, _computed("logit", x), mean, _computed("betaln", a, b))]


@rules.elementwise("dpc.beta_slope", domain=_beta_slopes)
def slope_of_beta(
    a: Any,
    b: Any,
    logit: Any,
    mean_log: Any,
    norm: Any,
    powers: Any = (0, 0, 1),
    *,
    out: Any,
) -> Any:
    i, j, k = powers
    given = (a, b, logit, mean_log, norm)
    log_x, log_rest = -np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit)
    at_end = np.exp(a * log_x + b * log_rest - norm)
    at_end = at_end * log_x**i * log_rest**j * (log_x - mean_log) ** k
    in_a = rt.beta_slope(*given, (i + 1, j, k))
    in_b = rt.beta_slope(*given, (i, j + 1, k))
    in_mean = -k * rt.beta_slope(*given, (i, j, k - 1)) if k else None
    return in_a, in_b, at_end, in_mean, -out


BETA = (POSITIVE, POSITIVE, PROBABILITY)


@integral("scipy.special.betainc", domain=BETA)
def betainc(a: Any, b: Any, x: Any, *, out: Any) -> Any:
    in_a, in_b = beta_slopes(a, b, x)
    return in_a, in_b, beta_density(a, b, x)


@integral("scipy.special.betaincc", domain=BETA)
def betaincc(a: Any, b: Any, x: Any, *, out: Any) -> Any:
    in_a, in_b = beta_slopes(a, b, x)
    return -in_a, -in_b, -beta_density(a, b, x)


@integral("scipy.special.betaincinv", domain=BETA)
def betaincinv(a: Any, b: Any, y: Any, *, out: Any) -> Any:
    density = beta_density(a, b, out)
    in_a, in_b = beta_slopes(a, b, out)
    return over(-in_a, density), over(-in_b, density), over(1, density)


@integral("scipy.special.betainccinv", domain=BETA)
def betainccinv(a: Any, b: Any, y: Any, *, out: Any) -> Any:
    density = beta_density(a, b, out)
    in_a, in_b = beta_slopes(a, b, out)
    return over(-in_a, density), over(-in_b, density), over(-1, density)


def student_density(df: Any, t: Any) -> Any:
    """The density of Student's distribution."""
    half = 0.5 * (df + 1)
    norm = gammaln(half) - gammaln(0.5 * df) - 0.5 * np.log(pi * df)
    return np.exp(norm - half * np.log1p(t * t / df))


def student_slope(df: Any, t: Any) -> Any:
    """The derivative of `stdtr(df, t)` in `df`.

    For `t < 0` it is half of `betainc(df / 2, 1 / 2, x)` at `x = df / (df + t**2)`.
    """
    half, wide = 0.5 * df, df + t * t
    log_x, log_rest = np.log(df / wide), np.log(t * t / wide)
    norm = betaln(half, 0.5)
    mean_log = digamma(half) - digamma(half + 0.5)
    in_half = rt.beta_slope(half, 0.5, log_x - log_rest, mean_log, norm)
    at_end = np.exp((half - 1) * log_x + 0.5 * log_rest - norm) / wide
    return -0.5 * np.sign(t) * (0.5 * in_half + at_end)


FREEDOM = (1.5, 5.5)


@integral("scipy.special.stdtr", domain=(FREEDOM, REAL))
def stdtr(df: Any, t: Any, *, out: Any) -> Any:
    return student_slope(df, t), student_density(df, t)


@integral("scipy.special.stdtrit", domain=(FREEDOM, PROBABILITY))
def stdtrit(df: Any, p: Any, *, out: Any) -> Any:
    density = student_density(df, out)
    return over(-student_slope(df, out), density), over(1, density)
