"""Arrays that stand in an index or in a list, and are written after their use."""

import numpy as np
import pytest

from tests.oracle import assert_right

X = np.array([0.3, -0.7, 1.1])


def pairs(x):
    i = np.array([0, 1])
    m = np.outer(x, x)
    s = np.sum(m[i, i] ** 2)
    i[0] = 2
    return s + np.sum(m[i, i] ** 3)


def named(x):
    i = np.array([0, 1])
    m = np.outer(x, x)
    t = (i, i[::-1])
    s = np.sum(m[t] ** 2)
    i[0] = 2
    return s + np.sum(m[t] ** 3)


def open_mesh(x):
    i = np.array([0, 1])
    m = np.outer(x, x)
    g = np.ix_(i, i)
    s = np.sum(m[g] ** 2)
    i[0] = 2
    return s + np.sum(m[g] ** 3)


def in_a_list(x):
    i = np.array([0, 1])
    m = np.outer(x, x)
    g = [i, i]
    s = np.sum(m[g[0], g[1]] ** 2)
    i[0] = 2
    return s + np.sum(m[g[0], g[1]] ** 3)


def in_a_loop(x):
    i = np.array([0, 1])
    s = 0.0
    for _ in range(2):
        m = np.outer(x, x)
        t = (i, i)
        s = s + np.sum(m[t] ** 2)
        i[0] += 1
    return s


def made_in_a_loop(x):
    m = np.outer(x, x)
    s = 0.0
    for k in range(2):
        i = np.array([k, 1])
        t = (i, i)
        s = s + np.sum(m[t] ** 2)
        i[0] = 2
        s = s + np.sum(m[t] ** 3)
    return s


def by_views(x):
    i = np.array([[0, 1]])
    m = np.outer(x, x)
    s = np.sum(m[i[0], i.ravel()] ** 2)
    i[0, 0] = 2
    return s


def stored_and_added(x):
    m = np.outer(x, x)
    i = np.array([0, 1])
    m[i, i] *= x[:2]
    np.add.at(m, (i, i[::-1]), x[:2] ** 2)
    i[0] = 2
    return np.sum(m**2)


def products(x):
    a, b = np.outer(x, x), np.outer(x, np.sin(x))
    y = np.linalg.multi_dot([a, b, x])
    a[0, 0] = 5 * x[1]
    b[1] = 0
    return np.sum(y) + np.sum(a)


def choices(x):
    c, a, b = x > 0, x * 2, x**2
    y = np.select([c, ~c], [a, b])
    c[0] = False
    a[1] = x[0]
    return np.sum(y * x) + np.sum(a * b)


def of_a_grown_list(x):
    a, b = np.outer(x, x), np.outer(x, np.cos(x))
    whole = [a, b]
    whole.append(x)
    y = np.linalg.multi_dot(whole)
    a[0, 0] = 5 * x[1]
    return np.sum(y) + np.sum(a)


PROGRAMS = [pairs, named, open_mesh, in_a_list, in_a_loop, made_in_a_loop, by_views]
PROGRAMS += [stored_and_added, products, choices, of_a_grown_list]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_what_stood_there_when_it_was_used(f):
    assert_right(f, X)
