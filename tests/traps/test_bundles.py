"""Arrays that are written and stand in a list; places named by integers of NumPy."""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right

X = np.array([0.3, -0.7, 1.1])
PLACES = np.array([0, 2, 2, 1])


def written_before(x, places):
    s = np.zeros(3)
    for i in places:
        s[i] += x[i] * x[0]
    return np.sum(np.concatenate([s, x]) ** 2)


def written_after(x, places):
    s = x * 2.0
    both = np.concatenate([s, x])
    s[places[0]] = x[1] ** 2
    return np.sum(both**3) + np.sum(s)


def written_between(x, places):
    s = x * 2.0
    parts = [s, x]
    s[places[1]] = x[1] ** 2
    return np.sum(np.concatenate(parts) ** 3)


def parts_of_one(x, places):
    s = np.sin(x)
    s[places[0]] *= x[1]
    both = np.concatenate([s[:2], s[1:], s[::-1]])
    s[places[3]] = 0.0
    return np.sum(both**3) + np.sum(s**2)


def the_same_twice(x, places):
    s = np.sin(x)
    s[places[0]] = x[1]
    return np.sum(np.stack([s, s]) ** 3)


def used_twice(x, places):
    s = np.sin(x)
    s[places[0]] = x[1]
    parts = [s, x]
    return np.sum(np.concatenate(parts) ** 2) * np.sum(np.stack(parts) ** 3)


def used_and_read(x, places):
    s = np.sin(x)
    parts = [s, x]
    both = np.concatenate(parts)
    parts[0][places[0]] = x[2]
    return np.sum(both**2) + np.sum(parts[0] ** 3)


def in_a_loop(x, places):
    s, total = np.zeros(3), 0.0
    for i in places:
        s[i] = x[i] * (s[i - 1] + 1.0)
        total += np.sum(np.concatenate([s, x, s[:1]]) ** 2)
        s[places[0]] *= 0.5
    return total


def chosen_or_written(x, places):
    s = np.sin(x)
    for i in places:
        if i > 1:
            s[i] = s[i] * x[0]
        else:
            s = np.concatenate([s[1:], s[:1] * x[i]])
    return np.sum(s**2)


def views_by_integers(x, places):
    m = np.outer(x, x)
    for i in places:
        row = m[i]
        row += x
        m[i, i] *= x[i]
    return np.sum(m**2)


def small_integers(x, places):
    s = np.zeros(3)
    for i in places.astype(np.int8):
        s[i] += x[i] ** 2
        s[-i] -= x[0] * s[i]
    return np.sum(s**2)


PROGRAMS = [
    written_before,
    written_after,
    written_between,
    parts_of_one,
    the_same_twice,
    used_twice,
    used_and_read,
    in_a_loop,
    chosen_or_written,
    views_by_integers,
    small_integers,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_against_differences(f) -> None:
    assert_right(f, X, PLACES)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_second_derivatives(f) -> None:
    v = np.array([0.2, -0.1, 0.4])
    gradient = dpc.grad(f, branches="hard")
    by_hand = (gradient(X + 1e-5 * v, PLACES) - gradient(X - 1e-5 * v, PLACES)) / 2e-5
    found = dpc.hvp(f, branches="hard")(X, PLACES, v)
    np.testing.assert_allclose(found, by_hand, rtol=1e-6, atol=1e-8)


def test_a_place_named_by_an_integer_needs_no_help() -> None:
    source = dpc.grad(written_before, branches="hard").specialize(X, PLACES).source
    assert "shadow" not in source and "add_at" not in source
    assert "accumulate" not in source
