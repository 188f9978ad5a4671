"""A copy is left out only where what is computed of it can be computed before.

`t = np.copy(a); a[i] = 0; s = t * b` may become `s = a * b; a[i] = 0`. Not so where `b`
is written in between, or where the copy has other readers.
"""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_pushed, assert_right

POINT = np.array([0.3, -0.7, 1.1, 0.6])
DIRECTION = np.array([0.2, 0.5, -0.4, 1.2])


def times_the_original(x):
    y = np.sin(x)
    z = np.copy(y)
    y[1] = 0
    w = z * y
    return np.sum(w)


def times_what_is_written_too(x):
    y = np.sin(x)
    z = np.copy(y)
    y[1] = 0
    x[2] = 0
    w = z * x
    return np.sum(w)


def times_a_view(x):
    y = np.sin(x)
    part = y[::-1]
    z = np.copy(y)
    y[1] = 0
    w = z * part
    return np.sum(w)


def read_behind_a_branch(x):
    y = np.sin(x)
    if x[0] < 5:
        z = np.copy(y)
        y[1] = 0
        w = z * 2
    else:
        z = y * 1
        w = z
    return np.sum(w * z)


def read_behind_a_loop(x):
    y = np.sin(x)
    for _ in range(3):
        z = np.copy(y)
        y[1] = 0
        w = z * x
    return np.sum(w * z)


def written_in_a_loop_below(x):
    y = np.sin(x)
    z = np.copy(y)
    y[1] = 0
    for i in range(2):
        x[i] *= 3
    w = z * x
    return np.sum(w)


PROGRAMS = [
    times_the_original,
    times_what_is_written_too,
    times_a_view,
    read_behind_a_branch,
    read_behind_a_loop,
    written_in_a_loop_below,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_right(program) -> None:
    assert_right(program, POINT)
    assert_pushed(program, POINT, DIRECTION)


def returned(x):
    y = np.sin(x)
    z = np.copy(y)
    y[1] = 0
    w = z * 2
    y[2] = w[3]
    return z


def test_a_copy_that_is_returned() -> None:
    value, tangent = dpc.jvp(returned, (POINT,), (DIRECTION,))
    np.testing.assert_allclose(value, np.sin(POINT))
    np.testing.assert_allclose(tangent, np.cos(POINT) * DIRECTION)


def by_identity(x):
    copy = x.copy()
    same = x
    return x[0] if copy is x else x[1] ** 2 if same is x else x[2]


def by_memory(x):
    copy, view = x.copy(), x[:]
    shared = np.shares_memory(view, x) and not np.shares_memory(copy, x)
    return x[0] ** 2 if shared else x[1]


@pytest.mark.parametrize("program", [by_identity, by_memory])
def test_a_copy_is_not_what_it_is_a_copy_of(program):
    x = np.array([0.5, -1.2, 0.7])
    assert_right(program, x)


def whole_list_of_others(x):
    numbers = list(x)
    others = [numbers[k] * numbers[k - 1] for k in range(3)]
    numbers[:] = others
    others[0] = x[1]
    return numbers[0] * numbers[1] * others[0]


def part_of_a_list_of_arrays(x):
    arrays = [x * 3, x * 4]
    others = [x * 2]
    arrays[0:1] = others
    others[0][0] *= x[1]
    return np.sum(arrays[0] * arrays[1]) * len(arrays)


@pytest.mark.parametrize("program", [whole_list_of_others, part_of_a_list_of_arrays])
def test_a_slice_of_a_list_holds_the_elements_and_not_the_list(program):
    x = np.array([0.5, -1.2, 0.7])
    assert_right(program, x)
    assert np.ndim(dpc.jvp(program, (x,), (x,), branches="hard")[0]) == 0
