"""`np.mgrid[...]` and `np.ogrid[...]`: the coordinates of a grid."""

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.oracle import assert_right

X = np.array([0.5, 1.2, 0.7, 1.1, 0.3, -0.4])


def whole(x):
    return np.sum(np.mgrid[0:2, 0:3] * x.reshape(2, 3) ** 2)


def unpacked(x):
    n = len(x) // 3
    i, j = np.mgrid[:n, :3]
    return np.sum(i * j * x.reshape(2, 3) ** 2)


def open_axes(x):
    i, j = np.ogrid[0:2, 1:4]
    return np.sum((i * x.reshape(2, 3) + j) ** 2)


def numbers_of_points(x):
    t, y = np.mgrid[0:1:3j, -1:1:0.5]
    return np.sum(t * y * x[0] + t**2 * x[1])


def one_axis(x):
    return np.sum(np.mgrid[1:4] * x[:3] ** 2) + np.sum(np.ogrid[0:1:3j] * x[3:])


def up_to_a_parameter(x):
    a, b = np.ogrid[0 : x[1] : 4j, 1:3]
    return np.sum(a**2 * b) * x[0] + np.sum(np.mgrid[0 : x[2] : 3j] ** 2)


@pytest.mark.parametrize(
    "program",
    [whole, unpacked, open_axes, numbers_of_points, one_axis, up_to_a_parameter],
)
def test_coordinates(program) -> None:
    assert_right(program, X)
    assert_modes_agree(program, X)


def test_they_are_written_as_indices() -> None:
    assert "np.indices((n, 3))" in dpc.grad(unpacked).specialize(X).source


def test_an_axis_is_a_slice() -> None:
    with pytest.raises(dpc.UnsupportedError, match="no slice"):
        dpc.grad(lambda x: np.sum(np.mgrid[0:2, 3] * x[0]))
