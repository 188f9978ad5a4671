"""`dpc.soft`, `dpc.hard`, `dpc.prob`, `dpc.temperature`: decided by the user."""

import math

import numpy as np
import pytest

import dpc
from dpc.runtime import sigmoid


def weighed(x: float):
    y = 2.0 * dpc.soft(x > 1.0, temperature=0.5)
    return y


def equal(x: float):
    return 1.0 if dpc.soft(x == 0.3) else 0.0


def exact(x: float):
    return x * x if dpc.hard(x > 0.2) else x


def chance(x: float):
    return 3.0 if dpc.prob(x) else 1.0


def sharper(x: float):
    with dpc.temperature(0.25):
        y = x * x if x > 1 else 3 * x
    return y


def counted(v):
    return np.sum(dpc.soft(v > 0.5) * v)


def connected(x: float):
    return x * x if dpc.soft(x > 0.2 and not x > 2, temperature=0.1) else -x


PROGRAMS = {
    weighed: 0.8,
    equal: 0.4,
    exact: 0.4,
    chance: 0.4,
    sharper: 1.2,
    counted: np.array([0.4, 0.6, -1.0]),
    connected: 0.3,
}


@pytest.mark.parametrize("f", PROGRAMS)
@pytest.mark.parametrize("form", ["specialised", "generic"])
def test_gradients_are_those_of_the_relaxed_program(f, form):
    derivative = dpc.value_and_grad(f, branches="soft")
    run = derivative if form == "specialised" else derivative.generic
    x = PROGRAMS[f]
    step = 1e-6
    slopes = np.empty(np.size(x))
    for i in range(np.size(x)):
        move = np.zeros(np.size(x))
        move[i] = step
        moved = [x + s * (move if np.ndim(x) else step) for s in (1, -1)]
        above, below = (derivative(each)[0] for each in moved)
        slopes[i] = (above - below) / (2 * step)
    np.testing.assert_allclose(np.ravel(run(x)[1]), slopes, rtol=1e-6, atol=1e-8)


def test_values():
    value = {
        f: dpc.value_and_grad(f, branches="soft")(x)[0] for f, x in PROGRAMS.items()
    }
    p = sigmoid(-0.4)
    assert value[weighed] == pytest.approx(2 * p)
    p = sigmoid(0.1)
    assert value[equal] == pytest.approx(4 * p * (1 - p))
    assert value[exact] == 0.4 * 0.4
    assert value[chance] == pytest.approx(0.4 * 3 + 0.6)
    assert value[sharper] == pytest.approx(2.109655, abs=1e-6)
    assert value[counted] == pytest.approx(
        np.sum(sigmoid(PROGRAMS[counted] - 0.5) * PROGRAMS[counted])
    )


@pytest.mark.parametrize("f", PROGRAMS)
def test_hard_mode_and_plain_calls_take_the_test_itself(f):
    x = PROGRAMS[f]
    assert dpc.value_and_grad(f, branches="hard")(x)[0] == f(x)


def test_the_temperature_around_a_call_is_read_by_the_call():
    derivative = dpc.value_and_grad(exact_or_not, branches="soft")
    with dpc.temperature(0.25):
        inside = derivative(1.2)
    assert inside[0] == pytest.approx(2.109655, abs=1e-6)
    assert derivative(1.2)[0] != inside[0]
    sharp = dpc.value_and_grad(exact_or_not, branches="soft", temperature=0.25)
    assert sharp(1.2) == inside
    with dpc.temperature(0.0):
        assert derivative(1.2) == (1.44, 2.4)


def exact_or_not(x: float):
    y = x * x if x > 1 else 3 * x
    return y


def learned(x: float, t: float):
    with dpc.temperature(t):
        y = x * x if x > 1 else 3 * x
    return y


def test_a_temperature_can_be_differentiated():
    run = dpc.value_and_grad(learned, wrt=("x", "t"), branches="soft")
    _, (_, t_bar) = run(1.2, 0.25)
    step = 1e-6
    slope = (run(1.2, 0.25 + step)[0] - run(1.2, 0.25 - step)[0]) / (2 * step)
    assert t_bar == pytest.approx(slope, rel=1e-6)
    assert run(1.2, 0.0) == (1.44, (2.4, 0.0))


def test_annealing_is_geometric():
    steps = dpc.anneal(2.0, 0.25, 4)
    np.testing.assert_allclose(steps, [2.0, 1.0, 0.5, 0.25])
    assert steps[0] == 2.0 and steps[-1] == 0.25
    with pytest.raises(ValueError, match="positive"):
        dpc.anneal(0.0, 1.0, 3)


@pytest.mark.parametrize("t", [-1.0, float("nan"), float("inf")])
def test_a_temperature_is_positive(t):
    with pytest.raises(ValueError, match="temperature"), dpc.temperature(t):
        pass


def weight_as_probability(x: float):
    weight = dpc.soft(x > 0.2, temperature=0.1)
    return x * x if dpc.prob(weight) else 3 * x


def test_a_weight_can_be_given_as_a_probability():
    p = sigmoid((0.3 - 0.2) / 0.1)
    value, slope = dpc.value_and_grad(weight_as_probability, branches="soft")(0.3)
    assert value == pytest.approx(p * 0.09 + (1 - p) * 0.9)
    steep = p * (1 - p) / 0.1 * (0.09 - 0.9)
    assert slope == pytest.approx(p * 0.6 + (1 - p) * 3 + steep)


def test_a_given_weight_of_one_is_closed():
    def chosen(x: float, w: float):
        return 2 * x if dpc.prob(w) else math.sqrt(x)

    derivative = dpc.value_and_grad(chosen, wrt=("x", "w"), branches="soft")
    assert derivative(4.0, 1.0) == (8.0, (2.0, 0.0))
    assert derivative(4.0, 0.0) == (2.0, (0.25, 0.0))
    value, (_, slope) = derivative(4.0, 0.25)
    assert (value, slope) == pytest.approx((0.25 * 8 + 0.75 * 2, 6.0))
