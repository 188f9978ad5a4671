"""Second derivatives of arrays that are joined or walked together, and written.

The adjoint of `np.concatenate([y, z])` adds to the shadows of both through a list of
them: `accumulate([y_bar, z_bar], parts)`. A loop over `(y, z)` adds to one after the
other, which is in the list already.
"""

from types import FunctionType

import numpy as np
import pytest

import dpc

POINT = np.array([0.3, -0.7, 1.1])
DIRECTION = np.array([0.2, 0.5, -0.4])


def joined(x):
    y = np.sin(x)
    z = np.concatenate([y, y])
    y[1] = 0
    return np.sum(z**3)


def stacked(x):
    y = x * 1
    z = np.stack([y, y * y])
    y[1] = 0
    return np.sum(z[0] * z[1]) + np.sum(y**3)


def in_one_array(x):
    y = x * x
    z = np.array([y, x])
    y *= 2
    return np.sum(z[0] * z[1] ** 2 * y)


def joined_in_a_loop(x):
    y = x * 1
    total = 0.0
    for _ in range(3):
        z = np.concatenate([y, x, y])
        y *= x
        total = total + np.sum(z**3)
    return total


def walked(x):
    y = x * 1
    y[0] *= 2
    total = 0.0
    for array in (x, y):
        total = total + np.sum(array**3)
    return total


def walked_by_index(x):
    y = x * x
    y[0] *= 2
    arrays = [x, y, x]
    total = 0.0
    for i in range(3):
        total = total + np.sum(arrays[i] ** 2) * np.sum(arrays[i - 1])
    return total


PROGRAMS = [walked, walked_by_index, joined, stacked, in_one_array, joined_in_a_loop]


def product_of(gradient: FunctionType) -> FunctionType:
    def product(x):
        return np.sum(gradient(x) * DIRECTION)

    return product


@pytest.mark.parametrize("program", PROGRAMS)
def test_second_derivatives(program) -> None:
    gradient = dpc.grad(program)
    ahead, behind = (gradient(POINT + h * DIRECTION) for h in (1e-6, -1e-6))
    expected = (ahead - behind) / 2e-6
    found = {
        "forward over reverse": dpc.hvp(program)(POINT, DIRECTION),
        "reverse over reverse": dpc.grad(product_of(gradient))(POINT),
        "all columns": dpc.hessian(program)(POINT) @ DIRECTION,
    }
    for product in found.values():
        np.testing.assert_allclose(product, expected, rtol=1e-6, atol=1e-8)
