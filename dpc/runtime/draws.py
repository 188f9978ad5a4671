"""The states of random generators, so that what was drawn can be drawn again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def generators_in(value: Any, depth: int = 8) -> Iterator[Any]:
    """What holds the states of the random generators in a value and its parts."""
    if isinstance(value, np.random.Generator):
        yield value.bit_generator
    if isinstance(value, np.random.RandomState):
        yield value._bit_generator
    parts: Any = ()
    if isinstance(value, list | tuple):
        parts = value
    elif isinstance(value, dict):
        parts = value.values()
    elif hasattr(value, "__dict__") and not isinstance(value, type | Callable):
        parts = vars(value).values()
    if depth:
        for part in parts:
            yield from generators_in(part, depth - 1)


def states_of(draws: tuple[Any, ...]) -> Any:
    """The states of the generators in `draws`, and the global ones; None if it is
    empty."""
    if not draws:
        return None
    drawn = [generator.state for generator in generators_in(draws)]
    return np.random.get_state(), random.getstate(), drawn


def put_states(draws: tuple[Any, ...], states: Any) -> None:
    """Put the generators back into states that `states_of` has taken."""
    if states is None:
        return
    legacy, standard, drawn = states
    np.random.set_state(legacy)
    random.setstate(standard)
    for generator, state in zip(generators_in(draws), drawn, strict=True):
        generator.state = state
