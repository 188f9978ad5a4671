"""Loops whose length is a real number."""

import numpy as np
import pytest

import dpc
from tests.compiled import compiled


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


def grown(n: float, x: float):
    s = x
    for k in dpc.range(n, kernel="gate"):
        s = s * 1.5 + k
    return s


def counted(n: float, x: float):
    c = 0
    for _ in dpc.range(n, "gate"):
        c += 1
    return c * x


def arrays(n: float, x: float):
    a = np.array([x, 1.0])
    b = a * 1.0
    for _ in dpc.range(n, kernel="gate"):
        a = a * 1.2
        b[0] = b[0] + a[1]
    return np.sum(a * b)


def listed(n: float, x: float):
    parts = [x, 1.0]
    for _ in dpc.range(n):
        parts[0] = parts[0] * 1.3
    return parts[0] * parts[1]


@pytest.mark.parametrize("n", [2.3, 3.0, 0.2, -2.0])
@pytest.mark.parametrize("f", [grown, counted, arrays, listed])
def test_derivatives_of_both_kernels(f, n):
    soft = {"wrt": (0, 1), "branches": "soft", "temperature": 0.5}
    derivative = compiled(dpc.value_and_grad, f, **soft)
    relaxed = compiled(dpc.soften, f, wrt=(0, 1), temperature=0.5)
    value, (n_bar, x_bar) = derivative(n, 0.7)
    assert value == relaxed(n, 0.7)
    generic, slopes = derivative.generic(n, 0.7)
    assert (generic, *slopes) == pytest.approx((value, n_bar, x_bar))
    forward = compiled(dpc.pushforward, f, **soft)
    slope = forward(n, 0.7, tangents=(0.4, 0.3))[1]
    assert slope == pytest.approx(0.4 * n_bar + 0.3 * x_bar, rel=1e-10)
    h = 1e-6
    if f is not listed or n != int(n):
        slope = (relaxed(n + h, 0.7) - relaxed(n - h, 0.7)) / (2 * h)
        assert n_bar == pytest.approx(slope, rel=1e-6, abs=1e-9)
    slope = (relaxed(n, 0.7 + h) - relaxed(n, 0.7 - h)) / (2 * h)
    assert x_bar == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_the_kernel_of_gates_weighs_every_length():
    def sigmoid(u):
        return 1 / (1 + np.exp(-u))

    n, t, total, s = 2.3, 0.5, 0.0, 0.7
    for k in range(40):
        upper = 1.0 if k == 0 else sigmoid((n - k + 0.5) / t)
        total += (upper - sigmoid((n - k - 0.5) / t)) * s
        s = s * 1.5 + k
    relaxed = dpc.soften(grown, wrt=(0, 1), temperature=t)
    assert relaxed(n, 0.7) == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize("n", [2.3, 2.5, 3.0, 0.2, -2.0])
@pytest.mark.parametrize("f", [grown, counted, arrays])
def test_gates_are_hard_at_temperature_zero(f, n):
    soft = {"branches": "soft", "temperature": 0.0}
    cold = compiled(dpc.value_and_grad, f, wrt=(0, 1), **soft)
    hard = compiled(dpc.value_and_grad, f, wrt=(0, 1), branches="hard")
    assert cold(n, 0.7) == hard(n, 0.7)
    assert hard(n, 0.7)[0] == f(n, 0.7)


def test_a_list_keeps_its_slope_at_a_whole_length():
    slope = dpc.grad(listed, branches="soft")(3.0, 0.7)
    assert slope == pytest.approx(0.7 * (1.3**4 - 1.3**3))


def test_an_unknown_kernel_is_refused():
    with pytest.raises(ValueError, match="kernel 'cubic'"):
        dpc.range(2.0, kernel="cubic")
