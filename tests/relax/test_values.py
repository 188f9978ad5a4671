"""The relaxed programs whose values and derivatives are known to six digits."""

import numpy as np
import pytest

import dpc
from tests.compiled import compiled


def step(x: float, c: float):
    return 1 if x > c else 0


def with_temperature(x: float, c: float, t: float):
    return 1 if x > c else 0


def two_slopes(x: float):
    y = x * x if x > 1 else 3 * x
    return y


def early(x: float):
    if x > 0:
        return 2 * x
    return -x


def nested(x: float, y: float):
    return (1 if y > 0 else 2) if x > 0 else 3


def swapped(a, u: float, v: float):
    a = a.copy()
    if a[0] > a[1]:
        a[0], a[1] = a[1], a[0]
    return u * a[0] + v * a[1]


def smallest(v):
    best = np.inf
    for e in v:
        if e < best:
            best = e
    return best


def squared_sign(x: float):
    a = 1 if x > 0 else -1
    y = a * a
    return y


PAIR = np.array([1.0, 0.5])
ROWS = [
    (step, (0.3, 0.0), ("x", "c"), 0.5, 0.645656, (0.457568, -0.457568)),
    (
        with_temperature,
        (0.3, 0.0, 0.5),
        ("x", "c", "t"),
        "t",
        0.645656,
        (0.457568, -0.457568, -0.274541),
    ),
    (two_slopes, (1.2,), 0, 0.25, 2.109655, 0.737836),
    (early, (0.4,), 0, 0.5, 0.427969, 1.583307),
    (nested, (0.3, -0.2), ("x", "y"), 0.5, 2.095234, (-0.641196, -0.310252)),
    (swapped, (PAIR, 1.0, 0.0), 0, 0.5, 0.634471, [0.072329, 0.927671]),
    (swapped, (PAIR, 0.0, 1.0), 0, 0.5, 0.865529, [0.927671, 0.072329]),
    (
        smallest,
        (np.array([3.0, 1.0, 2.0]),),
        0,
        0.5,
        1.158371,
        [-0.057233, 1.143984, -0.086750],
    ),
    (squared_sign, (0.4,), 0, 0.5, 0.144361, 0.650198),
]


@pytest.mark.parametrize("form", ["specialised", "generic"])
@pytest.mark.parametrize(("f", "args", "wrt", "t", "value", "gradient"), ROWS)
def test_values_to_hit(f, args, wrt, t, value, gradient, form):
    soft = {"branches": "soft", "temperature": t}
    derivative = compiled(dpc.value_and_grad, f, wrt=wrt, **soft)
    found = (derivative if form == "specialised" else derivative.generic)(*args)
    np.testing.assert_allclose(found[0], value, atol=6e-7)
    np.testing.assert_allclose(found[1], gradient, atol=6e-7)
