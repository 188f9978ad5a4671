"""`scipy.linalg`: solving, factors, and matrices of a pattern, by NumPy's functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D, factorisations, generalised, results
from dpc.rules.composed import composition
from dpc.rules.factorisations import hermitian, real_fact
from dpc.rules.known import NONE, infers
from dpc.rules.linalg import floating_like, square, star, symmetric, turned
from dpc.rules.products import rank_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, as_array, conj, rt

rules = RuleSet("scipy_linalg")

FALSE = F.of_constant(False)

# What `trans` names, by whether it transposes and conjugates.
TRANSPOSED = {0: 0, "N": 0, 1: 1, "T": 1, 2: 2, "C": 2}


def _literal(name: str, *values: Any) -> None:
    if any(isinstance(value, Traced) for value in values):
        raise Refused(f"{name} with an option that is not a literal has no rule")


def _matrices(rng: Any, shape: Any) -> list[Any]:
    return [x for x in square(rng, shape) if x.size and x.ndim == 2]


def _systems(*options: dict[str, Any]) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        calls = []
        for a in _matrices(rng, shape):
            for more in options or ({},):
                calls.append(D.call(a, rng.normal(size=shape), **more))
                calls.append(D.call(a, rng.normal(size=(*shape, 2)), **more))
        return calls

    return domain


@composition(
    rules,
    "scipy.linalg.solve",
    domain=_systems({}, {"assume_a": "sym"}, {"transposed": True}),
)
def solve(
    a: Any,
    b: Any,
    lower: Any = False,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    assume_a: Any = None,
    transposed: Any = False,
) -> Any:
    _literal("scipy.linalg.solve", lower, assume_a, transposed)
    matrix = as_array(a)
    if assume_a in ("sym", "symmetric", "pos", "positive definite", "her", "hermitian"):
        # One triangle stands for the whole.
        matrix = symmetric(matrix, upper=not lower)
    elif assume_a not in (None, "gen", "general"):
        raise Refused(f"scipy.linalg.solve with assume_a={assume_a!r} has no rule")
    return np.linalg.solve(turned(matrix) if transposed else matrix, b)


def _triangles(rng: Any, shape: Any) -> list[D.Call]:
    options: list[dict[str, Any]] = [
        {"lower": True, "unit_diagonal": True},
        {"trans": "T"},
        {"trans": 2},
    ]
    found: list[D.Call] = _systems({}, {"lower": True}, *options)(rng, shape)
    return found


def _triangles_fact(
    a: Fact,
    b: Fact,
    trans: Fact = FALSE,
    lower: Fact = FALSE,
    unit_diagonal: Fact = FALSE,
    overwrite_b: Fact = FALSE,
    check_finite: Fact = FALSE,
) -> Fact:
    x, y = floating_like(a), floating_like(b)
    found = F.array(F.promote(x.dtype, y.dtype), y.shape)
    found = results.of_any_width(found) if found.dtype in results.NARROW else found
    return found if x.rank == 2 and y.rank in (1, 2) else F.NUMBER


@rules.pullback(
    "scipy.linalg.solve_triangular", infer=infers(_triangles_fact), domain=_triangles
)
def solve_triangular(
    g: Any,
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: Any = False,
    unit_diagonal: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    *,
    out: Any,
) -> Any:
    _literal("scipy.linalg.solve_triangular", trans, lower, unit_diagonal)
    kind = TRANSPOSED[trans]
    # The adjoint of the matrix that is solved with, without conjugating it.
    matrix = conj(a) if kind == 2 else a
    b_bar = _solved(matrix, g, 0 if kind else 1, lower, unit_diagonal)
    match rank_of(a), rank_of(b):
        case (2, 1):
            a_bar = -np.outer(b_bar, out)
        case (2, 2):
            a_bar = -(b_bar @ out.T)
        case _:
            a_bar = -rt.outer_as(b_bar, out, a, b)
    a_bar = turned(a_bar) if kind else a_bar
    a_bar = _triangle(conj(a_bar) if kind == 2 else a_bar, lower, unit_diagonal)
    return a_bar, b_bar


@rules.pushforward("scipy.linalg.solve_triangular")
def solve_triangular_tangent(
    a_dot: Any,
    b_dot: Any,
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: Any = False,
    unit_diagonal: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    *,
    out: Any,
) -> Any:
    rate = np.zeros_like(out) if b_dot is None else b_dot
    if a_dot is not None:
        moved = _triangle(a_dot, lower, unit_diagonal)
        kind = TRANSPOSED[trans]
        moved = (moved, turned(moved), star(moved))[kind]
        rate = rate - rt.matmul_as(moved, out, b)
    return _solved(a, rate, trans, lower, unit_diagonal)


def _solved(a: Any, b: Any, trans: Any, lower: Any, unit: Any) -> Any:
    named = {"trans": trans, "lower": lower, "unit_diagonal": unit}
    return applied("scipy.linalg.solve_triangular", a, b, **named)


def _triangle(x: Any, lower: Any, unit: Any) -> Any:
    """What is read of a matrix."""
    return np.tril(x, -1 if unit else 0) if lower else np.triu(x, 1 if unit else 0)


def _definite(rng: Any, shape: Any, **more: Any) -> list[D.Call]:
    found = [x @ x.T + np.eye(len(x)) for x in _matrices(rng, shape)]
    return [D.call(x, **more) for x in found]


def _both_halves(rng: Any, shape: Any) -> list[D.Call]:
    return _definite(rng, shape) + _definite(rng, shape, lower=True)


@composition(rules, "scipy.linalg.cholesky", domain=_both_halves)
def cholesky(
    a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True
) -> Any:
    _literal("scipy.linalg.cholesky", lower)
    if lower:
        return np.linalg.cholesky(a)
    return star(np.linalg.cholesky(star(as_array(a))))


@composition(rules, "scipy.linalg.cho_factor", domain=_both_halves)
def cho_factor(
    a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True
) -> Any:
    factor = cholesky(a, lower)
    # The other triangle still holds the matrix.
    rest = np.triu(a, 1) if lower else np.tril(a, -1)
    return factor + rest, lower


def _factored(rng: Any, shape: Any) -> list[D.Call]:
    calls = []
    for x in _matrices(rng, shape):
        for lower in (True, False):
            calls.append(D.call((x, lower), rng.normal(size=shape)))
            calls.append(D.call((x, lower), rng.normal(size=(*shape, 2))))
    return calls


@composition(rules, "scipy.linalg.cho_solve", domain=_factored)
def cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: Any = False, check_finite: Any = True
) -> Any:
    c, is_lower = c_and_lower[0], c_and_lower[1]
    factor = np.where(is_lower, np.tril(c), star(np.triu(c)))
    inner = _solved(factor, b, 0, True, False)
    return _solved(factor, inner, 2, True, False)


def square_ones(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(x) for x in _matrices(rng, shape)]


@composition(rules, "scipy.linalg.inv", domain=square_ones)
def inv(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    return np.linalg.inv(a)


@composition(rules, "scipy.linalg.det", domain=square_ones)
def det(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    return np.linalg.det(a)


@composition(rules, "scipy.linalg.pinv", domain=square_ones)
def pinv(
    a: Any, *, atol: Any = None, rtol: Any = None, check_finite: Any = True
) -> Any:
    return np.linalg.pinv(a)


@composition(rules, "scipy.linalg.lstsq", domain=_systems())
def lstsq(
    a: Any,
    b: Any,
    cond: Any = None,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    lapack_driver: Any = None,
) -> Any:
    found = np.linalg.lstsq(a, b, rcond=cond)
    return found[0], found[1], found[2], found[3]


def _normed(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape) + 0.1
    if not shape or not x.size or len(shape) > 2:
        return []
    return [D.call(x), D.call(x, 1), D.call(x, 2, axis=-1), D.call(x, np.inf, 0, True)]


@composition(rules, "scipy.linalg.norm", domain=_normed)
def norm(
    a: Any,
    ord: Any = None,
    axis: Any = None,
    keepdims: Any = False,
    check_finite: Any = True,
) -> Any:
    return np.linalg.norm(a, ord, axis=axis, keepdims=keepdims)


def _symmetric(rng: Any, shape: Any, vectors: bool = True) -> list[D.Call]:
    found = [c.args[0] for c in hermitian(rng, shape) if not c.kwargs]
    # Which signs the vectors have hangs on the last digits: only values are compared.
    named = {"eigvals_only": True} if vectors else {}
    found = [x for x in found if x.ndim == 2]
    calls = [D.call(x, lower=low, **named) for x in found for low in (True, False)]
    # A second matrix, which is positive definite.
    others = [x.T @ x / (1 + len(x)) + np.eye(len(x)) for x in found]
    pairs = list(zip(found, others, strict=True))
    return calls + [D.call(*two, lower=low, **named) for two in pairs for low in BOTH]


BOTH = (True, False)


def _triangle_read(lower: Any, eigvals_only: Any) -> str:
    _literal("scipy.linalg.eigh", lower, eigvals_only)
    return "L" if lower else "U"


def _eigen_fact(
    a: Fact,
    b: Fact = NONE,
    lower: Fact = NONE,
    eigvals_only: Fact = FALSE,
) -> Fact:
    x, only = floating_like(a), results.literal(eigvals_only)
    if x.rank != 2 or not isinstance(only, bool):
        return F.ANY  # of a stack of matrices it is a list
    if b.kind != "none":
        other = floating_like(b)
        x = F.array(F.promote(x.dtype, other.dtype), x.shape)
    values = real_fact(F.array(x.dtype, (x.shape or ())[:1]))
    return values if only else Fact("tuple", items=(values, x))


# The signs of vectors are those of SciPy's own decomposition, never of another one.


@rules.pullback("scipy.linalg.eigh", infer=infers(_eigen_fact), domain=_symmetric)
def eigh(
    g: Any,
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    eigvals_only: Any = False,
    out: Any,
) -> Any:
    triangle = _triangle_read(lower, eigvals_only)
    if b is not None:
        return generalised.adjoints(g, a, b, lower, eigvals_only, out)
    if eigvals_only:
        return factorisations.eigvalsh(g, a, triangle, out=out)
    return factorisations.eigh(g, a, triangle, out=out)


@rules.pushforward("scipy.linalg.eigh")
def eigh_tangent(
    a_dot: Any,
    b_dot: Any,
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    eigvals_only: Any = False,
    out: Any,
) -> Any:
    triangle = _triangle_read(lower, eigvals_only)
    if b is not None:
        return generalised.tangents(a_dot, b_dot, a, b, lower, eigvals_only, out)
    if eigvals_only:
        return factorisations.eigvalsh_tangent(a_dot, a, triangle, out=out)
    return factorisations.eigh_tangent(a_dot, a, triangle, out=out)


def _plain(rng: Any, shape: Any) -> list[D.Call]:
    return _symmetric(rng, shape, False)


@composition(rules, "scipy.linalg.eigvalsh", domain=_plain)
def eigvalsh(a: Any, b: Any = None, *, lower: Any = True) -> Any:
    triangle: Any = _triangle_read(lower, True)
    if b is not None:
        named = {"lower": lower, "eigvals_only": True}
        return applied("scipy.linalg.eigh", a, b, **named)
    return np.linalg.eigvalsh(a, triangle)


def _thin(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2 or not all(shape):
        return []
    x = drawn(rng, shape)
    return [D.call(x, full_matrices=False), D.call(x, compute_uv=False)]


@rules.pullback("scipy.linalg.svd", infer=results.fixed(F.ANY), domain=_thin)
def svd(
    g: Any,
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    overwrite_a: Any = False,
    check_finite: Any = True,
    lapack_driver: Any = "gesdd",
    *,
    out: Any,
) -> Any:
    _literal("scipy.linalg.svd", full_matrices, compute_uv)
    return factorisations.svd(g, a, full_matrices, compute_uv, out=out)


@rules.pushforward("scipy.linalg.svd")
def svd_tangent(
    a_dot: Any,
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    overwrite_a: Any = False,
    check_finite: Any = True,
    lapack_driver: Any = "gesdd",
    *,
    out: Any,
) -> Any:
    _literal("scipy.linalg.svd", full_matrices, compute_uv)
    return factorisations.svd_tangent(a_dot, a, full_matrices, compute_uv, out=out)


def _wide(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(one.args[0]) for one in _thin(rng, shape)[:1]]


@composition(rules, "scipy.linalg.svdvals", domain=_wide)
def svdvals(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    return np.linalg.svd(a, compute_uv=False)
