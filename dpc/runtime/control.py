"""What users say about relaxed tests: which are, how sharply; and the temperature."""

from __future__ import annotations

import contextvars
import math
from typing import Any

_IN_FORCE: contextvars.ContextVar[Any] = contextvars.ContextVar("temperature")


def soft(test: Any, temperature: Any = None) -> Any:
    """The weight of a test, where branches are relaxed; elsewhere the test itself.

    temperature: in the units of what is compared; by default that in force.
    """
    return test


def hard(test: Any) -> Any:
    """A test that is not relaxed."""
    return test


def prob(p: Any) -> Any:
    """A test that holds with weight `p`, from 0 to 1; where it is hard, `p > 0.5`."""
    return p > 0.5


class Temperature:
    """The block in which a temperature is in force."""

    def __init__(self, t: Any) -> None:
        self.t = t

    def __enter__(self) -> None:
        self.token = _IN_FORCE.set(self.t)

    def __exit__(self, *error: object) -> None:
        _IN_FORCE.reset(self.token)


def temperature(t: Any) -> Temperature:
    """`with dpc.temperature(t):` relaxed tests inside, and in what is called, have it.

    Raises ValueError unless `t` is at least 0 and finite. Within a compiled function
    `t` may be differentiated.
    """
    if not 0 <= t < math.inf:
        raise ValueError(f"a temperature is a positive float, not {t!r}")
    return Temperature(t)


def temperature_in_force(t: Any) -> Any:
    """The temperature of the innermost `with dpc.temperature(...)`, else `t`."""
    return _IN_FORCE.get(t)


def by_default() -> float:
    """1 where no `with dpc.temperature(...)` decides, else 0."""
    return 1.0 if _IN_FORCE.get(None) is None else 0.0


def anneal(start: float, end: float, steps: int) -> list[float]:
    """Temperatures from `start` to `end`, each the same fraction of the one before.

    Raises ValueError unless both are positive and `steps` is at least 1.
    """
    if not (start > 0 and end > 0 and steps >= 1):
        raise ValueError("anneal takes positive temperatures and at least one step")
    if steps == 1:
        return [float(end)]
    ratio = (end / start) ** (1 / (steps - 1))
    return [*(start * ratio**k for k in range(steps - 1)), float(end)]
