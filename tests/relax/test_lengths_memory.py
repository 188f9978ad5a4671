"""What a loop of learned length writes: each place is mixed once, whatever its names.

The programs end with what is linear in the memory they write, so that the value is the
mean of those of the two whole lengths.
"""

from dataclasses import dataclass

import numpy as np
import pytest

import dpc
from tests.compiled import compiled


@dataclass
class Pair:
    a: float
    b: float


@dataclass
class Holder:
    pair: Pair
    a: float


def key(x: float, n: float):
    d = {"a": x}
    for k in dpc.range(n):
        d["a"] = d["a"] * 2 + k
    return d["a"]


def updated_key(x: float, n: float):
    d = {"a": x, "b": 1.0}
    for _ in dpc.range(n):
        d["a"] *= 2
    return d["a"] * d["b"]


def inner_attribute(x: float, n: float):
    r = Holder(Pair(x, 1.0), 3.0)
    for _ in dpc.range(n):
        r.pair.a = r.pair.a * 2
    return r.pair.a * r.a


def inner_key(x: float, n: float):
    r = {"p": {"a": x, "b": x}, "a": 3.0}
    for _ in dpc.range(n):
        r["p"]["a"] = r["p"]["a"] * 2
    return r["p"]["a"] * r["a"]


def written_twice(x: float, n: float):
    r = {"p": {"a": np.ones(5) * x, "b": x}, "a": 3.0}
    for k in dpc.range(n):
        r["p"]["a"][k] = r["p"]["b"] * 2 * x
        r["p"]["a"] *= 1.1
    return np.sum(r["p"]["a"] * r["a"])


def two_names(x: float, n: float):
    v = np.ones(5) * x
    w = v[1:]
    s = [v, w]
    for k in dpc.range(n):
        s[0][k] *= x
        s[1][k] = s[1][k] + 2 * x
    return np.sum(v)


def made_anew(x: float, n: float):
    r = {"p": {"b": x}, "q": {"b": 3 * x}}
    for k in dpc.range(n):
        r["p"]["b"] = r["q"]["b"] * 2
        r["q"] = {"b": x * k}
    return r["p"]["b"] * 2 + r["q"]["b"]


def own_list(x: float, n: float):
    s = x
    for k in dpc.range(n):
        parts = []
        for j in range(k + 1):
            parts.append(s * j)
        s = s + sum(parts) * 0.5
    return s


PROGRAMS = [
    key,
    updated_key,
    inner_attribute,
    inner_key,
    written_twice,
    two_names,
    made_anew,
    own_list,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [0.4, 2.6])
def test_the_value_is_the_mean_of_two_whole_lengths(f, n):
    whole, part = int(n), n % 1
    derivative = compiled(dpc.value_and_grad, f, wrt=("x", "n"))
    for run in (derivative, derivative.generic):
        value, (x_bar, n_bar) = run(1.1, n)
        ends = f(1.1, whole), f(1.1, whole + 1)
        assert value == pytest.approx((1 - part) * ends[0] + part * ends[1])
        assert n_bar == pytest.approx(ends[1] - ends[0])
        h = 1e-6
        slope = (derivative(1.1 + h, n)[0] - derivative(1.1 - h, n)[0]) / (2 * h)
        assert x_bar == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("f", [key, written_twice, two_names, own_list])
def test_at_a_whole_length_the_value_is_exact_and_the_slope_that_of_the_next(f):
    value, slope = dpc.value_and_grad(f, wrt="n")(1.1, 3.0)
    assert value == pytest.approx(f(1.1, 3))
    assert slope == pytest.approx(f(1.1, 4) - f(1.1, 3))


def test_by_gates_the_value_is_the_mean_of_all_lengths():
    def gated(x: float, n: float):
        v = np.ones(9) * x
        w = v[1:]
        for k in dpc.range(n, kernel="gate"):
            v[k] *= x
            w[k] = w[k] + 2 * x
        return np.sum(v)

    def plain(x, n):
        v = np.ones(9) * x
        w = v[1:]
        for k in range(n):
            v[k] *= x
            w[k] = w[k] + 2 * x
        return np.sum(v)

    t, n = 0.1, 2.3
    gate = [1 / (1 + np.exp(-(n - k + 0.5) / t)) for k in range(8)]
    weights = [1 - gate[1], *(gate[k] - gate[k + 1] for k in range(1, 7))]
    wanted = sum(w * plain(1.1, k) for k, w in enumerate(weights))
    value, _ = dpc.value_and_grad(gated, wrt=("x", "n"), temperature=t)(1.1, n)
    assert value == pytest.approx(wanted)
    assert dpc.check_grad(gated, 1.1, n, wrt=("x", "n"), temperature=t) < 1e-6


def soft_names(x: float, c: float):
    v = np.ones(40) * x
    w, k = v[:], 0
    while x * k < c:
        v[k] = x * x
        w[k] *= 3 * x
        k += 1
    return np.sum(v)


def test_a_soft_loop_mixes_the_memory_of_two_names_once():
    x, c, t = 1.1, 2.5, 0.5
    left, wanted, state = 1.0, 0.0, np.ones(40) * x
    for k in range(40):
        on = 1 / (1 + np.exp(-(c - x * k) / t))
        wanted += left * (1 - on) * np.sum(state)
        left *= on
        state[k] = 3 * x**3
    derivative = dpc.value_and_grad(
        soft_names, wrt=("x", "c"), loops="soft", temperature=t
    )
    assert derivative(x, c)[0] == pytest.approx(wanted)
    options = {"wrt": ("x", "c"), "loops": "soft", "temperature": t}
    assert dpc.check_grad(soft_names, x, c, **options) < 1e-6
