"""Sparse matrices as constant operands: the adjoint is a product with them again. And
matrices that are made of differentiated data."""

from typing import Any

import numpy as np
import pytest

import dpc
from dpc.ir.facts import Fact
from dpc.ir.live import live
from dpc.rules.domains import call
from tests.rules import known, numbers, programs

sp = pytest.importorskip("scipy.sparse")
DENSE = np.array([[0.0, 0.5, 0.0], [0.5, 0.0, 1.5], [2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
FORMS = (sp.csr_matrix, sp.csc_array, sp.coo_array, sp.dia_matrix)


def matrix_fact(value: Any) -> Fact:
    if sp.issparse(value):
        return Fact("sparse", "f8", tuple(map(known.symbol, value.shape)))
    return known.fact_of(value)


def rank_unknown(value: Any) -> Fact:
    return Fact("sparse", "f8") if sp.issparse(value) else Fact("array", "f8")


def bars_of(key: str, args: tuple[Any, ...], u: Any, fact_of: Any) -> dict[str, Any]:
    sample = call(*args)
    # The matrix is an operand with a fact, not a literal.
    made = programs.program(key, sample, programs.UNKNOWN)
    build = programs.Builder(programs.LIBRARY)
    slots = [build.slot(name, fact_of(a)) for name, a in zip("ab", args)]
    whole = programs.Apply(key, tuple(slots))
    out = build.assign(programs.Slot("out"), whole)
    known.assert_holds(build.fact(out), live(key)(*args))
    build.simplify = True
    g = build.slot("g", known.fact_of(u))
    arrays = {s for s, a in zip(slots, args) if not sp.issparse(a)}
    rule, wanted = made.rule, arrays.__contains__
    found = programs.cotangents(build, rule, whole, out, g, wanted=wanted)
    params = tuple(programs.Param(slot) for slot in (*slots, g))
    bars = {}
    for slot, (bar,) in found.items():
        code = programs.Function("f", params, tuple(build.block), bar)
        bars[slot.name] = programs.evaluate(code, [*args, u])
    return bars


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fact_of", (matrix_fact, rank_unknown))
@pytest.mark.parametrize("shape", ((3,), (3, 2), (3, 0)))
def test_from_the_left(form: Any, fact_of: Any, shape: tuple[int, ...]) -> None:
    x, rng = np.ones(shape), np.random.default_rng(1)
    u = rng.normal(size=(DENSE @ x).shape)
    bars = bars_of("operator.matmul", (form(DENSE), x), u, fact_of)
    assert set(bars) == {"b"}
    np.testing.assert_allclose(bars["b"], DENSE.T @ u)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fact_of", (matrix_fact, rank_unknown))
@pytest.mark.parametrize("shape", ((4,), (2, 4), (0, 4)))
def test_from_the_right(form: Any, fact_of: Any, shape: tuple[int, ...]) -> None:
    x, rng = np.ones(shape), np.random.default_rng(1)
    u = rng.normal(size=(x @ DENSE).shape)
    bars = bars_of("operator.matmul", (x, form(DENSE)), u, fact_of)
    assert set(bars) == {"a"}
    np.testing.assert_allclose(bars["a"], u @ DENSE.T)


@pytest.mark.parametrize("form", FORMS)
def test_where_nothing_is_known(form: Any) -> None:
    x, u = np.ones((3, 2)), np.arange(8.0).reshape(4, 2)
    left = live("dpc.matmul_right")(u, form(DENSE), x)
    np.testing.assert_allclose(left, DENSE.T @ u)
    right = live("dpc.matmul_left")(u.T @ DENSE, u.T, form(DENSE))
    np.testing.assert_allclose(right, u.T @ DENSE @ DENSE.T)


def test_the_transpose_is_sparse_too() -> None:
    build = programs.Builder(programs.LIBRARY)
    a = build.slot("a", Fact("sparse", "f8", ("m", "n")))
    turned = build.apply("getattr", a, programs.Const("T"))
    assert build.fact(turned) == Fact("sparse", "f8", ("n", "m"))
    assert numbers.shapes(1.0) == ()


ROWS, COLUMNS = np.array([0, 0, 1, 2, 2]), np.array([0, 2, 1, 0, 0])
STARTS = np.array([0, 2, 3, 5])
DATA, X = np.array([1.0, -2.0, 0.5, 0.7, 0.4]), np.array([0.3, -1.2, 0.8])
WIDE = np.array([[0.3, -1.1], [1.3, 0.55], [0.1, 0.9]])


def by_rows(data, x):
    a = sp.csr_matrix((data, COLUMNS, STARTS), shape=(3, 3))
    return np.sum((a @ x) ** 2) + np.sum(np.sin(a.T @ x)) + np.sum(a.data**3)


def by_columns(data, x):
    a = sp.csc_array((data, ROWS, STARTS), shape=(3, 3))
    return np.sum((x @ a) ** 2) + np.sum(a.toarray() ** 2)


def by_coordinates(data, x):
    # Two of them are one element, in rows their sum.
    a = sp.csr_array((data, (ROWS, COLUMNS)), shape=(3, 3))
    b = sp.coo_matrix((data * data, (ROWS, COLUMNS)), shape=(3, 3))
    return np.sum((a @ x) ** 2) + np.sum(np.cos(b @ x))


@pytest.mark.parametrize("function", (by_rows, by_columns, by_coordinates))
@pytest.mark.parametrize("x", (X, WIDE), ids=("vector", "matrix"))
def test_what_a_matrix_is_made_of(function, x):
    x = x.T if function is by_columns else x
    assert dpc.check_grad(function, DATA, x, wrt=(0, 1), branches="hard") < 1e-6


def scaled(factor, x):
    return np.sum((factor * sp.eye_array(3)) @ x)


def summed(data):
    return sp.csr_array((data, COLUMNS, STARTS), shape=(3, 3)).sum()


def sliced(data):
    a = sp.csr_array((data, COLUMNS, STARTS), shape=(3, 3))
    return np.sum(a[0:2] @ X)


def read_at(data):
    return sp.csr_array((data, COLUMNS, STARTS), shape=(3, 3))[0, 0] ** 2


def written(data):
    a = sp.csr_array((data, COLUMNS, STARTS), shape=(3, 3))
    a[0, 0] = data[0]
    return np.sum(a @ X)


def powered(a, x, count):
    return x if count == 0 else powered(a, a @ x, count - 1)


def given_late(data):
    return np.sum(powered(sp.csr_array((data, COLUMNS, STARTS), shape=(3, 3)), X, 2))


PARTS = tuple((function, (DATA,)) for function in (sliced, read_at, written))


@pytest.mark.parametrize(
    ("function", "args"), ((scaled, (2.0, X)), (summed, (DATA,)), *PARTS)
)
def test_what_has_no_rule_is_refused(function, args):
    with pytest.raises(dpc.NoRuleError):
        dpc.grad(function, branches="hard")(*args)


@pytest.mark.parametrize(("function", "args"), PARTS)
def test_parts_are_refused_in_forward_mode_too(function, args):
    with pytest.raises(dpc.NoRuleError, match="a part"):
        dpc.pushforward(function)(*args, tangents=args)


def test_a_matrix_of_what_varies_is_no_argument_of_a_late_call():
    with pytest.raises(dpc.NoRuleError, match="this sparse matrix"):
        dpc.grad(given_late, branches="hard")(DATA)
    with pytest.raises(dpc.UnsupportedError, match="a sparse matrix"):
        dpc.pushforward(given_late)(DATA, tangents=(DATA,))


def gathered(w, v, ends):
    """Attention by edges: gathered, weighted, added up again where the edges end."""
    at_target, at_source = ends
    h = v @ w
    q = (at_target @ h[:, :4]).reshape(-1, 2, 2)
    k = (at_source @ h[:, 4:]).reshape(-1, 2, 2)
    weight = np.exp(np.sum(q * k, axis=2))
    weight = weight / (at_target @ (at_target.T @ weight))
    return np.sum(np.tanh(at_target.T @ (weight[:, :, None] * q).reshape(-1, 4)))


def test_turned_matrix_is_sparse_and_what_is_reshaped_is_whole():
    rng = np.random.default_rng(0)
    ends = [sp.random(9, 6, 0.5, format="csr", random_state=seed) for seed in (0, 1)]
    args = rng.normal(size=(5, 8)), rng.normal(size=(6, 5)), ends
    source = dpc.grad(gathered, wrt=(0, 1)).specialize(*args).source
    assert "matmul" not in source and "full_like" not in source
    assert dpc.check_grad(gathered, *args, wrt=(0, 1)) < 1e-6
