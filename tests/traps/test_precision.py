"""dtype: gradients have their argument's, and nothing on the way is wider.

What flows inside is seen by a rule of our own, whose pullback notes what it was given.
"""

import numpy as np
import pytest

import dpc
from tests.oracle import gradient

SEEN = []


def probe(x):
    return x * 1


def noted(cotangent):
    SEEN.append(cotangent)
    return cotangent


@dpc.rule(probe)
def probe_rule(x, *, out, out_bar):
    return noted(out_bar)


@pytest.fixture(autouse=True)
def forget():
    SEEN.clear()


def total(x):
    return np.sum(np.tanh(x) * 2.0 + x / 3)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_gradient_has_the_dtype_of_its_argument(dtype):
    derivative = dpc.grad(total, branches="hard")
    for variant in (derivative.generic, derivative):
        assert variant(np.ones(3, dtype)).dtype == dtype


def test_gradient_of_a_float_is_a_float():
    assert type(gradient(total, 1.0)) is float


def test_gradient_of_a_numpy_scalar_is_one():
    assert type(gradient(total, np.float32(1.0))) is np.float32


def mixed(x, y, s: float):
    return np.sum(x * y) * s


def test_leaves_of_different_dtypes_keep_theirs():
    x, y = np.ones(3, np.float32), np.ones(3)
    x_bar, y_bar, s_bar = gradient(mixed, x, y, 2.0, wrt=(0, 1, 2))
    assert (x_bar.dtype, y_bar.dtype) == (np.float32, np.float64)
    assert type(s_bar) is float


def scaled_mean(x):
    return np.mean(probe(x)) * 2.0


def shifted_power(x):
    return np.sum(probe(x) ** 2 * 0.5 + 1)


def in_a_loop(x):
    h = np.zeros_like(x)
    for t in range(3):
        h = np.tanh(probe(h) * 0.5 + x)
    return np.sum(h * h)


def through_a_buffer(x):
    y = np.empty_like(x)
    y[0] = x[1]
    y[1:] = probe(x[1:]) * y[0]
    return np.sum(y)


def through_a_gather(x):
    return np.sum(probe(x)[np.array([0, 0, 1])]) + np.max(probe(x)) + np.var(probe(x))


def through_extremes(x):
    rows = probe(np.stack([x, 2 * x]))
    return np.sum(np.max(rows, axis=1)) + np.ptp(rows) + np.sum(np.nanmin(rows, 0))


@pytest.mark.parametrize(
    "function",
    [
        scaled_mean,
        shifted_power,
        in_a_loop,
        through_a_buffer,
        through_a_gather,
        through_extremes,
    ],
)
def test_seeds_zeros_means_and_tapes_take_the_dtype_of_the_primal(function):
    gradient(function, np.array([0.5, 1.5, 2.5], np.float32))
    assert SEEN
    assert {bar.dtype for bar in SEEN} == {np.dtype(np.float32)}


def scalar_code(x: float):
    y = 1.0
    for k in range(4):
        y = probe(y) * x + k
        if y > 2:
            y = y / 3
    return probe(y) ** 2


def test_adjoints_of_python_floats_are_python_floats():
    value, found = dpc.value_and_grad(scalar_code, branches="hard")(1.5)
    assert type(value) is float
    assert type(found) is float
    assert {type(bar) for bar in SEEN} == {float}


def scalar_from_array(x):
    return float(x[0]) * 2.0 + probe(float(x[1]))


def test_a_float_taken_from_an_array_stays_a_float():
    found = gradient(scalar_from_array, np.ones(2, np.float32))
    assert found.dtype == np.float32
    assert {type(bar) for bar in SEEN} <= {float}


def weak(x, s: float):
    return np.sum(x * s + s) * 2


def test_python_scalars_are_weak():
    value, (x_bar, s_bar) = dpc.value_and_grad(weak, wrt=(0, 1), branches="hard")(
        np.ones(3, np.float32), 1.5
    )
    assert value.dtype == np.float32
    assert x_bar.dtype == np.float32
    assert type(s_bar) is float


def integers(x, n, index):
    return np.sum(x[index] * n)


def test_integers_beside_the_differentiated_are_constants():
    found = gradient(integers, np.ones(3), np.array([2, 3]), np.array([0, 2]))
    assert found.tolist() == [2.0, 0.0, 3.0]


@pytest.mark.parametrize("argument", [np.arange(3), 2, True, "text", None])
def test_a_differentiated_argument_without_floats_is_refused(argument):
    with pytest.raises(dpc.ArgumentError):
        dpc.grad(lambda x: np.sum(x * 1.0), branches="hard")(argument)


def store_into_integers(x):
    counts = np.zeros(3, int)
    counts[0] = x[0] * 10
    counts[1:] = x[1:]
    return np.sum(counts * x)


def test_a_store_into_an_integer_array_ends_the_derivative():
    x = np.array([0.57, 1.5, 2.5])
    assert gradient(store_into_integers, x).tolist() == [5.0, 1.0, 2.0]


def store_into_single(x):
    y = np.zeros(2, np.float32)
    y[:] = x * x
    return np.sum(y)


def test_a_store_into_single_precision_keeps_the_argument_dtype():
    found = gradient(store_into_single, np.array([0.5, 1.5]))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, [1.0, 3.0], rtol=1e-6)
