"""The functions that dpc offers beside NumPy's: activations and stable logarithms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import REAL, Call, Shape, call, draw, reduced
from dpc.rules.reductions import MEAN, lowered, weighted
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import is_float, rt, typed

rules = RuleSet("activations")


def floating_first(args: Args, kwargs: Kwargs) -> Fact:
    x = args[0]
    return replace(x, dtype=results.float_dtype(x.dtype)) if x.is_array else F.NUMBER


@rules.elementwise("dpc.sigmoid", "scipy.special.expit", domain=REAL)
def sigmoid(x: Any, *, out: Any) -> Any:
    return out * (1 - out)


@rules.elementwise("dpc.log_sigmoid", "scipy.special.log_expit", domain=REAL)
def log_sigmoid(x: Any, *, out: Any) -> Any:
    return rt.sigmoid(-x)


@rules.elementwise("dpc.softplus", domain=REAL)
def softplus(x: Any, *, out: Any) -> Any:
    return rt.sigmoid(x)


@rules.elementwise("dpc.relu", domain=REAL, infer=results.arithmetic)
def relu(x: Any, *, out: Any) -> Any:
    return x > 0


def _sloped(rng: np.random.Generator, shape: Shape) -> list[Call]:
    return [call(draw(rng, shape, REAL)), call(draw(rng, shape, REAL), 0.2)]


@rules.elementwise("dpc.leaky_relu", domain=_sloped)
def leaky_relu(x: Any, slope: Any = 0.01, *, out: Any) -> Any:
    if is_float(x):
        return (x > 0) + slope * (x <= 0), x * (x <= 0)
    return typed(np.where(x > 0, 1, slope), x), np.minimum(x, 0)


@rules.elementwise("dpc.silu", domain=REAL)
def silu(x: Any, *, out: Any) -> Any:
    gate = rt.sigmoid(x)
    return gate + out * (1 - gate)


@weighted(rules, "dpc.logsumexp", infer=MEAN, domain=reduced(least=1))
def logsumexp(
    h: Any, x: Any, axis: Any = None, keepdims: Any = False, *, out: Any
) -> Any:
    return h * np.exp(x - lowered(out, x, axis, keepdims))


def _along_one(rng: np.random.Generator, shape: Shape) -> list[Call]:
    axes = [axis for axis in range(-1, len(shape)) if shape and shape[axis]]
    return [call(draw(rng, shape, REAL), axis) for axis in axes]


@rules.pullback("dpc.softmax", domain=_along_one, infer=floating_first)
def softmax(g: Any, x: Any, axis: Any = -1, *, out: Any) -> Any:
    part = g * out
    return part - out * np.sum(part, axis=axis, keepdims=True)


@rules.pushforward("dpc.softmax")
def softmax_tangent(x_dot: Any, x: Any, axis: Any = -1, *, out: Any) -> Any:
    part = x_dot * out
    return part - out * np.sum(part, axis=axis, keepdims=True)


@rules.pullback(
    "dpc.log_softmax",
    domain=_along_one,
    infer=floating_first,
)
def log_softmax(g: Any, x: Any, axis: Any = -1, *, out: Any) -> Any:
    return g - np.exp(out) * np.sum(g, axis=axis, keepdims=True)


@rules.pushforward("dpc.log_softmax")
def log_softmax_tangent(x_dot: Any, x: Any, axis: Any = -1, *, out: Any) -> Any:
    return x_dot - np.sum(np.exp(out) * x_dot, axis=axis, keepdims=True)


rules.constant("dpc.stop_gradient", infer=results.first, memory="view")
