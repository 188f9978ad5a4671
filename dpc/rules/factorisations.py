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
from dpc.rules import domains as D
from dpc.rules import results, sizes
from dpc.rules.known import NONE, infers
from dpc.rules.linalg import as_read, floating_like, square, symmetric, turned
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import Traced, rt

rules = RuleSet("factorisations")

TRUE = F.of_constant(True)


def columns(values: Any) -> Any:
    """Numbers that multiply the columns of a stack of matrices."""
    return values[..., None, :]


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
    return Fact("tuple", items=(F.array(x.dtype, shape), x))


def _eigenvalues_fact(a: Fact, UPLO: Fact = NONE) -> Fact:
    x = floating_like(a)
    return F.array(x.dtype, None if x.shape is None else x.shape[:-1])


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
    inner = gaps(values) * (turned(vectors) @ g[1])
    whole = (vectors @ inner + vectors * columns(g[0])) @ turned(vectors)
    # It reads one triangle only: what the other one would get belongs to that.
    return as_read(whole, is_upper(UPLO))


@rules.pushforward("np.linalg.eigh")
def eigh_tangent(a_dot: Any, a: Any, UPLO: Any = "L", *, out: Any) -> Any:
    values, vectors = out[0], out[1]
    inner = turned(vectors) @ symmetric(a_dot, is_upper(UPLO)) @ vectors
    turning = vectors @ (gaps(values) * inner)
    return np.diagonal(inner, axis1=-2, axis2=-1), turning


@rules.pullback("np.linalg.eigvalsh", infer=infers(_eigenvalues_fact), domain=hermitian)
def eigvalsh(g: Any, a: Any, UPLO: Any = "L", *, out: Any) -> Any:
    vectors = np.linalg.eigh(a, UPLO)[1]
    return as_read((vectors * columns(g)) @ turned(vectors), is_upper(UPLO))


@rules.pushforward("np.linalg.eigvalsh")
def eigvalsh_tangent(a_dot: Any, a: Any, UPLO: Any = "L", *, out: Any) -> Any:
    vectors = np.linalg.eigh(a, UPLO)[1]
    return np.sum(vectors * (symmetric(a_dot, is_upper(UPLO)) @ vectors), axis=-2)


def _svd_fact(
    a: Fact, full_matrices: Fact = TRUE, compute_uv: Fact = TRUE, hermitian: Fact = NONE
) -> Fact:
    x = floating_like(a)
    full, vectors = results.literal(full_matrices), results.literal(compute_uv)
    if not isinstance(full, bool) or not isinstance(vectors, bool):
        return F.ANY
    if x.shape is None or len(x.shape) < 2:
        unknown = F.array(x.dtype)
        return Fact("tuple", items=(unknown,) * 3) if vectors else unknown
    *front, m, n = x.shape
    count = sizes.smaller(m, n)
    s = F.array(x.dtype, (*front, count))
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
    if compute_uv is False:
        found = np.linalg.svd(a, full_matrices=False)
        return (found[0] * columns(g)) @ found[2]
    u, s, v = _thin(out, full_matrices, compute_uv, hermitian)
    u_bar, s_bar, v_bar = _thin(g, full_matrices, s=s)
    factors = gaps(s * s)
    around = factors * (turned(u) @ u_bar)
    across = factors * (turned(v) @ v_bar)
    inner = (around + turned(around)) * columns(s)
    inner = inner + turned((across + turned(across)) * columns(s))
    beside = (u_bar - u @ (turned(u) @ u_bar)) * columns(rt.ratio(1.0, s))
    below = (v_bar - v @ (turned(v) @ v_bar)) * columns(rt.ratio(1.0, s))
    return (u @ inner + u * columns(s_bar) + beside) @ turned(v) + u @ turned(below)


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
    if compute_uv is False:
        found = np.linalg.svd(a, full_matrices=False)
        return np.sum(found[0] * (a_dot @ turned(found[2])), axis=-2)
    u, s, v = _thin(out, full_matrices, compute_uv, hermitian)
    inner = turned(u) @ a_dot @ v
    scaled, crossed = inner * columns(s), turned(inner) * columns(s)
    factors = gaps(s * s)
    u_dot = u @ (factors * (scaled + turned(scaled)))
    v_dot = v @ (factors * (crossed + turned(crossed)))
    inverse = columns(rt.ratio(1.0, s))
    u_dot = u_dot + (a_dot @ v - u @ inner) * inverse
    v_dot = v_dot + (turned(a_dot) @ u - v @ turned(inner)) * inverse
    s_dot = np.diagonal(inner, axis1=-2, axis2=-1)
    if full_matrices is not False:
        u_dot, v_dot = rt.widened(u_dot, out[0]), rt.widened(v_dot, out[2])
    return u_dot, s_dot, turned(v_dot)


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
    u, v = parts[0], turned(parts[2])
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
    inner = r @ turned(r_bar) - turned(q_bar) @ q
    whole = q_bar + q @ (np.tril(inner) + turned(np.tril(inner, -1)))
    return turned(np.linalg.solve(r, turned(whole)))


@rules.pushforward("np.linalg.qr")
def qr_tangent(a_dot: Any, a: Any, mode: Any = "reduced", *, out: Any) -> Any:
    q, r = _tall(out, mode)
    rate = turned(np.linalg.solve(turned(r), turned(a_dot)))
    inner = np.tril(turned(q) @ rate, -1)
    turning = inner - turned(inner)
    r_dot = (turned(q) @ rate - turning) @ r
    return rate - q @ (turned(q) @ rate) + q @ turning, r_dot


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
    calls = [D.call(x) for x in square(rng, shape)]
    return [*calls, D.call(rng.normal(size=shape))] if len(shape) > 1 else calls


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
    inverse, g_turned = turned(out), turned(g)
    left = g_turned - a @ (out @ g_turned)
    right = g_turned - (g_turned @ out) @ a
    return left @ out @ inverse + inverse @ out @ right - inverse @ g @ inverse


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
    rate, inverse = turned(a_dot), turned(out)
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
