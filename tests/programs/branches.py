"""Tests: `if`, conditional expressions, `and or not`, chains, `is`, `in`."""

import numpy as np

from tests.programs.case import case, normal


def three_arms(x):
    total = 0.0
    for value in x:
        if value > 0.3:
            total += value**2
        elif value > -0.3:
            total -= value * 3
        else:
            total *= value
    return total


def nested_ifs(x: float, y: float):
    if x > 0:
        if y > 0:
            z = x * y
        else:
            z = x - y
            if z > 1:
                z = np.sin(z)
    else:
        z = x + y
    return z * x


def without_else(x):
    y = x * 2
    if np.sum(y) > -100:
        y = np.tanh(y)
    if np.sum(y) > 100:
        y = y * 0
    return np.sum(y * x)


def bound_in_one_arm(x: float):
    if x > 0:
        extra = x**3
    y = np.sin(x)
    if x > 0:
        y = y + extra
    return y


def arms_of_other_types(x):
    """A float in one arm, an array in the other."""
    scale = 2.0 if x[0] > 100 else x[:2]
    return np.sum(scale * x[2])


def conditional_expression(x):
    y = x[0] if x[0] > x[1] else x[1]
    z = x[2] * y if y > 5 else (y if x[2] < 0 else -y * x[1])
    return y * z


def conditional_argument(x: float, big: bool):
    return np.sin(x * (2.0 if big else 3.0)) + (x**2 if not big else x)


def absolute_by_hand(x):
    return sum(v if v > 0 else -v for v in x)


def boolean_operators(x):
    total = 0.0
    for i in range(4):
        if x[i] > 0 and (i % 2 == 0 or x[i] < 1):
            total += x[i] ** 2
        elif not (x[i] > 0 or i == 3):
            total -= x[i] * x[0]
    return total


def short_circuit(x):
    """The right operand of `and` may not be evaluated: it would be out of range."""
    total, i = 0.0, 0
    while i < len(x) and x[i] != 7.0:
        total += x[i] * np.exp(x[i])
        i += 1
    return total


def or_gives_a_value(x: float, scale=None):
    factor = scale or 2.5
    label = "" or "name"
    return x * x * factor + len(label)


def and_gives_a_value(x: float, flag: bool):
    y = flag and x * 3
    return x + (y or x * x)


def chained_comparison(x):
    total = 0.0
    for value in x:
        if -0.5 < value <= 0.7:
            total += np.sin(value)
        if 0 < value < 1 < value + 1.1 != 5:
            total += value * x[0]
    return total


def is_none(x, mask=None):
    y = x * x if mask is None else x * mask
    if mask is not None:
        y = y + mask
    return np.sum(y * y)


def is_the_same_array(x):
    a = x * 2
    b = a
    if a is b:
        b += x
    if a is not x:
        a *= x
    return np.sum(a * b)


def in_a_tuple(x: float, mode: str):
    if mode in ("square", "both"):
        x = x * x
    if mode not in ["square", "neither"]:
        x = np.sin(x)
    return x * 3


def in_a_dict(x):
    params = {"w": x * 2}
    y = params["w"]
    if "b" in params:
        y = y * 0
    if "w" in params and "c" not in params:
        params["c"] = y * x
    return np.sum(params["c"] * y)


def any_and_all(x):
    if np.all(x > -10) and not np.any(x > 10):
        y = x * x
    else:
        y = x
    return np.sum(y * x)


def scalar_switch(x: float):
    """A branch on a differentiated value, in a loop, with a store in one arm."""
    memory = np.zeros(4)
    for k in range(4):
        if x > 0.5:
            memory[k] = x * x
            x = x * 0.6
        else:
            x = x + memory[k - 1]
    return np.sum(memory) + x


CASES = [
    case(three_arms, normal(5), rows="test if; for array"),
    case(nested_ifs, 1.3, -0.9, rows="test if", wrt=(0, 1)),
    case(nested_ifs, -1.3, -0.9, rows="test if", wrt=(0, 1)),
    case(without_else, normal(3), rows="test if"),
    case(bound_in_one_arm, 0.8, rows="test if"),
    case(bound_in_one_arm, -0.8, rows="test if"),
    case(arms_of_other_types, normal(3), rows="test conditional"),
    case(conditional_expression, normal(3), rows="test conditional"),
    case(conditional_argument, 0.4, True, rows="test conditional"),
    case(conditional_argument, 0.4, False, rows="test conditional"),
    case(absolute_by_hand, normal(4), rows="test conditional; container generator"),
    case(boolean_operators, normal(4), rows="test and or not"),
    case(short_circuit, normal(4), rows="test and or not; while test"),
    case(or_gives_a_value, 0.7, rows="test and or not"),
    case(or_gives_a_value, 0.7, 1.5, rows="test and or not", wrt=(0, 1)),
    case(and_gives_a_value, 0.7, True, rows="test and or not"),
    case(and_gives_a_value, 0.7, False, rows="test and or not"),
    case(chained_comparison, normal(6), rows="test chained comparison"),
    case(is_none, normal(3), rows="test is; effect None test"),
    case(is_none, normal(3), normal(3, seed=1), rows="test is", wrt=(0, 1)),
    case(is_the_same_array, normal(3), rows="test is"),
    case(in_a_tuple, 0.7, "both", rows="test in; effect string test"),
    case(in_a_tuple, 0.7, "neither", rows="test in; effect string test"),
    case(in_a_dict, normal(3), rows="test in; container dict"),
    case(any_and_all, normal(3), rows="test and or not; call numpy"),
    case(scalar_switch, 0.9, rows="test if; store int"),
    case(in_a_tuple, 0.7, "square", rows="test chained comparison; test in"),
]
