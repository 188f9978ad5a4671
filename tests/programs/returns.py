"""`return`: early, multiple, missing, and out of loops."""

import numpy as np

from tests.programs.case import case, normal


def guard(x: float):
    if x < 0:
        return x * x
    y = np.sin(x)
    if y > 0.5:
        return y * x
    return y + x


def return_in_every_arm(x: float, mode: str):
    if mode == "sin":
        return np.sin(x)
    elif mode == "square":
        y = x * x
        return y + x
    else:
        return x * 3.0


def first_negative(x):
    total = 0.0
    for i, value in enumerate(x):
        total += value**2
        if value < 0:
            return total * x[i]
    return total


def out_of_two_loops(m):
    total = 1.0
    for row in m:
        for value in row:
            total = total * value + row[0]
            if total < 0:
                return total * m[0, 0]
        total = total + 0.1
    return total


def out_of_while_true(x: float):
    k = 0
    while True:
        k += 1
        x = np.cos(x) * 1.1
        if k > 4:
            return x * k
        if x > 1.05:
            return x * x


def out_of_a_while_in_a_for(x):
    y = x * 2
    for i in range(3):
        j = i
        while j < 3:
            y[j] = y[j] * y[i]
            if np.sum(y) > 1.0:
                return np.sum(y * y) + x[j]
            j += 1
    return np.sum(y)


def return_after_continue(x):
    total = 0.0
    for value in x:
        if value < 0:
            continue
        total += value
        if total > 1:
            return total * value
    return -total


def return_in_loop_else(x):
    total = 0.0
    for value in x:
        total += value * x[0]
        if total > 50:
            break
    else:
        return total * total
    return total


def _first_above(x, limit):
    """Gives `None` when the loop ends: the return is missing."""
    for value in x:
        if value > limit:
            return value * value


def missing_return(x, limit: float):
    found = _first_above(x, limit)
    if found is None:
        return np.sum(x)
    return found * x[1]


def _checked(x):
    if np.sum(x) < -100:
        return
    x *= 2
    if x[0] > 0:
        return
    x[0] = x[1] * x[2]


def bare_return(x):
    y = x.copy()
    _checked(y)
    return np.sum(y * y)


def _division(x, y):
    if abs(y) < 1e-9:
        return 0.0, "zero"
    return x / y, "fine"


def several_values(x: float, y: float):
    ratio, word = _division(x, y)
    nothing, _ = _division(x, 0.0)
    return ratio * ratio + nothing + len(word)


def _sign_and_size(x):
    for i in range(len(x)):
        if x[i] > 0:
            return 1, x[i]
        if x[i] < -0.5:
            return -1, x[i] * x[0]
    return 0, x[0]


def return_of_pairs_in_a_loop(x):
    total = 0.0
    for start in range(4):
        sign, size = _sign_and_size(x[start:])
        total += sign * size * size
    return total


def return_before_anything(x: float, skip: bool):
    if skip:
        return 2.0
    return x * x


CASES = [
    case(guard, -0.7, rows="return early; return multiple"),
    case(guard, 0.9, rows="return early; return multiple"),
    case(guard, 0.2, rows="return early; return multiple"),
    case(return_in_every_arm, 0.7, "sin", rows="return multiple"),
    case(return_in_every_arm, 0.7, "square", rows="return multiple"),
    case(return_in_every_arm, 0.7, "other", rows="return multiple"),
    case(first_negative, np.array([0.5, 1.2, -0.7, 2.0]), rows="return in loop"),
    case(first_negative, np.array([0.5, 1.2, 0.7]), rows="return in loop"),
    case(out_of_two_loops, normal(3, 3), rows="return in loop; return early"),
    case(out_of_two_loops, abs(normal(3, 3)), rows="return in loop"),
    case(out_of_while_true, 0.5, rows="return in loop; while True"),
    case(out_of_while_true, 1.4, rows="return in loop; while True"),
    case(out_of_a_while_in_a_for, normal(3), rows="return in loop; store int"),
    case(return_after_continue, normal(6), rows="return in loop; while continue"),
    case(return_in_loop_else, normal(4), rows="return in loop; for else"),
    case(missing_return, normal(4), 0.3, rows="return missing; test is"),
    case(missing_return, normal(4), 9.0, rows="return missing; test is"),
    case(bare_return, normal(3), rows="return missing; function mutates"),
    case(bare_return, -abs(normal(3)), rows="return missing; function mutates"),
    case(several_values, 0.7, 1.9, rows="return multiple", wrt=(0, 1)),
    case(return_of_pairs_in_a_loop, normal(5), rows="return in loop"),
    case(return_before_anything, 0.6, True, rows="return early"),
    case(return_before_anything, 0.6, False, rows="return early"),
]
