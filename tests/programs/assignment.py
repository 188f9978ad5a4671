"""Assignment: names, nested and starred unpacking, chains, annotations, walrus."""

import numpy as np

from tests.programs.case import case, normal, positive


def rebound_names(x):
    a = x
    b = a * 2
    a = b + a
    b = a
    return np.sum(a * b * x)


def fibonacci_swap(x: float, y: float):
    a, b = x, y
    for _ in range(6):
        a, b = b, a + b * x
    return a * b


def nested_unpacking(x, y):
    (a, b), (c, [d, e]) = (x, y), (x * y, [y - x, np.sin(x)])
    a, c = c, a
    return a * b + c * d**2 - e * a


def starred_in_the_middle(x):
    first, *middle, last = x
    total = first * last
    for m in middle:
        total += m**2 * first
    return total + len(middle)


def starred_ends(x):
    *init, last = (x[0] * x[1], x[2], x[1] + x[2])
    head, *rest = init
    return head * last + rest[0] ** 2


def starred_empty(x, y):
    a, *none, b = x, y
    return a * b + len(none)


def chained_arrays_are_one(x):
    a = b = x * 2
    a += 1
    b[0] = x[1] * b[1]
    return np.sum(a * b)


def chained_scalars_are_two(x: float):
    a = b = x
    a += 1
    b *= 3
    return a * b + x


def chained_into_a_subscript(x):
    y = np.zeros(3)
    y[0] = z = y[1] = np.sin(x[0]) * x[1]
    y[2] = z * x[2]
    return np.sum(y * x) + z


def annotated(x):
    scale: float = 2.0
    y: np.ndarray = x * scale
    total: float
    total = 0.0
    for k in range(3):
        part: float = y[k] * x[k]
        total += part
    return total


def walrus_in_a_test(x):
    total = 0.0
    i = 0
    while (i := i + 1) < 4:
        if (square := x[i] ** 2) > 0.1:
            total += square * x[0]
    return total + square


def walrus_in_an_expression(x: float):
    y = (a := x * x) + (b := np.exp(a)) * a
    return y * b - a


def rows_of_a_matrix_are_views(m):
    m = m * 1.0
    u, v = m
    u += v
    v[0] = u[1] ** 2
    return np.sum(m * m)


def elements_swap(x):
    a = x.copy()
    a[0], a[1] = a[1], a[0]
    a[2], a[0] = a[0] * a[1], a[2]
    return a[0] * 2 + a[1] ** 2 + a[2] * 3


def rows_swap_through_views(m):
    """Both rows end as the second one was: the right-hand side holds views."""
    m = m.copy()
    m[0], m[1] = m[1], m[0]
    return np.sum(m * m * m)


def rows_swap_by_copies(m):
    m = m.copy()
    m[0], m[1] = m[1].copy(), m[0].copy()
    return np.sum(m[0] * np.exp(m[1]))


def target_depends_on_earlier_target(x):
    a = x.copy()
    i, a[i] = 1, x[0] * x[2]
    return np.sum(a * a)


def overwritten_before_use(x: float):
    y = x * 3
    y = np.sin(x)
    x = y * y
    y = x + y
    return y * x


CASES = [
    case(rebound_names, normal(3), rows="assignment name"),
    case(fibonacci_swap, 0.7, 0.3, rows="assignment name", wrt=(0, 1)),
    case(nested_unpacking, 0.7, 1.3, rows="assignment nested", wrt=(0, 1)),
    case(starred_in_the_middle, normal(5), rows="assignment starred"),
    case(starred_ends, normal(3), rows="assignment starred; assignment nested"),
    case(starred_empty, 1.5, -0.5, rows="assignment starred", wrt=("x", "y")),
    case(chained_arrays_are_one, normal(3), rows="assignment chained"),
    case(chained_scalars_are_two, 0.4, rows="assignment chained"),
    case(chained_into_a_subscript, normal(3), rows="assignment chained; store int"),
    case(annotated, normal(3), rows="assignment annotated"),
    case(walrus_in_a_test, normal(4), rows="assignment walrus; while test"),
    case(walrus_in_an_expression, 0.6, rows="assignment walrus"),
    case(rows_of_a_matrix_are_views, normal(2, 3), rows="assignment nested"),
    case(elements_swap, normal(3), rows="assignment nested; store int"),
    case(rows_swap_through_views, normal(2, 2), rows="assignment nested; store view"),
    case(rows_swap_by_copies, normal(2, 2), rows="assignment nested; array copy"),
    case(target_depends_on_earlier_target, positive(3), rows="assignment nested"),
    case(overwritten_before_use, 0.8, rows="assignment name; assignment annotated"),
]
