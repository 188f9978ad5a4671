"""No example has a derivative that is not compared with differences somewhere."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import branching
import citeseer
from dpc.derived import Derived
from tests.examples import test_gradients, test_relaxed

EXAMPLES = Path(__file__).parents[2] / "examples"

# By tests of their own.
ALONE = {branching.soft_loss, citeseer.loss}
# They jump, and have no slope to compare: the examples show so.
WITHOUT_SLOPE = {"exact", "hard_loss"}


def derivatives(value: Any) -> Iterator[Derived]:
    """Those that a global of a module holds."""
    if isinstance(value, Derived):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from derivatives(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from derivatives(item)


def test_every_derivative_is_compared_with_differences() -> None:
    cases = {**test_gradients.CASES, **test_relaxed.CASES}
    compared = {case(np.random.default_rng(7))[0] for case in cases.values()} | ALONE
    left = [
        f"{path.stem}.{name}"
        for path in EXAMPLES.glob("*.py")
        for name, value in vars(importlib.import_module(path.stem)).items()
        for derived in derivatives(value)
        if derived not in compared and name not in WITHOUT_SLOPE
    ]
    assert not left
