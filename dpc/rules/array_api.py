"""Functions that are others under a second name, or a few of them together."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules import domains as D
from dpc.rules.composed import composition, rank_of
from dpc.rules.factorisations import require_square
from dpc.rules.linalg import squares, turned
from dpc.rules.products import pairs
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.scans import scans
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, conj

rules = RuleSet("array_api")


def _norm_calls(key: str) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        x = drawn(rng, shape) + 0.1
        if not shape or not x.size:
            return []
        if key == "vector":
            calls = [D.call(x), D.call(x, axis=-1, ord=1), D.call(x, keepdims=True)]
            return [*calls, D.call(x, axis=tuple(range(len(shape))), ord=3)]
        if len(shape) < 2:
            return []
        return [D.call(x), D.call(x, ord=2, keepdims=True), D.call(x, ord="nuc")]

    return domain


@composition(rules, "np.linalg.vector_norm", domain=_norm_calls("vector"))
def vector_norm(
    x: Any, *, axis: Any = None, keepdims: Any = False, ord: Any = 2
) -> Any:
    if isinstance(axis, int) or (axis is None and keepdims is False):
        flat = np.ravel(x) if axis is None else x
        return np.linalg.norm(flat, ord, axis=axis, keepdims=keepdims)
    if ord != 2 and isinstance(ord, int | float) and 0 < ord < np.inf:
        sums = np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims)
        return sums ** (1 / ord)
    if ord != 2 or isinstance(ord, Traced):
        raise Refused("np.linalg.vector_norm of this order along axes has no rule")
    return np.sqrt(np.sum(np.real(x * np.conj(x)), axis=axis, keepdims=keepdims))


@composition(rules, "np.linalg.matrix_norm", domain=_norm_calls("matrix"))
def matrix_norm(x: Any, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    return np.linalg.norm(x, ord, axis=(-2, -1), keepdims=keepdims)


def _matrices(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(drawn(rng, shape))] if len(shape) > 1 else []


@composition(rules, "np.linalg.svdvals", domain=_matrices)
def svdvals(x: Any) -> Any:
    return np.linalg.svd(x, compute_uv=False)


def _conditioned(rng: Any, shape: Any) -> list[D.Call]:
    found = [one.args[0] for one in squares()(rng, shape)]
    orders = (None, 2, -2, 1, -1, "fro", "nuc")
    calls = [D.call(x, p) for x in found if x.size for p in orders]
    return [c for c in calls if c.args[0].dtype == float or c.args[1] in (None, "fro")]


@composition(rules, "np.linalg.cond", domain=_conditioned)
def cond(x: Any, p: Any = None) -> Any:
    if isinstance(p, Traced):
        raise Refused("np.linalg.cond of an order that is not a literal has no rule")
    if p is None or p in (2, -2):
        s = np.linalg.svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    inverse = np.linalg.inv(x)
    sides = [np.linalg.norm(one, p, axis=(-2, -1)) for one in (x, inverse)]
    return sides[0] * sides[1]


rules.constant("np.linalg.matrix_rank")


def _systems(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    n = shape[0]
    a = rng.normal(size=(n, 2, 2 * n)) + np.eye(2 * n).reshape(n, 2, 2 * n) * 2
    return [D.call(a, rng.normal(size=(n, 2)))]


@composition(rules, "np.linalg.tensorsolve", domain=_systems)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        raise Refused("np.linalg.tensorsolve with axes= has no derivative rule")
    shape = a.shape[rank_of(b, "np.linalg.tensorsolve") :]
    flat = np.linalg.solve(np.reshape(a, (b.size, -1)), np.ravel(b))
    return np.reshape(flat, shape)


def _inverted(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(one.args[0], 2) for one in _systems(rng, shape)]


@composition(rules, "np.linalg.tensorinv", domain=_inverted)
def tensorinv(a: Any, ind: Any = 2) -> Any:
    front, back = a.shape[:ind], a.shape[ind:]
    size = applied("math.prod", back)
    inverse = np.linalg.inv(np.reshape(a, (-1, size)))
    return np.reshape(inverse, applied("operator.add", back, front))


def _vectors(rng: Any, shape: Any) -> list[D.Call]:
    if not shape:
        return []
    x, y = drawn(rng, shape), drawn(rng, shape[-1:])
    return [D.call(x, y), D.call(x + 1j * x[..., ::-1], y)]


@composition(rules, "np.vecdot", "np.linalg.vecdot", domain=_vectors)
def vecdot(x1: Any, x2: Any, axis: Any = -1) -> Any:
    return np.sum(conj(x1) * x2, axis=axis)


def _applied(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) < 2:
        return []
    x = drawn(rng, shape)
    vectors = (shape[-1:], (2, *(1,) * (len(shape) - 2), shape[-1]))
    return [D.call(x, drawn(rng, v)) for v in vectors]


@composition(rules, "np.matvec", domain=_applied)
def matvec(x1: Any, x2: Any) -> Any:
    return (x1 @ x2[..., None])[..., 0]


def _applied_left(rng: Any, shape: Any) -> list[D.Call]:
    calls = _applied(rng, shape)
    return [D.call(c.args[1], np.swapaxes(c.args[0], -1, -2)) for c in calls]


@composition(rules, "np.vecmat", domain=_applied_left)
def vecmat(x1: Any, x2: Any) -> Any:
    return (conj(x1)[..., None, :] @ x2)[..., 0, :]


@composition(rules, "np.linalg.matmul", domain=pairs)
def matmul(x1: Any, x2: Any) -> Any:
    return x1 @ x2


def _two_vectors(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(drawn(rng, shape), drawn(rng, (2,)))] if len(shape) == 1 else []


@composition(rules, "np.linalg.outer", domain=_two_vectors)
def outer(x1: Any, x2: Any) -> Any:
    return np.outer(x1, x2)


def _crossed(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(drawn(rng, (*shape, 3)), drawn(rng, (*shape, 3)))]


@composition(rules, "np.linalg.cross", domain=_crossed)
def cross(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    return np.cross(x1, x2, axis=axis)


def _contracted(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    return [D.call(x, x[..., None], axes=len(shape)), D.call(x, x, axes=0)]


@composition(rules, "np.linalg.tensordot", domain=_contracted)
def tensordot(x1: Any, x2: Any, *, axes: Any = 2) -> Any:
    return np.tensordot(x1, x2, axes=axes)


@composition(rules, "np.linalg.trace", domain=_matrices)
def trace(x: Any, *, offset: Any = 0, dtype: Any = None) -> Any:
    return np.trace(x, offset=offset, axis1=-2, axis2=-1)


@composition(rules, "np.linalg.diagonal", domain=_matrices, memory="view")
def diagonal(x: Any, *, offset: Any = 0) -> Any:
    return np.diagonal(x, offset=offset, axis1=-2, axis2=-1)


def _running(rng: Any, shape: Any) -> list[D.Call]:
    calls = [one for one in scans(rng, shape) if one.kwargs or len(shape) == 1]
    more = [D.call(*c.args, include_initial=True, **c.kwargs) for c in calls]
    return calls + more


def _cumulative(key: str, function: Any, start: float) -> None:
    @composition(rules, key, domain=_running)
    def cumulative(
        x: Any, *, axis: Any = None, dtype: Any = None, include_initial: Any = False
    ) -> Any:
        along = -1 if axis is None else axis
        sums = function(np.atleast_1d(x), axis=along, dtype=dtype)
        if not include_initial:
            return sums
        if not isinstance(along, int) or isinstance(include_initial, Traced):
            raise Refused(f"{key} of operands that are not literals has no rule")
        first = np.full_like(np.sum(sums, axis=along, keepdims=True), start)
        return np.concatenate([first, sums], axis=along)


_cumulative("np.cumulative_sum", np.cumsum, 0.0)
_cumulative("np.cumulative_prod", np.cumprod, 1.0)


def _turned_back(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, shape)
    return [D.call(x + 1j * y, deg=True), D.call(x + 3.0, True)]


@composition(rules, "np.angle", domain=_turned_back, fallback=True)
def angle(z: Any, deg: Any = False) -> Any:
    if isinstance(deg, Traced):
        raise Refused("np.angle with a deg= that is not a literal has no rule")
    return 180 / np.pi * np.angle(z) if deg else np.angle(z)


def _upper(rng: Any, shape: Any) -> list[D.Call]:
    found = [one.args[0] for one in squares()(rng, shape)]
    found = [x @ np.conj(np.swapaxes(x, -1, -2)) for x in found]
    return [D.call(x + np.eye(x.shape[-1]), upper=True) for x in found]


@composition(rules, "np.linalg.cholesky", domain=_upper, fallback=True)
def cholesky(a: Any, *, upper: Any = False) -> Any:
    if isinstance(upper, Traced):
        raise Refused("cholesky with an upper= that is not a literal has no rule")
    if not upper:
        return np.linalg.cholesky(a)
    # It reads the upper triangle then, of which the lower one is the conjugate.
    return conj(turned(np.linalg.cholesky(conj(turned(a)))))


def _tall(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2 or not all(shape):
        return []
    found = [D.call(drawn(rng, shape), mode="r")]
    square = shape[0] == shape[1]
    return [*found, D.call(drawn(rng, shape), "complete")] if square else found


@composition(rules, "np.linalg.qr", domain=_tall, fallback=True)
def qr(a: Any, mode: Any = "reduced") -> Any:
    if mode == "complete":
        require_square(a, "np.linalg.qr", "reduced")
        found = np.linalg.qr(a)
        return found[0], found[1]
    if mode != "r":
        raise Refused(
            "qr with this mode has no derivative rule: write mode='reduced' or mode='r'"
        )
    return np.linalg.qr(a)[1]


def _hermitian(rng: Any, shape: Any) -> list[D.Call]:
    found = [one.args[0] for one in squares()(rng, shape)]
    found = [x + np.conj(np.swapaxes(x, -1, -2)) for x in found]
    return [D.call(x, hermitian=True, compute_uv=False) for x in found]


@composition(rules, "np.linalg.svd", domain=_hermitian, fallback=True)
def svd(
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    hermitian: Any = False,
) -> Any:
    if compute_uv is not False:
        raise Refused("svd with hermitian= has a rule for compute_uv=False only")
    # The lower triangle is all that is read.
    values = np.abs(np.linalg.eigvalsh(a))
    return np.flip(np.sort(values), -1)


def _sampled(rng: Any, shape: Any) -> list[D.Call]:
    # Off the knots: the slope jumps there.
    knots, values = np.array([0.2, 0.9, 1.6]), rng.normal(size=3)
    segment, turns = rng.integers(0, 3, shape), 2.2 * rng.integers(-2, 3, shape)
    x = knots[segment] + rng.uniform(0.05, 0.65, shape) + turns
    return [D.call(x, knots, values, period=2.2)]


@composition(rules, "np.interp", domain=_sampled, fallback=True)
def interp(
    x: Any,
    xp: Any,
    fp: Any,
    left: Any = None,
    right: Any = None,
    period: Any = None,
) -> Any:
    period = np.abs(period) if isinstance(period, Traced) else abs(period)
    place = np.remainder(xp, period)
    order = np.argsort(place)
    place, values = place[order], fp[order]
    knots = np.concatenate([place[-1:] - period, place, place[:1] + period])
    around = np.concatenate([values[-1:], values, values[:1]])
    return np.interp(np.remainder(x, period), knots, around)


def _listed(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2:
        return []
    x, y = drawn(rng, shape), drawn(rng, (shape[1], 2))
    calls = [D.call(x, [0, 1], y, [1, 2], [0, 2]), D.call(x, [0, 1], y, [1, 2])]
    return [*calls, D.call("ij,jk", x, y, dtype=float)]


@composition(rules, "np.einsum", domain=_listed, fallback=True)
def einsum(*operands: Any, optimize: Any = False, dtype: Any = None) -> Any:
    if isinstance(operands[0], str):
        return np.einsum(operands[0], *operands[1:])
    terms = [_subscripts(labels) for labels in operands[1::2]]
    given = operands[0 : 2 * len(terms) : 2]
    result = f"->{_subscripts(operands[-1])}" if len(operands) % 2 else ""
    return np.einsum(",".join(terms) + result, *given)


def _subscripts(labels: Any) -> str:
    """The letters for a list of axis numbers."""
    if isinstance(labels, Traced):
        labels = labels.fact.items and [item.value for item in labels.fact.items]
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if not isinstance(labels, list | tuple):
        raise Refused("einsum without literal subscripts has no derivative rule")
    if not all(isinstance(label, int) or label is Ellipsis for label in labels):
        raise Refused("einsum without literal subscripts has no derivative rule")
    return "".join("..." if n is Ellipsis else letters[n] for n in labels)
