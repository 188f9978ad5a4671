"""Calls of NumPy, under whatever names: elementwise, reductions, shapes, algebra."""

import numpy
import numpy as np
import numpy.linalg as la
from numpy import exp, sin as sine

from tests.programs.case import case, normal, positive


def other_names_for_numpy(x):
    y = exp(x) * sine(x)
    return numpy.sum(numpy.tanh(y)) + la.norm(y)


def np_is_a_local(x):
    np = x * 2
    return sum(np * np)


def bound_to_a_local_name(x):
    f = np.sin
    total = np.sum
    return total(f(x) * x)


def trigonometry(x):
    y = np.sin(x) * np.cos(x) + np.tan(x / 2)
    return np.sum(np.arcsin(x / 3) + np.arccos(x / 3) * np.arctan(y))


def hyperbolic(x):
    y = np.sinh(x) / np.cosh(x) - np.tanh(x * 2)
    return np.sum(y + np.arcsinh(x) + np.arccosh(x * x + 2) + np.arctanh(x / 5))


def exponentials(x):
    y = np.exp(x) + np.expm1(x) + np.exp2(x)
    return np.sum(np.log(y + 3) * np.log1p(x * x) + np.log2(y + 4) + np.log10(y + 5))


def roots_and_signs(x):
    y = np.sqrt(x * x + 1) + np.cbrt(x + 5) + np.square(x)
    return np.sum(y * np.sign(x) + np.abs(x) * np.floor(y) + np.reciprocal(y))


def two_operands(x, y):
    z = np.maximum(x, y) * np.minimum(x, 0.1) + np.arctan2(x, y)
    return np.sum(z * np.hypot(x, y) + np.logaddexp(x, y) + np.power(x * x, y))


def named_operators(x, y):
    z = np.add(x, y) * np.subtract(x, y) - np.multiply(x, np.negative(y))
    return np.sum(np.divide(z, 1 + np.true_divide(x, y) ** 2)) + np.dot(x, y)


def selection(x):
    y = np.where(x > 0, x * x, -x)
    z = np.where(x[:, None] > 0, y, 1.0)
    return np.sum(np.clip(y, 0.2, 0.9) * x) + np.sum(z)


def reductions(m):
    total = np.sum(m, axis=0) * np.mean(m, axis=0) + np.max(m, axis=0)
    rows = np.prod(m, axis=1, keepdims=True) - np.min(m, axis=1, keepdims=True)
    spread = np.var(m, axis=1, ddof=1) * np.std(m)
    return np.sum(total) + np.sum(m * rows) + np.sum(spread) * np.ptp(m)


def reductions_over_pairs(t):
    a = np.sum(t, axis=(0, 2)) * np.mean(t, axis=(-1, 0))
    b = t - np.max(t, axis=(1, 2), keepdims=True)
    return np.sum(a) + np.sum(np.exp(b))


def running(x):
    y = np.cumsum(x * x)
    z = np.cumprod(x + 1)
    d = np.diff(y * z)
    return np.sum(d * d) + np.sum(np.cumsum(np.outer(y, z), axis=1)[:, -1])


def joins(x, m):
    a = np.concatenate([x, m[0], x * 2])
    b = np.stack([x, m[1]], axis=1)
    c = np.vstack([m, x]) + np.hstack((m[:, :1], m[:, 1:]))[0]
    d = np.column_stack([x, m[0]])
    return np.sum(a[:-1] * a[1:]) + np.sum(b * b) * np.sum(c**3) + np.sum(d @ d.T)


def shapes(t):
    a = np.transpose(t, (2, 0, 1)).reshape(-1, 2)
    b = np.moveaxis(t, 0, -1)
    c = np.tile(a[0], 3) * np.repeat(a[1], 3)
    d = np.roll(t, 1, axis=1) * np.flip(t, axis=0)
    e = np.broadcast_to(a[2], (4, 2)) * np.pad(a[:2], ((1, 1), (0, 0)))
    return np.sum(a[1] * b[0, 0]) + np.sum(c) + np.sum(d) + np.sum(e)


