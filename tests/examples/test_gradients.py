"""Every example's loss on a small instance against central differences."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bounce
import elephant
import lorenz
import lynx_hare
import pendulum
import projectile
import sir
import universal_ode
from tests.examples.differences import relative_error

Case = tuple[Any, tuple, tuple[int, ...]]  # the derivative, arguments, places of wrt


def elephant_case(rng: np.random.Generator) -> Case:
    outline = elephant.Outline(rng.normal(size=4), rng.normal(size=4))
    t, x, y = rng.normal(size=(3, 30))
    return elephant.loss, (outline, t, x, y), (0,)


def sir_case(rng: np.random.Generator) -> Case:
    return sir.loss, (1.5, 0.5, rng.uniform(1, 300, 3)), (0, 1)


def lynx_hare_case(rng: np.random.Generator) -> Case:
    start = lynx_hare.Ecology(0.5, 0.02, 1.0, 0.02, 30.0, 4.0)
    hares, lynxes = rng.uniform(5, 60, (2, 4))
    return lynx_hare.loss, (start, hares, lynxes), (0,)


def universal_case(rng: np.random.Generator) -> Case:
    model = universal_ode.initial(rng)
    seen = rng.uniform(5, 60, (3, 2))
    return universal_ode.loss, (model, seen, 0.01), (0,)


def lorenz_case(rng: np.random.Generator) -> Case:
    points = lorenz.trajectory(lorenz.TRUE, 20)
    return lorenz.loss, (9.0, 25.0, 2.0, points), (0, 1, 2)


CASES: dict[str, Callable[[np.random.Generator], Case]] = {
    "elephant": elephant_case,
    "sir": sir_case,
    "lynx_hare": lynx_hare_case,
    "universal_ode": universal_case,
    "lorenz": lorenz_case,
    "bounce": lambda rng: (bounce.with_impact, (1.0, 2.0, 30), (0, 1)),
    "projectile": lambda rng: (projectile.throw, (0.7,), (0,)),
    "pendulum": lambda rng: (pendulum.period, (1.0, 1.2), (0, 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_gradient_agrees_with_differences(name: str) -> None:
    derived, arguments, wrt = CASES[name](np.random.default_rng(7))
    assert relative_error(derived, *arguments, wrt=wrt) < 1e-7
