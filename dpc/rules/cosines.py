"""The discrete cosine and sine transforms of `scipy.fft`.

A transform of type 2 is the transpose of one of type 3, and those of type 1 and 4 are
their own, but for the ends of a line that count twice on one side.
"""

from __future__ import annotations

from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D, results, sizes
from dpc.rules.composed import composition
from dpc.rules.fft import along_axes, swapped
from dpc.rules.known import NONE, array_of, infers, one_axis, resized
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, as_array, rt

rules = RuleSet("cosines")

LAST = F.of_constant(-1)
TURNED = {1: 1, 2: 3, 3: 2, 4: 4}
# At which ends the results of a transform count twice, and the operands half, when they
# are gathered for the adjoint.
DOUBLED = {("dct", 1): (0, -1), ("dct", 2): (0,), ("dst", 2): (-1,)}
HALVED = {("dct", 1): (0, -1), ("dct", 3): (0,), ("dst", 3): (-1,)}


def _turned(kind: Any, name: str) -> int:
    if isinstance(kind, Traced) or kind not in TURNED:
        raise Refused(f"{name} of a type that is not a literal has no derivative rule")
    return TURNED[kind]


def _is_orthogonal(orthogonalize: Any, norm: Any, name: str) -> bool:
    if orthogonalize is None:
        return bool(swapped(norm, name) == "ortho")
    if isinstance(orthogonalize, Traced):
        raise Refused(
            f"{name} with an orthogonalize= that is not a literal has no rule"
        )
    return bool(orthogonalize)


def _fact(
    x: Fact,
    type: Fact = NONE,
    n: Fact = NONE,
    axis: Fact = LAST,
    norm: Fact = NONE,
    overwrite_x: Fact = NONE,
    workers: Fact = NONE,
    orthogonalize: Fact = NONE,
) -> Fact:
    given = array_of(x)
    dtype = results.float_dtype(given.dtype)
    along = one_axis(axis, given.rank)
    if given.shape is None or along is None or n.kind != "none":
        return F.array(dtype)
    size = given.shape[along] if n.kind == "none" else sizes.as_size(n.value)
    return F.array(dtype, resized(given.shape, along, size))


def _calls(rng: Any, shape: Any) -> list[D.Call]:
    if not shape or min(shape) < 2:
        return []
    x = drawn(rng, shape)
    calls = [D.call(x)]
    for kind in TURNED:
        calls += [D.call(x, kind, axis=0), D.call(x, kind, norm="ortho")]
        calls += [D.call(x, kind, n, norm="forward") for n in (3, 5)]
        calls.append(D.call(x, kind, norm="ortho", orthogonalize=False))
        calls.append(D.call(x, kind, norm="backward", orthogonalize=True))
    return calls


def _forward(name: str) -> None:
    key = f"scipy.fft.{name}"

    @rules.linear(key, infer=infers(_fact), domain=_calls, shape_only=(0,))
    def transform(
        g: Any,
        x: Any,
        type: Any = 2,
        n: Any = None,
        axis: Any = -1,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        orthogonalize: Any = None,
        *,
        out: Any,
    ) -> Any:
        turned = _turned(type, name)
        named = {"axis": axis, "norm": norm}
        if orthogonalize is not None:
            named["orthogonalize"] = orthogonalize
        plain = not _is_orthogonal(orthogonalize, norm, name)
        if plain and (name, type) in DOUBLED:
            g = rt.scaled_at(g, DOUBLED[name, type], 2, axis)
        bar = applied(key, g, turned, **named)
        if plain and (name, type) in HALVED:
            bar = rt.scaled_at(bar, HALVED[name, type], 0.5, axis)
        return bar if n is None else rt.cut_like(bar, x, axis)


def _back(name: str, inner: str) -> None:
    @composition(rules, f"scipy.fft.{name}", domain=_calls)
    def transform(
        x: Any,
        type: Any = 2,
        n: Any = None,
        axis: Any = -1,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        orthogonalize: Any = None,
    ) -> Any:
        named = {"axis": axis, "norm": swapped(norm, name)}
        if orthogonalize is not None:
            named["orthogonalize"] = orthogonalize
        return applied(f"scipy.fft.{inner}", x, _turned(type, name), n, **named)


def _grids(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) < 2 or min(shape) < 2:
        return []
    x = drawn(rng, shape)
    calls = [D.call(x), D.call(x, 3, norm="ortho"), D.call(x, 1, axes=(0, -1))]
    return [*calls, D.call(x, 4, s=(3, 4), axes=(-1, 0), orthogonalize=True)]


def _along_several(name: str) -> None:
    @composition(rules, f"scipy.fft.{name}n", domain=_grids)
    def transform(
        x: Any,
        type: Any = 2,
        s: Any = None,
        axes: Any = None,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        *,
        orthogonalize: Any = None,
    ) -> Any:
        named = {} if orthogonalize is None else {"orthogonalize": orthogonalize}
        found = as_array(x)
        for axis, n in zip(*along_axes(f"{name}n", x, s, axes, norm), strict=True):
            given = {"axis": axis, "norm": norm, **named}
            found = applied(f"scipy.fft.{name}", found, type, n, **given)
        return found


for _name in ("dct", "dst"):
    _forward(_name)
    _back(f"i{_name}", _name)
    _along_several(_name)
    _along_several(f"i{_name}")


def _ends(rng: Any, shape: Any) -> list[D.Call]:
    if not shape or min(shape) < 2:
        return []
    x = drawn(rng, shape)
    return [D.call(x, (0, -1), 2), D.call(x, (-1,), 0.5, 0), D.call(x, (0,), 2, -1)]


@rules.linear("dpc.scaled_at", domain=_ends, infer=results.first, constant=("factor",))
def scaled_at(
    g: Any, x: Any, places: Any, factor: Any, axis: Any = -1, *, out: Any
) -> Any:
    return rt.scaled_at(g, places, factor, axis)
