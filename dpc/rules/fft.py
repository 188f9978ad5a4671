"""The discrete Fourier transforms of `np.fft`, of real and of complex numbers.

A transform is a symmetric matrix, so that the adjoint of `fft` is `fft` itself; real
input and output are restrictions of it. The adjoint has the same `norm`; that of
`irfft` is `rfft`, whose `norm` counts the other way round.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact
from dpc.rules import domains as D, results, sizes
from dpc.rules.composed import composition, rank_of
from dpc.rules.known import NONE, array_of, infers, one_axis, resized
from dpc.rules.nested import items_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, as_array, rt

rules = RuleSet("fft")

LAST = F.of_constant(-1)
SWAPPED = {None: "forward", "backward": "forward", "forward": "backward"}


def swapped(norm: Any, name: str) -> Any:
    """The `norm` of the transform back that counts as `norm` does of this one."""
    if isinstance(norm, Traced):
        raise Refused(f"{name} with a norm that is not a literal has no rule")
    return SWAPPED.get(norm, norm)


def _complex(dtype: str) -> str:
    return {"f8": "c16", "f4": "c8", "i8": "c16"}.get(dtype, "c" if dtype else "")


def _real(dtype: str) -> str:
    return {"c16": "f8", "c8": "f4"}.get(_complex(dtype) if dtype else "", "")


def _transformed(half: bool, back: bool) -> Any:
    """The result of a transform along one axis."""

    def fact(a: Fact, n: Fact = NONE, axis: Fact = LAST, norm: Fact = NONE) -> Fact:
        x = array_of(a)
        dtype = _real(x.dtype) if back else _complex(x.dtype)
        if x.dtype[:1] == "c" and not back:
            dtype = x.dtype
        along = one_axis(axis, x.rank)
        if x.shape is None or along is None:
            return F.array(dtype)
        size: Dim = x.shape[along]
        if n.kind != "none":
            size = sizes.as_size(n.value)
        elif back:
            size = None
        if half:
            size = sizes.as_size(size // 2 + 1) if isinstance(size, int) else None
        return F.array(dtype, resized(x.shape, along, size))

    return infers(fact)


def calls(real: bool = False, least: int = 1, lengths: Any = (None, 2, 5)) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        if not shape or min(shape) < least:
            return []
        x = drawn(rng, shape)
        z = x if real else x + 1j * drawn(rng, shape)
        found = [D.call(x), D.call(z, norm="ortho")]
        for axis in range(len(shape)):
            for n in lengths:
                found.append(D.call(z, n, axis - len(shape), "forward"))
        return found

    return domain


def _whole(key: str) -> None:
    @rules.linear(
        key, infer=_transformed(False, False), domain=calls(), shape_only=(0,)
    )
    def transform(
        g: Any, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, out: Any
    ) -> Any:
        bar = applied(key, g, axis=axis, norm=norm)
        return rt.real_as(bar if n is None else rt.cut_like(bar, a, axis), a)


_whole("np.fft.fft")
_whole("np.fft.ifft")


@rules.linear(
    "np.fft.rfft",
    infer=_transformed(True, False),
    domain=calls(real=True),
    shape_only=(0,),
)
def rfft(
    g: Any, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, out: Any
) -> Any:
    size = rt.count_along(a, axis) if n is None else n
    bar = np.real(np.fft.fft(g, size, axis=axis, norm=norm))
    return bar if n is None else rt.cut_like(bar, a, axis)


@rules.linear(
    "np.fft.irfft",
    infer=_transformed(False, True),
    domain=calls(least=2, lengths=(None, 3, 6)),
    shape_only=(0,),
)
def irfft(
    g: Any, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, *, out: Any
) -> Any:
    named = {"axis": axis, "norm": swapped(norm, "irfft")}
    half = np.conj(np.fft.rfft(np.real(g), **named))
    weights = rt.half_weights(g, axis)
    return rt.real_as(rt.cut_like(half * weights, a, axis), a)


@composition(rules, "np.fft.hfft", domain=calls(least=2, lengths=(None, 3, 6)))
def hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    return np.fft.irfft(np.conj(a), n, axis=axis, norm=swapped(norm, "hfft"))


@composition(rules, "np.fft.ihfft", domain=calls(real=True))
def ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    return np.conj(np.fft.rfft(a, n, axis=axis, norm=swapped(norm, "ihfft")))


def grids(real: bool, least: int = 1) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        if len(shape) < 2 or min(shape) < least:
            return []
        x = drawn(rng, shape)
        z = x if real else x + 1j * drawn(rng, shape)
        found = [D.call(x), D.call(z, norm="ortho"), D.call(z, axes=(0, -1))]
        return [*found, D.call(z, (3, 4), (-2, -1)), D.call(z, s=(3, 4), axes=(-1, 0))]

    return domain


def along_axes(
    name: str, a: Any, s: Any, axes: Any, norm: Any
) -> tuple[list[Any], list[Any]]:
    """The axes of a transform, and the sizes it has along them."""
    if axes is None and s is None:
        axes = tuple(range(rank_of(a, name)))
    if axes is None:
        axes = tuple(range(-len(items_of(s) or ()), 0))
    axes = [axes] if isinstance(axes, int) else items_of(axes)
    if axes is None or any(isinstance(x, Traced) for x in (*axes, norm)):
        raise Refused(f"{name} along axes that are not literals has no rule")
    lengths = [None] * len(axes) if s is None else items_of(s)
    if not axes or lengths is None or len(lengths) != len(axes):
        raise Refused(f"{name} with these sizes has no derivative rule")
    return list(axes), lengths


def _of_several(name: str, one: str, first: str, axes_: Any, real: bool) -> None:
    """A transform along several axes: `first` along the last one, then the others."""
    key = f"np.fft.{name}"

    @composition(rules, key, domain=grids(real, 2 if first == "irfft" else 1))
    def transform(a: Any, s: Any = None, axes: Any = axes_, norm: Any = None) -> Any:
        along, lengths = along_axes(key, a, s, axes, norm)
        x = as_array(a)
        pairs = list(zip(along, lengths, strict=True))
        if first == "irfft":
            # Back to real numbers last.
            for axis, n in pairs[:-1]:
                x = applied(f"np.fft.{one}", x, n, axis=axis, norm=norm)
            return applied(
                "np.fft.irfft", x, pairs[-1][1], axis=pairs[-1][0], norm=norm
            )
        x = applied(f"np.fft.{first}", x, pairs[-1][1], axis=pairs[-1][0], norm=norm)
        for axis, n in reversed(pairs[:-1]):
            x = applied(f"np.fft.{one}", x, n, axis=axis, norm=norm)
        return x


for _name, _one, _first, _real_only in (
    ("fft", "fft", "fft", False),
    ("ifft", "ifft", "ifft", False),
    ("rfft", "fft", "rfft", True),
    ("irfft", "ifft", "irfft", False),
):
    _of_several(f"{_name}2", _one, _first, (-2, -1), _real_only)
    _of_several(f"{_name}n", _one, _first, None, _real_only)


def shifts(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    found = [D.call(x)] if shape else []
    return found + [D.call(x, axes=axis) for axis in range(-len(shape), len(shape))]


def _shifted(x: Fact, axes: Fact = NONE) -> Fact:
    return array_of(x)


def _shift(key: str, back: str) -> None:
    @rules.linear(key, infer=infers(_shifted), domain=shifts, shape_only=(0,))
    def shift(g: Any, x: Any, axes: Any = None, *, out: Any) -> Any:
        return applied(back, g, axes)


_shift("np.fft.fftshift", "np.fft.ifftshift")
_shift("np.fft.ifftshift", "np.fft.fftshift")


def frequencies(rng: Any, shape: Any) -> list[D.Call]:
    return [] if shape else [D.call(4, 0.7), D.call(5, d=1.3)]


def _spaced(key: str) -> None:
    """The frequencies of samples at a distance `d`."""

    @rules.pullback(
        key, domain=frequencies, infer=results.fixed(F.array("f8", (None,)))
    )
    def pull(g: Any, n: Any, d: Any = 1.0, device: Any = None, *, out: Any) -> Any:
        return None, -np.sum(g * out) / d

    @rules.pushforward(key)
    def push(
        n_dot: Any, d_dot: Any, n: Any, d: Any = 1.0, device: Any = None, *, out: Any
    ) -> Any:
        return -out * d_dot / d


_spaced("np.fft.fftfreq")
_spaced("np.fft.rfftfreq")
rules.constant("dpc.half_weights", shape_only=(0,))


def _cuts(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    found = []
    for axis in range(len(shape)):
        for n in (1, 5):
            found.append(D.call(x, np.zeros(resized(shape, axis, n)), axis))
    return found


@rules.linear("dpc.cut_like", domain=_cuts, shape_only=(1,), constant=("x",))
def cut_like(h: Any, g: Any, x: Any, axis: Any = -1, *, out: Any) -> Any:
    return rt.cut_like(h, g, axis)


def _parts(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, shape)
    return [D.call(x + 1j * y, y), D.call(x + 1j * y, y + 1j * x), D.call(x, y)]


def _part_fact(g: Fact, x: Fact) -> Fact:
    dtype = _real(g.dtype) if x.dtype[:1] == "f" else g.dtype
    both = g.dtype and x.dtype
    return F.Fact("number", dtype if both else "", g.shape if g.is_array else None)


@rules.linear(
    "dpc.real_as",
    domain=_parts,
    infer=infers(_part_fact),
    shape_only=(1,),
    constant=("x",),
)
def real_as(h: Any, g: Any, x: Any, *, out: Any) -> Any:
    return rt.real_as(h, x)
