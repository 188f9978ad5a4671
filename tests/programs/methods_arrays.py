"""Array methods and attributes."""

import numpy as np

from tests.programs.case import case, normal


def reduction_methods(m):
    a = m.sum(axis=0) * m.mean(0) + m.max(axis=0)
    b = m.prod(axis=1) - m.min(axis=-1)
    return a.sum() * b.sum() + m.std() * m.var(axis=0).sum()


def method_chain(m):
    return (m * m).sum(axis=1, keepdims=True).reshape(-1).cumsum().dot(m[:, 0])


def transposed(m, x):
    return np.sum(m.T @ m) + x @ m.T @ m @ x + m.T[0] @ m.T[1]


def transposed_stack(t):
    return np.sum(t.T * t.transpose(2, 1, 0)) + np.sum(t.transpose(1, 0, 2)[0] ** 3)


def sizes(m):
    rows, columns = m.shape
    y = m * rows / columns
    for i in range(m.shape[0]):
        y = y * m[i] + m.size
    return y.sum() / m.ndim + len(m) * y[0, 0]


def shape_decides(x):
    if x.shape[0] > 2 and x.ndim == 1:
        x = x[: x.shape[0] // 2]
    return (x * x).sum() * x.shape[0]


def reshaped(x):
    m = x.reshape(2, 3)
    n = x.reshape((3, -1))
    k = np.reshape(m.T, -1)
    return np.sum(m @ n) + k[1] * k[2] ** 2 + m.reshape(-1)[3]


def reshaped_by_shape(x, y):
    z = x.reshape(y.shape) * y
    return z.sum() + (z.reshape(1, -1) * x).sum() + z.ravel()[0] + z.flatten()[1]


def copies(x):
    y = x.copy()
    y[0] = x[1] * 2
    z = y.copy()
    y += z
    return np.sum(x * y * z)


def copy_in_a_loop(x):
    states = []
    y = x.copy()
    for _ in range(3):
        y *= x
        states.append(y.copy())
    return np.sum(states[0] * states[2]) + np.sum(states[1])


def casts(x):
    y = x.astype(float) * 2
    n = (x > 0).astype(float)
    k = (x * 3).astype(int)
    return np.sum(y * y * n) + np.sum(x * k)


def precise_inside(x):
    """Works in double precision, gives the gradient in the argument's own."""
    y = x.astype(np.float64)
    z = y * y
    return np.sum(z * x.astype(x.dtype))


def elements(x):
    a = x.item(0) * x[1].item() if x.ndim == 1 else 1.0
    values = x.tolist()
    return a * x[2] + values[0] * values[2]


def searches(x):
    return x[x.argmax()] * x[x.argmin()] + x.clip(-0.5, 0.5).sum() * x.size


def order_methods(x):
    y = x.copy()
    y.sort()
    z = y * np.arange(4)
    return np.sum(z * x[x.argsort()]) + y.take([0, 3]).sum() * x.repeat(2)[1]


def round_methods(x):
    return np.sum(x.round(1) * x) + np.sum(x.real * x.conj()) + x.any() * x[0] ** 2


def swapped(m):
    return np.sum(m.swapaxes(0, 1)[0] * m[:, 1]) + m.diagonal().sum() * m.trace()


def filled(x):
    y = x * 2
    y.fill(x[1])
    y[0] = x[0]
    z = y.squeeze()
    return np.sum(y * z * x)


def type_of_elements(x):
    y = np.zeros(x.shape, dtype=x.dtype)
    y[:] = x
    y = y + np.ones(3, y.dtype) * (1 if x.dtype.kind == "f" else 0)
    return (y * y).sum()


def flat_elements(m):
    total = 0.0
    for value in m.flat:
        total += value**2 * m[0, 0]
    return total


CASES = [
    case(reduction_methods, normal(3, 2), rows="array method"),
    case(method_chain, normal(2, 3), rows="array method"),
    case(transposed, normal(2, 3), normal(3), rows="array T", wrt=(0, 1)),
    case(transposed_stack, normal(2, 2, 2), rows="array T"),
    case(sizes, normal(2, 2), rows="array shape; array attribute"),
    case(shape_decides, normal(4), rows="array shape; array attribute"),
    case(reshaped, normal(6), rows="array reshape"),
    case(
        reshaped_by_shape,
        normal(4),
        normal(2, 2, seed=1),
        rows="array reshape; array shape",
        wrt=(0, 1),
    ),
    case(copies, normal(3), rows="array copy"),
    case(copy_in_a_loop, normal(3), rows="array copy; container append"),
    case(casts, normal(3), rows="array astype"),
    case(precise_inside, normal(3), rows="array astype"),
    case(elements, normal(3), rows="array method"),
    case(searches, normal(4), rows="array method; array attribute"),
    case(order_methods, normal(4), rows="array method"),
    case(round_methods, normal(4), rows="array method"),
    case(swapped, normal(2, 2), rows="array method"),
    case(filled, normal(3), rows="array method"),
    case(type_of_elements, normal(3), rows="array attribute; effect string test"),
    case(flat_elements, normal(2, 2), rows="array attribute; for array"),
]
