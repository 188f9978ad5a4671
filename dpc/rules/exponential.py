"""Exponentials, logarithms, roots and powers of one operand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import POSITIVE, REAL
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import log_of, over, over_zero, typed

rules = RuleSet("exponential")


@rules.elementwise("np.exp", "math.exp", domain=REAL, can_fail=True)
def exp(x: Any, *, out: Any) -> Any:
    return out


@rules.elementwise("np.exp2", "math.exp2", domain=REAL, can_fail=True)
def exp2(x: Any, *, out: Any) -> Any:
    return out * log_of(2, out)


@rules.elementwise("np.expm1", "math.expm1", domain=REAL, can_fail=True)
def expm1(x: Any, *, out: Any) -> Any:
    return out + 1


@rules.elementwise("np.log", domain=POSITIVE, partial_can_fail=True, can_fail=True)
def log(x: Any, *, out: Any) -> Any:
    return over(1, x)


@rules.elementwise("math.log", domain=POSITIVE, can_fail=True)
def log_to_base(x: Any, base: Any = None, *, out: Any) -> Any:
    if base is None:
        return over(1, x)
    is_literal = isinstance(base, int | float)
    norm = log_of(base, out) if is_literal else np.log(base)
    return over(1, x * norm), -over(out, base * norm)


@rules.elementwise(
    "np.log2", "math.log2", domain=POSITIVE, partial_can_fail=True, can_fail=True
)
def log2(x: Any, *, out: Any) -> Any:
    return over(1, log_of(2, out) * x)


@rules.elementwise(
    "np.log10", "math.log10", domain=POSITIVE, partial_can_fail=True, can_fail=True
)
def log10(x: Any, *, out: Any) -> Any:
    return over(1, log_of(10, out) * x)


@rules.elementwise(
    "np.log1p", "math.log1p", domain=POSITIVE, partial_can_fail=True, can_fail=True
)
def log1p(x: Any, *, out: Any) -> Any:
    return over(1, 1 + x)


@rules.elementwise("np.logaddexp", domain=REAL, partial_can_fail=True)
def logaddexp(x: Any, y: Any, *, out: Any) -> Any:
    return np.exp(x - out), np.exp(y - out)


@rules.elementwise("np.logaddexp2", domain=REAL, partial_can_fail=True)
def logaddexp2(x: Any, y: Any, *, out: Any) -> Any:
    return np.exp2(x - out), np.exp2(y - out)


@rules.elementwise(
    "np.sqrt", "math.sqrt", domain=POSITIVE, partial_can_fail=True, can_fail=True
)
def sqrt(x: Any, *, out: Any) -> Any:
    return over_zero(0.5, out)


@rules.elementwise("np.cbrt", "math.cbrt", domain=POSITIVE, partial_can_fail=True)
def cbrt(x: Any, *, out: Any) -> Any:
    return over_zero(1, 3 * out * out)


@rules.elementwise("np.square", domain=REAL, infer=results.arithmetic)
def square(x: Any, *, out: Any) -> Any:
    return 2 * x


@rules.elementwise(
    "np.reciprocal",
    domain=POSITIVE,
    infer=results.arithmetic,
    partial_can_fail=True,
    can_fail=True,
)
def reciprocal(x: Any, *, out: Any) -> Any:
    return -(out * out)


def _scaled(args: Args, kwargs: Kwargs) -> Fact:
    fact = results.floating(args, kwargs)
    return replace(fact, dtype=results.float_dtype(args[0].dtype) if args else "")


@rules.elementwise("np.ldexp", "math.ldexp", domain=(REAL, None), infer=_scaled)
def ldexp(x: Any, i: Any, *, out: Any) -> Any:
    return typed(2.0**i, x)
