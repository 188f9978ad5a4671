"""A loop of 100,000 steps on a vector of 1,000: memory and work with 50 snapshots."""

import math
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np

import dpc
from tests.bench import timing

STEPS, SIZE, SNAPSHOTS = 100_000, 1_000, 50


def decay(x: Any, steps: int) -> Any:
    for _ in range(steps):
        x = x - 0.01 * np.sin(x)
    return np.sum(x * x)


def peak(call: Any, *args: Any) -> tuple[int, Any]:
    """The most bytes in use while it runs, and its result."""
    tracemalloc.start()
    try:
        result = call(*args)
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


def binomial_bound(steps: int, snapshots: int) -> int:
    """The runs of a step beyond those of the loop (Griewank and Walther, 2000)."""
    r = 0
    while math.comb(snapshots + r, snapshots) < steps:
        r += 1
    return r * steps - math.comb(snapshots + r, snapshots + 1)


def extra_runs(steps: int, snapshots: int) -> int:
    """How often a step of a loop is run beyond the loop itself."""
    runs = 0

    def counted(x: Any) -> Any:
        nonlocal runs
        runs += 1
        return x

    def loop(x: Any, steps: int) -> Any:
        for _ in range(steps):
            x = counted(x)
        return x

    @dpc.rule(counted)
    def counted_rule(x: Any, *, out: Any, out_bar: Any) -> Any:
        return out_bar * x  # which is what has to be there again

    option = ("revolve", snapshots)
    dpc.grad(loop, branches="hard", checkpoint=option)(1.0, steps)
    return runs - steps


def measured() -> Iterator[tuple[str, float, float, str]]:
    """What, how much, at most how much, and of what."""
    x = np.linspace(0.1, 1.0, SIZE)
    option = ("revolve", SNAPSHOTS)
    stored = dpc.grad(decay, branches="hard").specialize(x, STEPS)
    again = dpc.grad(decay, branches="hard", checkpoint=option).specialize(x, STEPS)
    all_bytes, expected = peak(stored, x, STEPS)
    some_bytes, found = peak(again, x, STEPS)
    timing.assert_equal_gradients("checkpointed", found, expected)
    yield "memory over storing all", 100 * some_bytes / all_bytes, 1.0, "%"
    bound = binomial_bound(STEPS, SNAPSHOTS)
    yield "runs over binomial bound", extra_runs(STEPS, SNAPSHOTS) / bound, 1.0, ""
