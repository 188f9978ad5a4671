"""Comprehensions, and generator expressions inside reductions."""

import numpy as np

from tests.programs.case import case, normal


def squares(x):
    return sum([v * v for v in x]) * len([v for v in x])


def with_conditions(x):
    kept = [v**3 for v in x if v > 0 if v < 2]
    signs = [v if v > 0 else -v * 2 for v in x]
    return sum(kept) * signs[0] + signs[-1]


def nested_loops(x, y):
    products = [a * b for a in x for b in y if a > b]
    return sum(products) + products[0] ** 2


def nested_lists(x):
    table = [[a * b for b in x] for a in x]
    return table[0][1] * table[2][2] + sum(sum(row) for row in table)


def array_of_a_comprehension(x):
    m = np.array([[v, v * v, 1.0] for v in x])
    return np.sum(m @ m.T) + np.stack([v * x for v in x])[1, 0]


def over_enumerate_and_zip(x, y):
    a = [i * v for i, v in enumerate(x)]
    b = [u * v for u, v in zip(x, y)]
    return sum(u * v for u, v in zip(a, b))


def over_arrays_of_rows(m):
    rows = [np.tanh(row) * k for k, row in enumerate(m, 1)]
    return np.sum(rows[0] * rows[1]) + sum(r.sum() for r in rows)


def over_range(x: float):
    terms = [x**k / (k + 1) for k in range(5)]
    return terms[2] * sum(terms[::2])


def dict_comprehension(x):
    table = {k: v * v for k, v in enumerate(x)}
    scaled = {k: v * table[0] for k, v in table.items() if k > 0}
    return sum(scaled.values()) + scaled[1] * table[2]


def dict_of_parameters(params):
    halved = {name: 0.5 * w for name, w in params.items()}
    return sum(np.sum(w * w) for w in halved.values()) + halved["b"][0]


def updated_lists(params, rate: float):
    for _ in range(2):
        grads = [w * w for w in params]
        params = [w - rate * g for w, g in zip(params, grads)]
    return sum(np.sum(w) for w in params)


def names_do_not_leak(x):
    v = x[0] * 2
    parts = [v * v for v in x]
    return parts[1] * v


def captures_a_changing_name(x):
    total = 1.0
    for k in range(3):
        parts = [v * total for v in x]
        total = parts[k] + 0.5 * total
    return total


def generators_in_sum(x, y):
    dot = sum(a * b for a, b in zip(x, y))
    return dot * dot + sum((v**2 for v in x), y[0])


def generators_in_max_and_min(x):
    largest = max(v * v for v in x)
    smallest = min(abs(v - 0.3) for v in x)
    return largest * smallest + max((v for v in x if v < 0), default=2.0)


def generators_in_any_and_all(x):
    total = 0.0
    if all(v > -9 for v in x) and any(v > 0 for v in x):
        total = sum(v for v in x if v > 0)
    return total * x[0]


def generator_of_generators(m):
    return sum(max(v * v for v in row) for row in m)


def walrus_inside(x):
    last = 0.0
    kept = [last for v in x if (last := v * x[0]) > 0]
    return sum(kept) * last


def calls_inside(x):
    def layer(v, w=2.0):
        return np.sin(v * w)

    return sum(layer(v, w=x[0]) for v in x) * sum([layer(v) for v in x if v < 1])


def tuple_of_generator(x):
    a, b, c = (v * v for v in x)
    rest = tuple(v + a for v in (b, c))
    return rest[0] * rest[1] + list(v * c for v in rest)[1]


def empty_comprehension(x):
    none = [v for v in x if v > 50]
    return sum(none) + x[0] * x[1] + len(none)


PAIR = dict(wrt=(0, 1))

CASES = [
    case(squares, normal(3), rows="container comprehension; call sum len"),
    case(with_conditions, normal(5), rows="container comprehension"),
    case(
        nested_loops,
        normal(3),
        normal(3, seed=1),
        rows="container comprehension",
        **PAIR,
    ),
    case(nested_lists, normal(3), rows="container comprehension"),
    case(array_of_a_comprehension, normal(3), rows="container comprehension"),
    case(
        over_enumerate_and_zip,
        normal(3),
        normal(3, seed=1),
        rows="container comprehension; for zip",
        **PAIR,
    ),
    case(over_arrays_of_rows, normal(2, 3), rows="container comprehension"),
    case(over_range, 0.7, rows="container comprehension"),
    case(dict_comprehension, normal(3), rows="container comprehension"),
    case(
        dict_of_parameters,
        {"w": normal(2, 2), "b": normal(2)},
        rows="container comprehension; container dict",
    ),
    case(
        updated_lists,
        [normal(2), normal(1, seed=1)],
        0.3,
        rows="container comprehension",
        **PAIR,
    ),
    case(names_do_not_leak, normal(3), rows="container comprehension"),
    case(captures_a_changing_name, normal(3), rows="container comprehension"),
    case(
        generators_in_sum,
        normal(3),
        normal(3, seed=1),
        rows="container generator",
        **PAIR,
    ),
    case(generators_in_max_and_min, normal(4), rows="container generator"),
    case(generators_in_any_and_all, normal(4), rows="container generator"),
    case(generator_of_generators, normal(2, 3), rows="container generator"),
    case(walrus_inside, normal(4), rows="container comprehension; assignment walrus"),
    case(calls_inside, normal(3), rows="container generator; nested def"),
    case(tuple_of_generator, normal(3), rows="container generator; container tuple"),
    case(empty_comprehension, normal(3), rows="container comprehension"),
]
