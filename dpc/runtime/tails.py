"""Derivatives of the incomplete gamma and beta functions in their parameters.

Each is the integral of the density times its score over a tail, the one that does not
hold the middle of the distribution. In the logarithm of the variable (the logit, for
the beta function) the integrand decays away from the end; it is summed by the double
exponential rule (H. Takahasi and M. Mori, Publ. RIMS Kyoto Univ. 9, 1974).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module


def half_line(xp: Any) -> tuple[Any, Any]:
    """Points of `[0, inf)`, dense near 0, and their weights: `s = exp(t - exp(-t))`."""
    step = 0.0625
    t = xp.arange(-3.75, 8.0, step)
    points = xp.exp(t - xp.exp(-t))
    return points, step * (1 + xp.exp(-t)) * points


def gamma_slope(
    a: Any, x: Any, mean_log: Any, norm: Any, logs: int = 0, scores: int = 1
) -> Any:
    """The derivative in `a` of `gammainc(a, x)`.

    `mean_log`, `norm`: `digamma(a)` and `gammaln(a)`. All broadcast together. It is the
    integral of the density times `log(t)**logs * (log(t) - mean_log)**scores`; other
    powers than these are what its own derivatives are made of.
    """
    xp = array_module(a, x)
    points, weights = half_line(xp)
    with np.errstate(all="ignore"):
        a, x, mean_log, norm = (
            xp.asarray(v)[..., None] for v in (a, x, mean_log, norm)
        )
        left = x <= a
        rate = xp.abs(x - a) + xp.sqrt(0.5 * x)
        tail = xp.where(left, a, 1 / xp.log1p(1 / x))
        steps = points / xp.where(rate > 1, rate, tail)
        log_t = xp.log(x) + xp.where(left, -steps, steps)
        density = xp.exp(a * log_t - xp.exp(log_t) - norm)
        factor = log_t**logs * (log_t - mean_log) ** scores
        terms = weights / xp.where(rate > 1, rate, tail) * density * factor
        return signed_sum(xp, terms, density, left, x)[()]


def beta_slope(
    a: Any,
    b: Any,
    logit: Any,
    mean_log: Any,
    norm: Any,
    powers: tuple[int, int, int] = (0, 0, 1),
) -> Any:
    """The derivative in `a` of `betainc(a, b, x)`.

    `logit`: `log(x / (1 - x))`; `mean_log`, `norm`: `digamma(a) - digamma(a + b)` and
    `betaln(a, b)`. All broadcast together. It is the
    integral of the density times powers of `log(t)`, `log(1 - t)` and
    `log(t) - mean_log`; others are what its own derivatives are made of.
    """
    xp = array_module(a, b, logit)
    points, weights = half_line(xp)
    given = (a, b, logit, mean_log, norm)
    with np.errstate(all="ignore"):
        a, b, logit, mean_log, norm = (xp.asarray(v)[..., None] for v in given)
        x, rest = 1 / (1 + xp.exp(-logit)), 1 / (1 + xp.exp(logit))
        lead = a * rest - b * x
        left = lead >= 0
        rate = xp.abs(lead) + xp.sqrt(0.5 * (a + b) * x * rest)
        rate = xp.where(rate > 1, rate, xp.where(left, a, b))
        steps = points / rate
        logit = logit + xp.where(left, -steps, steps)
        log_t, log_s = -xp.logaddexp(0.0, -logit), -xp.logaddexp(0.0, logit)
        density = xp.exp(a * log_t + b * log_s - norm)
        i, j, k = powers
        factor = log_t**i * log_s**j * (log_t - mean_log) ** k
        terms = weights / rate * density * factor
        return signed_sum(xp, terms, density, left, logit)[()]


def signed_sum(xp: Any, terms: Any, density: Any, left: Any, end: Any) -> Any:
    """The sum over a lower tail, or minus that over an upper one; NaN stays NaN."""
    total = xp.where(density > 0, terms, 0.0).sum(axis=-1)
    total = xp.where(left[..., 0], total, -total)
    return xp.where(xp.isnan(end).any(axis=-1), np.nan, total)
