"""Whole Jacobians: against differences, against separate sweeps, of containers."""

import numpy as np
import pytest

import dpc
from tests import ratios


def dense(w, x):
    return np.tanh(w @ x)


def grid(x):
    y = np.outer(x, np.sin(x))
    return y * 2


def stencil(x):
    y = np.zeros_like(x)
    y[1:-1] = x[2:] - 2 * x[1:-1] + x[:-2]
    y[0] = x[0] ** 2
    return y


def rounds(x):
    for _ in range(4):
        x = np.sin(x) * x[0]
    return x


def first_large(x):
    y = x * 1.0
    for i in range(3):
        if y[i] > 0.5:
            break
        y = y * x[i]
    return y


def collected(x):
    rows = []
    for value in x:
        rows.append(value * x)
    return np.stack(rows)


def containers(p, x):
    h = p["w"] @ x
    return {"h": h, "sums": (np.sum(h**2), p["b"] * x[0]), "count": 3}


def numeric(f, x, step=1e-6):
    """Central differences, of shape `f(x).shape + x.shape`."""
    out = np.zeros(np.shape(f(x)) + x.shape)
    for place in np.ndindex(*x.shape):
        d = np.zeros_like(x)
        d[place] = step
        out[(..., *place)] = (f(x + d) - f(x - d)) / (2 * step)
    return out


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


CASES = [
    (dense, (normal(4, 3), normal(3)), 0),
    (dense, (normal(4, 3), normal(3)), 1),
    (grid, (normal(3),), 0),
    (stencil, (normal(6),), 0),
    (rounds, (normal(3),), 0),
    (first_large, (normal(3),), 0),
    (collected, (normal(3),), 0),
]


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
@pytest.mark.parametrize("f, args, k", CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_against_differences(f, args, k, mode):
    found = dpc.jacobian(f, wrt=k, mode=mode, branches="hard")(*args)
    expected = numeric(lambda x: f(*args[:k], x, *args[k + 1 :]), args[k])
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, 1e-6, 1e-8)


def test_a_tuple_of_arguments():
    w, x = normal(4, 3), normal(3)
    both = dpc.jacobian(dense, wrt=("w", "x"), branches="hard")(w, x)
    for k in (0, 1):
        alone = dpc.jacobian(dense, wrt=k, branches="hard")(w, x)
        np.testing.assert_array_equal(both[k], alone)


def test_of_a_scalar_it_is_the_gradient():
    def cube(x):
        return np.sum(x**3)

    x = normal(4)
    found = dpc.jacobian(cube, branches="hard")(x)
    np.testing.assert_allclose(found, 3 * x**2)


def test_of_a_float():
    def curve(t: float):
        return np.array([np.sin(t), t * t])

    found = dpc.jacobian(curve, branches="hard")(0.7)
    np.testing.assert_allclose(found, [np.cos(0.7), 1.4])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_containers_of_both(mode):
    p, x = {"w": normal(4, 3), "b": 2.0, "name": "n"}, normal(3)
    found = dpc.jacobian(containers, mode=mode, branches="hard")(p, x)
    h = p["w"] @ x
    w = found["h"]["w"]
    np.testing.assert_allclose(w, np.einsum("ik,j->ikj", np.eye(4), x))
    np.testing.assert_allclose(found["h"]["b"], np.zeros(4))
    np.testing.assert_allclose(found["sums"][0]["w"], np.outer(2 * h, x))
    np.testing.assert_allclose(found["sums"][1]["b"], x[0])
    assert found["count"] is None
    assert found["h"]["name"] is None


def test_the_shorter_sweep_is_taken():
    def spread(x, w):
        return np.outer(x, w) * x[0]

    jacobian = dpc.jacobian(spread, branches="hard")
    assert "x_dot" in jacobian.specialize(normal(2), normal(5)).source
    assert (
        "x_dot"
        not in dpc.jacobian(dense, wrt="w", branches="hard")
        .specialize(normal(2, 5), normal(5))
        .source
    )


def test_of_a_gradient_it_is_the_hessian():
    def energy(x):
        return np.sum(np.exp(x) * x[0])

    x = normal(3)
    gradient = dpc.grad(energy, branches="hard")
    for mode in ("forward", "reverse"):
        found = dpc.jacobian(gradient, mode=mode, branches="hard")(x)
        np.testing.assert_allclose(found, numeric(gradient, x), 1e-6, 1e-8)


def test_single_precision_stays():
    x = normal(3).astype(np.float32)
    assert dpc.jacobian(rounds, branches="hard")(x).dtype == np.float32


def test_it_runs_on_copies():
    def doubled(x):
        x *= 2
        return x * x

    x = normal(3)
    kept = x.copy()
    found = dpc.jacobian(doubled, branches="hard")(x)
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_allclose(found, np.diag(8 * x))


def test_an_unknown_mode():
    with pytest.raises(dpc.ArgumentError, match='write "auto", "forward", "reverse"'):
        dpc.jacobian(dense, mode="backward")


@pytest.mark.slow
def test_one_sweep_is_cheaper_than_one_a_column():
    ratio = ratios.measured("jacobian")
    print(f"a Jacobian of 100 by 100 costs {ratio:.2f} of its sweeps")
    assert ratio <= 0.2


def not_made_of_the_first(x, y):
    return y * 2


def of_two_keys(d):
    return [d["a"] * d["c"], np.ones((2, 2))]


def of_a_line(x, y):
    return np.sum(x * y)


@pytest.mark.parametrize("mode", ["reverse", "forward", "auto"])
def test_what_the_result_is_not_made_of_has_the_shape_of_both(mode):
    x, y = np.ones((2, 3)), np.arange(2.0)
    found = dpc.jacobian(not_made_of_the_first, wrt=(0, 1), mode=mode)(x, y)
    np.testing.assert_array_equal(found[0], np.zeros((2, 2, 3)))
    np.testing.assert_array_equal(found[1], 2 * np.eye(2))
    found = dpc.jacobian(dpc.grad(of_a_line), mode=mode)(y, y)
    np.testing.assert_array_equal(found, np.zeros((2, 2)))
    found = dpc.jacobian(of_two_keys, mode=mode)({"a": y, "b": np.ones(3), "c": 2.0})
    assert [{k: v.shape for k, v in part.items()} for part in found] == [
        {"a": (2, 2), "b": (2, 3), "c": (2,)},
        {"a": (2, 2, 2), "b": (2, 2, 3), "c": (2, 2)},
    ]


def of_many_kinds(d, x):
    return d["a"] * x * x


def sum_of_many_kinds(d, x):
    return np.sum(d["a"] * x * x)


def test_past_the_limit_of_variants_it_is_still_a_jacobian():
    x = np.array([1.0, 2.0])
    jacobian = dpc.jacobian(of_many_kinds, wrt="x")
    hessian = dpc.hessian(sum_of_many_kinds, wrt="x")
    for more in range(20):
        d = {"a": 2.0, **dict.fromkeys(map(str, range(more)), 1.0)}
        np.testing.assert_array_equal(jacobian(d, x), np.diag(4 * x))
        np.testing.assert_array_equal(hessian(d, x), 4 * np.eye(2))
