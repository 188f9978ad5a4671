"""Functions of `scipy.special` that are integrals: of exponentials, of circular
functions, elliptic and hypergeometric ones.

In a parameter that no elementary formula serves there is no derivative.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from dpc.rules import results
from dpc.rules.domains import POSITIVE, PROBABILITY, REAL, UNIT, Call, Shape, call, draw
from dpc.rules.ruleset import Domain, RuleSet
from dpc.rules.scipy_special import special
from dpc.rules.trace import NOT_KNOWN, over, rt, typed

rules = RuleSet("scipy_integrals")

HALF_NORM = 1 / sqrt(2 * pi)
ndtr = special("ndtr")
ellipe, exprel = special("ellipe"), special("exprel")
ellipkinc, ellipeinc = special("ellipkinc"), special("ellipeinc")


def after(*numbers: float, interval: tuple[float, float] = POSITIVE) -> Domain:
    """Calls `f(*numbers, x)`."""

    def domain(rng: np.random.Generator, shape: Shape) -> list[Call]:
        return [call(*numbers, draw(rng, shape, interval))]

    return domain


@rules.elementwise("scipy.special.ndtri_exp", domain=(-2.5, -0.2))
def ndtri_exp(y: Any, *, out: Any) -> Any:
    return np.exp(y + 0.5 * out * out) / HALF_NORM


@rules.elementwise("scipy.special.owens_t", domain=REAL)
def owens_t(h: Any, a: Any, *, out: Any) -> Any:
    wide = 1 + a * a
    in_h = -HALF_NORM * np.exp(-0.5 * h * h) * (ndtr(a * h) - 0.5)
    return in_h, np.exp(-0.5 * h * h * wide) / (2 * pi * wide)


@rules.elementwise("scipy.special.erfi", domain=UNIT)
def erfi(x: Any, *, out: Any) -> Any:
    return 2 / sqrt(pi) * np.exp(x * x)


@rules.elementwise("scipy.special.expi", domain=POSITIVE, partial_can_fail=True)
def expi(x: Any, *, out: Any) -> Any:
    return over(np.exp(x), x)


@rules.elementwise("scipy.special.exp1", domain=POSITIVE, partial_can_fail=True)
def exp1(x: Any, *, out: Any) -> Any:
    return -over(np.exp(-x), x)


def _orders(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(n, draw(rng, shape, POSITIVE)) for n in (2, 3)]


@rules.elementwise("scipy.special.expn", domain=_orders)
def expn(n: Any, x: Any, *, out: Any) -> Any:
    return None, -special("expn")(n - 1, x)


@rules.elementwise("scipy.special.spence", domain=(0.2, 0.9))
def spence(z: Any, *, out: Any) -> Any:
    return typed(-special("hyp2f1")(1, 1, 2, 1 - z), z)


@rules.elementwise("scipy.special.ellipk", domain=PROBABILITY)
def complete_first(m: Any, *, out: Any) -> Any:
    return typed(pi / 8 * special("hyp2f1")(1.5, 1.5, 2, m), m)


@rules.elementwise("scipy.special.ellipe", domain=PROBABILITY)
def complete_second(m: Any, *, out: Any) -> Any:
    return typed(-pi / 8 * special("hyp2f1")(0.5, 1.5, 2, m), m)


@rules.elementwise("scipy.special.ellipkm1", domain=PROBABILITY)
def complete_first_of_rest(p: Any, *, out: Any) -> Any:
    return (out - ellipe(1 - p) / p) / (2 * (1 - p))


@rules.elementwise("scipy.special.ellipkinc", domain=PROBABILITY)
def incomplete_first(phi: Any, m: Any, *, out: Any) -> Any:
    root = np.sqrt(1 - m * np.sin(phi) * np.sin(phi))
    rest = ellipeinc(phi, m) / (1 - m) - out
    turn = np.sin(2 * phi) / (4 * (1 - m) * root)
    return over(1, root), rest / (2 * m) - turn


@rules.elementwise("scipy.special.ellipeinc", domain=PROBABILITY)
def incomplete_second(phi: Any, m: Any, *, out: Any) -> Any:
    root = np.sqrt(1 - m * np.sin(phi) * np.sin(phi))
    return root, (out - ellipkinc(phi, m)) / (2 * m)


@rules.elementwise("scipy.special.hyp2f1", domain=after(1.1, 2.2, 3.5, interval=UNIT))
def hyp2f1(a: Any, b: Any, c: Any, z: Any, *, out: Any) -> Any:
    slope = a * b / c * special("hyp2f1")(a + 1, b + 1, c + 1, z)
    return NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, slope


@rules.elementwise("scipy.special.hyp1f1", domain=after(1.1, 2.2, interval=REAL))
def hyp1f1(a: Any, b: Any, x: Any, *, out: Any) -> Any:
    return NOT_KNOWN, NOT_KNOWN, a / b * special("hyp1f1")(a + 1, b + 1, x)


@rules.elementwise("scipy.special.hyp0f1", domain=after(2.2, interval=REAL))
def hyp0f1(v: Any, z: Any, *, out: Any) -> Any:
    return NOT_KNOWN, special("hyp0f1")(v + 1, z) / v


@rules.elementwise("scipy.special.zeta", domain=after(2.5))
def zeta(x: Any, q: Any = 1, *, out: Any) -> Any:
    return NOT_KNOWN, -x * special("zeta")(x + 1, q)


def _two(name: str, first: Any, second: Any) -> None:
    """A function that returns two integrals, by their integrands."""
    key = f"scipy.special.{name}"

    @rules.pullback(key, domain=after(), infer=results.fixed(results.PAIR))
    def pull(g: Any, x: Any, *, out: Any) -> Any:
        # A result that nobody reads has the cotangent 0.
        return rt.masked(g[0], first(x)) + rt.masked(g[1], second(x))

    @rules.pushforward(key)
    def push(x_dot: Any, x: Any, *, out: Any) -> Any:
        return first(x) * x_dot, second(x) * x_dot


_two(
    "fresnel",
    lambda x: np.sin(0.5 * pi * x * x),
    lambda x: np.cos(0.5 * pi * x * x),
)
_two("sici", lambda x: np.sinc(x / pi), lambda x: np.cos(x) / x)
_two(
    "shichi",
    lambda x: 0.5 * (exprel(x) + exprel(-x)),
    lambda x: np.cosh(x) / x,
)
