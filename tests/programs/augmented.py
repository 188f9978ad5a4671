"""Augmented assignment: scalars rebind, arrays mutate; every operator, every target."""

from dataclasses import dataclass

import numpy as np

from tests.programs.case import case, normal, positive


def scalar_rebinds(x: float):
    a = x
    a += x * 2
    a *= a
    a -= np.sin(x)
    a /= x + 3
    return a + x


def scalar_or_array(x):
    """Of a parameter without annotation: rebinding for a float, mutation otherwise."""
    y = x * 2
    z = y
    y += x
    y *= y
    return np.sum(z * y)


def array_mutates_every_alias(x):
    a = x * 1.0
    b = a
    b += 1
    c = b[1:]
    c *= a[:-1]
    return np.sum(a * b)


def every_operator_on_a_scalar(x: float, y: float):
    a = x
    a += y
    a -= 0.3 * y
    a *= x + y
    a /= y
    a **= 2
    a **= y
    a %= 3.5
    b = a
    b //= 1.0
    return a * x + b


def every_operator_on_an_array(x, y):
    a = x * 1.0
    a += y
    a -= 0.3
    a *= x + y
    a /= y
    a **= 2
    a %= 3.5
    b = a * 1.0
    b //= 1.0
    return np.sum(a * x + b)


def power_by_an_array(x, y):
    a = x * 1.0
    a **= y
    a **= 0.5
    return np.sum(a * y)


def matmul_assigned(m, x):
    a = m * 1.0
    a @= m.T
    b = a
    b @= a
    return np.sum(b @ x) + a[0, 0]


def integers_and_flags(x):
    count, bits, flag = 0, 1, True
    total = 0.0
    for k in range(6):
        count += 2
        bits <<= 1
        bits |= k & 1
        bits ^= 2
        bits &= 63
        count >>= 1
        flag &= x[k] > -3
        flag |= k == 2
        total += x[k] * count + x[k] ** 2 * (bits % 3)
    return total if flag else x[0]


def subscripts(x):
    y = x * 2
    y[0] += x[1] * x[2]
    y[1] *= y[0]
    y[1:] -= y[:-1]
    y[2] **= 2
    y[-1] /= x[0]
    return np.sum(y * y)


def subscripts_of_containers(x):
    box = {"w": x.copy(), "n": x[0]}
    many = [x[1], [x[2]]]
    box["w"] *= 2
    box["w"][0] += box["n"]
    box["n"] **= 2
    many[0] -= box["n"]
    many[1][0] *= many[0]
    return np.sum(box["w"]) * many[1][0] + box["n"]


@dataclass
class Moments:
    total: float
    squares: np.ndarray


def attributes(x):
    m = Moments(0.0, np.zeros(3))
    for value in x:
        m.total += value
        m.squares += value * x
        m.squares[0] *= m.total
    m.squares /= 2
    return m.total * np.sum(m.squares)


def target_is_evaluated_once(x):
    y = x.copy()
    order = [2, 0]
    y[order.pop()] *= x[1]
    y[order.pop()] += y[0]
    return np.sum(y * y) + len(order)


def lists_extend_in_place(x):
    a = [x[0] * x[1]]
    b = a
    a += [x[1], x[2] ** 2]
    b += (x[0],)
    return a[0] * a[1] + a[2] * a[3] + len(b)


def tuples_rebind(x):
    a = (x[0],)
    b = a
    a += (x[1] * x[0], x[2])
    total = float(len(b))
    for value in a:
        total += value**2
    return total


def weighted_mean(x, w):
    top, bottom = 0.0, 0.0
    for value, weight in zip(x, w):
        top += value * weight
        bottom += weight
    return top / bottom


def product_of_all(x):
    acc = 1.0
    for i in range(len(x)):
        acc *= x[i]
    return acc


def array_product_in_place(x):
    acc = np.ones(2)
    for row in x:
        acc *= row
        acc += 0.1
    return np.sum(acc)


def broadcast_into_the_target(x, s: float):
    y = np.ones((2, 3)) * s
    y *= x
    y -= x[0]
    y /= s
    return np.sum(y * y)


PAIR = dict(wrt=(0, 1))

CASES = [
    case(scalar_rebinds, 0.7, rows="augmented scalar"),
    case(scalar_or_array, 0.7, rows="augmented scalar"),
    case(scalar_or_array, normal(3), rows="augmented array"),
    case(array_mutates_every_alias, normal(3), rows="augmented array"),
    case(every_operator_on_a_scalar, 1.1, 0.7, rows="augmented operators", **PAIR),
    case(
        every_operator_on_an_array,
        positive(3),
        positive(3, seed=2),
        rows="augmented operators; operator floor and remainder",
        **PAIR,
    ),
    case(
        power_by_an_array,
        positive(3),
        positive(3, seed=1),
        rows="augmented operators; operator power",
        **PAIR,
    ),
    case(matmul_assigned, normal(2, 2), normal(2), rows="augmented operators", **PAIR),
    case(integers_and_flags, normal(6), rows="augmented operators; operator bits"),
    case(subscripts, positive(4), rows="augmented subscript"),
    case(subscripts_of_containers, normal(3), rows="augmented subscript"),
    case(attributes, normal(3), rows="augmented attribute; object field write"),
    case(
        target_is_evaluated_once, normal(3), rows="augmented subscript; container pop"
    ),
    case(lists_extend_in_place, normal(3), rows="augmented array; container list"),
    case(tuples_rebind, normal(3), rows="augmented scalar; container tuple"),
    case(
        weighted_mean, normal(4), positive(4), rows="augmented scalar; for zip", **PAIR
    ),
    case(product_of_all, normal(4), rows="augmented scalar"),
    case(array_product_in_place, normal(3, 2), rows="augmented array; for array"),
    case(broadcast_into_the_target, normal(3), 1.3, rows="augmented array", **PAIR),
]
