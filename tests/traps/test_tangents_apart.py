"""A value with the tangent of an array as it stands, while the array is written."""

import numpy as np
import pytest

import dpc
from tests import differences
from tests.along import assert_modes_agree
from tests.oracle import assert_right

X = np.array([0.3, -0.7, 1.9])
M = np.array([[0.3, -0.7, 1.9], [0.5, 0.9, -1.1]])

SAME = [
    lambda a: a + 1.0,
    lambda a: a - np.ones(3),
    lambda a: a * 1.0,
    lambda a: a / 1.0,
    lambda a: +a,
    lambda a: a**1,
    lambda a: a % 1.0,
    lambda a: np.divmod(a, 1.0)[1],
    lambda a: np.modf(a)[0],
    lambda a: np.unwrap(a),
    lambda a: (a + 0.0)[1:],
    lambda a: [a + 1.0, a][0],
    lambda a: a + np.zeros((2, 3)),
    lambda a: a[:1] + np.zeros(3),
]


@pytest.mark.parametrize("same", SAME)
def test_the_tangent_is_no_second_name_for_that_of_the_array(same) -> None:
    def program(x):
        a = x.copy()
        p = same(a)
        a[0] *= 2
        a[1:] += x[0]
        return np.sum(p * p) + np.sum(a) * np.sum(p)

    assert_right(program, X)
    assert_modes_agree(program, X)


def in_a_branch(x):
    a = x.copy()
    p = a * 1.0 if x[0] > 0 else a - 1.0
    a[0] *= 3
    return np.sum(a * p)


def round_a_loop(x):
    a = x.copy()
    total, previous = 0.0, a
    for i in range(3):
        previous = previous + 0.0
        a[i] = a[i] * 2 + previous[(i + 1) % 3]
        total = total + np.sum(previous * a)
        previous = a * 1.0
    return total


def in_a_list(x):
    a = x.copy()
    kept = []
    for i in range(3):
        kept.append(a + 0.0)
        a[i] *= 3
    return np.sum(a * kept[0] * kept[1]) + kept[2][0]


def of_a_row(x):
    a = x.copy()
    row = a[0]
    p = row + 0.0
    row *= 2
    return np.sum(a[0] * p * a[1])


@pytest.mark.parametrize(
    ("program", "x"),
    [(in_a_branch, X), (round_a_loop, X), (in_a_list, X), (of_a_row, M)],
)
def test_wherever_it_goes(program, x) -> None:
    assert_right(program, x)
    assert_modes_agree(program, x)


def test_a_second_derivative() -> None:
    def program(x):
        a = x.copy()
        p = a * 1.0
        a[0] = a[0] * a[1]
        return np.sum(a * p * p)

    # x0**3 x1 + x1**3 + x2**3
    x0, x1, x2 = X
    expected = [[6 * x0 * x1, 3 * x0**2, 0], [3 * x0**2, 6 * x1, 0], [0, 0, 6 * x2]]
    differences.assert_close(dpc.hessian(program)(X), np.array(expected))
