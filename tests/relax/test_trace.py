"""`dpc.trace`: what the relaxed tests did, collected without a cost elsewhere."""

import numpy as np
import pytest

import dpc


def cooled(temperature: float, limit: float, far: float):
    y = 0.0
    for _ in range(4):
        if temperature > limit:
            temperature = temperature - 1
        if temperature < far:
            y = y + temperature
    return y


def test_a_trace_counts_weighs_and_flags():
    run = dpc.value_and_grad(cooled, wrt=(0, 1), branches="soft", temperature=0.5)
    plain = run(3.0, 1.2, 100.0)
    with dpc.trace() as tr:
        traced = run(3.0, 1.2, 100.0)
    assert traced == plain
    first, second = tr.tests.values()
    assert first.name == "cooled.temperature_gt_limit"
    assert len(first.weights) == len(second.weights) == 4
    assert first.distances[0] == pytest.approx((3.0 - 1.2) / 0.5)
    assert first.mean == pytest.approx(np.mean(first.weights))
    assert second.is_dead and not first.is_dead
    assert second.mean == 1.0
    assert "dead" in str(tr) and "cooled.temperature_lt_far: 4 times" in str(tr)
    run(3.0, 1.2, 100.0)
    assert len(first.weights) == 4, "the trace is over"


def test_mush_is_a_test_that_hardly_decides():
    with dpc.trace() as tr:
        dpc.grad(cooled, branches="soft", temperature=50.0)(3.0, 1.2, 2.0)
    assert all(test.is_mush for test in tr.tests.values())


def fails(x: float, a):
    if x > 0:
        b = np.log(a)
    else:
        b = a
    return np.sum(b)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_was_masked_is_counted():
    with dpc.trace() as tr:
        dpc.value_and_grad(fails, branches="soft")(-0.3, np.array([1.0, -1.0, -2.0]))
    (test,) = tr.tests.values()
    assert test.masked == 2
    with dpc.trace() as tr:
        dpc.grad(one_number, branches="soft")(-0.3)
    (test,) = tr.tests.values()
    assert test.masked == 1


def one_number(x: float):
    return 1 / (x + 0.3) if x > 0 else x
