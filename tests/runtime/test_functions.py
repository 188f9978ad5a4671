"""The functions that users import from dpc: values, types, extremes."""

from typing import Any

import numpy as np
import pytest
import scipy.special

import dpc.runtime as runtime

ELEMENTWISE = {
    runtime.sigmoid: scipy.special.expit,
    runtime.log_sigmoid: scipy.special.log_expit,
    runtime.softplus: lambda x: np.logaddexp(x, 0),
    runtime.relu: lambda x: np.maximum(x, 0),
    runtime.leaky_relu: lambda x: np.where(np.asarray(x) > 0, x, 0.01 * np.asarray(x)),
    runtime.silu: lambda x: x * scipy.special.expit(x),
}
POINTS = np.array([-800.0, -40.0, -1.5, -1e-9, 0.0, 1e-9, 1.5, 40.0, 800.0])


@pytest.mark.parametrize(("mine", "theirs"), ELEMENTWISE.items())
def test_values_far_out_and_near_zero(mine: Any, theirs: Any) -> None:
    with np.errstate(all="raise", under="ignore"):
        found = mine(POINTS)
    np.testing.assert_allclose(found, theirs(POINTS), rtol=1e-14, atol=0)


@pytest.mark.parametrize(("mine", "theirs"), ELEMENTWISE.items())
def test_floats_stay_floats(mine: Any, theirs: Any) -> None:
    for x in POINTS:
        found = mine(float(x))
        assert type(found) is float
        np.testing.assert_allclose(found, theirs(x), rtol=1e-14, atol=0)


@pytest.mark.parametrize("mine", ELEMENTWISE)
def test_arrays_keep_dtype_and_shape(mine: Any) -> None:
    for shape in ((), (3,), (0, 2)):
        found = mine(np.ones(shape, np.float32))
        assert found.dtype == np.float32 and found.shape == shape
    assert np.isnan(mine(np.array([np.nan]))).all() and np.isnan(mine(np.nan))


@pytest.mark.parametrize("axis", (None, 0, 1, -1, (0, 1)))
@pytest.mark.parametrize("keepdims", (False, True))
def test_logsumexp(axis: Any, keepdims: bool) -> None:
    x = np.array([[1.0, 800.0, -3.0], [-900.0, -901.0, -np.inf]])
    found = runtime.logsumexp(x, axis, keepdims)
    wanted = scipy.special.logsumexp(x, axis=axis, keepdims=keepdims)
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    assert np.shape(found) == np.shape(wanted)


def test_logsumexp_of_infinities() -> None:
    with np.errstate(divide="ignore"):
        assert runtime.logsumexp(np.full(3, -np.inf)) == -np.inf
    assert runtime.logsumexp(np.array([np.inf, 1.0])) == np.inf


@pytest.mark.parametrize("axis", (0, 1, -1, (0, 1), None))
def test_softmax(axis: Any) -> None:
    x = np.array([[1.0, 800.0, -3.0], [5.0, 6.0, 7.0]])
    for mine, theirs in (
        (runtime.softmax, scipy.special.softmax),
        (runtime.log_softmax, scipy.special.log_softmax),
    ):
        np.testing.assert_allclose(mine(x, axis), theirs(x, axis), 1e-13, 1e-15)
        assert mine(x.astype(np.float32), axis).dtype == np.float32


def test_softmax_takes_the_last_axis_by_default() -> None:
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(runtime.softmax(x).sum(axis=1), 1)


def test_stop_gradient_is_the_identity() -> None:
    x = np.ones(3)
    assert runtime.stop_gradient(x) is x
