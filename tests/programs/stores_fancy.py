"""Stores by boolean masks and integer arrays, duplicates included."""

import numpy as np

from tests.programs.case import case, normal, positive


def mask_from_data(x):
    y = x * 1.0
    y[y > 0] *= 2
    y[y < -0.1] = x[0] * x[1]
    return np.sum(y * y * x)


def mask_with_values(x):
    y = np.ones(5)
    mask = np.array([True, False, True, False, True])
    y[mask] = x[:3] ** 2
    y[~mask] = y[mask][:2] * x[0]
    return np.sum(y * np.arange(5.0))


def mask_of_two_dimensions(x):
    y = x.copy()
    mask = x > 0.2
    y[mask] = np.sin(y[mask])
    y[~mask] += x[0, 0]
    return np.sum(y * y)


def mask_and_integer(x):
    y = x * 2
    rows = np.array([True, False, True])
    y[rows, 0] = x[1, 1] * y[rows, 1]
    y[1:, rows[:2]] = x[:2, :1]
    return np.sum(y * y)


def mask_in_a_loop(x):
    y = x.copy()
    for _ in range(3):
        y[np.abs(y) < 1] *= x[0] + 1.5
    return np.sum(y)


def list_of_integers(x):
    y = np.ones(5)
    y[[0, 3]] = x[:2] * x[1]
    y[[1, 2]] = y[[3, 0]] ** 2
    return np.sum(y * np.arange(1.0, 6.0))


def integer_array(x, index):
    y = x * x
    y[index] = x[0] * y[index]
    y[-index] += x[index]
    return np.sum(y * x)


def duplicates_last_one_wins(x):
    y = np.zeros(4)
    y[np.array([1, 3, 1, 3, 1])] = x
    y[0] = y[1] * y[3]
    return np.sum(y * np.arange(1.0, 5.0))


def duplicates_in_an_augmented_store(x):
    """`+=` on duplicates is read once and stored once: no accumulation."""
    y = x[:3] * 1.0
    index = np.array([0, 2, 0, 0])
    y[index] += x
    y[index] *= 2.0
    return np.sum(y * y)


def duplicates_accumulated(x):
    y = np.zeros(3)
    np.add.at(y, np.array([0, 2, 0, 0]), x * x)
    return np.sum(np.sin(y) * x[:3])


def duplicates_with_overwritten_values(x):
    y = x.copy()
    for k in range(3):
        y[[k, k + 1, k]] = y[[k + 1, k, 0]] * y[k]
    return np.sum(y * y)


def pairs_of_integers(x):
    y = np.zeros((3, 3))
    rows, columns = np.array([0, 1, 2, 1]), np.array([2, 1, 0, 1])
    y[rows, columns] = x
    y[columns, rows] += x[0] * x
    return np.sum(y * y)


def integers_beside_slices(x):
    y = np.zeros((2, 4))
    y[:, [3, 1]] = x[:, :2]
    y[1, [0, 2]] = y[0, [3, 1]] * x[1, 0]
    y[np.array([0, 1]), 1:3] *= x
    return np.sum(y * y)


def open_mesh(x):
    y = np.ones((3, 3))
    y[np.ix_([0, 2], [1, 2])] = x
    y[np.ix_([1], [0, 1])] *= x[0]
    return np.sum(y**3)


def broadcast_into_a_gather(x: float):
    y = np.arange(5.0)
    y[[0, 2, 4]] = x
    y[[2, 2]] += x * y[[0, 1]]
    return np.sum(y * y)


def gather_with_duplicates(x):
    index = np.array([[0, 1], [1, 1]])
    picked = x[index]
    rows = picked[:, [0, 0, 1]]
    return np.sum(rows * rows * rows) + np.sum(picked[picked > 0])


def labels_of_a_classifier(z, labels):
    z = z - np.max(z, axis=1, keepdims=True)
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return np.mean(p * p)


def bucket_sums(x):
    """Indices computed from values, stores with data-dependent duplicates."""
    buckets = np.zeros(3)
    for value in x:
        buckets[int(value) % 3] += value**2
    return np.sum(buckets * buckets)


INDEX = np.array([1, 3])
LABELS = np.array([2, 0, 2])

CASES = [
    case(mask_from_data, normal(5), rows="store mask; augmented subscript"),
    case(mask_with_values, normal(5), rows="store mask"),
    case(mask_of_two_dimensions, normal(2, 3), rows="store mask"),
    case(mask_and_integer, normal(3, 2), rows="store mask; store integers"),
    case(mask_in_a_loop, positive(4) - 0.4, rows="store mask; for range"),
    case(list_of_integers, normal(2), rows="store integers"),
    case(integer_array, normal(5), INDEX, rows="store integers"),
    case(duplicates_last_one_wins, normal(5), rows="store duplicates; store integers"),
    case(
        duplicates_in_an_augmented_store,
        normal(4),
        rows="store duplicates; store integers",
    ),
    case(
        duplicates_accumulated,
        normal(4),
        rows="store duplicates; store integers; call numpy",
    ),
    case(
        duplicates_with_overwritten_values,
        normal(4),
        rows="store duplicates; store integers",
    ),
    case(pairs_of_integers, normal(4), rows="store integers"),
    case(integers_beside_slices, normal(2, 2), rows="store integers; store slice"),
    case(open_mesh, normal(2, 2), rows="store integers"),
    case(broadcast_into_a_gather, 0.7, rows="store integers"),
    case(gather_with_duplicates, normal(2), rows="store duplicates; store integers"),
    case(labels_of_a_classifier, normal(3, 4), LABELS, rows="store integers"),
    case(
        bucket_sums, positive(5) * 3, rows="store duplicates; store int; call float int"
    ),
]
