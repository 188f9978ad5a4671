"""Truth values that are set in one iteration and looked at in another."""

import pytest

from tests.relax.comparing import agrees


def by_a_flag(x: float, y: float):
    a = x
    t = 0.0
    for i in range(3):
        c = x > y
        if c:
            a = a + 1
            if a > 1.5 or y > 0.3:
                t = t + a
                continue
            t = t * a
        elif not c and a > 0.3:
            t = t + 1
            if t > a:
                continue
        t = t + 3 * a
    return t


def set_in_a_branch(x: float, y: float):
    done = False
    for i in range(3):
        if x > 0.2:
            done = x > y
        if done:
            y = y + x
        x = x * 0.9
    return x * y


def looked_at_after_the_loop(x: float, y: float):
    done = False
    for i in range(3):
        if x > 0.2:
            done = x > y
        if done:
            y = y + x
        x = x * 0.9
    if done:
        y = 2 * y
    return x * y


def left_by_a_break(x: float, y: float):
    done = False
    for i in range(3):
        if x > 0.2:
            done = x > y
        if done:
            y = y + x
        x = x * 0.9
        if x < 0.3:
            break
    if done:
        y = 2 * y
    return x * y


def ends_the_loop_or_is_skipped(x: float, y: float):
    go = x > y
    n = 0
    while go and n < 3:
        n = n + 1
        x = x * 0.9
        if x > 0.2:
            y = y * 1.1
            if y > 0.6:
                x = x + 0.1
                continue
        go = x > y
    return x * y + n


def kept_by_a_continue(x: float, y: float):
    go = x < y
    while go:
        x = x + 0.1
        if x > 0.2:
            y = y * 0.9
            if y > 0.3:
                continue
        go = x < y
        x = x * 1.2
    return x * y


def turned_over(x: float, y: float):
    seen = x > y
    for i in range(2):
        if seen:
            x = x + 1
        else:
            y = y - 0.2
        if x > 1.1:
            seen = not seen
    return x * y


def of_the_iteration_before(x: float, y: float):
    last = False
    for i in range(3):
        now = x > y
        if now and not last:
            y = y + 0.3
        last = now
        x = x * 1.1
    return x * y


def found_before_a_break(x: float, y: float):
    found = False
    for i in range(3):
        x = x * 1.2
        if x > y:
            found = True
            if y > 0.4:
                break
        y = y * 0.9
    if found:
        y = y * 3
    return x * y


def that_skips(x: float, y: float):
    ok = True
    for i in range(3):
        x = x * 1.2
        if not ok:
            y = y + 1
            continue
        ok = x < y
        y = y * 0.9
    return x * y


def ends_the_loop_and_is_looked_at(x: float, y: float):
    ok = True
    while ok:
        x = x * 1.3
        ok = x < y
        if not ok:
            y = y + 1
        y = y * 0.9
    return x * y


def hysteresis(x: float, y: float):
    n = 0
    up = x > y
    while n < 3:
        n += 1
        if up:
            x = x - 0.2
            if x < y:
                up = False
                break
        else:
            x = x + 0.3
            up = x > y
    return x * y if up else x + y


PROGRAMS = [
    by_a_flag,
    set_in_a_branch,
    looked_at_after_the_loop,
    left_by_a_break,
    ends_the_loop_or_is_skipped,
    kept_by_a_continue,
    turned_over,
    of_the_iteration_before,
    found_before_a_break,
    that_skips,
    ends_the_loop_and_is_looked_at,
    hysteresis,
]


@pytest.mark.parametrize("loops", ["unrolled", "soft"])
@pytest.mark.parametrize("f", PROGRAMS)
def test_value_and_gradient(f, loops):
    agrees(f, loops)
