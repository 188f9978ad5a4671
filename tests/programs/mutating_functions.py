"""Functions that mutate their array arguments, and return nothing."""

import numpy as np

from tests.programs.case import case, normal


def _scale(y, s):
    y *= s


def one_store(x, s: float):
    y = x * 1.0
    _scale(y, s)
    _scale(y[1:], y[0])
    return np.sum(y * y)


def _relax(a, b):
    b[1:-1] = 0.5 * (a[2:] + a[:-2])
    a[1:-1] = 0.5 * (b[2:] + b[:-2]) * b[1:-1]


def stencil(x):
    a, b = x.copy(), np.zeros(5)
    for _ in range(3):
        _relax(a, b)
    return np.sum(a * a)


def _add_into(target, source):
    for i in range(len(source)):
        target[i] += source[i] * target[i - 1]


def overlapping_views(x):
    """Both arguments are windows of one array."""
    y = x.copy()
    _add_into(y[1:], y[:-1])
    return np.sum(y * y)


def same_array_twice(x):
    y = x.copy()
    _add_into(y, y)
    return np.sum(y * y)


def _shift(a, b):
    a[:] = b * 2
    b[:] = a * b


def shifted_windows(x):
    y = x.copy()
    _shift(y[1:], y[:-1])
    return np.sum(y * y)


def _fill(y, x):
    y[0] = x[0] * x[1]
    y[1:] = np.sin(x[: len(y) - 1])
    return y


def returned_and_mutated(x):
    y = np.empty(3)
    z = _fill(y, x)
    z += x
    return np.sum(y * z)


def _push(states, h):
    h = h * 2
    states.append(h)
    if len(states) > 2:
        states[0] = states[1] * h


def list_arguments(x):
    states = []
    for k in range(4):
        _push(states, x * (k + 1))
    return np.sum(states[0] * states[-1])


def _update(params, grads, rate):
    for name in params:
        params[name] -= rate * grads[name]


def dictionary_arguments(w, rate: float):
    params = {"w": w * 1.0, "b": np.ones(2)}
    for _ in range(3):
        grads = {"w": params["w"] * params["b"], "b": params["w"] ** 2}
        _update(params, grads, rate)
    return np.sum(params["w"] * params["b"])


def _sort_in_place(a):
    for i in range(len(a)):
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]


def bubble_sort(x):
    y = x * x
    _sort_in_place(y)
    return np.sum(y * np.arange(1.0, 5.0))


def _quicksort(a, low, high):
    if low >= high:
        return
    pivot, store = a[high], low
    for i in range(low, high):
        if a[i] < pivot:
            a[i], a[store] = a[store], a[i]
            store += 1
    a[store], a[high] = a[high], a[store]
    _quicksort(a, low, store - 1)
    _quicksort(a, store + 1, high)


def quicksort(x):
    y = x.copy()
    _quicksort(y, 0, len(y) - 1)
    return np.sum(y * np.arange(5.0) * y)


def _normalise(m):
    for row in m:
        row /= np.sqrt(np.sum(row * row))


def rows_in_place(m):
    m = m.copy()
    _normalise(m)
    return np.sum(m * np.arange(6.0).reshape(2, 3))


def mutates_the_argument(x):
    """The caller's array ends as the primal leaves it."""
    x *= 2
    x[0] = x[1] * x[2]
    return np.sum(x * x)


def mutates_a_constant_argument(x, buffer):
    buffer[:] = x * x
    buffer[0] += buffer[1]
    return np.sum(buffer * x)


def mutates_nested_arguments(params, rate: float):
    params["w"] -= rate * params["w"] ** 2
    params["b"][0][:1] *= params["w"][1]
    params["n"] = rate
    return np.sum(params["w"]) * np.sum(params["b"][0])


def mutates_then_reads_a_view(x):
    tail = x[1:]
    x[1] = x[0] * x[2]
    tail *= 2
    return np.sum(x * tail[0])


def returns_its_mutated_argument(x):
    x[0] = np.sin(x[1])
    return x[0]


NESTED = {"w": normal(2), "b": [normal(2, seed=1), None], "n": 3}

CASES = [
    case(one_store, normal(3), 1.3, rows="function mutates", wrt=(0, 1)),
    case(stencil, normal(5), rows="function mutates; store slice"),
    case(overlapping_views, normal(4), rows="function mutates; store view"),
    case(same_array_twice, normal(3), rows="function mutates; store view"),
    case(shifted_windows, normal(4), rows="function mutates; store view"),
    case(returned_and_mutated, normal(3), rows="function mutates"),
    case(list_arguments, normal(2), rows="function mutates; container append"),
    case(dictionary_arguments, normal(2), 0.3, rows="function mutates", wrt=(0, 1)),
    case(bubble_sort, normal(4), rows="function mutates; store int"),
    case(quicksort, normal(5), rows="function mutates; function recursion"),
    case(rows_in_place, normal(2, 3), rows="function mutates; for array"),
    case(mutates_the_argument, normal(3), rows="function mutates; augmented array"),
    case(
        mutates_a_constant_argument,
        normal(3),
        np.zeros(3),
        rows="function mutates; store slice",
    ),
    case(
        mutates_nested_arguments,
        NESTED,
        0.3,
        rows="function mutates; store container",
        wrt=(0, 1),
    ),
    case(mutates_then_reads_a_view, normal(3), rows="function mutates; store view"),
    case(returns_its_mutated_argument, normal(2), rows="function mutates"),
]
