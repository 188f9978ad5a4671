"""Eigenvalues and eigenvectors of square matrices that need not be symmetric.

With `a = v diag(w) inv(v)`, `inv(v) a_dot v` has the rates of the values on its
diagonal; beside it stand those of the vectors, times differences of values. A vector
has length x
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D, results
from dpc.rules.factorisations import gaps
from dpc.rules.known import array_of, infers
from dpc.rules.linalg import turned
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import Traced, applied, rt

rules = RuleSet("eigen")

PAIR = Fact("tuple", items=(F.array(), F.array()))


def _matrices(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    n = shape[0]
    spread = np.diag(3.0 * np.arange(n))
    found = [rng.normal(size=(n, n)) * 0.4 + spread]
    found += [np.stack([found[0], found[0].T + spread])]
    found += [found[0] + 0.7j * rng.normal(size=(n, n))]
    if n == 3:
        found.append(np.array([[0.5, 2.0, 0.3], [-1.8, 0.4, 0.1], [0.2, -0.3, 3.0]]))
    return [D.call(x) for x in found]


def _alone_matrices(rng: Any, shape: Any) -> list[D.Call]:
    # Of others the signs of vectors hang on the last digits.
    return [
        one
        for one in _matrices(rng, shape)
        if one.args[0].ndim == 2 and len(one.args[0]) < 4
    ]


def _largest(vectors: Any) -> Any:
    """One where an element is the largest of its vector, else 0."""
    sizes = np.abs(vectors)
    place = np.expand_dims(np.argmax(sizes, axis=-2), -2)
    rows = applied("np.arange", vectors.shape[-1])[:, None]
    return np.where(rows == place, np.ones_like(sizes), 0.0)


@rules.pullback("np.linalg.eig", infer=results.fixed(PAIR), domain=_matrices)
def eig(g: Any, a: Any, *, out: Any) -> Any:
    values, v = out[0], out[1]
    along = np.sum(g[1] * v, axis=-2, keepdims=True)
    bar = g[1] - np.real(along) * np.conj(v)
    peak = _largest(v)
    height = np.sum(peak * np.real(v), axis=-2, keepdims=True)
    bar = bar - 0.5 * (along - np.conj(along)) * peak / height
    inner = gaps(values) * (turned(v) @ bar)
    rates = inner @ turned(v) + g[0][..., :, None] * turned(v)
    return rt.real_as(np.linalg.solve(turned(v), rates), a)


@rules.pushforward("np.linalg.eig")
def eig_tangent(a_dot: Any, a: Any, *, out: Any) -> Any:
    values, v = out[0], out[1]
    inner = np.linalg.solve(v, a_dot @ v)
    rate = v @ (gaps(values) * inner)
    peak = _largest(v)
    height = np.sum(peak * np.real(v), axis=-2, keepdims=True)
    size = np.real(np.sum(np.conj(v) * rate, axis=-2, keepdims=True))
    turn = np.sum(peak * rate, axis=-2, keepdims=True)
    shift = size + 0.5 * (turn - np.conj(turn)) / height
    values_dot = np.diagonal(inner, axis1=-2, axis2=-1)
    return rt.real_as(values_dot, values), rt.real_as(rate - v * shift, v)


@rules.pullback("np.linalg.eigvals", infer=results.fixed(F.array()), domain=_matrices)
def eigvals(g: Any, a: Any, *, out: Any) -> Any:
    found = applied("np.linalg.eig", a)
    values, v = found[0], found[1]
    bar = np.take_along_axis(g, _nearest(values, out), -1)
    return rt.real_as(np.linalg.solve(turned(v), bar[..., :, None] * turned(v)), a)


@rules.pushforward("np.linalg.eigvals")
def eigvals_tangent(a_dot: Any, a: Any, *, out: Any) -> Any:
    found = applied("np.linalg.eig", a)
    values, v = found[0], found[1]
    rates = np.diagonal(np.linalg.solve(v, a_dot @ v), axis1=-2, axis2=-1)
    return rt.real_as(np.take_along_axis(rates, _nearest(out, values), -1), out)


def _alone(name: str, given: Any, *more: Any) -> None:
    """Refuse a second matrix, and results of another form."""
    if given is not None or any(isinstance(x, Traced) or x for x in more):
        raise Refused(f"{name} with these operands has no derivative rule")


def _pair(a: Fact, *rest: Fact, **named: Fact) -> Fact:
    # Of a stack of matrices it is a list.
    return PAIR if array_of(a).rank == 2 else F.ANY


# The order and the scale of vectors are those of SciPy's own decomposition.


@rules.pullback(
    "scipy.linalg.eigvals", infer=results.fixed(F.array("c")), domain=_matrices
)
def eigvals_alone(
    g: Any,
    a: Any,
    b: Any = None,
    overwrite_a: Any = False,
    check_finite: Any = True,
    homogeneous_eigvals: Any = False,
    *,
    out: Any,
) -> Any:
    _alone("scipy.linalg.eigvals", b, homogeneous_eigvals)
    return eigvals(g, a, out=out)


@rules.pushforward("scipy.linalg.eigvals")
def eigvals_alone_tangent(
    a_dot: Any,
    a: Any,
    b: Any = None,
    overwrite_a: Any = False,
    check_finite: Any = True,
    homogeneous_eigvals: Any = False,
    *,
    out: Any,
) -> Any:
    _alone("scipy.linalg.eigvals", b, homogeneous_eigvals)
    return eigvals_tangent(a_dot, a, out=out)


@rules.pullback("scipy.linalg.eig", infer=infers(_pair), domain=_alone_matrices)
def eig_alone(
    g: Any,
    a: Any,
    b: Any = None,
    left: Any = False,
    right: Any = True,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    homogeneous_eigvals: Any = False,
    *,
    out: Any,
) -> Any:
    _alone("scipy.linalg.eig", b, left, right is not True, homogeneous_eigvals)
    return eig(g, a, out=out)


@rules.pushforward("scipy.linalg.eig")
def eig_alone_tangent(
    a_dot: Any,
    a: Any,
    b: Any = None,
    left: Any = False,
    right: Any = True,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    homogeneous_eigvals: Any = False,
    *,
    out: Any,
) -> Any:
    _alone("scipy.linalg.eig", b, left, right is not True, homogeneous_eigvals)
    return eig_tangent(a_dot, a, out=out)


def _nearest(values: Any, among: Any) -> Any:
    """Which of the same values in another order each one is."""
    away = np.abs(values[..., :, None] - among[..., None, :])
    return np.argmin(away, axis=-1)
