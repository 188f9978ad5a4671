"""Functions that repeat, move or leave out elements of one array."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import apply, domains as D, results, sizes
from dpc.rules.known import (
    NONE,
    array_of,
    axes_of,
    infers,
    lengths,
    one_axis,
    resized,
)
from dpc.rules.ruleset import RuleSet
from dpc.rules.shape import drawn, each
from dpc.rules.trace import Traced, as_array, rt

rules = RuleSet("arrangement")

ZERO, ONE = F.of_constant(0), F.of_constant(1)
LAST, LAST_BUT_ONE = F.of_constant(-1), F.of_constant(-2)


def unbroadcast(g: Any, x: Any, out: Any) -> Any:
    """`g`, of the shape of `out`, summed over the axes that `x` was broadcast along."""
    if not isinstance(g, Traced):
        return rt.unbroadcast(g, x)
    if not isinstance(x, Traced) or x.fact.kind in ("list", "tuple"):
        return rt.unbroadcast(g, x)
    return Traced(g.build, apply.unbroadcast(g.build, g.atom, x.atom, out.atom))


def _broadcast_fact(array: Fact, shape: Fact, subok: Fact = NONE) -> Fact:
    return F.array(array_of(array).dtype, lengths(shape))


def _broadcast_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, one = drawn(rng, shape), drawn(rng, (1, *shape[1:]))
    calls = [D.call(x, (2, *shape)), D.call(x, shape)]
    return [*calls, D.call(one, (3, *shape[1:]))] if shape else calls


@rules.linear(
    "np.broadcast_to",
    infer=infers(_broadcast_fact),
    memory="view",
    shape_only=(0,),
    domain=_broadcast_domain,
)
def broadcast_to(g: Any, array: Any, shape: Any, *, out: Any) -> Any:
    return unbroadcast(g, array, out)


def _broadcast_all_fact(*args: Fact) -> Fact:
    arrays = [array_of(x) for x in args]
    shape = F.broadcast(x.shape for x in arrays)
    return Fact("tuple", items=tuple(F.array(x.dtype, shape) for x in arrays))


def _broadcast_all_domain(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, (2, *shape))
    return [D.call(x), D.call(x, y), D.call(y, 0.5, x)]


@rules.linear(
    "np.broadcast_arrays",
    infer=infers(_broadcast_all_fact),
    memory="holds",
    domain=_broadcast_all_domain,
)
def broadcast_arrays(g: Any, *args: Any, out: Any) -> Any:
    return tuple(unbroadcast(g[k], x, out[k]) for k, x in enumerate(args))


@rules.pushforward("np.broadcast_arrays")
def broadcast_arrays_tangent(dots: Any, *args: Any, out: Any) -> Any:
    whole = [
        rt.zeros(x) if dot is None else dot for dot, x in zip(dots, args, strict=True)
    ]
    return np.broadcast_arrays(*whole)


def _flip_fact(m: Fact, axis: Fact = NONE) -> Fact:
    return array_of(m)


@rules.linear(
    "np.flip",
    infer=infers(_flip_fact),
    memory="view",
    shape_only=(0,),
    domain=each((), (0,), (-1,), ((0, -1),), least=2),
)
def flip(g: Any, m: Any, axis: Any = None, *, out: Any) -> Any:
    return np.flip(g, axis)


@rules.linear(
    "np.fliplr",
    infer=infers(array_of),
    memory="view",
    shape_only=(0,),
    domain=each((), least=2),
)
def fliplr(g: Any, m: Any, *, out: Any) -> Any:
    return np.fliplr(g)


@rules.linear(
    "np.flipud",
    infer=infers(array_of),
    memory="view",
    shape_only=(0,),
    domain=each((), least=1),
)
def flipud(g: Any, m: Any, *, out: Any) -> Any:
    return np.flipud(g)


def _rot90_fact(m: Fact, k: Fact = ONE, axes: Fact = NONE) -> Fact:
    x, turns = array_of(m), results.literal(k)
    plane = (0, 1) if axes.kind == "none" else axes_of(axes, x.rank)
    if x.shape is None or not isinstance(turns, int) or plane is None:
        return F.array(x.dtype)
    shape = list(x.shape)
    if turns % 2:
        i, j = plane
        shape[i], shape[j] = shape[j], shape[i]
    return F.array(x.dtype, tuple(shape))


@rules.linear(
    "np.rot90",
    infer=infers(_rot90_fact),
    memory="view",
    shape_only=(0,),
    domain=each((), (2,), (-1,), (1, (1, 0)), least=2),
)
def rot90(g: Any, m: Any, k: Any = 1, axes: Any = (0, 1), *, out: Any) -> Any:
    return np.rot90(g, -k, axes)


def _roll_fact(a: Fact, shift: Fact, axis: Fact = NONE) -> Fact:
    return array_of(a)


@rules.linear(
    "np.roll",
    infer=infers(_roll_fact),
    shape_only=(0,),
    domain=each((1,), (-2, 0), ((1, 2), (0, -1)), least=2),
)
def roll(g: Any, a: Any, shift: Any, axis: Any = None, *, out: Any) -> Any:
    if isinstance(shift, tuple):
        back = tuple(-one for one in shift)
    elif isinstance(shift, int) or shift.fact.is_scalar:
        back = -shift
    else:  # What may be a tuple when it runs has no sign.
        back = np.negative(as_array(shift))
    return np.roll(g, back) if axis is None else np.roll(g, back, axis)


def _tile_fact(A: Fact, reps: Fact) -> Fact:
    x, times = array_of(A), lengths(reps)
    if x.shape is None or times is None:
        return F.array(x.dtype)
    rank = max(len(x.shape), len(times))
    shape = (1,) * (rank - len(x.shape)) + x.shape
    times = (1,) * (rank - len(times)) + times
    return F.array(x.dtype, tuple(map(sizes.times, shape, times)))


tile_domain = each((2,), ((2, 3),), ((2, 1, 3),), (0,))


@rules.linear(
    "np.tile",
    infer=infers(_tile_fact),
    shape_only=(0,),
    domain=tile_domain,
)
def tile(g: Any, A: Any, reps: Any, *, out: Any) -> Any:
    if isinstance(A, Traced) and A.rank == 1 and _is_int(reps):
        lines: Any = (reps, A.shape[0])
        return np.sum(np.reshape(g, lines), axis=0)
    return rt.untile(g, A, reps)


def _is_int(x: Any) -> bool:
    return isinstance(x, int) or (isinstance(x, Traced) and x.fact.kind == "int")


def _repeat_fact(a: Fact, repeats: Fact, axis: Fact = NONE) -> Fact:
    x = array_of(a)
    times = sizes.as_size(repeats.value) if repeats.kind == "int" else None
    if axis.kind == "none":
        count = None if x.shape is None else sizes.product(x.shape)
        return F.array(x.dtype, (sizes.times(count, times),))
    along = one_axis(axis, x.rank)
    if x.shape is None or along is None:
        return F.array(x.dtype)
    return F.array(x.dtype, resized(x.shape, along, sizes.times(x.shape[along], times)))


def repeat_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    calls = [D.call(x, 2), D.call(x, rng.integers(0, 3, x.size))]
    for axis in range(len(shape)):
        calls.append(D.call(x, 3, axis=axis - len(shape)))
        calls.append(D.call(x, rng.integers(0, 3, shape[axis]), axis=axis))
    return calls


@rules.linear(
    "np.repeat", infer=infers(_repeat_fact), shape_only=(0,), domain=repeat_domain
)
def repeat(g: Any, a: Any, repeats: Any, axis: Any = None, *, out: Any) -> Any:
    if isinstance(a, Traced) and a.rank == 1 and _is_int(repeats):
        lines: Any = (a.shape[0], repeats)
        return np.sum(np.reshape(g, lines), axis=1)
    return rt.unrepeat(g, a, repeats, axis)
