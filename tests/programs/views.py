"""Stores through views: what is written through one name is read through another."""

import numpy as np

from tests.programs.case import case, normal


def slice_then_store(x):
    y = x * 2
    v = y[1:4]
    v[0] = x[0] * v[1]
    v[1:] *= x[1]
    return np.sum(y * y)


def view_of_a_view(x):
    y = x.copy()
    odd = y[1::2]
    last = odd[-2:]
    last[:] = last[::-1] * x[0]
    odd[0] += y[3]
    return np.sum(y * np.arange(6.0) * y)


def base_after_view(x):
    """The view sees the stores to its base."""
    y = x.copy()
    v = y[:2]
    y[0] = y[2] * 3
    s = v[0] * v[1]
    y *= 2
    return s + v[0] * y[2]


def rows_by_name(m):
    m = m.copy()
    row = m[1]
    row[:] = m[0] * row
    column = m[:, 0]
    column += row[1]
    return np.sum(m * m)


def transpose(m):
    m = m.copy()
    m.T[0] = m[0, :2] * m[1, :2]
    t = m.T
    t[1:, 0] *= m[1, 0]
    t += 1
    return np.sum(m * m * m)


def reshaped(x):
    y = x * 1.5
    y.reshape(2, 3)[0] = y[3:] * x[0]
    grid = y.reshape(3, -1)
    grid[:, 1] *= y[0]
    return np.sum(y * y)


def raveled(m):
    m = m + 1
    m.ravel()[::2] *= 2
    flat = m.ravel()
    flat[1] = flat[2] * m[0, 0]
    return np.sum(m**2)


def reshape_that_copies(m):
    """The columns are not contiguous: `reshape` gives a copy, the stores are lost."""
    y = m * 1.0
    copy = y[:, :2].reshape(-1)
    copy *= 3
    copy[0] = m[0, 0] ** 2
    return np.sum(y * y) + np.sum(copy)


def ravel_of_a_slice_copies(m):
    y = m.copy()
    flat = y[:, 1:].ravel()
    flat[:2] = flat[2:] * y[0, 0]
    y[0, 1] = 2.0
    return np.sum(flat * flat) + np.sum(y * y)


def swapped_axes(m):
    y = m.copy()
    v = np.swapaxes(y, 0, 1)
    v[0] = v[1] * v[2]
    y[1] *= v[0, 0]
    return np.sum(y * y)


def squeezed_and_expanded(x):
    y = x.copy()
    wide = np.expand_dims(y, 0)
    wide[0, 1] = y[0] * x[2]
    back = np.squeeze(wide)
    back += x[0]
    y[None, :2][0, 0] *= 2
    return np.sum(y * y)


def flipped(x):
    y = x.copy()
    v = np.flip(y)
    v[0] = y[0] * 2
    v[1:] += y[0]
    return np.sum(y * np.arange(4.0) * y)


def rotated(m):
    y = m.copy()
    v = np.rot90(y)
    v[0] = v[1] * y[0, 0]
    return np.sum(y * y * m)


def diagonal_read(m):
    y = m.copy()
    d = np.diagonal(y)
    y[0, 0] = y[0, 1] ** 2
    return np.sum(d * d) + np.sum(y)


def halves(x):
    y = x.copy()
    left, right = np.split(y, 2)
    left *= right
    right[0] = left[1] * y[0]
    return np.sum(y * y)


def rows_in_a_loop(m):
    m = m * 1.0
    for i, row in enumerate(m):
        row *= i + 1
        row[0] = row[1] * m[0, 0]
    return np.sum(m * m)


def broadcast_then_written(x):
    y = x.copy()
    grid = np.broadcast_to(y, (3, 2))
    y[0] = x[1] ** 2
    return np.sum(grid * grid * y)


def same_array_or_new(x):
    """`asarray` and `astype(copy=False)` give the array itself."""
    y = x * 2
    a = np.asarray(y)
    a[0] = y[1] * x[0]
    b = y.astype(y.dtype, copy=False)
    b[1] *= a[0]
    return np.sum(y * y)


def at_least_two_dimensions(x):
    y = x * 1.0
    row = np.atleast_2d(y)
    row[0, 0] = x[1] * x[2]
    z = np.atleast_1d(y)
    z += row[0, 0]
    return np.sum(y * y)


def alias_by_branch(x, flag):
    """Whether `v` shares memory with `y` is known only at run time."""
    y = x.copy()
    v = y[:2] if flag else y[:2] * 1.0
    v[0] = x[2] ** 2
    v *= 2
    return np.sum(y * y) + np.sum(v)


def alias_changes_in_a_loop(x):
    a, b = x.copy(), x * 2
    current = a
    for k in range(4):
        current[k % 2] = a[1] * b[0] * 0.5
        current = b if k % 2 == 0 else a
    return np.sum(a * b)


def window_slides(x):
    y = x.copy()
    window = y[0:2]
    for k in range(1, 4):
        window[1] = window[0] * window[1]
        window = y[k : k + 2]
        window += x[k]
    return np.sum(y)


CASES = [
    case(slice_then_store, normal(5), rows="store view; store slice"),
    case(view_of_a_view, normal(6), rows="store view; store step"),
    case(base_after_view, normal(3), rows="store view"),
    case(rows_by_name, normal(2, 3), rows="store view"),
    case(transpose, normal(2, 3), rows="store view; array T"),
    case(reshaped, normal(6), rows="store view; array reshape"),
    case(raveled, normal(2, 3), rows="store view; array method"),
    case(reshape_that_copies, normal(2, 3), rows="store view; array reshape"),
    case(ravel_of_a_slice_copies, normal(2, 3), rows="store view; array method"),
    case(swapped_axes, normal(2, 3), rows="store view; call numpy"),
    case(squeezed_and_expanded, normal(3), rows="store view; store None"),
    case(flipped, normal(4), rows="store view"),
    case(rotated, normal(2, 2), rows="store view"),
    case(diagonal_read, normal(2, 2), rows="store view"),
    case(halves, normal(4), rows="store view; assignment nested"),
    case(rows_in_a_loop, normal(3, 2), rows="store view; for array; for enumerate"),
    case(broadcast_then_written, normal(2), rows="store view"),
    case(same_array_or_new, normal(2), rows="store view; array astype"),
    case(at_least_two_dimensions, normal(3), rows="store view"),
    case(alias_by_branch, normal(3), True, rows="store view; test conditional"),
    case(alias_by_branch, normal(3), False, rows="store view; test conditional"),
    case(alias_changes_in_a_loop, normal(2), rows="store view; for range"),
    case(window_slides, normal(5), rows="store view; augmented array"),
]
