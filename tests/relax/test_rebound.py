"""A name that is memory which one branch writes, and other memory after the other."""

import numpy as np
import pytest

import dpc
from tests.relax.comparing import agrees


def of_a_list(x: float, y: float):
    d = [y, y]
    if x > y:
        d[0] = x * 2
    else:
        d = [x * x, y]
    return d[0] * d[1]


def of_an_array(x: float, y: float):
    a = np.array([y, x])
    if x > y:
        a[0] = x * 2
    else:
        a = np.array([x * x, y])
    return a[0] * a[1]


def in_a_dict(x: float, y: float):
    d = {"a": x, "b": [y, y]}
    if x > y:
        d["b"][0] = d["a"] * 2
    else:
        d = {"a": y, "b": [d["a"], x]}
    return d["b"][0] * d["a"]


def of_another_name(x: float, y: float):
    d = [y, y]
    e = d
    if x > y:
        d[0] = x * 2
    else:
        e = [x * x, y]
    return e[0] + d[0]


def written_by_the_other_branch(x: float, y: float):
    a = np.array([y, x])
    b = a
    if x > y:
        a = 2 * a
    else:
        a[0] = x * x
    return a[0] * b[0] + a[1]


def swapped(x: float, y: float):
    a = np.array([y, x])
    b = np.array([x, 1.0])
    if x > y:
        a[0] = 3 * x
        a, b = b, a
    else:
        b[1] = y * 2
    return a[0] * b[0] + a[1] * b[1]


def a_view_or_another(x: float, y: float):
    a = np.array([y, x])
    v = a[:1]
    if x > y:
        a[0] = 3 * x
        v = a[1:]
    else:
        a[1] = x * x
    return v[0] * a[0] + a[1]


def a_row_or_another(x: float, y: float):
    rows = [[y, x], [x, x]]
    r = rows[0]
    for i in range(2):
        if rows[i][0] > y * 0.9:
            r[0] = x + i
        else:
            r = rows[1]
            r[1] = r[1] * y
    return rows[0][0] * rows[1][1] + r[0]


def in_a_loop(x: float, y: float):
    s = [y]
    for _ in range(3):
        if s[0] * x > y:
            s[0] = s[0] * x
        else:
            s = [s[0] + x]
    return s[0]


PROGRAMS = [
    of_a_list,
    of_an_array,
    in_a_dict,
    of_another_name,
    written_by_the_other_branch,
    swapped,
    a_view_or_another,
    a_row_or_another,
    in_a_loop,
]


@pytest.mark.parametrize("f", PROGRAMS)
def test_the_name_is_what_each_branch_leaves(f):
    agrees(f, "unrolled")


@pytest.mark.parametrize("args", [(0.7, 0.6), (0.4, 0.6)])
@pytest.mark.parametrize("f", PROGRAMS)
def test_without_temperature_it_is_the_program(f, args):
    soft = dpc.soften(f, wrt=("x", "y"), temperature=0.0)
    assert soft(*args) == f(*args)
