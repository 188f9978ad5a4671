"""Relaxed control flow: gates, and the blend of what two branches leave.

`p` and `q` are the weights of a test and of its opposite. Both vary: their tangents are
opposite, and the adjoint of the gate takes the difference of their cotangents.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.library import Primitive
from dpc.rules import results
from dpc.rules.domains import REAL, Call, Shape, call, draw
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import Finite, rt

rules = RuleSet("gates")

# Weights as functions of their tests; the first operand is the weight itself.
WEIGHTS = ("dpc.gate", "dpc.against", "dpc.bare")

GATE = (0.1, 0.9)


def _pair(args: Args, kwargs: Kwargs) -> Fact:
    d = args[0]
    weight = F.FLOAT if d.kind == "float" else Fact("scalar", d.dtype, ())
    if d.is_array or d.kind == "any":
        weight = d
    return Fact("tuple", items=(weight, weight))


def _weighed(rng: np.random.Generator, shape: Shape) -> list[Call]:
    if shape != ():
        return []
    found = []
    for t in (0.5, 2.0):
        d = float(draw(rng, (), REAL))
        found.append(call(*rt.gates(d, t), d, t))
    return found


def _differences(rng: np.random.Generator, shape: Shape) -> list[Call]:
    if shape != ():
        return []
    return [call(float(draw(rng, (), REAL)), t) for t in (0.5, 2.0)]


def blends(rng: np.random.Generator, shape: Shape) -> list[Call]:
    """Two values and their weights."""
    p = float(draw(rng, (), GATE))
    return [call(p, draw(rng, shape, REAL), 1 - p, draw(rng, shape, REAL))]


@rules.pullback("dpc.gates", "dpc.gates_of_elements", infer=_pair, domain=_differences)
def gates(g: Any, d: Any, t: Any, holds: Any = False, *, out: Any) -> Any:
    d_bar = rt.gate_bar(g[0] - g[1], out[0], out[1], t)
    return d_bar, rt.temperature_bar(d_bar, d, t), None


@rules.pushforward("dpc.gates", "dpc.gates_of_elements")
def gates_tangent(
    d_dot: Any, t_dot: Any, d: Any, t: Any, holds: Any = False, *, out: Any
) -> Any:
    p_dot = rt.gate_bar(_shift(d_dot, t_dot, d, t), out[0], out[1], t)
    return p_dot, -p_dot


def _shift(d_dot: Any, t_dot: Any, d: Any, t: Any) -> Any:
    """The tangent of `d / t`, times `t`."""
    shift = 0.0 if d_dot is None else d_dot
    return shift if t_dot is None else shift - t_dot * rt.ratio(d, t)


rules.constant("dpc.weights", infer=results.fixed(Fact("tuple", items=(F.FLOAT,) * 2)))


@rules.elementwise(
    "dpc.gate_bar", domain=(REAL, GATE, GATE, GATE), infer=results.arithmetic
)
def gate_bar(g: Any, p: Any, q: Any, t: Any, *, out: Any) -> Any:
    slope = rt.gate_bar(1.0, p, q, t)
    return slope, g * rt.ratio(q, t), g * rt.ratio(p, t), -rt.ratio(out, t)


@rules.elementwise(
    "dpc.temperature_bar", domain=(REAL, REAL, GATE), infer=results.arithmetic
)
def temperature_bar(d_bar: Any, d: Any, t: Any, *, out: Any) -> Any:
    return -rt.ratio(d, t), -rt.ratio(d_bar, t), -rt.ratio(out, t)


# A weight as a function of its test: printed as the weight itself.
@rules.pullback("dpc.gate", infer=results.first, domain=_weighed)
def gate(g: Any, p: Any, q: Any, d: Any, t: Any, *, out: Any) -> Any:
    d_bar = rt.gate_bar(g, p, q, t)
    return None, None, d_bar, rt.temperature_bar(d_bar, d, t)


@rules.pushforward("dpc.gate")
def gate_tangent(
    p_dot: Any,
    q_dot: Any,
    d_dot: Any,
    t_dot: Any,
    p: Any,
    q: Any,
    d: Any,
    t: Any,
    *,
    out: Any,
) -> Any:
    return rt.gate_bar(_shift(d_dot, t_dot, d, t), p, q, t)


def _given(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [] if shape else [call(float(draw(rng, (), GATE)))]


@rules.elementwise("dpc.probability", domain=_given, infer=results.first)
def probability(p: Any, *, out: Any) -> Any:
    return rt.is_open(out)


rules.constant("dpc.is_open", infer=results.fixed(F.FLOAT), effect="")


# The weight against a test, given that for it: printed as that weight itself.
@rules.elementwise("dpc.against", domain=(GATE, GATE), infer=results.arithmetic)
def against(q: Any, p: Any, *, out: Any) -> Any:
    return None, -1.0


def _blended(args: Args, kwargs: Kwargs) -> Fact:
    return results.arithmetic(args, kwargs)


@rules.elementwise("dpc.blend", domain=blends, infer=_blended)
def blend(p: Any, a: Any, q: Any, b: Any, *, out: Any) -> Any:
    return a, Finite(p), b, Finite(q)


@rules.linear("dpc.snapshot", domain=(REAL,), infer=results.first, can_fail=False)
def snapshot(g: Any, x: Any, *, out: Any) -> Any:
    return g


@rules.elementwise("dpc.blend_finite", domain=blends, infer=_blended)
def blend_finite(p: Any, a: Any, q: Any, b: Any, *, out: Any) -> Any:
    return (
        rt.counted(a, b),
        Finite(rt.share_of(p, a, q, b)),
        rt.counted(b, a),
        Finite(rt.share_of(q, b, p, a)),
    )


@rules.pushforward("dpc.blend_finite")
def blend_finite_tangent(
    p_dot: Any,
    a_dot: Any,
    q_dot: Any,
    b_dot: Any,
    p: Any,
    a: Any,
    q: Any,
    b: Any,
    *,
    out: Any,
) -> Any:
    total: Any = 0.0
    for dot, value in ((p_dot, rt.counted(a, b)), (q_dot, rt.counted(b, a))):
        total = total if dot is None else total + dot * value
    # What has no share may vary without bounds.
    for dot, share in (
        (a_dot, rt.share_of(p, a, q, b)),
        (b_dot, rt.share_of(q, b, p, a)),
    ):
        total = total if dot is None else total + rt.masked(share, dot)
    return total


def _weight(args: Args, kwargs: Kwargs) -> Fact:
    """One number for all elements, as long as all are finite."""
    fact = _blended(args, kwargs)
    return Fact("number", fact.dtype) if fact.is_number and not fact.is_scalar else fact


def _all_bars(args: Args, kwargs: Kwargs) -> Fact:
    whole = args[0]
    weight = Fact("scalar", whole.dtype, ()) if whole.is_number else F.ANY
    return Fact("tuple", items=(weight, whole, whole))


def _first(args: Args, kwargs: Kwargs) -> Fact:
    """The first operand itself, as long as all is finite."""
    fact = _blended(args, kwargs)
    return fact if fact.shape == args[0].shape else _weight(args, kwargs)


@rules.elementwise("dpc.counted", domain=(REAL, REAL), infer=_first)
def counted(a: Any, b: Any, *, out: Any) -> Any:
    return Finite(rt.counts(a, b)), None


@rules.pushforward("dpc.counted")
def counted_tangent(a_dot: Any, b_dot: Any, a: Any, b: Any, *, out: Any) -> Any:
    return 0.0 if a_dot is None else rt.masked(rt.counts(a, b), a_dot)


rules.constant("dpc.counts", infer=_weight, effect="")


@rules.elementwise("dpc.contrast", domain=(REAL, REAL), infer=results.arithmetic)
def contrast(a: Any, b: Any, *, out: Any) -> Any:
    return Finite(rt.counts(a, b)), Finite(-rt.counts(a, b))


@rules.pushforward("dpc.contrast")
def contrast_tangent(a_dot: Any, b_dot: Any, a: Any, b: Any, *, out: Any) -> Any:
    total: Any = 0.0
    for dot, sign in ((a_dot, 1.0), (b_dot, -1.0)):
        if dot is not None:
            total = total + sign * rt.masked(rt.counts(a, b), dot)
    return total


@rules.elementwise("dpc.share_of", domain=blends, infer=_weight)
def share_of(p: Any, a: Any, q: Any, b: Any, *, out: Any) -> Any:
    # It is another number than `p` where one branch counts alone.
    return Finite(out == p), None, None, None


# What stands for these where each row of a batch has its own weights.
for _name in "gates blend blend_finite share_of counted contrast counts".split():
    rules.constant(f"dpc.{_name}_rows")

# What passes back the three at once, once all derivatives are taken.
rules.primitives["dpc.unblend"] = Primitive("dpc.unblend", _all_bars)

# Stands for a branch that may fail, and for entering it.
rules.constant("dpc.attempt", effect="world")
rules.constant("dpc.ignoring")


def _of_a_dead_branch(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, shape, REAL), True)]


@rules.linear("dpc.demand_finite", domain=_of_a_dead_branch, infer=results.first)
def demand_finite(g: Any, x: Any, dead: Any, *, out: Any) -> Any:
    return g, None


rules.constant("dpc.enter", effect="world")
# A weight where no derivative is asked for: printed as the weight itself.
rules.constant("dpc.bare", infer=results.first)
rules.constant("dpc.require_halted", "dpc.require_number", effect="world")
rules.constant("dpc.require_plain", effect="world")
