"""`np.poly` and its family: sums, products, derivatives, integrals, fits and roots of
polynomials, whose coefficients stand from the highest power to the lowest."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.library import unknown
from dpc.rules import domains as D, results
from dpc.rules.composed import RankUnknown, composition, rank_of
from dpc.rules.known import array_of, infers
from dpc.rules.nested import items_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, as_array, rt

rules = RuleSet("polynomials")


def _of_one(*more: Any, least: int = 2, **named: Any) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        fits = len(shape) == 1 and shape[0] >= least
        return [D.call(drawn(rng, shape) + 0.1, *args) for args in more] if fits else []

    return domain


def _of_two(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    x, y = drawn(rng, shape) + 0.1, drawn(rng, (2,)) + 0.1
    return [D.call(x, y), D.call(y, x), D.call(x, x[::-1].copy())]


def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    """Both with as many coefficients: zeros for the powers that one does not have."""
    x, y = np.atleast_1d(as_array(a1)), np.atleast_1d(as_array(a2))
    missing = y.shape[0] - x.shape[0]
    front = applied("np.zeros", np.maximum(missing, 0), dtype=x.dtype)
    other = applied("np.zeros", np.maximum(-missing, 0), dtype=y.dtype)
    return np.concatenate([front, x]), np.concatenate([other, y])


@composition(rules, "np.polyadd", domain=_of_two)
def polyadd(a1: Any, a2: Any) -> Any:
    x, y = _aligned(a1, a2)
    return x + y


@composition(rules, "np.polysub", domain=_of_two)
def polysub(a1: Any, a2: Any) -> Any:
    x, y = _aligned(a1, a2)
    return x - y


@composition(rules, "np.polymul", domain=_of_two)
def polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(np.atleast_1d(as_array(a1)), np.atleast_1d(as_array(a2)))


PAIR = Fact("tuple", items=(F.array("", (None,)), F.array("", (None,))))


def _divided(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    x, y = drawn(rng, shape) + 0.1, drawn(rng, (2,)) + 0.1
    return [D.call(x, y), D.call(y, x)]


@rules.pullback("np.polydiv", infer=results.fixed(PAIR), domain=_divided)
def polydiv(g: Any, u: Any, v: Any, *, out: Any) -> Any:
    both = rt.polydiv_adjoints(g, u, v, out)
    return both[0], both[1]


@rules.pushforward("np.polydiv")
def polydiv_tangent(u_dot: Any, v_dot: Any, u: Any, v: Any, *, out: Any) -> Any:
    return rt.polydiv_tangent(u_dot, v_dot, u, v, out)


def _order(m: Any, name: str) -> int:
    if not isinstance(m, int):
        raise Refused(f"{name} of an order that is not a literal has no rule")
    return m


@composition(rules, "np.polyder", domain=_of_one((), (2,), least=3))
def polyder(p: Any, m: Any = 1) -> Any:
    found = as_array(p)
    for _ in range(_order(m, "np.polyder")):
        powers = applied("np.arange", found.shape[0] - 1, 0, -1)
        found = found[:-1] * powers
    return found


@composition(rules, "np.polyint", domain=_of_one((), (2,), (1, 0.5), (2, [0.3, 0.7])))
def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    found, count = as_array(p), _order(m, "np.polyint")
    if isinstance(k, Traced) and k.fact.kind == "any":
        raise RankUnknown("whether the constants of np.polyint are a list")
    given = None if k is None else items_of(k) if _is_list(k) else [k]
    if given is not None and len(given) not in (1, count):
        raise Refused("np.polyint with constants of this form has no derivative rule")
    for step in range(count):
        powers = applied("np.arange", found.shape[0], 0, -1)
        last = 0.0 if given is None else given[step if len(given) > 1 else 0]
        end = np.full_like(found[:1], last)
        found = np.concatenate([found / powers, end])
    return found


def _is_list(k: Any) -> bool:
    return isinstance(k, list | tuple) or (
        isinstance(k, Traced) and k.fact.kind in ("list", "tuple", "array")
    )


def _fits(rng: Any, shape: Any) -> list[D.Call]:
    if not shape or shape[0] < 3:
        return []
    x = np.sort(drawn(rng, shape[:1]))
    w = D.draw(rng, shape[:1], D.POSITIVE)
    y = drawn(rng, shape[:2])
    return [D.call(x, y, 1), D.call(x, y, 2)] + [D.call(x, y, 1, w=w)] * (y.ndim == 1)


@composition(rules, "np.polyfit", domain=_fits)
def polyfit(
    x: Any,
    y: Any,
    deg: Any,
    rcond: Any = None,
    full: Any = False,
    w: Any = None,
    cov: Any = False,
) -> Any:
    if full is not False or cov is not False:
        raise Refused("np.polyfit with full= or cov= has no derivative rule")
    powers = np.vander(as_array(x), _order(deg, "np.polyfit") + 1)
    values = as_array(y)
    if w is not None:
        weights = as_array(w)
        powers = powers * weights[:, None]
        wide = rank_of(values, "np.polyfit") > 1
        values = values * (weights[:, None] if wide else weights)
    return np.linalg.pinv(powers) @ values


def _roots_fact(p: Fact) -> Fact:
    return F.array(array_of(p).dtype and "", (None,))


def _apart(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or shape[0] not in (2, 3):
        return []
    roots = 1.0 + np.arange(shape[0]) + 0.1 * drawn(rng, shape)
    return [D.call(np.poly(roots))]


@rules.pullback("np.roots", domain=_apart, infer=infers(_roots_fact))
def roots(g: Any, p: Any, *, out: Any) -> Any:
    return rt.unbroadcast(rt.powers_dot(-g / rt.polynomial_slope(p, out), p, out), p)


@rules.pushforward("np.roots")
def roots_tangent(p_dot: Any, p: Any, *, out: Any) -> Any:
    return rt.real_as(-np.polyval(p_dot, out) / rt.polynomial_slope(p, out), out)


def _named(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(drawn(rng, shape), "f")] if len(shape) == 1 else []


def _zeros(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(drawn(rng, shape))] if len(shape) == 1 and shape[0] else []


def _without_each(zeros: Any, p: Any) -> Any:
    """The coefficients of `p` divided by each of its factors `x - zeros[k]`."""
    z = rt.require_vector(as_array(zeros), "np.poly")
    steps = applied("np.arange", z.shape[0])
    gaps = steps[:, None] - steps
    powers = z[:, None] ** applied("np.arange", z.shape[0], dtype=z.dtype)
    powers = powers[:, np.maximum(gaps, 0)]
    return np.where(gaps >= 0, powers, 0.0) @ p[:-1]


@rules.pullback("np.poly", domain=_zeros, infer=unknown)
def poly(g: Any, seq_of_zeros: Any, *, out: Any) -> Any:
    bar = -(_without_each(seq_of_zeros, out) @ g[1:])
    return rt.unbroadcast(bar, seq_of_zeros)


@rules.pushforward("np.poly")
def poly_tangent(zeros_dot: Any, seq_of_zeros: Any, *, out: Any) -> Any:
    rate = as_array(zeros_dot) @ _without_each(seq_of_zeros, out)
    return np.concatenate([np.zeros_like(out[:1]), -rate])


@rules.linear("dpc.require_vector", domain=_named, infer=lambda args, kwargs: args[0])
def require_vector(g: Any, x: Any, name: Any, *, out: Any) -> Any:
    return g
