"""Times of callables side by side, and peak memory: one process, interleaved."""

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

WARM_UP, ROUNDS = 2, 30
Call = Callable[[], Any]


def best_times(
    calls: dict[str, Call], clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Seconds, the best of 30 rounds in each of which every callable runs once."""
    for call in calls.values():
        for _ in range(WARM_UP):
            call()
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            begin = clock()
            call()
            best[name] = min(best[name], clock() - begin)
    return best


def peak_memory(call: Call) -> int:
    """Bytes at the peak of one call, above what was allocated before."""
    call()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def assert_equal_gradients(name: str, found: Any, expected: Any) -> None:
    """No time is worth anything for another gradient."""
    found = found if isinstance(found, tuple) else (found,)
    expected = expected if isinstance(expected, tuple) else (expected,)
    for left, right in zip(found, expected, strict=True):
        # Below the normal range there are no digits to compare.
        tiny = float(np.finfo(np.float64).tiny)
        atol = max(1e-10 * float(np.max(np.abs(right))), tiny)
        np.testing.assert_allclose(left, right, rtol=1e-8, atol=atol, err_msg=name)
