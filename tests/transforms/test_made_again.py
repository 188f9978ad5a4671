"""What the backward sweep computes again, instead of keeping it on a tape."""

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.oracle import assert_right

U = np.array([0.7, -0.4, 1.3, -0.2])


def flux(u, steps):
    for _ in range(steps):
        up = np.roll(u, -1)
        f = np.zeros_like(u)
        for i in range(len(u)):
            if u[i] > 0:
                f[i] = u[i] * (up[i] - u[i])
            else:
                f[i] = 0.5 * u[i]
        u = u - 0.1 * f
    return np.sum(u**2)


def overwritten_in_the_branch(u, steps):
    for k in range(steps):
        if u[k] > 0:
            a = u[k] * u[k + 1]
            u[k + 1] = a * u[k]
            u[k] = a * a
    return np.sum(u * u)


def of_what_goes_round(u, steps):
    total = 1.0
    for k in range(steps):
        if u[k] > 0:
            square = total * u[k]
            total = total + square * square * u[k + 1]
    return total


def within_two_branches(u, steps):
    total = 0.0
    for k in range(steps):
        half = u[k] / 2
        if half > -10.0:
            both = half + u[k + 1]
            if both > 0:
                product = both * half
                total += product * product * both
    return total


def of_a_list_that_grows(u, steps):
    items, total = [u[0]], 0.0
    for k in range(steps):
        if u[k] > 0:
            last = items[k] * u[k + 1]
            total += last * last
        items.append(items[k] * u[k])
        items[k] = items[k] * 2.0
    return total + items[-1] + items[0]


def in_a_while_loop(u, steps):
    k, total = 0, 0.0
    while k < steps:
        if u[k] > 0:
            pair = u[k] * u[k + 1]
            total += pair * pair
        k += 1
    return total


def left_early(u, steps):
    total = 0.0
    for k in range(steps):
        if u[k] > 0:
            pair = u[k] * u[k + 1]
            total += pair * pair
            if total > 1.0:
                break
    return total


PROGRAMS = [
    flux,
    overwritten_in_the_branch,
    of_what_goes_round,
    within_two_branches,
    of_a_list_that_grows,
    in_a_while_loop,
    left_early,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_is_right(program, sign) -> None:
    assert_right(program, sign * U, 3)
    assert_modes_agree(program, sign * U, 3)


def test_a_branch_needs_no_tape() -> None:
    source = dpc.grad(flux, branches="hard").specialize(U, 3).source
    assert source.count("append(") == 1
    assert "tape.append((u, up))" in source


def by_a_counter(u, steps):
    table, total, k = u.reshape(2, 2), 1.0, 0
    while k < steps:
        total = total + table[1, k] * total
        k += 1
    return total


def test_a_counter_is_kept_and_what_is_read_by_it_is_not():
    assert_right(by_a_counter, U, 2)
    source = dpc.grad(by_a_counter).specialize(U, 2).source
    assert "tape.append((total, k))" in source
    assert "[1, k] += " in source
