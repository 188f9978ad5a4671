"""Exits of soft loops in every place: in branches, nested, last, after `continue`."""

import inspect

import numpy as np
import pytest

import dpc
from tests.relax.test_loops import differences, flat


def returned_in_a_branch(x: float, y: float):
    for i in range(2):
        if x > 0:
            if x < y + i:
                return y
            x = x + 1
    return x


def last_in_a_branch(x: float, y: float):
    a = x
    for _ in range(2):
        if y > 0.3:
            if x < y:
                a = 1.26
                continue
            if a < 0.1:
                break
    return a


def broken_in_an_else(x: float, y: float):
    for _ in range(3):
        if x > y:
            return x * y
        for _ in range(2):
            x = x + 0.3
            if x > 1.1:
                return y
            if x > 1.0:
                break
        else:
            if x < 0.9:
                return 2 * x
            if x < 0.95:
                break
        x = x * 0.9
    return x


def both_branches_leave(x: float, y: float):
    for _ in range(2):
        if x > y:
            return x
        else:
            x = x * 1.4
            if x > 0.7:
                break
            else:
                return y
    return 2 * x


def inner_loop_always_returns(x: float, y: float):
    k = 0
    while True:
        k += 1
        if x < 0.1 or k > 2:
            break
        while True:
            x = x * 0.9
            if x < 0.2:
                return y
            if x < 0.25:
                return y * y
        x = x * 2
    return x


def inner_loop_returns_in_a_branch(x: float, y: float):
    for _ in range(2):
        if x > y:
            x = x + y
        else:
            for _ in range(2):
                x = x * 0.9
                if x < 0.25:
                    return -1.46
    return x


def always_returns_unless_skipped(x: float, y: float):
    for _ in range(2):
        if x < y:
            continue
        x = x + 0.1
        if x < y:
            return x
        return x * y
    return x


def returned_in_two_loops(x: float, y: float):
    for _ in range(2):
        if x < y:
            return x
        x = x * 0.9
    else:
        for _ in range(2):
            if x < 0.1:
                return y
            x = x * 0.8
    return x


def counted_inside(x: float, y: float):
    for _ in range(3):
        n = 0
        while x < y and n < 4:
            n += 1
            x += 0.2
        if n > 2.5 or x > 1.5:
            break
        x = x * 0.7
    return x * n


def stored_in_a_branch(x: float, y: float):
    v = np.array([x, y, x * y])
    for i in range(3):
        if v[i] > 0.2:
            v[0] = v[0] * 2
            if v[1] < y:
                break
            v[1] = v[1] - x
        else:
            v[2] = v[1]
    return v[0] * v[1] + v[2]


def compared_with_an_item(x: float, y: float):
    v = np.array([x, y])
    b = y
    going = y > v[0]
    k = 0
    while going and k < 2:
        k += 1
        b = 1.54 * x
        if y < 0.3:
            continue
        going = b < x
    return b


def left_in_three_ways(x: float, y: float):
    b = y
    for _ in range(2):
        if x > 5:
            return 0.91 * y
        b = x - 0.5
        if x + b > y:
            continue
        if x < 0.8:
            break
        x = x * 0.9
    return b * x


def left_on_a_path_of_the_loop_around(x: float, y: float):
    b, a = y, x
    g = x > 0
    while g:
        while x > b:
            a = a * 0.9
            return a + y
        else:
            b = -0.45
        while True:
            if x < y:
                pass
            elif x < 0.9:
                return 1.42 * a
            return b * a
    return a * b


PROGRAMS = [
    left_on_a_path_of_the_loop_around,
    left_in_three_ways,
    returned_in_a_branch,
    last_in_a_branch,
    broken_in_an_else,
    both_branches_leave,
    inner_loop_always_returns,
    inner_loop_returns_in_a_branch,
    always_returns_unless_skipped,
    returned_in_two_loops,
    counted_inside,
    stored_in_a_branch,
    compared_with_an_item,
]
AT = 0.31, 0.92


@pytest.mark.parametrize("f", PROGRAMS)
def test_the_adjoint_is_that_of_the_mixture_in_both_forms(f):
    names = tuple(inspect.signature(f).parameters)
    run = dpc.value_and_grad(f, wrt=names, loops="soft", temperature=0.4)
    value, gradient = run(*AT)
    again, same = run.generic(*AT)
    expected = differences(lambda *given: run(*given)[0], AT)
    np.testing.assert_allclose(flat(gradient), expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(flat(same), flat(gradient), rtol=1e-12)
    assert again == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize("f", PROGRAMS)
def test_without_temperature_nothing_leaks(f):
    names = tuple(inspect.signature(f).parameters)
    soft = dpc.value_and_grad(f, wrt=names, loops="soft", temperature=0.0)
    hard = dpc.value_and_grad(f, wrt=names, branches="hard")
    for at in (AT, (0.3, 0.9), (0.9, 0.3), (0.05, 0.2)):
        (value, gradient), (exact, slope) = soft(*at), hard(*at)
        assert value == exact == f(*at)
        np.testing.assert_array_equal(flat(gradient), flat(slope))


def in_a_branch_by_hand(x, y, t):
    def gates(u):
        return 1 / (1 + np.exp(-u / t)), 1 / (1 + np.exp(u / t))

    total, left = 0.0, 1.0
    for i in range(2):
        p, q = gates(x)
        leaves, stays = gates(y + i - x)
        total += left * p * leaves * y
        inside, outside = left * p * stays, left * q
        left = inside + outside
        x = (inside * (x + 1) + outside * x) / left
    return total + left * x


def test_an_exit_takes_the_state_of_its_branch_along():
    soft = dpc.soften(
        returned_in_a_branch, wrt=("x", "y"), loops="soft", temperature=0.4
    )
    assert soft(*AT) == pytest.approx(in_a_branch_by_hand(*AT, 0.4), rel=1e-13)
