"""The smallest programs of faults that random programs have found."""

import numpy as np
import pytest

from tests.oracle import assert_right

X = np.array([0.7, -1.2, 0.4, 1.9])
G = np.array([[0.5, -0.8], [1.1, 0.2]])


def name_rebound_after_its_array_was_given_on(x, g, a):
    for _ in range(3):
        x = 0.5 * x
        if x[2] > 9:
            return sum(x)
    x[0] = x[0] * a
    return np.sum(x)


def name_kept_by_one_branch_of_a_loop(x, g, a):
    for k in range(3):
        x = x * 0.5
        if k == 1:
            a = sum(x)
        else:
            x[0] += 0.3
    return a + np.sum(np.sin(x))


def views_of_what_an_iteration_makes(x, g, a):
    total = 0.0
    for i in range(3):
        y = x * a
        flat = y.reshape(-1)
        flat[0] = flat[1] * y[2]
        start = i - 1
        tail = y[start:]
        tail[0] = tail[0] * a
        total += np.sum(y * y)
        for j in range(2):
            part = y[j:]
            part[0] *= x[j]
        total += np.sum(np.sin(y))
    return total


def array_held_by_a_list_of_an_iteration(x, g, a):
    total = 0.0
    last = [x]
    for _ in range(3):
        y = x * a
        held = [y, last[0]]
        held[0][1] = held[1][0]
        last = held
        total += np.sum(y * y)
    return total + np.sum(last[0] * last[1])


def view_rebound_while_its_array_is_written(x, g, a):
    w = g.reshape(-1)
    for _ in range(3):
        w = np.maximum(w, g.ravel())
    g.T[-1] = x[::2]
    return np.sum(w)


def part_bound_in_a_loop_and_written_after(x, g, a):
    w = g.reshape(-1)
    for _ in range(3):
        x = w[::2]
    x *= a
    return np.sum(g)


def return_out_of_two_tests(x, g, a):
    parts = [g[0, 1]]
    if parts[-1] < 0.137:
        if a > 9.0:
            return x[3]
    return a * a


def return_behind_a_test_of_two(x, g, a):
    if g[0, 1] < 0.0 or x[3] < 0.0:
        if a > 9.0:
            return sum(x)
    return a * x[1]


def array_that_one_path_makes(x, g, a):
    if a > 9.0:
        y = x * 2.0
    if a > 10.0:
        return np.sum(y)
    return a * x[0]


def array_that_a_loop_may_make(x, g, a):
    for k in range(4):
        if k == 2:
            y = x * k
        if x[k] > 1.0:
            return np.sum(y * y)
    return a


def array_walked_while_it_grows(x, g, a):
    for e in x:
        x += 0.7
        a = a * e
    return a


def array_walked_beside_itself(x, g, a):
    for e, f in zip(x, x):
        x[1] += f * e
    return np.sum(x) * a


def array_walked_while_parts_change(x, g, a):
    for i, e in enumerate(x):
        x[::2] *= e
        for f in x:
            a += f * 0.1
        x[i - 1] = a
    return a * np.sum(x)


def two_ways_out_of_a_loop(x, g, a):
    for e, f in zip(g[0], g[1]):
        if a < 0.1:
            pass
        elif x[1] > 5:
            break
        x -= x[2] * f
        if g[1, 0] < 0.0:
            return e
    return np.sum(x)


def sum_of_what_is_written_then(x, g, a):
    y = np.array([a, 1.2])
    y[1:] = y[:1]
    return sum(y) * x[0]


def sums_of_rows_that_are_written(x, g, a):
    y = np.sum(g * a, axis=1)
    y[0] = y[1] * x[0]
    z = np.pad(x * a, 1)
    z[1:] = z[:-1] * a
    return sum(y) + np.sum(z * z) + sum(x)


def return_from_a_loop_in_the_last_arm(x, g, a):
    for i in range(3):
        if x[3] > 9.0:
            x -= a
        elif x[1] < -1.0:
            g[0, 0] *= a
        else:
            for k in range(i):
                return x[2]
    return np.sum(g) * a


def choice_beside_a_way_out(x, g, a):
    parts = [x[0]]
    for e, f in zip(x, x):
        if parts[-1] > 9.0:
            x[1] = a
        elif x[2] <= -1.5:
            continue
        if parts[0] < 0.137:
            break
    return sum(parts) * a


PROGRAMS = [
    name_rebound_after_its_array_was_given_on,
    name_kept_by_one_branch_of_a_loop,
    views_of_what_an_iteration_makes,
    array_held_by_a_list_of_an_iteration,
    view_rebound_while_its_array_is_written,
    part_bound_in_a_loop_and_written_after,
    return_out_of_two_tests,
    return_behind_a_test_of_two,
    array_that_one_path_makes,
    array_that_a_loop_may_make,
    array_walked_while_it_grows,
    array_walked_beside_itself,
    array_walked_while_parts_change,
    two_ways_out_of_a_loop,
    sum_of_what_is_written_then,
    sums_of_rows_that_are_written,
    return_from_a_loop_in_the_last_arm,
    choice_beside_a_way_out,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_gradient(program):
    assert_right(program, X, G, 0.8, wrt=(0, 1, 2))
