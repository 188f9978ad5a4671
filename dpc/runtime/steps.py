"""Loops whose length is a real number."""

from __future__ import annotations

import builtins
import math
from typing import Any


def range(n: Any) -> builtins.range:
    """The steps of a loop of length `n`, a real number: `n` rounded, at least 0.

    Where branches are relaxed and `n` is differentiated, the loop's result is the
    mean of those of the two whole lengths around `n`, by their distance from it.
    """
    return builtins.range(steps(n))


def steps(n: Any) -> int:
    """A real number of steps, rounded; half a step is one."""
    whole: int = math.floor(n + 0.5)
    return max(0, whole)


def whole_steps(n: Any) -> int:
    """The whole steps in a real number of steps."""
    whole: int = math.floor(n)
    return max(0, whole)
