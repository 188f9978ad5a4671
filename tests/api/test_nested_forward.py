"""Forward mode inside programs that are differentiated: `jvp`, `pushforward`, `hvp`."""

import numpy as np
import pytest

import dpc
from tests import differences

DIRECTION = np.array([1.0, -2.0])


def wave(x):
    return np.sum(np.sin(x) * x)


def held(x, k):
    y = x.copy()
    for i in range(2):
        y[i] = y[i] * y[1 - i] * k
    return np.sum(y**2)


times = dpc.hvp(wave, branches="hard")
push = dpc.pushforward(wave, branches="hard")


def uses_hvp(x):
    return np.sum(times(x, DIRECTION) ** 2)


def hvp_in_place(x):
    return np.sum(dpc.hvp(held, branches="hard")(x, 2.0, x) ** 2)


def uses_pushforward(x):
    out, dot = push(x, tangents=(x * x,))
    return out * dot


def jvp_in_place(x):
    out, dot = dpc.jvp(held, (x, 2.0), (DIRECTION, 0.5), branches="hard")
    return out * dot


def jvp_of_a_local_function(x):
    out, dot = dpc.jvp(lambda v: np.exp(v * x), (x,), (x,), branches="hard")
    return np.sum(out) + np.sum(dot**2)


@pytest.mark.parametrize(
    "program",
    [
        uses_hvp,
        hvp_in_place,
        uses_pushforward,
        jvp_in_place,
        jvp_of_a_local_function,
    ],
)
def test_reverse_over_forward(program):
    x = np.array([0.3, 0.7])
    expected = differences.gradient(program, (x,)).gradient
    differences.assert_close(dpc.grad(program, branches="hard")(x), expected)


hessian = dpc.hessian(wave, branches="hard")


def uses_a_hessian(x):
    return np.sum(hessian(x))


def wrong_number(x):
    return push(x, tangents=(x, x))[0]


def without_vector(x):
    return np.sum(times(v=x))


@pytest.mark.parametrize(
    ("program", "what"),
    [
        (uses_a_hessian, "a Hessian inside a program"),
        (wrong_number, "1 tangents are expected"),
        (without_vector, "no value for `x`"),
    ],
)
def test_what_does_not_fit_is_refused(program, what):
    with pytest.raises(dpc.UnsupportedError, match=what):
        dpc.grad(program, branches="hard")(np.ones(2))
