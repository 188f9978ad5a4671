"""Views that containers hold, and through which an array is written in a loop."""

from types import SimpleNamespace

import numpy as np
import pytest

import dpc
from tests import differences

X = np.array([0.7, -1.3, 1.9])


def appended(x):
    grid = np.outer(x, x)
    rows = []
    for i in range(3):
        rows.append(grid[i])
    rows[1][:] *= 0.5
    return np.sum(grid * grid)


def comprehended(x):
    grid = np.outer(x, x)
    rows = [grid[i] for i in range(3)]
    for i in range(3):
        rows[(i + 1) % 3][:] *= x[i]
    return np.sum(grid) + np.sum(rows[0])


def inserted(x):
    grid = np.outer(x, x)
    rows = []
    for i in range(3):
        rows.insert(0, grid[i])
    rows[0] *= x
    return np.sum(grid * grid)


def extended(x):
    grid = np.outer(x, x)
    rows = []
    rows.extend(grid)
    rows.extend([grid[0]])
    rows[3] *= x
    return np.sum(grid * grid)


def stored(x):
    grid = np.outer(x, x)
    rows = [None, None, None]
    for i in range(3):
        rows[i] = grid[i]
    rows[2] *= x
    return np.sum(grid * grid)


def keyed(x):
    grid = np.outer(x, x)
    rows = {}
    for i in range(3):
        rows[i] = grid[:, i]
    rows[2] *= x
    return np.sum(grid * grid)


def in_an_object(x):
    grid = np.outer(x, x)
    held = SimpleNamespace(row=None)
    for i in range(3):
        held.row = grid[i]
        held.row *= x
    return np.sum(grid * grid)


def of_an_argument(x):
    rows = []
    for i in range(3):
        rows.append(x[i:])
    rows[1][:] *= 0.5
    return np.sum(x * x)


def popped(x):
    grid = np.outer(x, x)
    rows = [grid[i] for i in range(3)]
    while rows:
        row = rows.pop()
        row *= x
    return np.sum(grid * grid)


def closed_over(x):
    grid = np.outer(x, x)
    rows = [grid[i] for i in range(3)]

    def bump(i, v):
        grid[i, i] += v
        rows[(i + 1) % 3][:] *= 0.5

    total = 0.0
    for i in range(3):
        for j in range(3):
            if grid[i, j] < -0.4:
                break
            if (i + j) % 2:
                continue
            bump(j, 0.3 * x[i])
            total += rows[i][j] * x[j]
        else:
            total += np.sum(grid[:, i])
    return total + np.sum(grid.T[1] ** 2)


PROGRAMS = [
    f for f in list(globals().values()) if getattr(f, "__module__", "") == __name__
]


@pytest.mark.parametrize("function", PROGRAMS)
def test_the_array_and_its_views_have_one_adjoint(function):
    expected = differences.gradient(function, (X,)).gradient
    run = dpc.value_and_grad(function, branches="hard")
    value, found = run(X.copy())
    assert value == pytest.approx(function(X.copy()))
    np.testing.assert_allclose(found, expected, 1e-7, 1e-9)
    np.testing.assert_allclose(run.generic(X.copy())[1], expected, 1e-7, 1e-9)
    _, dot = dpc.jvp(function, (X.copy(),), (np.ones(3),), branches="hard")
    dot = dot[0] if isinstance(dot, tuple) else dot
    np.testing.assert_allclose(dot, np.sum(expected), 1e-7)
