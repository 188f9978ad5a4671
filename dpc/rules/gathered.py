"""Functions that lay out elements of an array at other places, some more than once.

Each is `a.ravel()[places]`, and `places` is what the function itself makes of the
numbers 0, 1, 2, ... in the shape of `a`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D, sizes
from dpc.rules.composed import composition
from dpc.rules.known import NONE, array_of, infers, lengths, one_axis
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, as_array, rt

rules = RuleSet("gathered")

rules.constant("dpc.rank_of", "dpc.kept_places", "dpc.index_along", shape_only=(0,))
rules.constant("dpc.inserted_places", shape_only=(0, 2))
rules.constant(
    "dpc.places_resized",
    "dpc.places_in_windows",
    "dpc.places_trimmed",
    infer=lambda args, kwargs: F.array("i8"),
    shape_only=(0,),
)


def _windows_fact(
    x: Fact,
    window_shape: Fact,
    axis: Fact = NONE,
    subok: Fact = NONE,
    writeable: Fact = NONE,
) -> Fact:
    y, window = array_of(x), lengths(window_shape)
    along = one_axis(axis, y.rank)
    if y.shape is None or window is None or len(window) != 1:
        return F.array(y.dtype)
    if axis.kind == "none":
        along = 0 if y.rank == 1 else None
    if along is None:
        return F.array(y.dtype)
    shape, size = list(y.shape), window[0]
    shape[along] = sizes.less(shape[along], size - 1) if isinstance(size, int) else None
    return F.array(y.dtype, (*shape, size))


def _windows(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    if not shape or min(shape) < 2:
        return []
    calls = [D.call(x, (2,) * len(shape)), D.call(x, 2, axis=-1)]
    return [*calls, D.call(x, (2, 1), axis=(0, 0)), D.call(x, shape[0], 0)]


@composition(
    rules,
    "np.lib.stride_tricks.sliding_window_view",
    infer=infers(_windows_fact),
    domain=_windows,
    memory="view",
)
def sliding_window_view(x: Any, window_shape: Any, axis: Any = None) -> Any:
    return np.ravel(x)[rt.places_in_windows(x, window_shape, axis)]


def _sizes(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(x, 7), D.call(x, (2, 3)), D.call(x, (0, 2))] if x.size else []


def _resized_fact(a: Fact, new_shape: Fact) -> Fact:
    return F.array(array_of(a).dtype, lengths(new_shape))


@composition(rules, "np.resize", infer=infers(_resized_fact), domain=_sizes)
def resize(a: Any, new_shape: Any) -> Any:
    return np.ravel(a)[rt.places_resized(a, new_shape)]


def _edged(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1:
        return []
    x = drawn(rng, shape)
    return [D.call(x), D.call(x, "f")]


@composition(rules, "np.trim_zeros", domain=_edged, memory="view")
def trim_zeros(filt: Any, trim: Any = "fb") -> Any:
    # Its zeros are constants; moved a little, they would be kept.
    return as_array(filt)[applied("dpc.places_trimmed", filt, trim)]


def _turned(rng: Any, shape: Any) -> list[D.Call]:
    x, rank = drawn(rng, shape), len(shape)
    pairs = [(a, b) for a in range(-rank, rank) for b in range(rank + 1)]
    return [D.call(x, *pair) for pair in pairs]


@composition(rules, "np.rollaxis", domain=_turned, memory="view")
def rollaxis(a: Any, axis: Any, start: Any = 0) -> Any:
    if not isinstance(axis, int) or not isinstance(start, int):
        raise Refused("np.rollaxis of axes that are not literals has no rule")
    if axis < 0:
        axis = axis + rt.rank_of(a)
    if start < 0:
        start = start + rt.rank_of(a)
    if isinstance(axis, int) and isinstance(start, int):
        return np.moveaxis(a, axis, start - (axis < start))
    behind = applied("int", axis < start)
    return applied("np.moveaxis", a, axis, start - behind)


def _stacks(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(x, axis=k) for k in range(-len(shape), len(shape)) if shape[k]]


def _unstacked_fact(x: Fact, axis: Fact = NONE) -> Fact:
    return Fact("tuple", element=F.ANY)


@rules.linear(
    "np.unstack", infer=infers(_unstacked_fact), domain=_stacks, memory="parts"
)
def unstack(g: Any, x: Any, *, axis: Any = 0, out: Any) -> Any:
    return applied("np.stack", g, axis=axis)


def _several(rank: int) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        x, y = drawn(rng, shape), drawn(rng, (2,))
        return [D.call(x, y), D.call(y, x, 0.5)]

    return domain


def _atleast(rank: int) -> None:
    key = f"np.atleast_{rank}d"

    @composition(rules, key, domain=_several(rank), fallback=True)
    def atleast(*arys: Any) -> Any:
        if len(arys) < 2:
            raise Refused(f"{key} of nothing has no derivative rule")
        return tuple([applied(key, x) for x in arys])


for _rank in (1, 2, 3):
    _atleast(_rank)


def _outside(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    if not x.size:
        return []
    far = np.array([0, -7, 5, 12])
    calls = [D.call(x, far, mode=mode) for mode in ("wrap", "clip")]
    return calls + [D.call(x, far, k, mode="wrap") for k in range(len(shape))]


@composition(rules, "np.take", domain=_outside, fallback=True)
def take(a: Any, indices: Any, axis: Any = None, *, mode: Any = "raise") -> Any:
    size = rt.count_along(a, axis)
    return np.take(as_array(a), _within(indices, size, mode), axis=axis)


def _within(indices: Any, size: Any, mode: Any) -> Any:
    """Indices between 0 and `size`."""
    if mode == "wrap":
        return np.remainder(as_array(indices), size)
    if mode == "clip":
        return np.clip(as_array(indices), 0, size - 1)
    raise Refused(f"there is no rule for indices with the mode {mode!r}")


def _choices(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, shape)
    places = rng.integers(-3, 5, shape)
    return [D.call(places, [x, y], mode=mode) for mode in ("wrap", "clip")]


@composition(rules, "np.choose", domain=_choices, fallback=True)
def choose(a: Any, choices: Any, *, mode: Any = "raise") -> Any:
    size = choices.apply("len", choices) if isinstance(choices, Traced) else None
    places = _within(a, len(choices) if size is None else size, mode)
    return applied("np.choose", places, choices)


def _copied(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(drawn(rng, shape), -1, copy=True)]


@composition(rules, "np.reshape", domain=_copied, fallback=True)
def reshape(a: Any, shape: Any, order: Any = "C", *, copy: Any = None) -> Any:
    return np.reshape(a, shape, order=order)


def _typed(rng: Any, shape: Any) -> list[D.Call]:
    x = np.asarray(drawn(rng, shape))
    return [D.call(x, np.float64)]


@composition(rules, "np.astype", domain=_typed, memory="view")
def astype(x: Any, dtype: Any, *, copy: Any = True) -> Any:
    return applied("method.astype", x, dtype, copy=copy)
