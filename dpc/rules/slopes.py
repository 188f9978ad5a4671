"""Rules of the partial derivatives that the runtime computes, for higher orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules.domains import POSITIVE, REAL
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import rt, typed

rules = RuleSet("slopes")


@rules.elementwise("dpc.masked", domain=REAL)
def masked(g: Any, partial: Any, *, out: Any) -> Any:
    return typed(np.where(g == 0, 0, partial), g), g


@rules.elementwise("dpc.quotient", domain=POSITIVE, partial_can_fail=True)
def quotient(a: Any, b: Any, *, out: Any) -> Any:
    return rt.quotient(1, b), -rt.quotient(out, b)


@rules.elementwise("dpc.ratio", domain=POSITIVE)
def ratio(a: Any, b: Any, *, out: Any) -> Any:
    return rt.ratio(1, b), -rt.ratio(out, b)


@rules.elementwise("dpc.portion", domain=POSITIVE, partial_can_fail=True)
def portion(a: Any, b: Any, *, out: Any) -> Any:
    return rt.quotient(1, b), -rt.portion(out, b)


@rules.elementwise("dpc.power", domain=POSITIVE, partial_can_fail=True)
def power(x: Any, y: Any, *, out: Any) -> Any:
    return rt.power_slope(x, y), rt.power_log(x, out)


@rules.elementwise("dpc.power_slope", domain=POSITIVE, partial_can_fail=True)
def power_slope(x: Any, y: Any, *, out: Any) -> Any:
    return y * rt.power_slope(x, y - 1), rt.power(x, y - 1) + rt.power_log(x, out)


@rules.elementwise("dpc.power_log", domain=POSITIVE, partial_can_fail=True)
def power_log(x: Any, power: Any, *, out: Any) -> Any:
    return rt.ratio(power, x), rt.power_log(x, x != 0)
