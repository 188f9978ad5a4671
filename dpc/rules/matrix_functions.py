"""`scipy.linalg`: exponentials, logarithms, roots and equations of matrices.

The derivative of a function of a matrix in a direction is the corner of the function
of `[[a, direction], [0, a]]` (R. Mathias, SIAM J. Matrix Anal. Appl. 17, 1996); its
adjoint is the derivative at the transpose.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.rules import domains as D
from dpc.rules.composed import composition
from dpc.rules.known import infers
from dpc.rules.linalg import floating_like, square, star, turned
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import applied, conj, rt

rules = RuleSet("matrix_functions")


def corner(key: str, a: Any, direction: Any) -> Any:
    """The derivative of a function of `a` in a direction."""
    size = a.shape[-1]
    upper = np.concatenate([a, direction], axis=-1)
    lower = np.concatenate([np.zeros_like(a), a], axis=-1)
    block = np.concatenate([upper, lower], axis=-2)
    return applied(key, block)[..., :size, size:]


def _like(A: Fact) -> Fact:
    return floating_like(A)


def _unknown_dtype(A: Fact) -> Fact:
    x = floating_like(A)
    return Fact("array", x.dtype if x.dtype[:1] == "c" else "", x.shape)


def _domain(stacks: bool) -> Any:
    def domain(rng: Any, shape: Any) -> list[D.Call]:
        # Eigenvalues with positive real parts have a logarithm and a root.
        found = [x + 2 * np.eye(x.shape[-1]) for x in square(rng, shape)]
        found = [x for x in found if x.size and (stacks or x.ndim == 2)]
        return [D.call(x) for x in found]

    return domain


def _function(name: str, stacks: bool, infer: Any) -> None:
    key = f"scipy.linalg.{name}"

    @rules.pullback(key, infer=infers(infer), domain=_domain(stacks))
    def pull(g: Any, A: Any, *, out: Any) -> Any:
        bar = corner(key, turned(A), g)
        return bar if infer is _like else rt.real_as(bar, A)

    @rules.pushforward(key)
    def push(A_dot: Any, A: Any, *, out: Any) -> Any:
        return corner(key, A, A_dot)


_function("expm", True, _like)
for _name in ("logm", "sqrtm"):
    _function(_name, False, _unknown_dtype)
for _name in ("sinm", "cosm", "sinhm", "coshm"):
    _function(_name, False, _like)


def _equations(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    n = shape[0]
    a = rng.normal(size=(n, n)) + 3 * np.eye(n)
    b = rng.normal(size=(2, 2)) + 3 * np.eye(2)
    return [D.call(a, b, rng.normal(size=(n, 2)))]


@rules.pullback("scipy.linalg.solve_sylvester", domain=_equations)
def solve_sylvester(g: Any, a: Any, b: Any, q: Any, *, out: Any) -> Any:
    s = applied("scipy.linalg.solve_sylvester", turned(a), turned(b), g)
    return -(s @ turned(out)), -(turned(out) @ s), s


@rules.pushforward("scipy.linalg.solve_sylvester")
def solve_sylvester_tangent(
    a_dot: Any, b_dot: Any, q_dot: Any, a: Any, b: Any, q: Any, *, out: Any
) -> Any:
    rate = np.zeros_like(q) if q_dot is None else q_dot
    if a_dot is not None:
        rate = rate - a_dot @ out
    if b_dot is not None:
        rate = rate - out @ b_dot
    return applied("scipy.linalg.solve_sylvester", a, b, rate)


def _lyapunov(rng: Any, shape: Any) -> list[D.Call]:
    calls = _equations(rng, shape)
    return [D.call(c.args[0], rng.normal(size=c.args[0].shape)) for c in calls]


@composition(
    rules,
    "scipy.linalg.solve_continuous_lyapunov",
    "scipy.linalg.solve_lyapunov",
    domain=_lyapunov,
)
def solve_lyapunov(a: Any, q: Any) -> Any:
    return applied("scipy.linalg.solve_sylvester", a, star(a), q)


def _discrete(rng: Any, shape: Any) -> list[D.Call]:
    return [D.call(0.1 * c.args[0], c.args[1]) for c in _lyapunov(rng, shape)]


@composition(rules, "scipy.linalg.solve_discrete_lyapunov", domain=_discrete)
def solve_discrete_lyapunov(a: Any, q: Any, method: Any = None) -> Any:
    rows = np.kron(a, conj(a))
    size = applied("np.eye", rows.shape[0])
    return np.reshape(np.linalg.solve(size - rows, np.ravel(q)), q.shape)