def made_from_shapes(x):
    y = np.zeros_like(x) + np.full(3, 0.5) + np.eye(3)[1] + np.ones(x.shape)
    z = np.linspace(0.0, 1.0, 3) * np.arange(x.size) + np.full_like(x, 2.0)
    return np.sum(x * y) * np.sum(x * z)


def arrays_of_values(x: float, y: float):
    v = np.array([x, y, x * y])
    m = np.array([[x, 1.0], [y, v[0]]])
    return np.sum(v * v) * np.sum(m @ m) + np.asarray([x, 2.0]).sum()


def contractions(a, b, x):
    c = np.einsum("ij,jk->ik", a, b) + np.tensordot(a, b, axes=1)
    d = np.einsum("ij,ij->j", a, a) * np.inner(x, x)
    e = np.outer(x, x) @ np.dot(a, b) + np.matmul(a, b)
    return np.sum(c * e) + np.sum(d) + np.vdot(x, x) + np.trace(e) + np.kron(x, x)[1]


def linear_algebra(a, x):
    s = a @ a.T + 2 * np.eye(2)
    y = np.linalg.solve(s, x)
    return np.sum(np.linalg.inv(s) * a) * np.linalg.det(s) + np.linalg.norm(y)


def sorting(x):
    y = np.sort(x) * np.arange(len(x))
    z = x[np.argsort(-x)]
    return np.sum(y * z) + np.sort(x * x)[-1] + x[np.argmax(x)] + np.median(x)


def triangles(m):
    return np.sum(np.triu(m) * np.tril(m @ m, -1).T) + np.sum(np.diag(m) * np.diag(m))


def out_argument(x):
    y = np.empty_like(x)
    np.multiply(x, x, out=y)
    np.sin(y, out=y)
    np.add(y, x[0], out=y)
    return np.sum(y * x)


def keyword_arguments(m):
    a = np.sum(a=m, axis=-1)
    b = np.concatenate((a, a), axis=0)
    return np.mean(b * b, axis=None, keepdims=False) + np.sum(m, keepdims=True)[0, 0]


CASES = [
    case(other_names_for_numpy, normal(3), rows="call numpy"),
    case(np_is_a_local, normal(3), rows="call numpy; call sum len"),
    case(bound_to_a_local_name, normal(3), rows="call numpy; nested passed"),
    case(trigonometry, normal(3), rows="call numpy"),
    case(hyperbolic, normal(3), rows="call numpy"),
    case(exponentials, normal(3), rows="call numpy"),
    case(roots_and_signs, normal(3), rows="call numpy"),
    case(two_operands, normal(3), positive(3), rows="call numpy", wrt=(0, 1)),
    case(named_operators, normal(3), positive(3), rows="call numpy", wrt=(0, 1)),
    case(selection, normal(4), rows="call numpy"),
    case(reductions, normal(3, 2), rows="call numpy"),
    case(reductions_over_pairs, normal(2, 3, 2), rows="call numpy"),
    case(running, normal(4), rows="call numpy"),
    case(joins, normal(2), normal(2, 2, seed=1), rows="call numpy", wrt=(0, 1)),
    case(shapes, normal(2, 3, 2), rows="call numpy; array shape"),
    case(made_from_shapes, normal(3), rows="call numpy; array shape"),
    case(arrays_of_values, 0.7, 1.9, rows="call numpy", wrt=(0, 1)),
    case(
        contractions,
        normal(2, 3),
        normal(3, 2, seed=1),
        normal(2, seed=2),
        rows="call numpy; operator matmul",
        wrt=(0, 1, 2),
    ),
    case(linear_algebra, normal(2, 2), normal(2), rows="call numpy", wrt=(0, 1)),
    case(sorting, normal(5), rows="call numpy"),
    case(triangles, normal(3, 3), rows="call numpy"),
    case(out_argument, normal(3), rows="call numpy; function mutates"),
    case(keyword_arguments, normal(3, 2), rows="call numpy; function keyword"),
]
