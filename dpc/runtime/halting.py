"""What is left of a soft loop when its steps are used up."""

from __future__ import annotations

import warnings
from typing import Any

# Weights that have not halted: one that is worth a warning, one that is an error.
MUCH = 1e-3
MOST = 0.5


class NotHaltedError(ArithmeticError):
    """A soft loop is cut where most of its weight is still in it."""


def require_halted(left: Any, steps: int, loop: str) -> None:
    """Warn, or raise, if a soft loop is cut with much of its weight left.

    left: the weight that has not left the loop after `steps` steps.
    loop: the line of the loop.
    """
    if left <= MUCH:
        return
    said = f"`{loop}` is cut at max_steps={steps} with {left:.3g} of its weight left"
    if left > MOST:
        raise NotHaltedError(said, loop)
    warnings.warn(said, RuntimeWarning, stacklevel=2)
