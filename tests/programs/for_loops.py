"""`for` over everything that it may run over."""

import numpy as np

from tests.programs.case import case, normal


def horner(x: float, c):
    y = 0.0
    for k in range(len(c)):
        y = y * x + c[k]
    return y


def nested_ranges(x):
    total = 0.0
    for i in range(3):
        row = 1.0
        for j in range(i + 1):
            row = row * x[j] + x[i]
        total = total + row * row
    return total


def range_with_start_and_step(x):
    total = 0.0
    for i in range(1, 8, 3):
        total += x[i] * x[i - 1]
    return total


def range_downwards(x):
    y = 1.0
    for i in range(len(x) - 1, -1, -1):
        y = np.sin(y * x[i])
    for i in range(-1, -4, -2):
        y += x[i] * y
    return y


def bounds_from_data(x):
    steps = int(np.floor(x[0] * 3))
    total = x[1]
    for i in range(steps):
        for _ in range(i, int(x[2]) + 2):
            total = total * x[1] + x[0]
    return total


def bounds_rebound_inside(x: float):
    """The range is evaluated once: rebinding its bound changes nothing."""
    n = 3
    for i in range(n):
        n = 10
        x = x * (i + 1) * np.cos(x)
    return x * n


def loop_variable_reassigned(x):
    total = 0.0
    for i in range(3):
        total += x[i] * i
        i = i * 2
        total *= x[i % 3]
    return total * i


def loop_variable_after_the_loop(x):
    total = 0.0
    for value in x:
        total += value * value
    return total * value


def over_a_vector(x):
    y = 1.0
    for value in x:
        y = y * value + np.exp(-value)
    return y


def over_rows(m):
    y = np.zeros(2)
    for row in m:
        y = np.tanh(y + row * m[0])
    return np.sum(y)


def over_an_expression(m):
    total = 0.0
    for row in m.T * 2:
        for value in row[::-1]:
            total = total * 0.5 + value**2
    return total


def over_a_list(x):
    parts = [x[0], x[1] * x[2], x[:2]]
    total = 0.0
    for part in parts:
        total += np.sum(part * part)
    return total


def over_list_argument(ws, x):
    for w in ws:
        x = np.tanh(w @ x)
    return np.sum(x)


def over_a_literal(x: float):
    total = 0.0
    for power, scale in ((1, 0.5), (2, x), (3, -1.0)):
        total += scale * x**power
    return total


def over_zip(a, b):
    total = 0.0
    for u, v in zip(a, b):
        total += u * v * total + u
    return total


def over_zip_of_three(x, ws):
    total = 0.0
    for k, w, value in zip(range(10), ws, x):
        total = total * w[0] + w[1] * value * k
    return total


def over_enumerate(x):
    total = 0.0
    for i, value in enumerate(x):
        total += value**2 * (i + 1)
    for i, value in enumerate(x, start=2):
        total *= value + i
    return total


def over_enumerate_zip(a, b):
    y = np.zeros(3)
    for i, (u, v) in enumerate(zip(a, b)):
        y[i] = u * v
        y[i - 1] += u
    return np.sum(y * y)


def over_reversed(x):
    y = 0.0
    for value in reversed(x):
        y = np.sin(y + value)
    for i in reversed(range(1, len(x))):
        y = y * x[i] + x[i - 1]
    for part in reversed([x[0], y]):
        y = y * part
    return y


def over_dict_items(params):
    total = 0.0
    for name, value in params.items():
        total += np.sum(value * value) * len(name)
    for value in params.values():
        total *= np.sum(value)
    for name in params:
        total += params[name][0]
    return total


def over_nested_targets(x):
    total = 0.0
    for (a, b), *rest in [((x[0], x[1]), x[2], 1.0), ((x[2], x[1]), 2.0)]:
        total += a * b + rest[0] * a
    return total


def zero_trips(x, n):
    total = x[0]
    for i in range(n):
        total = total * x[i]
    for value in x[:n]:
        total += value
    return total * x[1]


