"""Optimisers against their formulas, on parameters of any structure."""

from typing import NamedTuple

import numpy as np
import pytest

import optimisers


class Pair(NamedTuple):
    weight: np.ndarray
    bias: float


class TestOptimisers:
    def test_parameters_keep_their_structure(self) -> None:
        tree = {"layers": [Pair(np.ones((2, 3)), 0.5), Pair(np.zeros(3), 1.0)], "n": 3}
        slope = {
            "layers": [Pair(np.ones((2, 3)), 1.0), Pair(np.ones(3), 1.0)],
            "n": None,
        }
        for optimiser in (
            optimisers.SGD(0.1, momentum=0.9, weight_decay=0.1),
            optimisers.Adam(0.1, weight_decay=0.1),
            optimisers.RMSprop(0.1, weight_decay=0.1),
        ):
            for _ in range(2):
                new = optimiser.step(tree, slope)
            assert new["n"] == 3
            assert isinstance(new["layers"][0], Pair)
            assert new["layers"][0].weight.shape == (2, 3)
            assert np.all(new["layers"][0].weight < 1)
            assert np.all(tree["layers"][0].weight == 1)

    def test_momentum_adds_up(self) -> None:
        optimiser = optimisers.SGD(0.1, momentum=0.5)
        first = optimiser.step(1.0, 2.0)
        second = optimiser.step(first, 2.0)
        assert first == pytest.approx(1 - 0.1 * 2)
        assert second == pytest.approx(first - 0.1 * (0.5 * 2 + 2))

    def test_adam_takes_its_first_step_at_its_rate(self) -> None:
        # Bias correction makes the first step rate * sign(gradient).
        step = optimisers.Adam(0.01).step(np.zeros(3), np.array([1e-3, -5.0, 200.0]))
        np.testing.assert_allclose(step, [-0.01, 0.01, -0.01], rtol=1e-4)

    def test_adam_decays_through_the_gradient(self) -> None:
        decayed = optimisers.Adam(0.01, weight_decay=0.5).step(2.0, 3.0)
        assert decayed == optimisers.Adam(0.01).step(2.0, 3.0 + 0.5 * 2.0)

    def test_rmsprop(self) -> None:
        step = optimisers.RMSprop(0.1, decay=0.75).step(1.0, 2.0)
        assert step == pytest.approx(1 - 0.1 * 2 / np.sqrt(0.25 * 4))

    def test_rmsprop_with_momentum_adds_up(self) -> None:
        optimiser = optimisers.RMSprop(0.1, decay=0.75, momentum=0.5)
        first = optimiser.step(1.0, 2.0)
        second = optimiser.step(first, 2.0)
        one, two = 2.0 / np.sqrt(0.25 * 4), 2.0 / np.sqrt(0.4375 * 4)
        assert second == pytest.approx(first - 0.1 * (0.5 * one + two))

    def test_clipping_keeps_the_direction(self) -> None:
        slope = {"a": np.array([3.0, 0.0]), "b": 4.0, "n": None}
        assert optimisers.norm(slope) == pytest.approx(5.0)
        short = optimisers.clipped(slope, 1.0)
        assert short["a"][0] == pytest.approx(0.6)
        assert short["b"] == pytest.approx(0.8)
        assert optimisers.clipped(slope, 7.0)["b"] == pytest.approx(4.0)

    def test_lbfgs_finds_the_minimum_of_a_quadratic(self) -> None:
        start = Pair(np.zeros((2, 3)), 0.0)
        goal = np.arange(6.0).reshape(2, 3)

        def quadratic(pair: Pair) -> tuple[float, Pair]:
            off = pair.weight - goal
            value = np.sum(off**2) + (pair.bias - 7.0) ** 2
            return value, Pair(2 * off, 2 * (pair.bias - 7.0))

        found, value = optimisers.lbfgs(quadratic, start, 50)
        assert value < 1e-12
        np.testing.assert_allclose(found.weight, goal, atol=1e-6)
        assert float(found.bias) == pytest.approx(7.0)
