"""Arrays written in place by loops, branches and closures, under several names."""

import numpy as np
import pytest

from tests.oracle import assert_right

X = np.array([0.7, -1.2, 0.4, 1.9, -0.3])
M = np.array([[0.5, -0.8, 1.3], [1.1, 0.2, -0.6], [0.9, -1.4, 0.3]])


def views_in_nested_loops(m):
    a = m.copy()
    for i in range(3):
        row = a[i]
        for j in range(3):
            part = row[j:]
            part *= 0.5
            part[0] += m[j, i] * a[0, 0]
            if part[0] > 1.2:
                break
            row[0] = part[-1] * 0.3
    return np.sum(a * a)


def breaks_out_of_both(m):
    a = m.copy()
    total = 0.0
    for i in range(3):
        for j in range(3):
            a[i, j] = a[i, j] ** 2 + total
            if a[i, j] > 1.5:
                break
            total = total + a[j, i] * 0.1
        else:
            a[i] *= total
            continue
        if i == 1:
            break
        a[i] -= total
    return np.sum(a) * total


def returns_from_a_loop(x):
    y = x.copy()
    k = 0
    while k < 5:
        y[k] = y[k] * y[k - 1] + x[k]
        y[k:] *= 0.9
        if y[k] < -0.5:
            return np.sum(y) * y[k]
        k += 1
    return np.sum(y * y)


def last_writer_wins(x):
    y = np.zeros(3)
    for k in range(5):
        y[k % 3] = x[k] * y[(k + 1) % 3] + x[k]
    return np.sum(y * y)


def rebound_then_mutated(x):
    y = x * 1.0
    z = y
    y = y + x
    z += 1.0
    y *= z
    z *= y
    return np.sum(z)


def conditional_alias(x):
    a, b = x * 1.0, x * 2.0
    c = a if x[0] > 0 else b
    c[0] = x[1] ** 2
    c += b
    return np.sum(a * b)


def loop_alias(x):
    a, b = x * 1.0, x * 2.0
    for k in range(3):
        a, b = b, a
        a[k] = b[k + 1] * x[k]
    return np.sum(a * x) + np.sum(b * b)


def closure_mutates(x):
    y = x * 1.0

    def scale(factor):
        y[1:] *= factor
        return y[0]

    scale(x[0])
    first = scale(x[1]) + y[1]
    return np.sum(y) * first


def accumulated_window(x):
    y = np.zeros(5)
    for k in range(5):
        y[max(0, k - 1) : k + 2] += x[k] * y[k] + x[k]
    return np.sum(y * y)


def broadcast_view_of_a_loop(x):
    y = x.copy()
    wide = np.broadcast_to(y, (2, 5))
    total = 0.0
    for k in range(4):
        y[k] = y[k + 1] * total + x[k]
        total = total + np.sum(wide[:, k] * wide[1, k])
    return total


def zero_dimensional_states(x):
    s = np.array(0.0)
    for value in x:
        s += value * s + value
        s[...] = s * 0.9
    return s * s


def write_in_a_branch(x):
    y = x * 1.0
    if y[0] > 0:
        y[1] = y[0] * y[1]
        z = y
    else:
        z = y.copy()
    z[2] *= z[1]
    return np.sum(y * y) + z[2]


def slices_that_depend(x):
    y = np.zeros(8)
    start = 0
    for k in range(1, 4):
        y[start : start + k] = x[:k] * (y[start - 1] + 1.0)
        start += k
    return np.sum(y * y)


OF_VECTORS = [
    returns_from_a_loop,
    last_writer_wins,
    rebound_then_mutated,
    conditional_alias,
    loop_alias,
    closure_mutates,
    accumulated_window,
    broadcast_view_of_a_loop,
    zero_dimensional_states,
    write_in_a_branch,
    slices_that_depend,
]
OF_MATRICES = [
    views_in_nested_loops,
    breaks_out_of_both,
]


@pytest.mark.parametrize("program", OF_VECTORS)
def test_of_a_vector(program):
    assert_right(program, X)


@pytest.mark.parametrize("program", OF_MATRICES)
def test_of_a_matrix(program):
    assert_right(program, M)
