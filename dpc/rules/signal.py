"""`scipy.signal`: convolutions and correlations of any number of axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules import domains as D
from dpc.rules.composed import composition
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, conj, rt

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
    _zeros_around(boundary, fillvalue)
    return _linear("scipy.signal.convolve2d")(g, in1, in2, mode)


@rules.pushforward("scipy.signal.convolve2d")
def convolve2d_tangent(
    in1_dot: Any,
    in2_dot: Any,
    in1: Any,
    in2: Any,
    mode: Any = "full",
    boundary: Any = "fill",
    fillvalue: Any = 0,
    *,
    out: Any,
) -> Any:
    _zeros_around(boundary, fillvalue)
    key = "scipy.signal.convolve2d"
    terms = []
    if in1_dot is not None:
        terms.append(applied(key, in1_dot, in2, mode))
    if in2_dot is not None:
        terms.append(applied(key, in1, in2_dot, mode))
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]


def _zeros_around(boundary: Any, fillvalue: Any) -> None:
    if isinstance(fillvalue, Traced) or boundary != "fill" or fillvalue != 0:
        raise Refused("a convolution of what is not zero outside is not linear")


# What `np.pad` calls them.
BOUNDARIES = {
    "fill": "constant",
    "pad": "constant",
    "wrap": "wrap",
    "circular": "wrap",
    "symm": "symmetric",
    "symmetric": "symmetric",
}


def _bounded(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2 or min(shape) < 2:
        return []
    x, small = drawn(rng, shape), drawn(rng, (2, 2))
    calls = [D.call(x, small, mode, "wrap") for mode in MODES]
    calls += [D.call(x, small, mode, boundary="symm") for mode in ("full", "same")]
    return [
        *calls,
        D.call(x, small, "same", "fill", 0.7),
        D.call(x, small, fillvalue=2),
    ]


@composition(rules, "scipy.signal.convolve2d", domain=_bounded, fallback=True)
def convolve2d_bounded(
    in1: Any,
    in2: Any,
    mode: Any = "full",
    boundary: Any = "fill",
    fillvalue: Any = 0,
) -> Any:
    if mode == "valid":
        return applied("scipy.signal.convolve2d", in1, in2, mode)
    whole = _surrounded("convolve2d", in1, in2, mode, boundary, fillvalue)
    out = applied("scipy.signal.convolve2d", whole, in2, "valid")
    return out if mode == "full" else _middle(out, in1, in2, 1)


def _surrounded(
    name: str, in1: Any, in2: Any, mode: Any, around: Any, fill: Any
) -> Any:
    """The first operand with all that the second one meets outside it."""
    if mode not in MODES or around not in BOUNDARIES:
        raise Refused(f"{name} with a mode or boundary that is no literal has no rule")
    rows, columns = in2.shape[0] - 1, in2.shape[1] - 1
    widths = ((rows, rows), (columns, columns))
    named = {"constant_values": fill} if BOUNDARIES[around] == "constant" else {}
    return applied("np.pad", in1, widths, BOUNDARIES[around], **named)


def _middle(whole: Any, in1: Any, in2: Any, less: int) -> Any:
    """As many rows and columns as the first operand has, from the middle."""
    row, column = (in2.shape[0] - less) // 2, (in2.shape[1] - less) // 2
    rows, columns = in1.shape[0], in1.shape[1]
    return whole[row : row + rows, column : column + columns]


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
    return [*_pairs(2, 2)(rng, shape)[:3], *_bounded(rng, shape)]


@composition(rules, "scipy.signal.correlate2d", domain=_planes)
def correlate2d(
    in1: Any,
    in2: Any,
    mode: Any = "full",
    boundary: Any = "fill",
    fillvalue: Any = 0,
) -> Any:
    turned = np.flip(conj(in2))
    if mode == "valid":
        return applied("scipy.signal.convolve2d", in1, turned, mode)
    whole = _surrounded("correlate2d", in1, in2, mode, boundary, fillvalue)
    out = applied("scipy.signal.convolve2d", whole, turned, "valid")
    # Its middle is not that of the other functions.
    return out if mode == "full" else _middle(out, in1, in2, 0)


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
