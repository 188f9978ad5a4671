"""Loops that are written out element by element: each is read when its turn comes."""

import numpy as np
import pytest

import dpc
from tests import differences
from tests.compiled import compiled


def stored_ahead(x):
    items = [x, "s", 2.0 * x]
    total = 0.0
    for v in items:
        if isinstance(v, str):
            items[2] = x**3
        else:
            total = total + v
    return total


def stored_ahead_counted(x):
    items = [x, "s", 2.0 * x]
    total = 0.0
    for i, v in enumerate(items):
        if isinstance(v, str):
            items[2] = x**3
        else:
            total = total + v * (i + 1)
    return total


def appended(x):
    items = [x, "s"]
    total = 0.0
    for v in items:
        if isinstance(v, str):
            items.append(x**3)
        else:
            total = total + v
    return total


def stored_in_a_zip(x):
    left, right = [x, 2.0 * x, 3.0], [x, "s", x]
    total = 0.0
    for a, b in zip(left, right):
        if isinstance(b, str):
            left[2] = x * x
        else:
            total = total + a * b
    return total


def stored_under_a_later_key(x):
    p = {"w": np.ones((2, 2)) * x, "b": np.ones(2) * x}
    total = 0.0
    for key, value in p.items():
        total = total + np.sum(value**2)
        p["b"] = np.ones(2) * x**3
    return total


def replaced_in_place(x):
    p = {"w": np.ones((2, 2)) * x, "b": np.ones(2) * x}
    for key in p:  # noqa: PLC0206
        p[key] = p[key] * x
    return np.sum(p["w"] @ p["b"])


def rebuilt(x):
    p = {"w": np.ones((2, 2)) * x, "b": np.ones(2) * x}
    for _ in range(3):
        p = {k: v * np.sin(x) + 0.1 * np.sum(p["b"]) for k, v in p.items()}
    return np.sum(p["w"] @ p["b"])


def written_through_a_copy(x):
    p = {"w": np.ones((2, 2)) * x, "b": np.ones(2) * x}
    q = {k: v for k, v in p.items()}
    q["b"] += x
    r = {k: v.copy() for k, v in p.items()}
    r["b"] *= 2.0
    return np.sum(p["w"] @ p["b"]) + np.sum(r["b"])


def keys_that_meet(x):
    p = {"a": np.ones((2, 2)) * x, "b": np.ones(2) * x}
    q = {k.upper() if k == "a" else "A": v for k, v in p.items()}
    return np.sum(q["A"]) * len(q)


def display_of_equal_keys(x):
    first, second = "abc"[0], "cba"[2]
    q = {first: x * x, second: x**3, "c": x}
    r = {"a": x * x, "a": 5.0 * x}  # noqa: F601
    return q["a"] * 2.0 + q["c"] + r["a"]


def of_two_ranks(x):
    p = [np.ones((2, 2)) * x, np.ones(2) * x]
    g = [np.ones((2, 2)), np.arange(2.0)]
    p = [a - x * b for a, b in zip(p, g)]
    p = tuple(a * a for a in p)
    w, b = p
    return np.sum(w @ b)


def one_or_the_other(x):
    p = {"w": x, "b": 2.0 * x}
    if x > 1.0:
        p = {"b": x * x, "w": x**3}
    total, weight = 0.0, 1.0
    for key in p:
        total = total + weight * p[key]
        weight = weight * 10.0
    return total


def popped_meanwhile(x):
    p = {"w": np.ones((2, 2)) * x, "b": np.ones(2) * x}
    p.pop("w")
    return np.sum(np.array([np.sum(v) for v in p.values()]))


def element_is_written(x):
    state = {"x": np.ones(3) * x, "v": np.ones(3)}
    v = state["v"]
    for _ in range(3):
        state["x"] += 0.1 * state["v"]
        state["v"] *= state["x"]
    return np.sum(v * state["x"])


def element_of_a_list_is_written(x):
    items = [np.ones(3) * x, np.ones(2)]
    first = items[0]
    items[0] += x * x
    items[1] /= x
    return np.sum(first) * np.sum(items[1])


PROGRAMS = [
    f for name, f in list(globals().items()) if getattr(f, "__module__", 0) == __name__
]


@pytest.mark.parametrize("x", [0.7, 1.3])
@pytest.mark.parametrize("function", PROGRAMS)
def test_value_and_derivatives(function, x):
    expected = differences.gradient(function, (x,)).gradient
    value, slope = compiled(dpc.value_and_grad, function, branches="hard")(x)
    assert value == pytest.approx(function(x), rel=1e-13)
    assert slope == pytest.approx(expected, rel=1e-7)
    _, dot = dpc.jvp(function, (x,), (1.0,), branches="hard")
    assert dot == pytest.approx(expected, rel=1e-7)
