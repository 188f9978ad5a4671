"""Which cotangents are guarded because a selection stands on their way."""

import numpy as np

import dpc


def stopped_by_a_largest(u, k: float):
    for _ in range(3):
        flux = k * u
        u = u - flux
        if np.max(np.abs(flux)) < 1e-3:
            break
    return np.sum(u * u)


def ended_by_a_largest(u, k: float):
    flux = np.sqrt(k * u)
    return np.max(flux)


def test_what_only_a_test_looks_at_guards_nothing():
    u = np.array([0.3, 0.5, 0.9])
    derived = dpc.grad(stopped_by_a_largest, wrt=("u", "k"), branches="hard")
    assert "masked" not in derived.specialize(u, 0.2).source
    options = {"wrt": ("u", "k"), "branches": "hard"}
    assert dpc.check_grad(stopped_by_a_largest, u, 0.2, **options) < 1e-6


def test_what_the_result_is_made_of_is_guarded():
    u = np.array([0.0, 0.5, 0.9])
    slope = dpc.grad(ended_by_a_largest)(u, 0.2)
    np.testing.assert_allclose(slope, [0, 0, 0.5 * np.sqrt(0.2 / 0.9)])


def softmax_of_roots(x, w):
    s = np.sqrt(x) @ w
    p = np.exp(s - np.max(s, axis=1, keepdims=True))
    return np.sum((p / np.sum(p, axis=1, keepdims=True)) ** 2)


def decayed(u, n: int):
    for _ in range(n):
        slope = np.where(np.abs(u) < 1, u, 0.5)
        u = u - 0.1 * np.sqrt(1 + slope**2)
    return np.sum(u * u)


def weighed_by_what_is_chosen(c: float, x):
    rest = c**2 - x**2
    height = np.sqrt(np.maximum(rest, 0.0))
    lit = np.where(rest > 0, 0.5 * height, 0.0)
    return np.sum(np.exp(x + height) * lit)


def test_another_way_to_the_result_is_no_way_of_the_selection():
    x, w = np.array([[0.3, 0.5, 0.9], [1.0, 0.2, 2.0]]), np.eye(3) + 0.1
    for program, *args in ((softmax_of_roots, x, w), (decayed, x[0], 3)):
        derived = dpc.grad(program, branches="hard")
        assert "masked" not in derived.specialize(*args).source
        assert dpc.check_grad(program, *args, branches="hard") < 1e-6


def test_a_product_with_what_was_chosen_is_zero_where_that_is():
    x = np.array([0.3, 2.0, 0.9])
    with np.errstate(divide="ignore"):
        slope = dpc.grad(weighed_by_what_is_chosen, branches="hard")(1.0, x)
    height = np.sqrt(1 - x[[0, 2]] ** 2)
    grown = np.exp(x[[0, 2]] + height)
    np.testing.assert_allclose(slope, np.sum(0.5 * grown * (1 + height) / height))


def test_the_share_of_a_maximum_needs_no_guard():
    def program(x):
        return np.sum(np.maximum(x, 0.5) ** 2)

    text = dpc.grad(program, branches="hard").specialize(np.ones(3)).source
    assert "masked" not in text


def tempered(tau: float, x, kept):
    s = np.where(kept, x, -np.inf) / tau
    p = np.exp(s - np.max(s))
    return np.sum((p / np.sum(p)) ** 2)


def test_what_is_masked_out_by_an_infinite_value_stays_guarded():
    args = 0.7, np.array([0.3, -1.0, 0.8]), np.array([True, False, True])
    assert dpc.check_grad(tempered, *args, branches="hard") < 1e-6
