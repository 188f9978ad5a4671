"""Every relaxed example's loss on a small instance against central differences.

The differences are of the relaxed value itself: of the program that is differentiated.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import commodities
import interpreter
import loop_length
import sorting
import terrain
import thermostat
from tests.examples.differences import relative_error

Case = tuple[Any, tuple, tuple[int, ...]]  # the derivative, arguments, places of wrt


def thermostat_case(rng: np.random.Generator) -> Case:
    seen = thermostat.simulate(thermostat.LOW, thermostat.HIGH)
    return thermostat.soft, (17.3, 21.4, seen, 0.8), (0, 1)


def interpreter_case(rng: np.random.Generator) -> Case:
    x, y = rng.normal(size=(2, 4))
    return interpreter.soft, (rng.normal(size=(2, 5)), x, y, 0.5), (0,)


def sorting_case(rng: np.random.Generator) -> Case:
    return sorting.soft, (sorting.initial(rng), *sorting.examples(rng, 2)), (0,)


def terrain_case(rng: np.random.Generator) -> Case:
    return terrain.soft, (rng.normal(size=6), terrain.maps(rng, 1)), (0,)


def commodities_case(rng: np.random.Generator) -> Case:
    said = 0.5 * rng.normal(size=(2, 3, 20))
    return commodities.soft, (commodities.Limits(0.2, 0.1, -0.3), said, 0.4), (0,)


CASES: dict[str, Callable[[np.random.Generator], Case]] = {
    "thermostat": thermostat_case,
    "interpreter": interpreter_case,
    "loop_length": lambda rng: (loop_length.soft, (3.4, 60.0), (0,)),
    "commodities": commodities_case,
    "sorting": sorting_case,
    "terrain": terrain_case,
}


@pytest.mark.parametrize("name", CASES)
def test_relaxed_gradient_agrees_with_differences(name: str) -> None:
    derived, arguments, wrt = CASES[name](np.random.default_rng(7))
    error = relative_error(derived, *arguments, wrt=wrt, relaxed=True)
    assert error < 1e-7
