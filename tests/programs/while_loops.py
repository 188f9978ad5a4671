"""`while`, `while True`, `break`, `continue` and `else`, with any trip count."""

import numpy as np

from tests.programs.case import case, normal


def newton_square_root(a: float):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def counted(x):
    i, total = 0, 0.0
    while i < 4:
        total = total * x[i] + np.sin(x[i])
        i += 1
    return total


def until_it_is_small(x: float):
    steps = 0
    while x > 0.1:
        x = x * 0.7 - 0.01 * x * x
        steps += 1
    return x * steps


def effects_in_the_test(x):
    todo = [x[0], x[1] * x[2], x[2]]
    total = 1.0
    while todo:
        total = total * todo.pop() + x[0]
    return total


def while_true(x: float, limit: float):
    total = 0.0
    while True:
        x = np.tanh(1.3 * x)
        total += x**2
        if total > limit:
            break
    return total * x


def two_ways_out(x):
    i, y = 0, 1.0
    while True:
        y = y * x[i % 3] + 0.5
        if y > 3:
            y = y * x[0]
            break
        i += 1
        if i == 7:
            y = y - x[1]
            break
    return y


def continue_skips_the_rest(x):
    i, total = 0, 0.0
    while i < 5:
        i += 1
        if x[i] < 0:
            total *= 0.5
            continue
        total += x[i] * x[i - 1]
    return total


def continue_before_the_update(x: float):
    k = 0
    while k < 6:
        k += 1
        y = x * k
        if k % 3 == 1:
            continue
        x = np.sin(y) + x
    return x * y


def break_in_a_nested_loop(x):
    total, i = 0.0, 0
    while i < 3:
        j = 0
        while True:
            total += x[i] * x[j]
            if j >= i:
                break
            j += 1
        if total > 10:
            break
        i += 1
    return total + x[0]


def loops_of_both_kinds(m):
    y = np.ones(2)
    k = 0
    while k < 3:
        for row in m:
            if row[0] < 0:
                continue
            y = y * row + 0.3
        k += 1
        if k == 2:
            continue
        y[k % 2] = m[0, 0] * y[0]
    return np.sum(y * y)


def else_is_run(x: float):
    while x < 2:
        x = x * 1.5
        if x > 100:
            break
    else:
        x = x * x
    return x


def else_is_skipped(x: float):
    while x < 20:
        x = x * 1.5
        if x > 3:
            break
    else:
        x = x * x
    return np.sin(x)


def never_entered(x: float):
    y = x * 2
    while y > 1000:
        y = y * 0.5
    return y * x


def else_of_a_loop_never_entered(x):
    while x[0] > 1000:
        x = x * 0.5
    else:
        x = x * x
    return np.sum(x)


def collatz(x: float, n: int):
    while n != 1:
        if n % 2 == 0:
            n //= 2
            x = x * 0.9
        else:
            n = 3 * n + 1
            x = np.sin(x) + 0.1
    return x


def bisection(a: float):
    """Halvings of an interval that depends on `a`, steered by comparisons."""
    low, high = 0.0, a
    while high - low > 0.3:
        middle = 0.5 * (low + high)
        if middle * middle > 2.1:
            high = middle
        else:
            low = middle
    return low * high


def euclid(x: float, y: float):
    while y > 0.5:
        x, y = y, x % y
    return x * x + y


def array_state(x):
    y = x.copy()
    previous = x * 0
    rounds = 0
    while np.max(np.abs(y - previous)) > 0.05 and rounds < 30:
        previous = y
        y = 0.5 * np.cos(y) + 0.1 * x
        rounds += 1
    return np.sum(y * y) * rounds


def in_place_state(x):
    y = x.copy()
    while np.sum(y * y) > 0.5:
        y *= 0.6
        y[0] += 0.1 * y[1] * x[0]
    return np.sum(y * x)


def three_deep(x: float):
    total = 0.0
    i = 0
    while i < 2:
        j = 0
        while j < 3:
            k = 0
            while k < j:
                total = total * x + i
                k += 1
                if total > 5:
                    break
            j += 1
            if j == 2:
                continue
            total += np.sin(x * j)
        i += 1
    return total


CASES = [
    case(newton_square_root, 2.0, rows="while test", float32=False),
    case(counted, normal(4), rows="while test"),
    case(until_it_is_small, 2.0, rows="while test"),
    case(effects_in_the_test, normal(3), rows="while test; container pop"),
    case(while_true, 0.9, 1.5, rows="while True; while break"),
    case(two_ways_out, normal(3), rows="while True; while break"),
    case(continue_skips_the_rest, normal(6), rows="while continue"),
    case(continue_before_the_update, 0.4, rows="while continue"),
    case(break_in_a_nested_loop, normal(3), rows="while True; while break"),
    case(loops_of_both_kinds, normal(3, 2), rows="while continue; store int"),
    case(else_is_run, 0.9, rows="while else"),
    case(else_is_skipped, 0.9, rows="while else; while break"),
    case(never_entered, 0.9, rows="while test; for zero trips"),
    case(else_of_a_loop_never_entered, normal(2), rows="while else"),
    case(collatz, 0.9, 7, rows="while test; operator floor and remainder"),
    case(bisection, 2.8, rows="while test; test if"),
    case(euclid, 3.75, 1.3, rows="while test", wrt=(0, 1)),
    case(array_state, normal(3), rows="while test; test and or not"),
    case(in_place_state, normal(3), rows="while test; augmented array"),
    case(three_deep, 0.7, rows="while continue; while break"),
]
