"""Products with elements left out; Bessel functions and polygamma."""

from typing import Any

import numpy as np
import pytest
import scipy.special

import dpc.runtime as runtime

ARRAYS = (
    np.array([2.0, 3.0, 5.0, 7.0, 11.0]),
    np.array([2.0, 0.0, 5.0, 0.0]),
    np.array([1.5]),
    np.array([]),
)


@pytest.mark.parametrize("x", ARRAYS)
def test_products_before_and_after(x: Any) -> None:
    before = [np.prod(x[:i]) for i in range(len(x))]
    after = [np.prod(x[i + 1 :]) for i in range(len(x))]
    np.testing.assert_allclose(runtime.products_before(x), before)
    np.testing.assert_allclose(runtime.products_before(x, 0, True), after)


@pytest.mark.parametrize("x", ARRAYS)
def test_sums_after(x: Any) -> None:
    h = np.arange(1.0, len(x) + 1)
    size = range(len(x))
    after = [sum(h[j] * np.prod(x[i + 1 : j]) for j in size if j > i) for i in size]
    before = [sum(h[j] * np.prod(x[j + 1 : i]) for j in size if j < i) for i in size]
    np.testing.assert_allclose(runtime.sums_after(h, x), after)
    np.testing.assert_allclose(runtime.sums_after(h, x, 0, True), before)


@pytest.mark.parametrize("axis", (None, 0, 1, -1, (0, 2), (1, 2)))
def test_several_axes_count_as_one(axis: Any) -> None:
    x = np.random.default_rng(0).uniform(0.5, 1.5, (2, 3, 2))
    others = runtime.products_before(x, axis) * runtime.products_before(x, axis, True)
    wanted = np.prod(x, axis=axis, keepdims=True) / x
    np.testing.assert_allclose(others, wanted, rtol=1e-12)


@pytest.mark.parametrize("n", (1, 2, 3))
@pytest.mark.parametrize("size", (0, 1, 4, 6))
def test_undiff_is_the_adjoint_of_diff(n: int, size: int) -> None:
    rng = np.random.default_rng(size)
    x = rng.normal(size=(size, 2))
    u = rng.normal(size=np.diff(x, n, axis=0).shape)
    found = runtime.undiff(u, size, n, 0)
    assert found.shape == x.shape
    np.testing.assert_allclose(np.sum(found * x), np.sum(u * np.diff(x, n, axis=0)))


@pytest.mark.parametrize("n", (0, 1, 2, 5))
@pytest.mark.parametrize("x", (0.1, 1.0, 2.5, 30.0, 1e6))
def test_polygamma(n: int, x: float) -> None:
    wanted = scipy.special.polygamma(n, x)
    assert runtime.polygamma(n, x) == pytest.approx(float(wanted), rel=1e-13)


def test_digamma_left_of_zero() -> None:
    found = runtime.polygamma(0, -2.5)
    assert found == pytest.approx(scipy.special.digamma(-2.5), rel=1e-13)


@pytest.mark.parametrize("n", (0, 1, 2, 5))
def test_bessel_functions(n: int) -> None:
    x = np.array([-600.0, -3.0, 0.0, 1e-3, 2.0, 50.0, 700.0])
    wanted = scipy.special.iv(n, x)
    np.testing.assert_allclose(runtime.bessel_i(n, x), wanted, rtol=1e-12, atol=1e-16)
    assert runtime.bessel_i(n, np.ones(2, np.float32)).dtype == np.float32
