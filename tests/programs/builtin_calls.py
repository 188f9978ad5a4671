"""Calls of `math`, `scipy.special` and builtins."""

import math
from math import exp, pi

import numpy as np
import scipy.special
from scipy.special import expit

from tests.programs.case import case, normal, positive


def math_functions(x: float):
    y = math.sin(x) * math.cos(x) + math.tan(x / 2) + exp(x)
    return y * math.log(y + 9) + math.sqrt(x * x + 1) * math.tanh(y) * pi


def math_inverses(x: float):
    y = math.asin(x / 2) + math.acos(x / 2) * math.atan(x) + math.atan2(x, 2.0)
    return y * math.hypot(x, 3.0) + math.sinh(x) / math.cosh(x) + math.log1p(x * x)


def math_of_elements(x):
    total = 0.0
    for value in x:
        total += math.pow(value, 3) * math.fabs(value) + math.exp(-value * value)
    return total * math.floor(3.7) + math.log(total * total + 2, 2)


def math_on_integers(x: float):
    return x ** math.factorial(3) * math.comb(4, 2) + x * math.ceil(2.1) + math.inf**-1


def logistic(z):
    p = expit(z)
    return np.sum(p * z) + np.sum(scipy.special.erf(z) * p)


def gammas(x):
    return np.sum(scipy.special.gammaln(x) * x) + np.sum(scipy.special.digamma(x))


def log_sum_exp(m):
    rows = scipy.special.logsumexp(m, axis=1)
    return np.sum(rows * rows) + scipy.special.logsumexp(m)


def entropy(p):
    return np.sum(scipy.special.xlogy(p, p)) + np.sum(scipy.special.log1p(p))


def absolute(x: float):
    return abs(x) * x + abs(x - 3) ** 2 + abs(-2)


def absolute_of_arrays(x):
    return np.sum(abs(x) * x) + abs(x[0] * x[1])


def extremes(x: float, y: float):
    return max(x, y) ** 2 * min(x, y, 5.0) + max(x * y, -9.0) + min([x, 3.0])


def extremes_of_lists(x):
    parts = [x[0] * x[1], x[1] + x[2], x[2] ** 2]
    return max(parts) * min(parts) + max(x) * min(x) + max(parts, default=0.0)


def extremes_by_key(x):
    largest = max(x, key=abs)
    return largest * largest + min(x, key=lambda v: (v - 0.2) ** 2) * 3


def sums(x):
    return sum(x) * sum([x[0], x[1] * x[2]]) + sum((x[0], 2.0), x[1])


def sum_of_rows(m):
    row = sum(m)
    return sum(row * row) + sum(m[0] * m[1])


def lengths(x):
    total = x[0] * len(x)
    for i in range(len(x) - 1):
        total += x[i] * x[i + 1] / len([x, x])
    return total


def conversions(x: float):
    y = float(x) * 2
    n = int(x)
    return y * y * n + float(n) * x + bool(n) * y


def conversions_of_elements(x):
    first = float(x[0])
    k = int(x[1] * 0 + 2)
    return first * first * k + float(np.sum(x * x)) + x[int(k)] * 0.5


def rounding(x: float):
    return round(x) * x + round(x, 1) * x * x + round(2.567)


def range_as_values(x: float):
    total = 0.0
    for k in list(range(1, 4)):
        total += x**k
    return total * range(2, 9, 3)[1] + len(range(4)) * x


def zipped_into_a_list(x):
    pairs = list(zip(x[1:], x))
    total = 0.0
    for a, b in pairs:
        total += a * b
    return total * pairs[0][1]


def mapped(x):
    total = 0.0
    for value in map(lambda v: v * v + 1, x):
        total = total * 0.5 + value
    return total * sum(map(math.sin, x))


def mapped_over_two(a, b):
    products = list(map(lambda u, v: u * v, a, b))
    return sum(products) * products[0]


def any_of_isinstance(x):
    if isinstance(x, np.ndarray) and x.ndim == 1:
        return np.sum(x * x)
    return x * 3


def sorted_values(x):
    ordered = sorted(x)
    down = sorted(x, reverse=True)
    return ordered[0] * down[0] + ordered[1] ** 2 + down[1] * 3


def power_and_division(x: float):
    quotient, rest = divmod(x, 0.7)
    return pow(x, 3) + rest * rest + quotient * x


PAIR = dict(wrt=(0, 1))

CASES = [
    case(math_functions, 0.7, rows="call math"),
    case(math_inverses, 0.7, rows="call math"),
    case(math_of_elements, normal(3), rows="call math; for array"),
    case(math_on_integers, 0.7, rows="call math"),
    case(logistic, normal(3), rows="call scipy.special"),
    case(gammas, positive(3), rows="call scipy.special"),
    case(log_sum_exp, normal(2, 3), rows="call scipy.special"),
    case(entropy, positive(3), rows="call scipy.special"),
    case(absolute, -0.7, rows="call abs min max"),
    case(absolute_of_arrays, normal(3), rows="call abs min max"),
    case(extremes, 0.7, 1.3, rows="call abs min max", wrt=(0, 1)),
    case(extremes_of_lists, normal(3), rows="call abs min max"),
    case(extremes_by_key, normal(4), rows="call abs min max; nested lambda"),
    case(sums, normal(3), rows="call sum len"),
    case(sum_of_rows, normal(2, 3), rows="call sum len"),
    case(lengths, normal(3), rows="call sum len"),
    case(conversions, 2.7, rows="call float int"),
    case(conversions_of_elements, normal(3), rows="call float int"),
    case(rounding, 1.37, rows="call range round"),
    case(range_as_values, 0.7, rows="call range round"),
    case(zipped_into_a_list, normal(4), rows="call zip map"),
    case(mapped, normal(3), rows="call zip map; nested lambda"),
    case(mapped_over_two, normal(3), normal(3, seed=1), rows="call zip map", **PAIR),
    case(any_of_isinstance, normal(3), rows="test and or not; array attribute"),
    case(any_of_isinstance, 0.7, rows="test and or not"),
    case(sorted_values, normal(3), rows="call zip map"),
    case(power_and_division, 1.9, rows="call abs min max; operator power"),
]
