"""Literals and numbers where functions of NumPy take arrays."""

import numpy as np
import pytest

from tests.oracle import assert_pushed, assert_right

X = np.array([0.3, 0.4])
DIRECTION = np.array([0.7, -0.2])


def appended(x):
    return np.sum(np.append(np.append(2, x), 1.0) ** 2)


def appended_to_an_element(x):
    return np.sum(np.append(x[0], 2) ** 2)


def appended_list(x):
    return np.sum(np.append(x, []) ** 2) + np.sum(np.append((1.0, 2.0), x) ** 2)


def inserted(x):
    return np.sum(np.insert(1.0, 0, x) ** 2)


def outer(x):
    return np.sum(np.outer(2.0, x) ** 2) * np.sum(np.outer(x, 3))


def outer_of_a_list(x):
    return np.sum(np.outer([1.0, 2.0], x) ** 2) + np.sum(np.outer(x[0], x))


def convolved(x):
    return np.sum(np.convolve(x, 2.0) ** 2) + np.sum(np.convolve(3.0, x, "same") ** 2)


def convolved_with_an_element(x):
    return np.sum(np.convolve(x, x[0]) ** 2) + np.sum(np.convolve(x[1], x) ** 2)


PROGRAMS = [
    appended,
    appended_to_an_element,
    appended_list,
    inserted,
    outer,
    outer_of_a_list,
    convolved,
    convolved_with_an_element,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_right(program) -> None:
    assert_right(program, X)
    assert_pushed(program, X, DIRECTION)
