"""Globals, closure variables and module constants, read when called."""

import math

import numpy as np

from tests.programs import constants
from tests.programs.case import case, normal

RATE = 0.3
WEIGHTS = normal(3, seed=5)
SETTINGS = {"gain": 1.5, "steps": 3, "offset": normal(3, seed=6)}
LIMITS = (-0.5, 0.8)


def scalar_global(x: float):
    return x * RATE + RATE**2


def array_global(x):
    y = WEIGHTS * x
    return np.sum(y * WEIGHTS[0]) + WEIGHTS @ x


def container_globals(x):
    for _ in range(SETTINGS["steps"]):
        x = x * SETTINGS["gain"] + SETTINGS["offset"]
    low, high = LIMITS
    return np.sum(np.clip(x, low * 9, high * 9))


def constants_of_modules(x: float):
    return math.pi * x + np.e**x + constants.GRAVITY * x * constants.TABLE[1]


def functions_of_modules(x: float):
    return constants.kinetic(x, 2.0) + constants.kinetic(1.5, mass=x)


def helper_uses_its_own_globals(x: float):
    """`RATE` here and in the other module are different globals."""
    return constants.decayed(x) * RATE


def _scale():
    return RATE * 2


def global_read_in_a_helper(x: float):
    return x**2 * _scale()


def global_copied_before_writing(x):
    y = WEIGHTS.copy()
    y[0] = x[0] * y[1]
    y *= x
    return np.sum(y)


def _counter(start):
    seen = [start]

    def program(x):
        return x * seen[0] + np.sin(x * start)

    return program


def _two_cells(a, b):
    def program(x):
        y = x * a
        return np.sum(y * b) + np.sum(b) * y[0]

    return program


CASES = [
    case(scalar_global, 0.7, rows="global read; global module constant"),
    case(array_global, normal(3), rows="global read"),
    case(container_globals, normal(3), rows="global read"),
    case(constants_of_modules, 0.7, rows="global module constant"),
    case(functions_of_modules, 0.7, rows="global read"),
    case(helper_uses_its_own_globals, 0.7, rows="global read when called"),
    case(global_read_in_a_helper, 0.7, rows="global read when called"),
    case(global_copied_before_writing, normal(3), rows="global read; array copy"),
    case(_counter(1.5), 0.7, rows="global closure read"),
    case(_two_cells(0.5, WEIGHTS), normal(3), rows="global closure read"),
]
