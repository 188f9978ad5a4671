"""Jacobians of gradients, and of programs that cannot run over a batch."""

from dataclasses import dataclass

import numpy as np
import pytest

import dpc
from tests.batching.test_jacobian import numeric

MODES = ("auto", "reverse", "forward")
X = np.array([0.3, 0.5, 0.7, 1.1])


def chosen_places(x):
    for k in range(3):
        x[k % 2] = x[k % 2] * x[2] + np.sin(x[k])
    return np.sum(x * x)


def carried(x: float):
    s = 0.0
    for _ in range(3):
        s = s + np.sin(s * x) + x
    return s


def nested(x: float):
    s = x
    for k in range(3):
        for _ in range(k + 1):
            s = np.sin(s * x) + 0.5 * x
        if s > 1.0:
            break
    return s


def steps(x):
    s = x.copy()
    while np.sum(s * s) < 40.0:
        s = s + np.sin(s * x)
    return np.sum(s * s * s)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [chosen_places, steps])
def test_of_the_gradient_of_a_loop(f, mode):
    gradient = dpc.grad(f, branches="hard")
    found = dpc.jacobian(gradient, mode=mode)(X.copy())
    expected = numeric(lambda x: gradient(x.copy()), X.copy(), 1e-6)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [carried, nested])
def test_of_the_gradient_of_a_loop_of_numbers(f, mode):
    """The adjoints that an inner walk back leaves are taken off a tape by rows."""
    gradient = dpc.grad(f, branches="hard")
    found = dpc.jacobian(gradient, mode=mode)(0.6)
    step = 1e-6
    expected = (gradient(0.6 + step) - gradient(0.6 - step)) / (2 * step)
    assert isinstance(found, float)
    assert found == pytest.approx(expected, rel=1e-7)
    assert found == pytest.approx(dpc.hessian(f, branches="hard")(0.6), rel=1e-12)


@pytest.mark.parametrize("f", [carried, nested])
def test_gradients_of_gradients_over_a_batch(f):
    second = dpc.grad(dpc.grad(f, branches="hard"))
    rows = np.linspace(0.2, 0.9, 5)
    expected = [second(float(x)) for x in rows]
    np.testing.assert_allclose(dpc.batch(second)(rows), expected, rtol=1e-12)


@dataclass
class Part:
    w: float


def in_an_object(x: float):
    part = Part(x)
    part.w = part.w * x
    return np.array([part.w, x])


def again(x: float, n: int):
    return x if n == 0 else np.sin(again(x, n - 1)) * x


def called_again(x: float):
    return np.array([again(x, 2), x])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [in_an_object, called_again])
def test_what_cannot_run_over_a_batch_is_swept_row_by_row(f, mode):
    jacobian = dpc.jacobian(f, mode=mode)
    step = 1e-6
    expected = (f(0.5 + step) - f(0.5 - step)) / (2 * step)
    np.testing.assert_allclose(jacobian(0.5), expected, rtol=1e-7)
    assert "def " in jacobian.source
