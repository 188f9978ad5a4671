"""Schedules of snapshots: every step once, few snapshots, no more work than need be."""

import itertools
import math
from functools import cache

import numpy as np
import pytest

from dpc.runtime import Checkpoints, NotAgainError, keep


@cache
def least(steps, snapshots):
    """The fewest runs of a step, by looking at every place of the second snapshot."""
    if steps <= 1:
        return 0
    if snapshots == 1:
        return steps * (steps - 1) // 2
    return min(
        m + least(m, snapshots) + least(steps - m, snapshots - 1)
        for m in range(1, steps)
    )


def bound(steps, snapshots):
    """The binomial bound: Griewank and Walther (2000), of which `least` is the sum."""
    r = 0
    while math.comb(snapshots + r, snapshots) < steps:
        r += 1
    return r * steps - math.comb(snapshots + r, snapshots + 1)


def reversed_loop(steps, every, snapshots, known):
    """The runs beyond the first, and the most snapshots at a time, of a loop that
    counts."""
    runs = 0

    def advance(first, last, x):
        nonlocal runs
        assert x == first < last
        runs += last - first
        return (last,)

    points = Checkpoints(
        steps if known else None, every, snapshots, snapshots and advance
    )
    for step in range(steps):
        keep(points, step)
    most, left = len(points.kept), steps
    for first, last, x in reversed(points):
        assert x == first < last == left
        most, left, runs = max(most, len(points.kept)), first, runs + last - first
    assert left == 0
    return points, runs, most


def test_the_bound_is_the_least():
    for steps in range(1, 40):
        for snapshots in range(1, 7):
            assert bound(steps, snapshots) == least(steps, snapshots)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("every", [1, 2, 3, 7, "sqrt"])
@pytest.mark.parametrize("snapshots", [None, 1, 2, 3, 5, 8])
def test_every_step_is_reversed_once(every, snapshots, known):
    for steps in (0, 1, 2, 3, 5, 8, 13, 21, 40, 77):
        _, runs, most = reversed_loop(steps, every, snapshots, known)
        assert runs >= steps
        if snapshots is not None:
            # Where the loop is when it ends is kept beside them.
            assert most <= snapshots + known


@pytest.mark.parametrize("snapshots", [1, 2, 3, 5, 8])
def test_no_more_runs_than_the_binomial_bound(snapshots):
    for steps in range(1, 120):
        _, runs, _ = reversed_loop(steps, 1, snapshots, True)
        # With a snapshot for every step, each is still run once more.
        assert runs <= max(bound(steps, snapshots), steps)


def test_a_long_loop():
    _, runs, most = reversed_loop(100_000, 1, 50, True)
    assert runs <= bound(100_000, 50) == 375_196
    assert most <= 51


@pytest.mark.parametrize("steps", [1, 10, 1000, 30_000])
def test_square_root_of_unknown_length(steps):
    _, runs, most = reversed_loop(steps, "sqrt", None, False)
    assert runs == steps
    assert most <= 2.5 * math.sqrt(steps) + 1


def test_a_second_sweep():
    for every, snapshots in ((3, None), (1, 4), ("sqrt", None), (2, 2)):
        points, _, _ = reversed_loop(50, every, snapshots, True)
        seen = [(first, last) for first, last, _ in reversed(points)]
        assert seen[0][1] == 50
        assert seen[-1][0] == 0
        assert all(a[0] == b[1] for a, b in itertools.pairwise(seen))


def test_written_arrays_are_copied():
    points = Checkpoints(every=1, written=1)
    x = np.zeros(2)
    for step in range(3):
        keep(points, step, x)
        x += 1.0
    for first, _, step, kept in reversed(points):
        assert first == step
        assert np.all(kept == step)
        kept += 10.0  # What is run again writes it.
    assert [np.sum(state[1]) for _, state, _ in points.kept] == [0.0, 2.0, 4.0]


def test_random_states_are_put_back():
    rng = np.random.default_rng(3)
    points = Checkpoints(every=4, draws=(np.random, {"rng": [rng]}))
    np.random.seed(1)
    drawn = []
    for step in range(10):
        keep(points, step)
        drawn.append((np.random.normal(), rng.normal()))
    after = np.random.get_state()[1].copy()
    for first, last, _ in reversed(points):
        again = [(np.random.normal(), rng.normal()) for _ in range(first, last)]
        assert again == drawn[first:last]
    assert np.array_equal(np.random.get_state()[1], after)


def test_refused():
    with pytest.raises(NotAgainError, match="not positive"):
        Checkpoints(every=0)
    with pytest.raises(NotAgainError, match="writes a list"):
        keep(Checkpoints(written=1), [1.0])
    x = np.zeros(4)
    with pytest.raises(NotAgainError, match="share memory"):
        keep(Checkpoints(written=2), x[1:], x[:-1])
