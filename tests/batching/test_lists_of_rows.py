"""`list(m)` of an array holds its rows; over a batch they lie along the second axis."""

import numpy as np
import pytest

import dpc

# As many rows in the batch as in each matrix: a wrong order of axes would fit, too.
POINTS = np.random.default_rng(0).normal(size=(3, 3, 2))


def read(m):
    rows = list(m * 2)
    return np.sum(rows[0] * rows[1])


def scaled(m):
    rows = list(m * 2)
    rows[0] *= rows[-1]
    return np.sum(rows[0] * rows[1])


def grown(m):
    rows = list(m * 2)
    rows.append(rows[0] + 1)
    return sum(np.sum(row * row) for row in rows)


def replaced(m):
    rows = list(m)
    rows[0] = rows[1] * 3
    return np.sum(rows[0] * rows[2])


@pytest.mark.parametrize("program", [read, scaled, grown, replaced])
def test_gradients_over_a_batch_are_refused(program) -> None:
    gradient = dpc.grad(program)
    values = [program(m.copy()) for m in POINTS]
    np.testing.assert_allclose(dpc.batch(program)(POINTS), values)
    with pytest.raises(dpc.UnsupportedError, match="rows of the array itself"):
        dpc.batch(gradient)(POINTS)


def by_index(m):
    rows = m * 2
    rows[0] *= rows[-1]
    return np.sum(rows[0] * rows[1])


def test_what_the_message_says_to_write() -> None:
    gradient = dpc.grad(by_index)
    expected = np.array([gradient(m.copy()) for m in POINTS])
    np.testing.assert_allclose(dpc.batch(gradient)(POINTS), expected)
