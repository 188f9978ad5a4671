"""Lines that a person would not write are not in a derivative either."""

import numpy as np
from scipy.linalg import solve_triangular

import dpc
from tests.oracle import assert_right

M = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.8]])
V = np.array([0.4, -1.0, 0.7])


def source_of(program, *args):
    assert_right(program, *args)
    return dpc.grad(program, branches="hard").specialize(*args).source


def test_nothing_follows_what_is_raised():
    def program(x: float, kind: str):
        if kind == "sine":
            y = np.sin(x) * x
        elif kind == "power":
            y = np.exp(x) * x
        else:
            raise ValueError(kind)
        return y**2

    lines = source_of(program, 0.7, "sine").splitlines()
    place = next(i for i, line in enumerate(lines) if "raise ValueError" in line)
    depth = len(lines[place]) - len(lines[place].lstrip())
    after = lines[place + 1]
    assert len(after) - len(after.lstrip()) < depth


def test_a_likelihood_by_a_triangle():
    def program(k, y):
        lower = np.linalg.cholesky(k)
        a = solve_triangular(lower, y, lower=True)
        return 0.5 * a @ a + np.sum(np.log(np.diag(lower)))

    text = source_of(program, M, V)
    for word in ("conj", "matmul_left", "outer_as", "full_like", "swapaxes"):
        assert word not in text
