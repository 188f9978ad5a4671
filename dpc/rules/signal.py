"""`scipy.signal`: convolutions and correlations of any number of axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules import domains as D
from dpc.rules.composed import composition
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import applied, conj, rt

rules = RuleSet("signal")

MODES = ("full", "same", "valid")


def _pairs(most: int = 3, least: int = 1) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        if not least <= len(shape) <= most or min(shape) < 1:
            return []
        x = drawn(rng, shape)
        small = drawn(rng, tuple(min(n, 2) for n in shape))
        calls = [D.call(x, small, mode) for mode in MODES]
        return [*calls, D.call(small, x), D.call(small, x, "valid")]

    return domain


def _linear(key: str) -> Any:
    """The rule of a convolution, whose adjoints are correlations."""

    def adjoints(g: Any, in1: Any, in2: Any, mode: Any) -> Any:
        whole = g if mode == "full" else rt.full_signal(g, in1, in2, mode)
        left = applied(key, whole, np.flip(in2), "valid")
        return left, applied(key, whole, np.flip(in1), "valid")

    return adjoints


def _convolution(key: str, domain: Any) -> None:
    adjoints = _linear(key)

    @rules.linear(key, domain=domain)
    def convolve(
        g: Any,
        in1: Any,
        in2: Any,
        mode: Any = "full",
        method: Any = "auto",
        *,
        out: Any,
    ) -> Any:
        return adjoints(g, in1, in2, mode)


def _by_transform(key: str, domain: Any) -> None:
    adjoints = _linear(key)

    @rules.linear(key, domain=domain)
    def convolve(
        g: Any, in1: Any, in2: Any, mode: Any = "full", axes: Any = None, *, out: Any
    ) -> Any:
        if axes is not None:
            raise Refused(f"{key} with axes= has no derivative rule")
        return adjoints(g, in1, in2, mode)


_convolution("scipy.signal.convolve", _pairs())
_by_transform("scipy.signal.fftconvolve", _pairs())
_by_transform("scipy.signal.oaconvolve", _pairs())


@rules.linear("scipy.signal.convolve2d", domain=_pairs(2, 2))
def convolve2d(
    g: Any,
    in1: Any,
    in2: Any,
    mode: Any = "full",
    boundary: Any = "fill",
    fillvalue: Any = 0,
    *,
    out: Any,
) -> Any:
    if boundary != "fill" or fillvalue != 0:
        raise Refused("scipy.signal.convolve2d with boundary= has no derivative rule")
    return _linear("scipy.signal.convolve2d")(g, in1, in2, mode)


def _larger_first(rng: Any, shape: Any) -> list[D.Call]:
    return list(_pairs()(rng, shape))[:4]


@composition(rules, "scipy.signal.correlate", domain=_larger_first)
def correlate(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    if mode == "valid":
        # Where the second is the larger one it is the first that is turned round.
        whole = applied("scipy.signal.convolve", in1, np.flip(conj(in2)), "full")
        return rt.signal_part(whole, in1, in2, mode)
    return applied("scipy.signal.convolve", in1, np.flip(conj(in2)), mode)


def _planes(rng: Any, shape: Any) -> list[D.Call]:
    return [c for c in _pairs(2, 2)(rng, shape) if c.args[2:] != ("same",)][:2]


@composition(rules, "scipy.signal.correlate2d", domain=_planes)
def correlate2d(
    in1: Any,
    in2: Any,
    mode: Any = "full",
    boundary: Any = "fill",
    fillvalue: Any = 0,
) -> Any:
    if boundary != "fill" or fillvalue != 0:
        raise Refused("scipy.signal.correlate2d with boundary= has no derivative rule")
    if mode == "same":
        # Its middle is not that of the other functions.
        raise Refused("correlate2d with mode='same' has no rule: use signal.correlate")
    return applied("scipy.signal.convolve2d", in1, np.flip(conj(in2)), mode)


def _wholes(rng: Any, shape: Any) -> list[D.Call]:
    return [
        D.call(drawn(rng, tuple(np.add(c.args[0].shape, c.args[1].shape) - 1)), *c.args)
        for c in _pairs()(rng, shape)
        if len(c.args) == 3
    ]


def _parts(rng: Any, shape: Any) -> list[D.Call]:
    return [
        D.call(rt.signal_part(c.args[0], *c.args[1:]), *c.args[1:])
        for c in _wholes(rng, shape)
    ]


@rules.linear("dpc.full_signal", domain=_parts, shape_only=(1, 2), constant=("a", "v"))
def full_signal(h: Any, g: Any, a: Any, v: Any, mode: Any, *, out: Any) -> Any:
    return rt.signal_part(h, a, v, mode)


@rules.linear("dpc.signal_part", domain=_wholes, shape_only=(1, 2), constant=("a", "v"))
def signal_part(h: Any, whole: Any, a: Any, v: Any, mode: Any, *, out: Any) -> Any:
    return rt.full_signal(h, a, v, mode)
