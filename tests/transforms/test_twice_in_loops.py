"""Reverse over reverse of arrays that a loop makes and writes.

The shadow that the first sweep keeps on its tape gathers what the second one adds to
it: it is not made anew where the third one takes it off.
"""

import numpy as np
import pytest

import dpc
from tests import differences

M = np.array([[0.4, -0.7, 1.1], [0.3, 0.9, -0.2]])
V = np.linspace(0.2, 1.1, 6).reshape(2, 3)


def overwritten(a):
    for _ in range(2):
        b = a * a
        b[0, 1] = 2.0
        a = b * a
    return np.sum(a**2)


def added_to(a):
    for _ in range(2):
        b = a @ a.T
        b[0, 1] += a[0, 0]
        a = b @ a
    return np.sum(a**2)


def summed(a):
    total = 0.0
    for k in range(2):
        b = np.sin(a)
        b[k, 1] = a[0, k] * b[0, 0]
        total += np.sum(b * b)
    return total


def in_a_branch(a):
    total = 0.0
    for k in range(2):
        b = a * a
        if a[k, 0] > 0.35:
            b[k] *= a[k]
        else:
            b[0] = b[1] * a[k, 1]
        total += np.sum(b * b)
    return total


def in_an_inner_loop(a):
    total = 0.0
    for k in range(2):
        b = a * total + a
        for j in range(2):
            b[k, j] = b[j, k] * a[0, 0]
        total += np.sum(np.cos(b))
    return total


def in_a_while_loop(a):
    k, total = 0, 0.0
    while k < 2:
        b = np.exp(a)
        b[k, 0] = total
        total = np.sum(b * a)
        k += 1
    return total


PROGRAMS = [
    overwritten,
    added_to,
    summed,
    in_a_branch,
    in_an_inner_loop,
    in_a_while_loop,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_way_to_the_second_derivative(program) -> None:
    slope = dpc.grad(program, branches="hard")

    def along(a):
        return np.vdot(slope(a), V)

    def pushed(a):
        return dpc.jvp(program, (a,), (V,), branches="hard")[1]

    expected = differences.gradient(along, (M,)).gradient
    found = {
        "reverse over reverse": dpc.grad(along, branches="hard")(M),
        "forward over reverse": dpc.hvp(program, branches="hard")(M, V),
        "reverse over forward": dpc.grad(pushed, branches="hard")(M),
    }
    for way, product in found.items():
        np.testing.assert_allclose(product, expected, 1e-6, 1e-7, err_msg=way)
