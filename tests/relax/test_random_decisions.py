"""Random programs that decide: relaxed, differentiated, compared with differences."""

import random

import numpy as np
import pytest

import dpc
from tests.relax.branching import program
from tests.relax.holding import holding

WRT = ("x", "y", "w")
T = 0.7
COUNT = 300


def point(seed):
    drawn = random.Random(-seed)
    x, y, *w = (drawn.uniform(-1.5, 1.5) for _ in range(5))
    return x, y, np.array(w)


def flat(gradient):
    return np.array([*gradient[:2], *gradient[2]])


def differences(run, args):
    step = 1e-6
    x, y, w = args
    at = np.array([x, y, *w])
    found = []
    for i in range(5):
        move = np.zeros(5)
        move[i] = step
        above, below = (
            run(float(m[0]), float(m[1]), m[2:]) for m in (at + move, at - move)
        )
        found.append((above - below) / (2 * step))
    return np.array(found)


def assert_right(seed, written=program):
    f, text = written(seed)
    args = point(seed)
    run = dpc.value_and_grad(f, wrt=WRT, branches="soft", temperature=T)
    value, gradient = run(*args)
    if not np.isfinite(value) or abs(value) > 1e5:
        return False
    relaxed = dpc.soften(f, wrt=WRT, temperature=T)
    assert relaxed(*args) == pytest.approx(value, rel=1e-12), text
    wanted = differences(relaxed, args)
    scale = 1e-6 * max(1.0, float(np.max(np.abs(wanted))))
    np.testing.assert_allclose(
        flat(gradient), wanted, rtol=1e-6, atol=10 * scale, err_msg=text
    )
    try:
        generic = run.generic(*args)
    except dpc.UnsupportedError:
        pass
    else:
        assert generic[0] == pytest.approx(value, rel=1e-12), text
        np.testing.assert_allclose(
            flat(generic[1]), flat(gradient), rtol=1e-9, atol=1e-11, err_msg=text
        )
    cold = dpc.value_and_grad(f, wrt=WRT, branches="soft", temperature=0.0)(*args)
    hard = dpc.value_and_grad(f, wrt=WRT, branches="hard")(*args)
    assert cold[0] == hard[0] == f(*args[:2], args[2].copy()), text
    np.testing.assert_allclose(flat(cold[1]), flat(hard[1]), rtol=1e-12, err_msg=text)
    return True


@pytest.mark.parametrize("block", range(2))
def test_a_few(block):
    assert sum(assert_right(seed) for seed in range(6 * block, 6 * (block + 1))) > 4


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_three_hundred(block):
    size = COUNT // 10
    seeds = range(1000 + size * block, 1000 + size * (block + 1))
    assert sum(map(assert_right, seeds)) > 0.8 * size


def held(seed):
    """1 for a program that agrees, 0 for one without a value, -1 for a refused one."""
    try:
        return int(assert_right(seed, holding))
    except dpc.UnsupportedError as error:
        # A new object under a name that has others, and is written later.
        assert "may be the same object" in str(error)
        return -1


def test_a_few_that_hold():
    assert [held(seed) for seed in range(6)].count(1) > 3


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_three_hundred_that_hold(block):
    size = COUNT // 10
    first = 2000 + size * block
    found = [held(seed) for seed in range(first, first + size)]
    assert found.count(1) > 0.7 * size
    assert found.count(-1) < 0.1 * size
