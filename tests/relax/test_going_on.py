"""What follows is for those that go on: names that no branch changes, counts."""

import numpy as np
import pytest

from tests.relax.comparing import agrees


def returned_in_an_else(x: float, y: float):
    a = x
    for _ in range(2):
        if a > y:
            break
        a = a * 0.7
    else:
        if y < a:
            return a
    return a


def returned_and_changed_in_an_else(x: float, y: float):
    a = x
    for _ in range(2):
        if a > y:
            break
        a = a * 0.7
    else:
        if y < a:
            return 3 * a
        a = a * 2
    return a * a


def returned_in_an_else_in_a_branch(x: float, y: float):
    a = x
    if x > 0.1:
        for _ in range(2):
            if a > y:
                break
            a = a * 0.7
        else:
            if y < a:
                return a
        a = 2 * a
    return a


def returned_after_a_soft_while(x: float, y: float):
    a = x
    while a < 1:
        if a > y:
            break
        a = a * 1.7
    else:
        if y < a:
            return a
        a = 2 * a
    return a * a


def broken_in_an_else(x: float, y: float):
    a = x
    for i in range(3):
        a = a + 0.1
        for j in range(2):
            y = y * 1.3
            a = a + y
            if y > x + 0.5:
                y = y * 0.7
                break
            a = a * 0.9
        else:
            a = a * 1.2
            if y < 2 * a:
                y = y + 1
                break
            a = a + 0.2
        a = a + y
    return a * y


def counted_and_returned(x: float, y: float):
    n = 0
    a = x
    if x > 0.2:
        n = n + 1
    if n > 0:
        a = a + 1
        if x > y:
            return a * a
    a = a * 2
    return a + y


def returned_or_broken(x: float, y: float):
    a = x
    while a >= 0.28:
        if 0.2 <= a:
            return x
        a = 1.42
        if y < 0.3:
            break
    else:
        a = 2.0
    return a


def broken_behind_a_continue(x: float, y: float):
    a, b = x, y
    for _ in range(2):
        if a < y:
            if 0.6 <= y:
                continue
            a = x * y
        b = 1.25
        if y < b:
            break
    return a * b


def with_the_flag_of_its_test(x: float, y: float):
    a = x
    go = a >= -0.28
    while go:
        if x >= y:
            continue
        a = y
        if x <= 0.3:
            break
        go = y >= 0.9
    return a


def returned_broken_and_returned_at_the_end(x: float, y: float):
    a = x
    for i in range(3):
        if y > 0.4:
            a = y
            break
        if x < 0.2:
            return x
    else:
        if y >= x:
            return y
    return a


def broken_out_of_both(x: float, y: float):
    a, b = x, y
    for k in range(1):
        for i in range(3):
            if b > 0.5:
                return b
            if y < 0.4:
                break
            b = 0.42
        else:
            if a <= 0.3:
                break
        b = b + 1
    return a * b


def a_test_that_is_the_flag(x: float, y: float):
    a = x
    if 0.82 <= x:
        a = y
    else:
        if 1.21 <= 1.19:
            a = 3 * y
        elif x < 0.4:
            return x
        a = x * x
    return a


def left_in_every_way(x: float, y: float):
    a = x
    while y < a < 1.03:
        if a >= x:
            if y <= 0.5:
                if y <= a:
                    return y * 2
            else:
                if x < 1.08:
                    continue
                if x < y:
                    break
            if a <= y:
                continue
        if x < 0.01:
            return a
    else:
        a = y
    return a


def memory_behind_a_return(x: float, y: float):
    v = np.array([x, y])
    if x < y:
        for _ in range(2):
            if y >= x + 0.2:
                return x
        v[0] = 0.62
    return v[0] * v[1]


def a_list_returned(x: float, y: float):
    def inner(v):
        if v > 0:
            if v > 0.5:
                return [v * v, 1.0]
        return [3.0, v]

    a = inner(x)
    return a[0] * a[1] * y


PROGRAMS = [
    a_list_returned,
    returned_broken_and_returned_at_the_end,
    broken_out_of_both,
    a_test_that_is_the_flag,
    left_in_every_way,
    memory_behind_a_return,
    returned_or_broken,
    broken_behind_a_continue,
    with_the_flag_of_its_test,
    returned_in_an_else,
    returned_and_changed_in_an_else,
    returned_in_an_else_in_a_branch,
    returned_after_a_soft_while,
    broken_in_an_else,
    counted_and_returned,
]


@pytest.mark.parametrize("loops", ["unrolled", "soft"])
@pytest.mark.parametrize("f", PROGRAMS)
def test_value_and_gradient(f, loops):
    agrees(f, loops)
