"""`with np.errstate(...)`, and other contexts whose body is differentiated."""

import warnings
from contextlib import contextmanager, nullcontext

import numpy as np

from tests.programs.case import case, normal


def errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = x / (x * x)
        z = np.log(np.abs(y))
    return np.sum(y * z)


def errstate_around_a_loop(x):
    total = 1.0
    with np.errstate(over="ignore"):
        for value in x:
            total = total * np.exp(value)
            if total > 50:
                break
    return total * x[0]


def return_inside(x: float):
    with np.errstate(all="ignore"):
        y = np.sin(x)
        if y > 0:
            return y * x
        y = y * 2
    return y


def context_in_a_loop(x):
    y = np.ones(3)
    for k in range(3):
        with np.errstate(under="ignore"):
            y[k] = y[k - 1] * x[k]
            if y[k] < 0:
                continue
        y *= 1.5
    return np.sum(y)


def null_context(x: float):
    with nullcontext(2.5) as scale, nullcontext():
        y = x * scale
    return y * y


class Scope:
    def __init__(self):
        self.depth = 0

    def __enter__(self):
        self.depth += 1
        return self

    def __exit__(self, *error):
        self.depth -= 1
        return False


def own_context(x):
    scope = Scope()
    with scope as same:
        y = x * (1 + same.depth)
        with scope:
            y = y * y + scope.depth
    return np.sum(y) * (1 + scope.depth)


@contextmanager
def _doubling(factor):
    yield factor * 2


def context_from_a_generator(x: float):
    with _doubling(1.5) as factor:
        y = np.sin(x) * factor
    return y * x


def warnings_caught(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = x * x
    return np.sum(y * x)


def kept_after_it(x: float):
    with np.errstate(all="ignore") as before:
        y = x * x
    return y if before is None else -y


class Noted:
    def __init__(self):
        self.notes = []

    def __enter__(self):
        self.notes.append("in")

    def __exit__(self, *error):
        self.notes.append("out")


def entered_for_its_effect(x: float):
    noted = Noted()
    with noted:
        y = x * 3
    return y * len(noted.notes)


CASES = [
    case(kept_after_it, 0.7, rows="context errstate"),
    case(entered_for_its_effect, 0.7, rows="context other"),
    case(errstate, normal(3), rows="context errstate"),
    case(errstate_around_a_loop, normal(3), rows="context errstate"),
    case(return_inside, 0.7, rows="context errstate; return early"),
    case(return_inside, -0.7, rows="context errstate"),
    case(context_in_a_loop, normal(3), rows="context errstate; while continue"),
    case(null_context, 0.7, rows="context other"),
    case(own_context, normal(3), rows="context other"),
    case(context_from_a_generator, 0.7, rows="context other"),
    case(warnings_caught, normal(3), rows="context other"),
]
