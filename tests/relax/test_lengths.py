"""Loops whose length is a real number."""

import numpy as np
import pytest

import dpc


def doubled(n: float):
    s = 1
    for _ in dpc.range(n):
        s *= 2
    return s


def written(n, a):
    a = a.copy()
    for k in dpc.range(n):
        a[k % 3] = a[k % 3] * 2 + k
    return a[0] * a[1] + a[2]


@pytest.mark.parametrize("form", ["specialised", "generic"])
@pytest.mark.parametrize(
    ("n", "value", "slope"),
    [(2.5, 6, 4), (3.0, 8, 8), (0.25, 1.25, 1), (0.0, 1, 1), (-2.0, 1, 0)],
)
def test_the_length_is_between_two_whole_ones(n, value, slope, form):
    derivative = dpc.value_and_grad(doubled, branches="soft")
    found = (derivative if form == "specialised" else derivative.generic)(n)
    assert found == (value, slope)


def test_what_is_written_in_place_is_mixed():
    derivative = dpc.value_and_grad(written, wrt=("n", "a"), branches="soft")
    a, h = np.array([1.0, 2.0, 3.0]), 1e-6
    value, (n_bar, a_bar) = derivative(2.3, a)
    slope = derivative(2.3 + h, a)[0] - derivative(2.3 - h, a)[0]
    assert n_bar == pytest.approx(slope / (2 * h), rel=1e-6)
    assert value == pytest.approx(derivative.generic(2.3, a)[0])
    for k in range(3):
        e = np.eye(3)[k] * h
        slope = derivative(2.3, a + e)[0] - derivative(2.3, a - e)[0]
        assert a_bar[k] == pytest.approx(slope / (2 * h), rel=1e-6)


@pytest.mark.parametrize(
    ("n", "steps"), [(2.5, 3), (2.4, 2), (-3.0, 0), (0.5, 1), (4, 4)]
)
def test_elsewhere_the_length_is_rounded(n, steps):
    assert dpc.range(n) == range(steps)
    hard = dpc.value_and_grad(scaled, wrt="s", branches="hard")
    assert hard(n, 3.0) == (3.0 * 2**steps, 2.0**steps)


def scaled(n, s: float):
    for _ in dpc.range(n):
        s = s * 2
    return s
