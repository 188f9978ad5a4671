"""Memory where paths part: by `continue`, or by the way in which a loop was left."""

import numpy as np
import pytest

from tests.relax.comparing import agrees


def memory_skipped_twice(x: float, y: float):
    v = np.array([x, y, 1.0])
    for i in range(2):
        if x > 0.2:
            v[0] = 3 * x
            if y > 0.7:
                v[1] = y * y
                continue
        v[0] = v[0] * v[1] + v[2]
        if v[0] > 1.5:
            v[1] += 1.0
            if x > y:
                continue
        v[i] = v.sum()
    return v[0] + 2 * v[1] + v[2] ** 2


def items_before_a_break(x: float, y: float):
    v = np.array([x, y])
    for i in range(1):
        if x > 0.3:
            v[0] = v[0] + y
            if v[1] > 0.6:
                v[1] = v[1] * v[0]
                continue
        v[0] = v[0] * 3
        if v[0] > 3 * x:
            break
        v[1] = v[1] * 0.7
    return v @ np.array([1.0, 2.0])


def memory_before_a_break(x: float, y: float):
    v = np.array([x, y, 1.0])
    for i in range(3):
        if v[i] > 0.3:
            v[0] = v[0] + y
            if v[1] > 0.6:
                v[1] = v[1] * v[0]
                continue
            v[2] += 0.5
        v[i] = v.sum()
        if v[0] > 3 * x:
            break
        v[2] = v[2] * 0.7
    return v @ np.array([1.0, 2.0, 3.0])


def rows_of_a_matrix(x: float, y: float):
    m = np.array([[x, y], [y, 1.0]])
    out = 0.0
    for r in m:
        if r[0] > 0.45:
            r *= 2
            if r[1] > 0.7:
                out = out + r.sum()
                continue
            r += 1
        r[0] = r[0] * r[1]
        out = out + r[0] ** 2
    return out + m.sum()


def in_a_dict(x: float, y: float):
    total = {"a": x}
    for i in range(2):
        if x > 0.3:
            total["a"] = total["a"] + y
            if total["a"] > 0.8:
                continue
            total["a"] = total["a"] * 2
        total["a"] = total["a"] ** 2
    return total["a"]


def through_a_view(x: float, y: float):
    v = np.array([x, y, 0.3, 0.9])
    w = v[1:3]
    for i in range(2):
        if x > 0.3:
            w[0] = w[0] * 2
            if w[1] > 0.2:
                w *= x
                continue
        w[1] = v[0] + w[0]
        v[3] = w.sum()
    return v.sum() + w @ w


def memory_in_an_else(x: float, y: float):
    v = np.array([x, y])
    for j in range(2):
        v[0] = v[0] * 1.3
        if v[0] > v[1] + 0.2:
            break
    else:
        v[1] = v[0] + 0.1
    return v[0] + 2 * v[1]


def memory_read_in_an_else(x: float, y: float):
    v = np.array([x, y])
    a = 0.0
    for j in range(2):
        v[0] = v[0] * 1.3
        if v[0] > v[1] + 0.2:
            break
    else:
        a = v[0] ** 2
    return v[0] + 2 * a


def memory_after_an_else(x: float, y: float):
    v = np.array([x, y])
    for i in range(2):
        for j in range(2):
            v[0] = v[0] * 1.3
            if v[0] > v[1] + 0.2:
                break
        else:
            v[1] = v[1] + 0.1
        v[1] = v[0] * v[1]
    return v[0] + 2 * v[1]


def memory_and_a_break_in_an_else(x: float, y: float):
    v = np.array([x, y])
    for i in range(2):
        for j in range(2):
            v[0] = v[0] * 1.3
            if v[0] > v[1] + 0.2:
                break
        else:
            v[1] = v[1] + 0.1
            if v[1] < 2 * v[0]:
                break
        v[1] = v[0] * v[1]
    return v[0] + 2 * v[1]


def memory_and_a_return_in_an_else(x: float, y: float):
    v = np.array([x, y])
    for _ in range(2):
        if v[0] > y:
            break
        v[0] = v[0] * 0.7
    else:
        if y < v[0]:
            return 3 * v[0]
        v[1] = v[1] * 2
    return v[0] * v[1]


PROGRAMS = [
    memory_skipped_twice,
    items_before_a_break,
    memory_before_a_break,
    rows_of_a_matrix,
    in_a_dict,
    through_a_view,
    memory_in_an_else,
    memory_read_in_an_else,
    memory_after_an_else,
    memory_and_a_break_in_an_else,
    memory_and_a_return_in_an_else,
]


@pytest.mark.parametrize("loops", ["unrolled", "soft"])
@pytest.mark.parametrize("f", PROGRAMS)
def test_value_and_gradient(f, loops):
    agrees(f, loops)
