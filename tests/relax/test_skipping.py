"""A `continue` in a branch within a branch: what follows is for those that go on.

Those that skip it keep their names until the end of the iteration, where all meet.
"""

import math

import numpy as np
import pytest

from tests.relax.comparing import agrees


def skipped_twice(x: float, y: float):
    b = y
    for _ in range(2):
        if x > 0.2:
            b = 3 * x
            if y > 0.7:
                continue
        b = 2 * b
        if b > 0.5:
            b = b + 1
            if x > y:
                continue
        b = b * b
    return b


def in_the_rest(x: float, y: float):
    a, b = x, y
    for _ in range(2):
        if x > 0.2:
            a = a + y
            b = b * x
            if y > 0.7:
                continue
        if a > b:
            a = a + 1
            if a * b > 0.6:
                continue
            b = 2 * b
        a = a * b
    return a - b * b


def in_an_elif(x: float, y: float):
    for i in range(3):
        if x < y:
            x = x + 0.3
        elif x > 0.1:
            y = y * 1.3
            if y > 0.55:
                x = x * y
                continue
            y = y + 0.1
        x = np.log(1 + x * x) + y
    return x * y


def with_a_flag(x: float, y: float):
    done = False
    for i in range(3):
        if x > 0.2:
            done = x > y
            if y > 0.3:
                continue
        if done:
            y = y + x
        x = x * 0.9
    return x * y


def in_a_branch_that_is_exact(x: float, y: float):
    a = x
    for i in range(3):
        if i > 0:
            a = a + y
            if a > 0.7:
                a = 2 * a
                continue
        a = a * a
    return a


def behind_an_exact_test(x: float, y: float):
    a = x
    for i in range(3):
        if x > 0.3:
            a = a + y
            if i == 1:
                a = 2 * a
                continue
        a = a * a
    return a


def exact_and_relaxed(x: float, y: float):
    a, b = x, y
    for i in range(3):
        if i != 1:
            if x > 0.3:
                a = a + y
                if a > 0.8:
                    b = 2 * a
                    continue
                b = b + 1
        if i < 2:
            a = a * b
            if b > 0.9:
                continue
        a = a * a
    return a + b


def before_a_break(x: float, y: float):
    a = x
    for i in range(4):
        if x > 0.3:
            a = a + y
            if a > 1.2:
                a = 2 * a
                continue
        a = a * 0.8
        if a > 1.1:
            a = a + 0.3
            break
        a = a + 0.2
    return a


def beside_a_break(x: float, y: float):
    a, b = x, y
    for i in range(3):
        if x > 0.3:
            a = a + y
            if a > 1.2:
                b = 2 * a
                continue
            if b > 0.8:
                break
            b = b + 0.4
        a = a * b
    return a + b


def in_a_soft_while(x: float, y: float):
    n = 0
    while x < 2 + y:
        n = n + 1
        if n > 2:
            x = x * 1.5
            if x > y:
                x = x + 0.2
                continue
        x = x + 0.5
        if y > x:
            break
    return x * n


def bound_for_those_that_go_on(x: float, y: float):
    a = x
    for i in range(2):
        if x > 0.3:
            if y > 0.4:
                continue
            z = a + 1
        else:
            z = a * 2
        a = z * z
    return a


def lists_written_down(x: float, y: float):
    s = 0.0
    for i in range(2):
        p = [x, y]
        if x > 0.3:
            p = [y, x * y]
            if y > 0.4:
                s = s + p[0] * p[1]
                continue
        s = s + p[0] - p[1] ** 2
    return s


def three_deep(x: float, y: float):
    a = x
    for i in range(2):
        if x > 0.2:
            a = a + 0.1
            if y > 0.3:
                a = a * 1.2
                if a > 0.6:
                    a = a - y
                    continue
                a = a + y
            elif x > y:
                a = 3 * a
                continue
            a = a * a
        a = a + 1
    return a


def in_nested_loops(x: float, y: float):
    a = x
    for i in range(2):
        if x > 0.2:
            for j in range(2):
                if a > 0.5:
                    a = a + y
                    if a > 0.9:
                        a = a * 0.5
                        continue
                a = a * a
            if a > y:
                a = a + 0.3
                continue
            a = a + 0.1
        a = 2 * a
    return a


def with_an_else(x: float, y: float):
    a = x
    for i in range(3):
        if x > 0.3:
            a = a + y
            if a > 1.2:
                continue
            a = a + 0.1
        if a > 1.5:
            break
        a = a * 1.1
    else:
        a = a * 10
    return a


def before_a_return(x: float, y: float):
    a = x
    for i in range(3):
        if x > 0.3:
            a = a + y
            if a > 1.2:
                a = a * 0.9
                continue
            a = a + 0.1
        if a > 1.0:
            return a * a
        a = a * 1.1
    return a


def counted_and_skipped(x: float, y: float):
    n = 0
    a = x
    for _ in range(2):
        if x > 0.2:
            n = n + 1
        if n > 1:
            a = a + 1
            if x > y:
                continue
        a = a * 2
    return a


def behind_a_return(x: float, y: float):
    a, b = x, y
    k = 0
    while k < 3:
        k += 1
        if b > 0.3:
            if a > 0.9:
                break
            b = math.sin(y)
        else:
            if a > y:
                return math.sin(a + x)
            b = -1.7
            if y > 0.2:
                a = a + 0.1
                continue
        a = a * 1.2
    return a * b


PROGRAMS = [
    behind_a_return,
    skipped_twice,
    in_the_rest,
    in_an_elif,
    with_a_flag,
    in_a_branch_that_is_exact,
    behind_an_exact_test,
    exact_and_relaxed,
    before_a_break,
    beside_a_break,
    in_a_soft_while,
    bound_for_those_that_go_on,
    lists_written_down,
    three_deep,
    in_nested_loops,
    with_an_else,
    before_a_return,
    counted_and_skipped,
]


@pytest.mark.parametrize("loops", ["unrolled", "soft"])
@pytest.mark.parametrize("f", PROGRAMS)
def test_value_and_gradient(f, loops):
    agrees(f, loops)
