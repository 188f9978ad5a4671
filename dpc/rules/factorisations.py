"""Eigenvalues, singular values and what is made of them: `eigh`, `svd`, `qr`, `pinv`.

Where values coincide the factors have no derivative; what belongs to a difference of
equal values counts as zero. Formulae: M. B. Giles (2008), and for the pseudoinverse
G. H. Golub and V. Pereyra, SIAM J. Numer. Anal. 10 (1973).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D, results, sizes
from dpc.rules.composed import RankUnknown
from dpc.rules.known import NONE, array_of, infers
from dpc.rules.linalg import (
    as_read,
    floating_like,
    lower_half,
    square,
    star,
    symmetric,
    turned,
)
from dpc.rules.nested import fact_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import Traced, applied, conj, is_real, real, realised, rt

rules = RuleSet("factorisations")

TRUE = F.of_constant(True)


def columns(values: Any) -> Any:
    """Numbers that multiply the columns of a stack of matrices."""
    return values[..., None, :]


def real_fact(x: Fact) -> Fact:
    """The same of real numbers: singular values, eigenvalues of Hermitian matrices."""
    dtype = {"c16": "f8", "c8": "f4", "c": "f"}.get(x.dtype, x.dtype)
    return F.array(dtype, x.shape)


def gaps(values: Any) -> Any:
    """`1 / (values[j] - values[i])`, and 0 where they are equal."""
    return rt.ratio(1.0, values[..., None, :] - values[..., :, None])


def is_upper(UPLO: Any) -> bool:
    """Which triangle is read."""
    if isinstance(UPLO, Traced):
        raise Refused("eigh with a UPLO that is not a literal has no derivative rule")
    return str(UPLO).upper() == "U"


def _eigen_fact(a: Fact, UPLO: Fact = NONE) -> Fact:
    x = floating_like(a)
    shape = None if x.shape is None else x.shape[:-1]
    return Fact("tuple", items=(real_fact(F.array(x.dtype, shape)), x))


def _eigenvalues_fact(a: Fact, UPLO: Fact = NONE) -> Fact:
    x = floating_like(a)
    return real_fact(F.array(x.dtype, None if x.shape is None else x.shape[:-1]))


def hermitian(rng: Any, shape: Any) -> list[D.Call]:
    """Calls with symmetric matrices whose eigenvalues differ."""
    calls = []
    for x in square(rng, shape):
        a = x + np.swapaxes(x, -1, -2) + np.diag(np.arange(x.shape[-1]) * 3.0)
        calls += [D.call(a), D.call(a, UPLO="U")]
    return calls


@rules.pullback("np.linalg.eigh", infer=infers(_eigen_fact), domain=hermitian)
def eigh(g: Any, a: Any, UPLO: Any = "L", *, out: Any) -> Any:
    values, vectors = out[0], out[1]
    inner = gaps(values) * (star(vectors) @ conj(g[1]))
    whole = (vectors @ inner + vectors * columns(realised(g[0], a, values))) @ star(
        vectors
    )
    # It reads one triangle only: what the other one would get belongs to that.
    return conj(as_read(whole, is_upper(UPLO)))


@rules.pushforward("np.linalg.eigh")
def eigh_tangent(a_dot: Any, a: Any, UPLO: Any = "L", *, out: Any) -> Any:
    values, vectors = out[0], out[1]
    inner = star(vectors) @ symmetric(a_dot, is_upper(UPLO)) @ vectors
    turning = vectors @ (gaps(values) * inner)
    return real(np.diagonal(inner, axis1=-2, axis2=-1)), turning


@rules.pullback("np.linalg.eigvalsh", infer=infers(_eigenvalues_fact), domain=hermitian)
def eigvalsh(g: Any, a: Any, UPLO: Any = "L", *, out: Any) -> Any:
    vectors = np.linalg.eigh(a, UPLO)[1]
    g = realised(g, a, out)
    return conj(as_read((vectors * columns(g)) @ star(vectors), is_upper(UPLO)))


@rules.pushforward("np.linalg.eigvalsh")
def eigvalsh_tangent(a_dot: Any, a: Any, UPLO: Any = "L", *, out: Any) -> Any:
    vectors = np.linalg.eigh(a, UPLO)[1]
    moved = symmetric(a_dot, is_upper(UPLO)) @ vectors
    return real(np.sum(conj(vectors) * moved, axis=-2))


def _svd_fact(
    a: Fact, full_matrices: Fact = TRUE, compute_uv: Fact = TRUE, hermitian: Fact = NONE
) -> Fact:
    x = floating_like(a)
    full, vectors = results.literal(full_matrices), results.literal(compute_uv)
    if not isinstance(full, bool) or not isinstance(vectors, bool):
        return F.ANY
    if x.shape is None or len(x.shape) < 2:
        unknown = F.array(x.dtype)
        parts = (unknown, real_fact(unknown), unknown)
        return Fact("tuple", items=parts) if vectors else parts[1]
    *front, m, n = x.shape
    count = sizes.smaller(m, n)
    s = real_fact(F.array(x.dtype, (*front, count)))
    if not vectors:
        return s
    u = F.array(x.dtype, (*front, m, m if full else count))
    vh = F.array(x.dtype, (*front, n if full else count, n))
    return Fact("tuple", items=(u, s, vh))


def _svd_domain(rng: Any, shape: Any) -> list[D.Call]:
    calls = [D.call(x) for x in square(rng, shape)]
    if len(shape) >= 2:
        x = rng.normal(size=shape)
        calls.append(D.call(x, full_matrices=False))
        calls.append(D.call(np.swapaxes(x, -1, -2), full_matrices=False))
        calls.append(D.call(x, compute_uv=False))
    return calls


@rules.pullback("np.linalg.svd", infer=infers(_svd_fact), domain=_svd_domain)
def svd(
    g: Any,
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    hermitian: Any = False,
    *,
    out: Any,
) -> Any:
    if compute_uv is False and hermitian is False:
        found = np.linalg.svd(a, full_matrices=False)
        return conj((found[0] * columns(realised(g, a, out))) @ found[2])
    u, s, v = _thin(out, full_matrices, compute_uv, hermitian)
    u_bar, s_bar, v_bar = _thin(g, full_matrices, s=s)
    u_bar, s_bar = conj(u_bar), real(s_bar)
    factors = gaps(s * s)
    around, across = star(u) @ u_bar, star(v) @ v_bar
    inner = factors * (around - star(around)) * columns(s)
    inner = inner + star(factors * (across - star(across)) * columns(s))
    if not is_real(a):
        # A phase that the columns of `u` and `v` share is counted to `v`.
        phase = rt.ratio(0.5 * (star(across) - across), columns(s))
        inner = inner + applied("np.eye", s.shape[-1]) * phase
    beside = (u_bar - u @ around) * columns(rt.ratio(1.0, s))
    below = (v_bar - v @ across) * columns(rt.ratio(1.0, s))
    whole = (u @ inner + u * columns(s_bar) + beside) @ star(v) + u @ star(below)
    return conj(whole)


@rules.pushforward("np.linalg.svd")
def svd_tangent(
    a_dot: Any,
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    hermitian: Any = False,
    *,
    out: Any,
) -> Any:
    if compute_uv is False and hermitian is False:
        found = np.linalg.svd(a, full_matrices=False)
        return real(np.sum(conj(found[0]) * (a_dot @ star(found[2])), axis=-2))
    u, s, v = _thin(out, full_matrices, compute_uv, hermitian)
    inner = star(u) @ a_dot @ v
    scaled, crossed = inner * columns(s), star(inner) * columns(s)
    factors, inverse = gaps(s * s), columns(rt.ratio(1.0, s))
    u_dot = u @ (factors * (scaled + star(scaled)))
    turning = factors * (crossed + star(crossed))
    if not is_real(a):
        phase = 0.5 * (star(inner) - inner) * inverse
        turning = turning + applied("np.eye", s.shape[-1]) * phase
    v_dot = v @ turning
    u_dot = u_dot + (a_dot @ v - u @ inner) * inverse
    v_dot = v_dot + (star(a_dot) @ u - v @ star(inner)) * inverse
    s_dot = real(np.diagonal(inner, axis1=-2, axis2=-1))
    vh_dot = star(v_dot)
    if full_matrices is not False:
        u_dot = rt.widened(u_dot, out[0])
        vh_dot = turned(rt.widened(turned(vh_dot), out[2]))
    return u_dot, s_dot, vh_dot


def _thin(
    parts: Any,
    full_matrices: Any,
    compute_uv: Any = True,
    hermitian: Any = False,
    s: Any = None,
) -> tuple[Any, Any, Any]:
    """`u`, `s` and `v` of which only the columns are there that belong to `s`."""
    if hermitian is not False or isinstance(compute_uv, Traced):
        raise Refused("svd with compute_uv= or hermitian= has no rule: leave it out")
    # Of the adjoint: `vh_bar` stands for the cotangent of the conjugate of `v`.
    u, v = parts[0], star(parts[2]) if s is None else turned(parts[2])
    if full_matrices is False:
        return u, parts[1], v
    like = parts[1] if s is None else s
    if s is None:
        return u[..., : like.shape[-1]], parts[1], v[..., : like.shape[-1]]
    return rt.only_thin(u, like), parts[1], rt.only_thin(v, like)


def _qr_fact(a: Fact, mode: Fact = NONE) -> Fact:
    x = floating_like(a)
    if mode.kind != "none" and mode.value != "reduced":
        return F.ANY
    if x.shape is None or len(x.shape) < 2:
        return Fact("tuple", items=(F.array(x.dtype),) * 2)
    *front, m, n = x.shape
    count = sizes.smaller(m, n)
    shapes = (*front, m, count), (*front, count, n)
    return Fact("tuple", items=tuple(F.array(x.dtype, shape) for shape in shapes))


def _qr_domain(rng: Any, shape: Any) -> list[D.Call]:
    calls = [D.call(x) for x in square(rng, shape)]
    if len(shape) == 2 and shape[0] > shape[1]:
        calls.append(D.call(rng.normal(size=shape)))
    if len(shape) == 1 and shape[0] > 2:
        calls.append(D.call(rng.normal(size=(*shape, 2))))
    return calls


@rules.pullback("np.linalg.qr", infer=infers(_qr_fact), domain=_qr_domain)
def qr(g: Any, a: Any, mode: Any = "reduced", *, out: Any) -> Any:
    q, r, q_bar, r_bar = *_tall(out, mode), *_tall(g, mode)
    q_bar, r_bar = conj(q_bar), conj(r_bar)
    if _is_square(a):
        return conj(_square_qr(q, r, q_bar, r_bar))
    # Where there are more columns than rows, the others are q times theirs in r.
    count = a.shape[-2]
    rest, rest_bar = a[..., count:], r_bar[..., count:]
    q_bar = q_bar + rest @ star(rest_bar)
    first = _square_qr(q, r[..., :count], q_bar, r_bar[..., :count])
    return conj(np.concatenate([first, q @ rest_bar], axis=-1))


def _is_square(a: Any) -> bool:
    shape = a.fact.shape if isinstance(a, Traced) else None
    return shape is not None and shape[-1] == shape[-2] is not None


def require_square(a: Any, name: str, mode: str) -> None:
    """Refuse what has columns that no matrix determines: they stand at right angles to
    the others, any of them."""
    shape = array_of(fact_of(a)).shape
    if shape is None or None in shape[-2:]:
        raise RankUnknown(f"whether the operand of {name} is square")
    if shape[-1] != shape[-2]:
        raise Refused(
            f"{name} of a matrix that is not square has no derivative rule for the "
            f"columns beyond it: write mode={mode!r}"
        )


def _square_qr(q: Any, r: Any, q_bar: Any, r_bar: Any) -> Any:
    inner = symmetric(r @ star(r_bar) - star(q_bar) @ q)
    return star(np.linalg.solve(r, star(q_bar + q @ inner)))


@rules.pushforward("np.linalg.qr")
def qr_tangent(a_dot: Any, a: Any, mode: Any = "reduced", *, out: Any) -> Any:
    q, r = _tall(out, mode)
    if _is_square(a):
        return _square_qr_tangent(a_dot, q, r)
    count = a.shape[-2]
    q_dot, r_dot = _square_qr_tangent(a_dot[..., :count], q, r[..., :count])
    moved = star(q_dot) @ a[..., count:] + star(q) @ a_dot[..., count:]
    return q_dot, np.concatenate([r_dot, moved], axis=-1)


def _square_qr_tangent(a_dot: Any, q: Any, r: Any) -> tuple[Any, Any]:
    rate = turned(np.linalg.solve(turned(r), turned(a_dot)))
    along = star(q) @ rate
    # Its lower half, and the imaginary part of the diagonal: r has a real one.
    turning = lower_half(along) - star(lower_half(along))
    r_dot = (along - turning) @ r
    return rate - q @ along + q @ turning, r_dot


def _tall(parts: Any, mode: Any) -> tuple[Any, Any]:
    if mode != "reduced":
        raise Refused("qr with a mode other than 'reduced' has no derivative rule")
    return parts[0], parts[1]


def _pinv_fact(
    a: Fact, rcond: Fact = NONE, hermitian: Fact = NONE, rtol: Fact = NONE
) -> Fact:
    x = floating_like(a)
    if x.shape is None or len(x.shape) < 2:
        return F.array(x.dtype)
    *front, m, n = x.shape
    return F.array(x.dtype, (*front, n, m))


def _pinv_domain(rng: Any, shape: Any) -> list[D.Call]:
    forms: Any = ({}, {"hermitian": True})
    calls = [D.call(x, **named) for x in square(rng, shape) for named in forms]
    return [*calls, D.call(rng.normal(size=shape))] if len(shape) > 1 else calls


def _is_hermitian(hermitian: Any) -> bool:
    """Whether one triangle of the matrix is read, and stands for the other."""
    if isinstance(hermitian, Traced):
        raise Refused("pinv with a hermitian= that is not a literal has no rule")
    return bool(hermitian)


@rules.pullback("np.linalg.pinv", infer=infers(_pinv_fact), domain=_pinv_domain)
def pinv(
    g: Any,
    a: Any,
    rcond: Any = None,
    hermitian: Any = False,
    *,
    rtol: Any = None,
    out: Any,
) -> Any:
    a = symmetric(a) if _is_hermitian(hermitian) else a
    inverse, g_turned = turned(out), turned(g)
    left = g_turned - a @ (out @ g_turned)
    right = g_turned - (g_turned @ out) @ a
    around = conj(left @ out) @ inverse + inverse @ conj(out @ right)
    bar = around - inverse @ g @ inverse
    return conj(as_read(conj(bar))) if hermitian else bar


@rules.pushforward("np.linalg.pinv")
def pinv_tangent(
    a_dot: Any,
    a: Any,
    rcond: Any = None,
    hermitian: Any = False,
    *,
    rtol: Any = None,
    out: Any,
) -> Any:
    if _is_hermitian(hermitian):
        a, a_dot = symmetric(a), symmetric(a_dot)
    rate, inverse = star(a_dot), star(out)
    left = rate - out @ (a @ rate)
    right = rate - (rate @ a) @ out
    return out @ inverse @ right + left @ inverse @ out - out @ a_dot @ out


def _lstsq_fact(a: Fact, b: Fact, rcond: Fact = NONE) -> Fact:
    x, y = floating_like(a), floating_like(b)
    dtype = F.promote(x.dtype, y.dtype)
    size = None if x.shape is None else (x.shape[-1],)
    rows = None if size is None or y.shape is None else (*size, *y.shape[1:])
    count = None if x.shape is None else (sizes.smaller(*x.shape),)
    sums, values = F.array(dtype, (None,)), F.array(x.dtype, count)
    return Fact("tuple", items=(F.array(dtype, rows), sums, F.ANY, values))


def _lstsq_domain(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    n = shape[0]
    tall, wide = rng.normal(size=(n + 2, n)), rng.normal(size=(n, n + 1))
    calls = [D.call(a, rng.normal(size=len(a))) for a in (tall, wide)]
    return [*calls, D.call(tall, rng.normal(size=(n + 2, 2)))]


@rules.pullback("np.linalg.lstsq", infer=infers(_lstsq_fact), domain=_lstsq_domain)
def lstsq(g: Any, a: Any, b: Any, rcond: Any = None, *, out: Any) -> Any:
    both = rt.lstsq_adjoints(g, a, b, out)
    return both[0], both[1]


@rules.pushforward("np.linalg.lstsq")
def lstsq_tangent(
    a_dot: Any, b_dot: Any, a: Any, b: Any, rcond: Any = None, *, out: Any
) -> Any:
    return rt.lstsq_tangent(a_dot, b_dot, a, b, out)
