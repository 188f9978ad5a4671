"""Loops whose length is a real number."""

from __future__ import annotations

import builtins
import math
from typing import Any

from dpc.runtime.gates import LIMIT


def range(n: Any, kernel: str = "linear", temperature: Any = None) -> builtins.range:
    """The steps of a loop of length `n`, a real number: `n` rounded, at least 0.

    Where branches are relaxed and `n` is differentiated, the loop's result is a mean
    of those of whole lengths.

    kernel: "linear", the two around `n`, by their distance from it; or "gate", all of
      them: length `k` by how much more weight `n > k - 1/2` has than `n > k + 1/2`.
    temperature: of the gates, by default that in force.

    Raises ValueError for a kernel of another name.
    """
    if kernel not in ("linear", "gate"):
        raise ValueError(f"there is no kernel {kernel!r}: write 'linear' or 'gate'")
    return builtins.range(steps(n))


def steps(n: Any, kernel: str = "linear", temperature: Any = None) -> int:
    """A real number of steps, rounded; half a step is one."""
    whole: int = math.floor(n + 0.5)
    return max(0, whole)


def one_length(*lengths: int) -> int:
    """The length of what `zip(..., strict=True)` runs over together.

    Raises ValueError where they differ, as `zip` does when the first of them has ended.
    """
    shortest = min(lengths)
    if max(lengths) == shortest:
        return shortest
    place, how = lengths.index(shortest), "shorter"
    if place == 0:
        place, how = [n > shortest for n in lengths].index(True), "longer"
    before = "argument 1" if place == 1 else f"arguments 1-{place}"
    raise ValueError(f"zip() argument {place + 1} is {how} than {before}")


def whole_steps(n: Any) -> int:
    """The whole steps in a real number of steps."""
    whole: int = math.floor(n)
    return max(0, whole)


def steps_with_weight(n: Any, t: Any) -> int:
    """The greatest length `k` for which the gate of `n >= k - 1/2` is not closed."""
    if t == 0:
        return steps(n)
    whole: int = math.ceil(n + 0.5 + LIMIT * t) - 1
    return max(0, whole)
