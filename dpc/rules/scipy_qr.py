"""`scipy.linalg.qr`, by the rule of NumPy's."""

from __future__ import annotations

from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D, factorisations
from dpc.rules.composed import composition
from dpc.rules.factorisations import require_square
from dpc.rules.known import NONE, infers
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.scipy_linalg import square_ones
from dpc.rules.shape import drawn
from dpc.rules.trace import applied

rules = RuleSet("scipy_qr")


def _tall(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2 or not all(shape):
        return []
    return [D.call(drawn(rng, shape[::-1]), mode="economic")]


def _qr_fact(
    a: Fact,
    overwrite_a: Fact = NONE,
    lwork: Fact = NONE,
    mode: Fact = NONE,
    pivoting: Fact = NONE,
    check_finite: Fact = NONE,
) -> Fact:
    pair = mode.value in ("economic", "full") and pivoting.value in (None, False)
    return Fact("tuple", items=(F.array(), F.array())) if pair else F.ANY


def _economic(mode: Any, pivoting: Any) -> None:
    if pivoting is not False or mode != "economic":
        raise Refused(
            "scipy.linalg.qr in this mode, or with pivoting, has no derivative rule: "
            "write mode='economic'"
        )


@composition(rules, "scipy.linalg.qr", domain=square_ones, fallback=True)
def qr_full(
    a: Any,
    overwrite_a: Any = False,
    lwork: Any = None,
    mode: Any = "full",
    pivoting: Any = False,
    check_finite: Any = True,
) -> Any:
    if mode != "full" or pivoting is not False:
        _economic(mode, pivoting)
    require_square(a, "scipy.linalg.qr", "economic")
    found = applied("scipy.linalg.qr", a, mode="economic")
    return found[0], found[1]


@rules.pullback("scipy.linalg.qr", infer=infers(_qr_fact), domain=_tall)
def qr(
    g: Any,
    a: Any,
    overwrite_a: Any = False,
    lwork: Any = None,
    mode: Any = "full",
    pivoting: Any = False,
    check_finite: Any = True,
    *,
    out: Any,
) -> Any:
    _economic(mode, pivoting)
    return factorisations.qr(g, a, "reduced", out=out)


@rules.pushforward("scipy.linalg.qr")
def qr_tangent(
    a_dot: Any,
    a: Any,
    overwrite_a: Any = False,
    lwork: Any = None,
    mode: Any = "full",
    pivoting: Any = False,
    check_finite: Any = True,
    *,
    out: Any,
) -> Any:
    _economic(mode, pivoting)
    return factorisations.qr_tangent(a_dot, a, "reduced", out=out)
