"""Ratios of times that other work on the machine does not move.

`measured(name)` runs this file in a process of its own, in which the linear algebra has
one thread, and counts the time of that process alone, the best of some rounds.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ROUNDS = 12
Call = Callable[[], Any]


def measured(name: str) -> float:
    """One of the ratios below."""
    root = Path(__file__).parents[1]
    env = {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": str(root)}
    line = [sys.executable, "-m", "tests.ratios", name]
    done = subprocess.run(
        line, cwd=root, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def jacobian_over_sweeps() -> tuple[Call, Call]:
    """The Jacobian of 100 results by 100 arguments, and 100 sweeps."""
    import numpy as np

    import dpc

    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(100, 100)) / 10, rng.normal(size=100)

    def rounds(x: Any, w: Any) -> Any:
        for _ in range(20):
            x = np.tanh(w @ x)
        return x

    sweep = dpc.jacobian(rounds, branches="hard")

    def separately() -> Any:
        _, pullback = dpc.vjp(rounds, x, kwargs={"w": w}, branches="hard")
        return np.stack([pullback(row)[0] for row in np.eye(100)])

    np.testing.assert_allclose(sweep(x, w), separately(), 1e-10, 1e-12)
    return lambda: sweep(x, w), separately


def samples_over_loop() -> tuple[Call, Call]:
    """The gradients of 256 samples of a perceptron, and a loop over them."""
    import numpy as np

    import dpc

    rng = np.random.default_rng(0)
    sizes = ((16, 8), (16,), (16, 16), (16,), (4, 16), (4,))
    weights = tuple(rng.normal(size=size) for size in sizes)
    xs, ts = rng.normal(size=(256, 8)), rng.normal(size=(256, 4))

    def loss(u: Any, a: Any, v: Any, b: Any, w: Any, c: Any, x: Any, t: Any) -> Any:
        h = np.tanh(v @ np.tanh(u @ x + a) + b)
        return np.sum((w @ h + c - t) ** 2)

    gradient = dpc.grad(loss, wrt=tuple("uavbwc"), branches="hard")
    batched = dpc.batch(gradient, in_axes={"x": 0, "t": 0})

    def one_by_one() -> Any:
        return [gradient(*weights, x, t) for x, t in zip(xs, ts, strict=True)]

    for whole, rows in zip(
        batched(*weights, xs, ts), zip(*one_by_one(), strict=True), strict=True
    ):
        np.testing.assert_allclose(whole, np.stack(rows), 1e-9, 1e-12)
    return lambda: batched(*weights, xs, ts), one_by_one


RATIOS = {"jacobian": jacobian_over_sweeps, "samples": samples_over_loop}


def ratio(one: Call, other: Call) -> float:
    """The time of one call over that of the other."""
    best = [float("inf")] * 2
    for _ in range(ROUNDS):
        for place, call in enumerate((one, other)):
            begin = time.process_time()
            call()
            best[place] = min(best[place], time.process_time() - begin)
    return best[0] / best[1]


if __name__ == "__main__":
    print(ratio(*RATIOS[sys.argv[1]]()))