def else_after_a_full_loop(x):
    total = 0.0
    for value in x:
        total += value * value
        if value > 100:
            break
    else:
        total *= x[0]
    return total


def else_skipped_by_break(x):
    total = 0.0
    for i, value in enumerate(x):
        if value < 0:
            total *= x[i]
            break
        total += value**2
    else:
        total = x[1]
    return total + x[0]


def break_and_continue(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] < 0:
            continue
        total += np.exp(x[i]) * x[i]
        if total > 3:
            break
        total -= x[i]
    return total * x[0]


def breaks_in_nested_loops(m):
    total = 0.0
    for row in m:
        for value in row:
            total += value * row[0]
            if value < 0:
                total *= 2
                break
            total += 0.5 * value
        else:
            total = total * row[-1]
            continue
        if total > 4:
            break
    return total


def list_grows_while_it_is_walked(x):
    parts = [x[0], x[1]]
    for part in parts:
        if len(parts) < 5:
            parts.append(part * part + x[2])
    return sum(parts)


def array_rebound_while_it_is_walked(x):
    total = 0.0
    y = x
    for value in y:
        y = y * value
        total += np.sum(y)
    return total


def array_written_while_it_is_walked(x):
    y = x.copy()
    total = 0.0
    for i, value in enumerate(y):
        total += value * x[0]
        y[1:] *= value
        y[0] = 1.0
    return total + np.sum(y)


CASES = [
    case(horner, 0.7, normal(4), rows="for range", wrt=(0, 1)),
    case(nested_ranges, normal(3), rows="for range; for data-dependent"),
    case(range_with_start_and_step, normal(8), rows="for step"),
    case(range_downwards, normal(4), rows="for step"),
    case(bounds_from_data, np.array([1.5, 0.4, 0.6]), rows="for data-dependent"),
    case(bounds_rebound_inside, 0.9, rows="for range; for data-dependent"),
    case(loop_variable_reassigned, normal(3), rows="for range"),
    case(loop_variable_after_the_loop, normal(3), rows="for array"),
    case(over_a_vector, normal(4), rows="for array"),
    case(over_rows, normal(3, 2), rows="for array"),
    case(over_an_expression, normal(2, 3), rows="for array"),
    case(over_a_list, normal(3), rows="for list"),
    case(
        over_list_argument,
        [normal(2, 2), normal(2, 2, seed=1)],
        normal(2),
        rows="for list",
        wrt=(0, 1),
    ),
    case(over_a_literal, 0.7, rows="for list; for tuple target"),
    case(over_zip, normal(3), normal(3, seed=1), rows="for zip", wrt=(0, 1)),
    case(over_zip_of_three, normal(3), normal(3, 2), rows="for zip", wrt=("x", "ws")),
    case(over_enumerate, normal(3), rows="for enumerate"),
    case(
        over_enumerate_zip,
        normal(3),
        normal(3, seed=1),
        rows="for enumerate; for tuple target; for zip",
        wrt=(0, 1),
    ),
    case(over_reversed, normal(3), rows="for reversed"),
    case(over_reversed, normal(5), rows="for reversed"),
    case(over_dict_items, {"a": normal(2), "bc": normal(3)}, rows="for items"),
    case(over_dict_items, {"w": normal(2)}, rows="for items; container dict"),
    case(over_nested_targets, normal(3), rows="for tuple target"),
    case(zero_trips, normal(3), 0, rows="for zero trips"),
    case(zero_trips, normal(3), 3, rows="for zero trips"),
    case(else_after_a_full_loop, normal(3), rows="for else"),
    case(else_skipped_by_break, normal(5), rows="for else; while break"),
    case(break_and_continue, normal(8), rows="while break; while continue"),
    case(breaks_in_nested_loops, normal(4, 3), rows="while break; for else"),
    case(list_grows_while_it_is_walked, normal(3), rows="for list; container append"),
    case(array_rebound_while_it_is_walked, normal(3), rows="for array"),
    case(array_written_while_it_is_walked, normal(3), rows="for array; store slice"),
]
