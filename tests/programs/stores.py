"""Stores to a subscript: int, slices of all kinds, ellipsis, `None`, containers."""

import numpy as np

from tests.programs.case import case, normal, positive


def recurrence(x):
    y = np.zeros(5)
    y[0] = x[0]
    for i in range(1, 5):
        y[i] = x[i] * y[i - 1] + np.sin(y[i - 1])
    return np.sum(y * y)


def two_dimensional_recurrence(x):
    t = np.zeros((4, 4))
    t[0, :] = x
    for i in range(1, 4):
        for j in range(1, 4):
            t[i, j] = t[i - 1, j] * t[i, j - 1] + t[i - 1, j - 1] * x[j]
    return t[-1, -1] + np.sum(t[2])


def overwritten_twice(x):
    y = x * 2
    y[0] = x[1] * y[0]
    y[0] = np.exp(y[0]) * y[1]
    y[1] = 3.0
    return np.sum(y * x)


def negative_indices(x):
    y = x.copy()
    y[-1] = y[0] * y[-2]
    for i in range(1, 3):
        y[-i - 1] = y[-i] * x[i]
    return np.sum(y * np.arange(4.0))


def slices_with_steps(x):
    y = np.ones(6)
    y[::2] = x[1::2] ** 2
    y[1:5:3] = y[0] * x[:2]
    y[5:0:-2] = y[5:0:-2] * x[:3]
    return np.sum(y * x)


def negative_step(x):
    y = np.zeros_like(x)
    y[::-1] = x * x
    y[-2::-2] += x[:2]
    return np.sum(y * x)


def moving_slices(x):
    y = x.copy()
    for k in range(3):
        y[k : k + 2] = y[k + 1 : k + 3] * y[k]
    return np.sum(y * y)


def shifted_onto_itself(x):
    """The operand overlaps what is written: NumPy reads it all first."""
    y = x.copy()
    y[1:] = y[:-1]
    y[:-1] = y[1:] * y[:-1]
    y[:] = y[::-1]
    return np.sum(y * np.arange(1.0, 5.0) * x)


def ellipsis_stores(x):
    y = np.zeros((2, 3))
    y[..., 0] = x[:, 1]
    y[0, ...] = y[0] * 2 + x[0] ** 2
    y[..., 1:] = x[..., :2] * y[..., :1]
    y[...] = y * x
    return np.sum(y)


def none_stores(x):
    y = np.ones((2, 3))
    y[None, 0, :] = x[None, 1] * 2
    y[:, 1, None] = x[:, :1]
    y[1, None, :, None] = y[0][:, None] * x[0][:, None]
    return np.sum(y * x * y)


def broadcast_row(x):
    y = np.ones((3, 2))
    y[:] = x
    y[1:] *= x[0]
    y[2] = x[1]
    return np.sum(y * y)


def broadcast_scalar(x: float):
    y = np.arange(6.0).reshape(2, 3)
    y[:, 1] = x
    y[0] = y[1] * x
    y[0, :2] = x * x
    return np.sum(y * np.sin(y))


def filled_from_empty(x):
    y = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            y[i, j] = x[i] * x[j] ** 2
    return np.sum(np.sin(y))


def zero_dimensional(x):
    y = np.zeros(())
    y[()] = x[0] * x[1]
    y[...] = y * x[2]
    return y * y + x[0]


def index_from_data(x):
    y = x.copy()
    k = int(np.argmax(y))
    y[k] = y[k - 1] * 0.5
    y[k - 2 :] *= x[k]
    return np.sum(y * y)


def list_of_arrays(x):
    layers = [x.copy(), x * 2]
    layers[0][1] = layers[1][0] ** 2
    layers[1][1:] = layers[0][:2] * x[0]
    layers[0] = layers[1] + layers[0]
    return np.sum(layers[0] * layers[1])


def dict_of_lists(x):
    state = {"a": x * 1.0, "b": [x[0], x[1]]}
    state["b"][1] = state["a"][2] * state["b"][0]
    state["a"][0] = state["b"][1]
    state["c"] = state["a"] * 2
    state["b"][0] *= state["c"][1]
    return np.sum(state["a"] * state["c"]) + state["b"][0] * state["b"][1]


def nested_lists(x):
    table = [[0.0, 0.0], [0.0, 0.0]]
    for i in range(2):
        for j in range(2):
            table[i][j] = x[i] * x[j + 1]
    table[1][0] = table[0][1] * table[1][0]
    return table[0][0] + table[1][0] * table[1][1]


def store_inside_while_inside_if(x):
    y = x.copy()
    if y[0] * y[0] > -1:
        i = 0
        while i < 3 and y[i] < 50:
            if x[i] > 0:
                y[i + 1] = y[i] * x[i + 1]
            else:
                y[: i + 1] = y[1 : i + 2] - x[i]
            i += 1
    return np.sum(y * y)


def values_lost_and_reread(x):
    """Each round needs what the next one overwrites."""
    y = np.zeros(2)
    total = 0.0
    for t in range(4):
        y[0] = np.sin(x[t] + y[1])
        y[1] = y[0] * y[1] + x[t]
        total += y[0] * y[1]
    return total


CASES = [
    case(recurrence, normal(5), rows="store int; for range"),
    case(two_dimensional_recurrence, normal(4), rows="store int; store slice"),
    case(overwritten_twice, normal(3), rows="store int"),
    case(negative_indices, normal(4), rows="store negative"),
    case(slices_with_steps, normal(6), rows="store slice; store step; store negative"),
    case(negative_step, normal(4), rows="store step; store negative"),
    case(moving_slices, normal(5), rows="store slice; for range"),
    case(shifted_onto_itself, normal(4), rows="store slice; store step"),
    case(ellipsis_stores, normal(2, 3), rows="store ellipsis"),
    case(none_stores, normal(2, 3), rows="store None"),
    case(broadcast_row, normal(2), rows="store slice; augmented subscript"),
    case(broadcast_scalar, 0.7, rows="store slice"),
    case(filled_from_empty, normal(2), rows="store int"),
    case(zero_dimensional, normal(3), rows="store ellipsis"),
    case(index_from_data, positive(4), rows="store int; store slice"),
    case(list_of_arrays, normal(3), rows="store container; container index"),
    case(dict_of_lists, normal(3), rows="store container; container dict"),
    case(nested_lists, normal(3), rows="store container; container list"),
    case(store_inside_while_inside_if, normal(4), rows="store int; while test"),
    case(values_lost_and_reread, normal(4), rows="store int; for range"),
]
