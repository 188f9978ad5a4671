"""Every example's loss on a small instance against central differences."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import adding
import bounce
import digits
import elephant
import lorenz
import lynx_hare
import mackey_glass
import pendulum
import plant
import plasticity
import projectile
import quantum
import raytracer
import recurrent
import sir
import sunspots
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


def adding_case(name: str, rng: np.random.Generator) -> Case:
    _, loss, gates = adding.NETWORKS[name]
    x, target = adding.sequences(rng, 3, 6)
    return loss, (recurrent.initial(rng, gates, 4), x, target), (0,)


def digits_case(rng: np.random.Generator) -> Case:
    images, labels = rng.random((3, 8, 8, 1)), rng.integers(0, 10, 3)
    return digits.loss, (digits.initial(rng), images, labels), (0,)


def mackey_glass_case(rng: np.random.Generator) -> Case:
    net = mackey_glass.initial(rng, 4, 8)
    return mackey_glass.loss, (net, rng.normal(size=(9, 4)), rng.normal(size=9)), (0,)


def plant_case(rng: np.random.Generator) -> Case:
    return plant.loss, (plant.initial(rng), *rng.normal(size=(4, 9))), (0,)


def plasticity_case(rng: np.random.Generator) -> Case:
    synapses = plasticity.Synapses(*rng.normal(size=(2, 6, 6)))
    inputs, pattern = 0.03 * rng.normal(size=(9, 6)), rng.normal(size=6)
    return plasticity.loss, (synapses, inputs, pattern, 0.1), (0,)


def raytracer_case(rng: np.random.Generator) -> Case:
    x, y = raytracer.rays(12)
    picture = raytracer.render(raytracer.LIGHT, raytracer.CENTRE, 1.0, x, y)
    arguments = raytracer.START, raytracer.CENTRE, 1.0, x, y, picture
    return raytracer.loss, arguments, (0, 1)


def sunspots_case(rng: np.random.Generator) -> Case:
    net = mackey_glass.initial(rng, sunspots.LAGS, 8)
    lags, target = rng.normal(size=(9, sunspots.LAGS)), rng.normal(size=9)
    return sunspots.loss, (net, lags, target, 0.1), (0,)


CASES: dict[str, Callable[[np.random.Generator], Case]] = {
    "elephant": elephant_case,
    "sir": sir_case,
    "lynx_hare": lynx_hare_case,
    "universal_ode": universal_case,
    "lorenz": lorenz_case,
    "bounce": lambda rng: (bounce.with_impact, (1.0, 2.0, 30), (0, 1)),
    "projectile": lambda rng: (projectile.throw, (0.7,), (0,)),
    "digits": digits_case,
    "mackey_glass": mackey_glass_case,
    "plant": plant_case,
    "plasticity": plasticity_case,
    "quantum": lambda rng: (quantum.loss, (rng.normal(size=(3, 3, 2)),), (0,)),
    "raytracer": raytracer_case,
    "sunspots": sunspots_case,
    "tanh": partial(adding_case, "tanh"),
    "LSTM": partial(adding_case, "LSTM"),
    "GRU": partial(adding_case, "GRU"),
    "pendulum": lambda rng: (pendulum.period, (1.0, 1.2), (0, 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_gradient_agrees_with_differences(name: str) -> None:
    derived, arguments, wrt = CASES[name](np.random.default_rng(7))
    assert relative_error(derived, *arguments, wrt=wrt) < 1e-7
