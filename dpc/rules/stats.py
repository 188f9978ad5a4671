"""`scipy.stats`: densities, masses, cumulatives and quantiles of distributions.

A distribution is stated for the location 0 and the scale 1, by the logarithm of its
density, its cumulative and what that leaves, and its quantile.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi
from typing import Any

import numpy as np

from dpc.rules.composed import composition
from dpc.rules.domains import POSITIVE, PROBABILITY, REAL, Call, Interval, call, draw
from dpc.rules.ruleset import RuleSet
from dpc.rules.scipy_special import special

rules = RuleSet("stats")

gammaln, betaln = special("gammaln"), special("betaln")
ndtr, log_ndtr, ndtri = special("ndtr"), special("log_ndtr"), special("ndtri")
xlogy, xlog1py, expit = special("xlogy"), special("xlog1py"), special("expit")
Formula = Callable[..., Any]


@dataclass(frozen=True)
class Law:
    """A distribution: its parameters with the numbers they are tested at, and formulas
    of a point and these."""

    name: str
    shapes: dict[str, float]
    points: Interval
    logpdf: Formula
    cdf: Formula | None = None
    sf: Formula | None = None
    logcdf: Formula | None = None
    logsf: Formula | None = None
    ppf: Formula | None = None
    isf: Formula | None = None
    lower: float = -np.inf
    upper: float = np.inf
    discrete: bool = False

    def inside(self, z: Any) -> Any:
        """Where there is a density; True if everywhere."""
        if self.upper < np.inf:
            return (z >= self.lower) & (z <= self.upper)
        return z >= self.lower if self.lower > -np.inf else True


def _where(inside: Any, value: Any, otherwise: float) -> Any:
    return value if inside is True else np.where(inside, value, otherwise)


def _safe(law: Law, z: Any) -> Any:
    """A point where there is a density, so that formulas are finite."""
    inside = law.inside(z)
    return z if inside is True else np.where(inside, z, 0.5 * (law.lower + 1))


def _domain(law: Law, points: Interval, varied: bool) -> Any:
    def domain(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
        x: Any = draw(rng, shape, points)
        if law.discrete:
            x = rng.integers(0, int(min(4, law.upper + 1)), shape)
        fixed = list(law.shapes.values())
        if law.discrete:
            rates = [draw(rng, shape, (0.9 * s, 1.1 * s)) for s in fixed]
            return [call(x, *rates)]
        calls = [call(x, *fixed), call(x, *fixed, loc=-0.1, scale=1.2)]
        if varied and fixed:
            shapes = [draw(rng, shape, (0.9 * s, 1.1 * s)) for s in fixed]
            calls.append(call(x, *shapes))
        return calls

    return domain


def _declare(law: Law, method: str, formula: Formula, varied: bool = False) -> None:
    """`law.method(x, *shapes, loc, scale)` by a formula of all of these."""
    first = {"ppf": "q", "isf": "q"}.get(method, "k" if law.discrete else "x")
    names = [first, *law.shapes, "loc", *([] if law.discrete else ["scale"])]

    def body(**given: Any) -> Any:
        x, *shapes = (given[n] for n in names if n not in ("loc", "scale"))
        return formula(x, shapes, given.get("loc", 0), given.get("scale", 1))

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    defaults = {"loc": 0, "scale": 1}
    body.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(n, kind, default=defaults.get(n, inspect.Parameter.empty))
            for n in names
        ]
    )
    points = PROBABILITY if first == "q" else law.points
    key = f"scipy.stats.{law.name}.{method}"
    composition(rules, key, domain=_domain(law, points, varied))(body)


def _standard(x: Any, loc: Any, scale: Any) -> Any:
    """The point of the standard distribution; what is left out changes nothing."""
    z = x if isinstance(loc, int) and loc == 0 else x - loc
    return z if isinstance(scale, int) and scale == 1 else z / scale


def _rules_of(law: Law) -> None:
    def log_density(x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        z = _standard(x, loc, scale)
        value = law.logpdf(_safe(law, z), *shapes)
        if not (isinstance(scale, int) and scale == 1):
            value = value - np.log(scale)
        return _where(law.inside(z), value, -np.inf)

    def density(x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        return np.exp(log_density(x, shapes, loc, scale))

    suffix = "pmf" if law.discrete else "pdf"
    _declare(law, f"log{suffix}", log_density, True)
    _declare(law, suffix, density, True)
    for method, ends in (
        ("cdf", (0.0, 1.0)),
        ("sf", (1.0, 0.0)),
        ("logcdf", (-np.inf, 0.0)),
        ("logsf", (0.0, -np.inf)),
    ):
        formula = getattr(law, method) or _by_logarithm(law, method)
        if formula is not None:
            _declare(law, method, _cumulative(law, formula, ends), True)
    for method in ("ppf", "isf"):
        if getattr(law, method) is not None:
            _declare(law, method, _quantile(getattr(law, method)), True)


def _by_logarithm(law: Law, method: str) -> Formula | None:
    plain = getattr(law, method.removeprefix("log"))
    if not method.startswith("log") or plain is None:
        return None
    return lambda z, *shapes: np.log(plain(z, *shapes))


def _cumulative(law: Law, formula: Formula, ends: tuple[float, float]) -> Formula:
    def cumulative(x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        z = _standard(x, loc, scale)
        value = formula(_safe(law, z), *shapes)
        if law.upper < np.inf:
            value = np.where(z > law.upper, ends[1], value)
        return (
            value if law.lower == -np.inf else np.where(z < law.lower, ends[0], value)
        )

    return cumulative


def _quantile(formula: Formula) -> Formula:
    def quantile(q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        return loc + scale * formula(q, *shapes)

    return quantile


def _student(z: Any, df: Any) -> Any:
    half = 0.5 * (df + 1)
    norm = gammaln(half) - gammaln(0.5 * df) - 0.5 * np.log(pi * df)
    return norm - half * np.log1p(z * z / df)


LAWS = (
    Law(
        "norm",
        {},
        REAL,
        lambda z: -0.5 * z * z - 0.5 * log(2 * pi),
        cdf=ndtr,
        sf=lambda z: ndtr(-z),
        logcdf=log_ndtr,
        logsf=lambda z: log_ndtr(-z),
        ppf=ndtri,
        isf=lambda q: -ndtri(q),
    ),
    Law(
        "t",
        {"df": 4},
        REAL,
        _student,
        cdf=lambda z, df: special("stdtr")(df, z),
        sf=lambda z, df: special("stdtr")(df, -z),
        ppf=lambda q, df: special("stdtrit")(df, q),
        isf=lambda q, df: -special("stdtrit")(df, q),
    ),
    Law(
        "gamma",
        {"a": 2},
        POSITIVE,
        lambda z, a: xlogy(a - 1, z) - z - gammaln(a),
        cdf=lambda z, a: special("gammainc")(a, z),
        sf=lambda z, a: special("gammaincc")(a, z),
        ppf=lambda q, a: special("gammaincinv")(a, q),
        isf=lambda q, a: special("gammainccinv")(a, q),
        lower=0.0,
    ),
    Law(
        "beta",
        {"a": 2, "b": 3},
        PROBABILITY,
        lambda z, a, b: xlogy(a - 1, z) + xlog1py(b - 1, -z) - betaln(a, b),
        cdf=lambda z, a, b: special("betainc")(a, b, z),
        sf=lambda z, a, b: special("betaincc")(a, b, z),
        ppf=lambda q, a, b: special("betaincinv")(a, b, q),
        isf=lambda q, a, b: special("betainccinv")(a, b, q),
        lower=0.0,
        upper=1.0,
    ),
    Law(
        "chi2",
        {"df": 3},
        POSITIVE,
        lambda z, df: (
            xlogy(0.5 * df - 1, z) - 0.5 * z - gammaln(0.5 * df) - 0.5 * df * log(2)
        ),
        cdf=lambda z, df: special("chdtr")(df, z),
        sf=lambda z, df: special("chdtrc")(df, z),
        lower=0.0,
    ),
    Law(
        "expon",
        {},
        POSITIVE,
        lambda z: -z,
        cdf=lambda z: -np.expm1(-z),
        sf=lambda z: np.exp(-z),
        logsf=lambda z: -z,
        ppf=lambda q: -np.log1p(-q),
        lower=0.0,
    ),
    Law(
        "laplace",
        {},
        (0.2, 1.9),
        lambda z: -np.abs(z) - log(2),
        cdf=lambda z: 0.5 - 0.5 * np.sign(z) * np.expm1(-np.abs(z)),
        sf=lambda z: 0.5 + 0.5 * np.sign(z) * np.expm1(-np.abs(z)),
    ),
    Law(
        "logistic",
        {},
        REAL,
        lambda z: special("log_expit")(z) + special("log_expit")(-z),
        cdf=expit,
        sf=lambda z: expit(-z),
        logcdf=special("log_expit"),
        logsf=lambda z: special("log_expit")(-z),
        ppf=special("logit"),
    ),
    Law(
        "cauchy",
        {},
        REAL,
        lambda z: -np.log1p(z * z) - log(pi),
        cdf=lambda z: 0.5 + np.arctan(z) / pi,
        sf=lambda z: 0.5 - np.arctan(z) / pi,
    ),
    Law(
        "lognorm",
        {"s": 0.6},
        POSITIVE,
        lambda z, s: -0.5 * (np.log(z) / s) ** 2 - np.log(s * z) - 0.5 * log(2 * pi),
        cdf=lambda z, s: ndtr(np.log(z) / s),
        sf=lambda z, s: ndtr(-np.log(z) / s),
        lower=0.0,
    ),
    Law(
        "poisson",
        {"mu": 1.7},
        REAL,
        lambda k, mu: xlogy(k, mu) - mu - gammaln(k + 1),
        cdf=lambda k, mu: special("pdtr")(np.floor(k), mu),
        sf=lambda k, mu: special("pdtrc")(np.floor(k), mu),
        lower=0.0,
        discrete=True,
    ),
    Law(
        "bernoulli",
        {"p": 0.4},
        REAL,
        lambda k, p: xlogy(k, p) + xlog1py(1 - k, -p),
        lower=0.0,
        upper=1.0,
        discrete=True,
    ),
)

for _law in LAWS:
    _rules_of(_law)
