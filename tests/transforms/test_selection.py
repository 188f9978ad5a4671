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
