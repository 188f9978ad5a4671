"""Modified Bessel functions of integer order, of which NumPy has only the first."""

from __future__ import annotations

import math
from typing import Any

from dpc.runtime.arrays import array_module

NODES = 256


def bessel_i(n: int, x: Any) -> Any:
    """I_n(x), elementwise, to within a few units in the last place of the largest term.

    The mean of `exp(x cos t) cos(n t)` over t from 0 to pi; on equal steps it converges
    faster than any power of their number (Abramowitz and Stegun, 9.6.19).
    """
    xp = array_module(x)
    total = 0.0 * x
    for k in range(NODES):
        t = math.pi * (k + 0.5) / NODES
        total = total + xp.exp(x * math.cos(t)) * math.cos(n * t)
    return total / NODES
