"""What is saved is the value that was used, not one that was written later."""

import numpy as np
import pytest

from tests.oracle import assert_right

X = np.array([0.3, 0.7, -0.4])


def operand_overwritten(x):
    y = x * 2
    s = np.sum(np.sin(y))
    y[:] = 1.0
    return s + np.sum(y * x)


def operand_slice_overwritten(x):
    y = x * 2
    s = np.sum(y * y * y)
    y[1:] = y[:-1] * 3
    return s + np.sum(y * y)


def operand_overwritten_through_an_alias(x):
    y = x * 2
    z = y
    s = np.sum(np.exp(z))
    y *= x
    return s * np.sum(z)


def operand_overwritten_through_a_view(x):
    y = x * 2
    v = y[1:]
    s = np.sum(v**3)
    y[2] = 0.5
    v[0] *= x[0]
    return s * y[1]


def operand_scaled_in_place(x):
    y = x * 2
    s = y @ y
    y *= s
    t = np.sum(np.cos(y))
    y /= 7.0
    return t + np.sum(y)


def _clear(y):
    y[:] = 0.0


def operand_cleared_by_a_function(x):
    y = np.exp(x)
    s = np.sum(y * y)
    _clear(y)
    return s + np.sum(y)


def result_overwritten(x):
    """`exp` and `tanh` save their result, which is written here."""
    y = np.exp(x)
    z = np.tanh(x)
    total = np.sum(y * z)
    y += 1
    z *= 0
    return total * np.sum(y) + np.sum(z)


def operand_sorted_in_place(x):
    y = x * 1.0
    s = np.sum(y * np.arange(3.0) * y)
    y.sort()
    return s + np.sum(y * np.arange(3.0))


def operand_filled(x):
    y = x * 1.0
    s = np.sum(np.sin(y))
    y.fill(2.0)
    return s * np.sum(y)


def operand_is_an_out_argument(x):
    y = x * 1.0
    s = np.sum(np.sin(y))
    np.multiply(x, 5.0, out=y)
    return s + np.sum(y * y)


def operand_added_at(x):
    y = x * 1.0
    s = np.sum(np.sin(y))
    np.add.at(y, [0, 0, 2], x)
    return s + np.sum(y * y)


def matrix_operand_overwritten(x):
    m = np.outer(x, x) + np.eye(3)
    s = np.sum(m @ x)
    m[1] = x
    t = np.sum(m @ m)
    m *= 0.0
    return s + t


def saved_in_a_loop(x):
    y = x.copy()
    total = 0.0
    for k in range(3):
        total += np.sum(np.sin(y))
        y[k] *= y[k - 1]
        total += y @ y
        y += total * 0.01
    return total


def list_element_replaced(x):
    parts = [x[0], x[1]]
    s = parts[0] * parts[1]
    parts[0] = 2.0
    parts.append(s)
    t = parts[0] * parts[2]
    parts[1] = t
    return s + t * parts[1]


def array_in_a_list_written(x):
    parts = [x * 1.0, x * 2]
    s = np.sum(parts[0] * parts[1])
    parts[0][1] = 9.0
    parts[1] *= 3
    return s + np.sum(parts[1])


def states_are_one_array(x):
    """All elements of the list are the same array: earlier states are lost."""
    y = x * 1.0
    states = []
    for k in range(3):
        y *= x + k
        states.append(y)
    return np.sum(states[0] * states[2])


def index_array_changed(x):
    """The index itself is written after it was used."""
    index = np.array([0, 2])
    s = np.sum(x[index] ** 2)
    index += 1
    index[1] = 0
    return s + np.sum(np.exp(x[index]))


def mask_changed(x):
    mask = x > 0
    s = np.sum(x[mask] ** 2)
    mask[:] = True
    y = x * 1.0
    y[mask] = x[0]
    mask[:] = False
    return s + np.sum(y * y)


def constant_array_changed(x):
    w = np.arange(3.0)
    s = np.sum(w * x)
    w += 5
    return s * np.sum(w * x)


def loop_bound_changed(x):
    n = np.array([3])
    total = 0.0
    for i in range(n[0]):
        total = total * x[i] + 1.0
        n[0] = 1
    return total


def list_walked_then_changed(x):
    parts = [x[0], x[1], x[2]]
    total = 1.0
    for part in parts:
        total = total * part + x[0]
    parts.pop()
    parts.reverse()
    return total * len(parts)


def slice_bounds_changed(x):
    low = 0
    total = 0.0
    while low < 3:
        y = x[low:]
        low += 1
        total += np.sum(y * y) * low
    return total


PROGRAMS = [
    operand_overwritten,
    operand_slice_overwritten,
    operand_overwritten_through_an_alias,
    operand_overwritten_through_a_view,
    operand_scaled_in_place,
    operand_cleared_by_a_function,
    result_overwritten,
    operand_sorted_in_place,
    operand_filled,
    operand_is_an_out_argument,
    operand_added_at,
    matrix_operand_overwritten,
    saved_in_a_loop,
    list_element_replaced,
    array_in_a_list_written,
    states_are_one_array,
    index_array_changed,
    mask_changed,
    constant_array_changed,
    loop_bound_changed,
    list_walked_then_changed,
    slice_bounds_changed,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_saved_value_is_not_a_reference(program):
    assert_right(program, X)
