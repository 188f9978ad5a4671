"""Operators: `+ - * / ** @ // %`, unary, bits."""

import numpy as np

from tests.programs.case import case, normal, positive


def four_operations(x: float, y: float):
    return (x + y) * (x - 2 * y) / (1 + x * x) - y / x


def four_operations_on_arrays(x, y):
    z = (x + y) * (x - 2 * y) / (1 + x * x) - y / x
    return np.sum(z)


def every_broadcast(m, row, column, s: float):
    a = m * row + column
    b = row / (column * column + 1) - m
    c = s * m - row * s
    d = (column - s) * a
    return np.sum(a * b + c * d)


def broadcast_of_three_dimensions(t, m):
    return np.sum(t * m[:, :1] + m / (t * t + 1)) + np.sum(m[..., None] * t[0, 0])


def scalar_arrays(x, y):
    """Operands with one element, and none of the dimensions."""
    z = x * y[0] + y[:1] * x - y[1] ** 2
    return np.sum(z * z)


def integer_powers(x: float):
    return x**3 - x**2 + x**1 + x**0 + x**-1 + x**-2


def integer_powers_of_arrays(x):
    return np.sum(x**3 - x**2 + x**1 + x**0 + x**-1 + x**-2 + x**2.5)


def both_active(x, y):
    return np.sum(x**y) + x[0] ** y[1]


def exponent_active(x: float):
    return 2**x + 0.5 ** (x * x) + np.e**x


def power_tower(x: float, y: float):
    return x ** (y**x) / y ** (x * 2)


def matrix_products(a, b, x):
    y = a @ b @ x
    return y @ y + np.sum(x @ a) * (x @ x)


def stacked_matrix_product(t, m, x):
    return np.sum((t @ m) * t) + np.sum(t @ x) + np.sum(m @ t @ x)


def floor_and_remainder(x: float, y: float):
    return x % y * x + x // y * y + (-x) % y + divmod(x, y)[1]


def floor_and_remainder_of_arrays(x, y):
    return np.sum(x % y * x + x // y * y + np.remainder(-x, y) + np.fmod(-x, y))


def remainder_as_a_period(x: float):
    phase = (3 * x) % 1.0
    return phase * phase if phase < 0.5 else (1 - phase) ** 2


def unary(x):
    y = -x * +x
    return np.sum(-y) + abs(-x[0]) * (not x[0] > 0)


def unary_chain(x: float):
    y = -(x * -x) + -x * ~2
    return -(y**2) + (-y) ** 2 * 3 + +y


def integer_bits(x, n):
    m = (n << 2 | 1) ^ 5
    mask = m & 6
    flags = np.array([1, 2, 4]) & mask
    return np.sum(x * flags) * (~n + 4) + x[n >> 1] ** 2


def boolean_arrays(x):
    inside = (x > -0.5) & (x < 0.6) | (x > 5)
    outside = ~inside ^ (x > 9)
    return np.sum(x[inside] ** 2) + np.sum(x * outside)


def comparisons_as_numbers(x):
    return np.sum((x > 0) * x * x) + (x[0] > x[1]) * x[2]


def repeated_operand(x: float):
    y = x * x * x
    z = y + y
    return z * z / (z + y)


def mixed_numbers(x):
    """Integers and floats, arrays of integers beside arrays of floats."""
    n = np.arange(3)
    return np.sum(n * x + x / (n + 1) + 2**n * x) + 3 * x[0] // 7


SMALL = normal(3) * 0.4

CASES = [
    case(four_operations, 0.7, -1.3, rows="operator arithmetic", wrt=(0, 1)),
    case(
        four_operations_on_arrays,
        positive(3),
        normal(3),
        rows="operator arithmetic",
        wrt=(0, 1),
    ),
    case(
        every_broadcast,
        normal(2, 3),
        normal(3, seed=1),
        normal(2, 1, seed=2),
        0.6,
        rows="operator arithmetic",
        wrt=(0, 1, 2, 3),
    ),
    case(
        broadcast_of_three_dimensions,
        normal(2, 3, 2),
        normal(3, 2, seed=1),
        rows="operator arithmetic; store None",
        wrt=(0, 1),
    ),
    case(scalar_arrays, normal(1), normal(2), rows="operator arithmetic", wrt=(0, 1)),
    case(integer_powers, 0.7, rows="operator power"),
    case(integer_powers_of_arrays, positive(3), rows="operator power"),
    case(both_active, positive(2), normal(2), rows="operator power", wrt=(0, 1)),
    case(exponent_active, 0.7, rows="operator power"),
    case(power_tower, 0.9, 1.4, rows="operator power", wrt=(0, 1)),
    case(
        matrix_products,
        normal(2, 3),
        normal(3, 2, seed=1),
        normal(2, seed=2),
        rows="operator matmul",
        wrt=(0, 1, 2),
    ),
    case(
        stacked_matrix_product,
        normal(3, 2, 2),
        normal(2, 2, seed=1),
        normal(2, seed=2),
        rows="operator matmul",
        wrt=(0, 1, 2),
    ),
    case(
        floor_and_remainder, 3.7, 1.1, rows="operator floor and remainder", wrt=(0, 1)
    ),
    case(
        floor_and_remainder_of_arrays,
        positive(3) * 3,
        positive(3, seed=1),
        rows="operator floor and remainder",
        wrt=(0, 1),
    ),
    case(remainder_as_a_period, 0.9, rows="operator floor and remainder"),
    case(unary, normal(3), rows="operator unary"),
    case(unary_chain, 0.7, rows="operator unary"),
    case(integer_bits, normal(3), 3, rows="operator bits"),
    case(boolean_arrays, normal(5), rows="operator bits; store mask"),
    case(comparisons_as_numbers, normal(3), rows="operator arithmetic"),
    case(repeated_operand, 0.7, rows="operator arithmetic"),
    case(mixed_numbers, positive(3), rows="operator arithmetic"),
]
