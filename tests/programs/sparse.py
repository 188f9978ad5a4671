"""scipy.sparse matrices as constant operands of `@`."""

import numpy as np
import scipy.sparse as sp

from tests.programs.case import case, normal

GRAPH = sp.csr_matrix(
    np.array([[0.0, 0.5, 0.0], [0.5, 0.0, 1.5], [2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
)
SQUARE = sp.csc_array(np.array([[0.0, 0.5, 0.0], [0.5, 0.0, 1.5], [2.0, 0.0, 0.0]]))


def times_vector(a, x):
    y = a @ x
    return np.sum(y * y)


def times_matrix(a, w):
    return np.sum(np.tanh(a @ w) ** 2)


def from_the_left(x, a):
    y = x @ a
    return np.sum(y * y * y)


def transposed(a, x):
    y = a.T @ (a @ x)
    return np.sum(y * x)


def global_graph(w, x):
    """Two layers of a graph convolution."""
    h = np.maximum(GRAPH @ (x @ w), 0.0)
    return np.sum(GRAPH.T @ h)


def in_a_loop(a, x):
    h = x
    for _ in range(3):
        h = np.tanh(a @ h + x)
        h[0] *= 0.5
    return np.sum(h)


def _propagate(graph, h, w):
    return graph @ h @ w


def as_an_argument_of_a_function(a, w, x):
    return np.sum(_propagate(a, x, w) ** 2) * a.shape[0]


def chosen_by_none(x, a=None):
    y = x if a is None else a @ x
    return np.sum(y * y)


CASES = [
    case(times_vector, GRAPH, normal(3), rows="sparse matmul", wrt=1),
    case(times_vector, SQUARE, normal(3), rows="sparse matmul", wrt="x"),
    case(times_matrix, GRAPH, normal(3, 2), rows="sparse matmul", wrt=1),
    case(from_the_left, normal(4), GRAPH, rows="sparse matmul"),
    case(from_the_left, normal(2, 3), SQUARE, rows="sparse matmul"),
    case(transposed, GRAPH, normal(3), rows="sparse matmul; array T", wrt=1),
    case(global_graph, normal(2, 2), normal(3, 2), rows="sparse matmul", wrt=(0, 1)),
    case(in_a_loop, SQUARE, normal(3), rows="sparse matmul; for range", wrt=1),
    case(
        as_an_argument_of_a_function,
        SQUARE,
        normal(2, 2),
        normal(3, 2),
        rows="sparse matmul; function positional",
        wrt=(1, 2),
    ),
    case(chosen_by_none, normal(3), SQUARE, rows="sparse matmul"),
    case(chosen_by_none, normal(3), rows="sparse matmul; effect None test"),
]
