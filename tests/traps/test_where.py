"""`np.where` is an exact selection, and what is not selected contributes exact zero."""

import numpy as np
import pytest

from tests.oracle import gradient

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def log_or_zero(x):
    return np.sum(np.where(x > 0, np.log(x), 0.0))


def root_or_self(x):
    return np.sum(np.where(x <= 0, x, np.sqrt(x)))


def quotient(x, y):
    return np.sum(np.where(y == 0, 0.0, x / y))


def nested(x):
    inner = np.where(x > 1, np.log(x - 1), x)
    return np.sum(np.where(x > 0, inner * x, 1 / x))


def overflowing(x):
    return np.sum(np.where(x > 100, 1.0, np.exp(x)))


def of_a_scalar(x: float):
    return np.where(x > 0, np.sqrt(np.maximum(x, 0.0)), x) * 1.0


def both_active(c, x, y):
    return np.sum(np.where(c, x, y) * np.array([1.0, 2.0, 3.0]))


def through_a_loop(x):
    y = x
    for _ in range(3):
        y = np.where(y > 0, np.log(y), y)
    return np.sum(y)


def test_branch_not_selected_is_nan_in_the_primal():
    found = gradient(log_or_zero, np.array([-1.0, 0.0, 2.0]))
    assert found.tolist() == [0.0, 0.0, 0.5]


def test_branch_not_selected_has_an_infinite_derivative():
    assert gradient(root_or_self, np.array([0.0, -1.0, 4.0])).tolist() == [1, 1, 0.25]


def test_division_by_zero_not_selected():
    x, y = np.array([1.0, 2.0]), np.array([0.0, 4.0])
    x_bar, y_bar = gradient(quotient, x, y, wrt=(0, 1))
    assert x_bar.tolist() == [0.0, 0.25]
    assert y_bar.tolist() == [0.0, -0.125]


def test_nested_selections():
    found = gradient(nested, np.array([-2.0, 0.5, 3.0]))
    np.testing.assert_allclose(found, [-0.25, 1.0, np.log(2) + 1.5])


def test_overflow_not_selected():
    assert gradient(overflowing, np.array([1000.0, 0.0])).tolist() == [0.0, 1.0]


def test_selection_of_a_float():
    assert gradient(of_a_scalar, -1.0) == 1.0
    assert gradient(of_a_scalar, 4.0) == 0.25


def test_each_operand_gets_its_own_places():
    c = np.array([True, False, True])
    x_bar, y_bar = gradient(both_active, c, np.ones(3), np.ones(3), wrt=(1, 2))
    assert x_bar.tolist() == [1.0, 0.0, 3.0]
    assert y_bar.tolist() == [0.0, 2.0, 0.0]


def test_selection_in_a_loop():
    found = gradient(through_a_loop, np.array([-1.0, 3.0]))
    slope = 1 / (3 * np.log(3) * np.log(np.log(3)))
    np.testing.assert_allclose(found, [1.0, slope])
