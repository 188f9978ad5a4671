"""Arrays that are written in place: overlaps, views, repeated indices, parts."""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right

X = np.array([0.7, -1.2, 0.4, 1.9, -0.3])
M = np.array([[0.5, -0.8, 1.3], [1.1, 0.2, -0.6], [0.9, -1.4, 0.3]])


def shifted_down(x):
    y = x * 2.0
    y[1:] = y[:-1]
    return np.sum(y * x)


def shifted_up(x):
    y = x * x
    y[:-1] = y[1:] * y[:-1]
    return np.sum(y * y)


def added_to_itself_shifted(x):
    y = x * 2.0
    y[1:] += y[:-1]
    y[1:] += y[:-1]
    return np.sum(y * y)


def multiplied_by_itself_shifted(x):
    y = x + 2.0
    y[1:] *= y[:-1]
    return np.sum(y * x)


def divided_by_itself_shifted(x):
    y = x + 3.0
    y[:-1] /= y[1:]
    return np.sum(y * x)


def multiplied_by_itself(x):
    y = x + 1.0
    y *= y
    y[1:3] *= y[1:3]
    return np.sum(y)


def divided_by_itself(x):
    y = x + 3.0
    y /= y
    return np.sum(y * x)


def subtracted_from_itself_reversed(x):
    y = x * 1.5
    y -= y[::-1]
    y += y[::-1] * y
    return np.sum(y**2)


def power_in_place(x):
    y = x * x + 1.0
    y **= 2
    y[1:] **= y[:-1] * 0.3
    return np.sum(y)


def matmul_in_place(m):
    a = m.copy()
    a @= m
    a @= a
    return np.sum(a)


def swapped(x):
    y = x.copy()
    y[0], y[1] = y[1], y[0]
    y[2:4], y[1:3] = y[1:3].copy(), y[2:4].copy()
    return np.sum(y * np.arange(5.0)) * y[0]


def swapped_views(x):
    """Without copies, the second store reads what the first has written."""
    y = x.copy()
    y[2:4], y[1:3] = y[1:3], y[2:4]
    return np.sum(y * y * np.arange(5.0))


def rows_swapped(m):
    a = m.copy()
    a[[0, 2]] = a[[2, 0]]
    a[0] *= a[1]
    return np.sum(a * np.arange(9.0).reshape(3, 3))


def stored_twice_then_read(x):
    y = np.zeros(4)
    y[[0, 1, 0, 2]] = x[:4]
    y[[3, 3]] = x[1:3] * 2
    return np.sum(y**2) + y[0] * x[4]


def added_twice(x):
    y = np.zeros(3)
    y[[0, 0, 1]] += x[:3]
    np.add.at(y, [0, 0, 2], x[2:])
    np.subtract.at(y, [1, 1], x[:2])
    return np.sum(y**2)


def broadcast_stores(x):
    a = np.ones((3, 5))
    a[:] = x
    a[1] *= x[::-1]
    a[:, 2] = x[0]
    a[2, :] = a[:, 0].sum()
    a[:2, 3:] = x[3:]
    return np.sum(a**2)


def store_of_a_smaller_view_of_itself(m):
    a = m * 1.0
    a[:] = a[0]
    a[1:] += a[:1]
    return np.sum(a * m)


def masked_stores(x):
    y = x * 2.0
    y[y > 1.0] = x[0]
    y[y < 0] *= x[1]
    y[np.abs(y) > 0.5] += np.sum(x)
    return np.sum(y * y)


def transposed_view(m):
    a = m * 1.0
    b = a.T
    b[0] = a[1] * 2
    a[0] += b[2]
    b *= m
    return np.sum(a * a * m)


def chained_views(x):
    y = x * 1.0
    a = y[1:]
    b = a[1:]
    c = b[::-1]
    c[0] = x[0] * y[1]
    a[0] *= c[-1]
    y[:] = y * c[1]
    return np.sum(y * x) + np.sum(b) * a[0]


def reshaped_view(m):
    flat = m.copy().reshape(-1)
    square = flat.reshape(3, 3)
    square[1] = flat[:3] * 2
    flat[::4] += square[0]
    return np.sum(square**2) + flat[5]


def out_arguments(x):
    y = np.empty_like(x)
    np.multiply(x, x, out=y)
    np.add(y, x, out=y)
    np.exp(y[:2], out=y[2:4])
    return np.sum(y * x)


def fills(x):
    y = x * 1.0
    y.fill(x[2])
    y[1] = x[0]
    z = np.full(3, y[1])
    z[0] *= y[0]
    return np.sum(y * x) + np.sum(z**2)


def sorted_in_place(x):
    y = x * x
    y.sort()
    y[0] *= y[-1]
    return np.sum(y * np.arange(5.0))


def diagonal_view_written_through_its_array(m):
    a = m.copy()
    d = np.diagonal(a)
    a[1, 1] = a[0, 1] * a[2, 2]
    s = np.sum(d * d)
    a *= 2.0
    return s * np.sum(d)


def zero_dimensional_steps(x):
    s = np.zeros(())
    t = s
    t += x[0]
    s *= x[1]
    s[()] = t * t + x[2]
    return float(t) * x[3]


def complex_parts(x):
    z = np.zeros(3, complex)
    z.real = x[:3]
    z.imag[1:] = x[3:] * x[0]
    z *= z
    return np.sum(np.abs(z) ** 2)


def imaginary_part_read(x):
    z = x[:3] * (1.0 + 0.5j)
    z[1] = z[0] * z[2] + 1j * x[3]
    z *= z
    return np.sum(z.imag * x[2:]) + np.sum(np.imag(z) ** 2) + np.sum(z.real * x[:3])


def real_part_of_what_is_written(x):
    z = x * (1.0 - 2.0j)
    real, also = z.real, np.real(z)
    z[1] = x[0] * x[2] * 1j
    real[2] = x[3] * also[1]
    z *= 1.0 + 1j
    return np.sum(real * also * x)


OF_VECTORS = [
    shifted_down,
    shifted_up,
    added_to_itself_shifted,
    multiplied_by_itself_shifted,
    divided_by_itself_shifted,
    multiplied_by_itself,
    divided_by_itself,
    subtracted_from_itself_reversed,
    power_in_place,
    swapped,
    swapped_views,
    stored_twice_then_read,
    added_twice,
    broadcast_stores,
    masked_stores,
    chained_views,
    out_arguments,
    fills,
    sorted_in_place,
    zero_dimensional_steps,
    complex_parts,
    imaginary_part_read,
    real_part_of_what_is_written,
]
OF_MATRICES = [
    matmul_in_place,
    rows_swapped,
    store_of_a_smaller_view_of_itself,
    transposed_view,
    reshaped_view,
    diagonal_view_written_through_its_array,
]


@pytest.mark.parametrize("program", OF_VECTORS)
def test_of_a_vector(program):
    assert_right(program, X)


@pytest.mark.parametrize("program", OF_MATRICES)
def test_of_a_matrix(program):
    assert_right(program, M)


def test_the_shadow_of_what_a_loop_makes_is_not_kept():
    def program(w, n):
        rank = np.full(4, 0.25)
        for _ in range(n):
            new = np.zeros(4)
            new[1:] = w * rank[:-1]
            rank = 0.5 * new + 0.1
        return rank[0] ** 2 + rank[2]

    assert_right(program, 1.5, 3)
    derivative = dpc.grad(program, branches="hard").specialize(1.5, 3)
    forward, _, backward = derivative.source.partition("# return")
    assert "new_bar" not in forward
    assert "new_bar = 0.5 * rank_bar" in backward
