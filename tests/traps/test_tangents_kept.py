"""A tangent in forward mode is that of the value, whatever is written since.

The tangent of `x + 1` needs no computing: it is that of `x`. It has to be a copy where
`x` is written later, since the sum is not.
"""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_pushed

POINT = np.array([[0.3, -0.7, 1.1], [0.9, 0.4, -1.3]])
DIRECTION = np.array([[0.2, 0.5, -0.4], [1.2, -0.6, 0.8]])


def shifted(x):
    y = x + 1
    x[0] = 0
    return np.sum(y * 2)


def same(x):
    y = +x
    x[1] *= x[0]
    return np.sum(y * x)


def shifted_transpose(x):
    y = x.T
    z = y - 1
    x[0] = 0
    return np.sum(z * z)


def shifted_memory_of_its_own(x):
    y = np.sin(x)
    z = y - 1
    y[1] = 0
    return np.sum(z * y)


def shifted_part(x):
    y = x[1:]
    z = 1 + y
    x[:] = x[::-1] * 2
    return np.sum(z * z)


def shifted_row(x):
    y = x * 2
    z = x[0]
    for row in y:
        z = z * row
        next_row = row - 1
        row[0] = 0
        z = z + next_row
    return np.sum(z)


def before_in_a_loop(x):
    total = 0.0
    before = x[0] * 0
    for i in range(3):
        total = total + np.sum(before * x[0])
        before = x[1] + i
        x[1] *= x[0]
    return total


def in_a_list(x):
    kept = [x * 2]
    y = kept[0] - 1
    kept[0][1] = 0
    return np.sum(y * y)


def kept_in_a_list(x):
    kept = []
    for i in range(3):
        kept.append(x + i)
        x *= 1.5
    return np.sum(kept[0] * kept[1] * kept[2])


def in_a_closure(x):
    y = x - 1

    def product():
        return np.sum(y * x)

    x[0] = x[1]
    return product()


def broadcast(x):
    row = x[0]
    y = row + np.ones((4, 3))
    x[0] = 0
    return np.sum(y * y)


def in_a_branch(x):
    y = x * 1.0
    if x.shape[0] > 1:
        z = y + 2
    else:
        z = y * y
    y[...] = 0
    return np.sum(z * z)


PROGRAMS = [
    shifted,
    same,
    shifted_transpose,
    shifted_memory_of_its_own,
    shifted_part,
    shifted_row,
    before_in_a_loop,
    in_a_list,
    kept_in_a_list,
    in_a_closure,
    broadcast,
    in_a_branch,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_tangent_of_what_was_made_before_the_write(program) -> None:
    assert_pushed(program, POINT, DIRECTION)


def cubed(x):
    y = x * x
    z = y + 1
    y *= x
    return np.sum(z * y)


def test_second_derivatives() -> None:
    def gradient(x):
        # Of x**5 + x**3.
        return 5 * x**4 + 3 * x**2

    step = 1e-6
    ahead, behind = (
        gradient(POINT + step * DIRECTION),
        gradient(POINT - step * DIRECTION),
    )
    product = dpc.hvp(cubed)(POINT, DIRECTION)
    np.testing.assert_allclose(product, (ahead - behind) / 2e-6, rtol=1e-6)


def only_read(x):
    y = x + 1
    return np.sum(y * x)


def written_before(x):
    x[0] = 0
    y = x + 1
    return np.sum(y * 3)


@pytest.mark.parametrize("program", [only_read, written_before])
def test_no_copies_are_made_where_nothing_is_written_later(program) -> None:
    source = dpc.pushforward(program).specialize(POINT).source
    assert source.count("np.copy") == (program is written_before)  # of the argument
