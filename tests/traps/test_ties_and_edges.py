"""Conventions at ties, kinks and edges: what the derivative is where there is none."""

import math

import numpy as np
import pytest

from tests.oracle import assert_right, gradient


def larger(x, y):
    return np.sum(np.maximum(x, y))


def smaller(x, y):
    return np.sum(np.minimum(x, y))


def rectified(x):
    return np.sum(np.maximum(x, 0))


def largest(x):
    return np.max(x)


def smallest_by_method(x):
    return x.min()


def largest_of_rows(m):
    return np.sum(np.max(m, axis=1) * np.array([1.0, 10.0]))


def largest_of_two_floats(x: float, y: float):
    return max(x, y)


def smallest_of_three_floats(x: float, y: float, z: float):
    return min(x, y, z)


def test_maximum_shares_equally_between_ties():
    x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 0.0])
    x_bar, y_bar = gradient(larger, x, y, wrt=(0, 1))
    assert x_bar.tolist() == [0.5, 0.0, 1.0]
    assert y_bar.tolist() == [0.5, 1.0, 0.0]


def test_minimum_shares_equally_between_ties():
    x, y = np.array([1.0, 2.0]), np.array([1.0, 5.0])
    x_bar, y_bar = gradient(smaller, x, y, wrt=(0, 1))
    assert x_bar.tolist() == [0.5, 1.0]
    assert y_bar.tolist() == [0.5, 0.0]


def test_maximum_with_zero_at_zero_is_one_half():
    assert gradient(rectified, np.array([-1.0, 0.0, 2.0])).tolist() == [0.0, 0.5, 1.0]


def test_max_of_an_array_shares_equally_among_ties():
    found = gradient(largest, np.array([3.0, 1.0, 3.0, 3.0]))
    np.testing.assert_allclose(found, [1 / 3, 0.0, 1 / 3, 1 / 3])
    assert gradient(smallest_by_method, np.array([1.0, 1.0])).tolist() == [0.5, 0.5]


def test_max_along_an_axis_shares_within_each_row():
    found = gradient(largest_of_rows, np.array([[2.0, 2.0], [1.0, 3.0]]))
    assert found.tolist() == [[0.5, 0.5], [0.0, 10.0]]


def test_builtin_max_and_min_share_equally_among_ties():
    assert gradient(largest_of_two_floats, 2.0, 2.0, wrt=(0, 1)) == (0.5, 0.5)
    found = gradient(smallest_of_three_floats, 2.0, 2.0, 3.0, wrt=(0, 1, 2))
    assert found == (0.5, 0.5, 0.0)


def sorted_by_position(x):
    return np.sum(np.sort(x) * np.array([1.0, 10.0, 100.0]))


def median(x):
    return np.median(x)


def percentile(x):
    return np.percentile(x, 25)


def test_sort_follows_the_stable_permutation():
    found = gradient(sorted_by_position, np.array([2.0, 1.0, 1.0]))
    assert found.tolist() == [100.0, 1.0, 10.0]


def test_median_follows_the_stable_permutation():
    assert gradient(median, np.array([2.0, 1.0, 1.0])).tolist() == [0.0, 0.0, 1.0]
    assert gradient(median, np.array([1.0, 1.0, 3.0, 1.0])).tolist() == [0, 0.5, 0, 0.5]


def test_percentile_follows_the_stable_permutation():
    found = gradient(percentile, np.array([5.0, 1.0, 1.0, 2.0, 9.0]))
    assert found.tolist() == [0.0, 0.0, 1.0, 0.0, 0.0]


def clipped(x, low, high):
    return np.sum(np.clip(x, low, high) * np.array([1.0, 2.0, 3.0, 4.0, 5.0]))


def test_clip_as_a_method_does_without_its_upper_bound():
    x = np.array([-2.0, 0.5, 3.0])
    for program in (
        lambda x: np.sum(x.clip(0.0) ** 2),
        lambda x: x.clip(max=1.0).sum(),
    ):
        assert_right(program, x)


def test_clip_has_derivative_one_on_its_closed_interval():
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    x_bar, low_bar, high_bar = gradient(clipped, x, -1.0, 1.0, wrt=(0, 1, 2))
    assert x_bar.tolist() == [0.0, 2.0, 3.0, 4.0, 0.0]
    assert (low_bar, high_bar) == (1.0, 5.0)


def absolute(x):
    return np.sum(np.abs(x)) + np.sum(np.fabs(x)) + np.sum(abs(x))


def absolute_float(x: float):
    return abs(x) + math.fabs(x)


def signs(x):
    return np.sum(np.sign(x) * x)


def test_absolute_value_at_zero_has_derivative_zero():
    assert gradient(absolute, np.array([0.0, -2.0])).tolist() == [0.0, -3.0]
    assert gradient(absolute_float, 0.0) == 0.0


def test_sign_has_derivative_zero():
    assert gradient(signs, np.array([0.0, -2.0, 3.0])).tolist() == [0.0, -1.0, 1.0]


def norm(x):
    return np.linalg.norm(x)


def norm_of_rows(m):
    return np.sum(np.linalg.norm(m, axis=1))


def hypotenuse(x, y):
    return np.sum(np.hypot(x, y))


def hypotenuse_of_floats(x: float, y: float):
    return math.hypot(x, y)


def root(x):
    return np.sum(np.sqrt(x))


def test_norm_at_zero_has_derivative_zero():
    assert gradient(norm, np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    found = gradient(norm_of_rows, np.array([[0.0, 0.0], [3.0, 4.0]]))
    np.testing.assert_allclose(found, [[0.0, 0.0], [0.6, 0.8]])


def test_hypot_at_zero_has_derivative_zero():
    x, y = np.array([0.0, 3.0]), np.array([0.0, 4.0])
    x_bar, y_bar = gradient(hypotenuse, x, y, wrt=(0, 1))
    np.testing.assert_allclose(x_bar, [0.0, 0.6])
    np.testing.assert_allclose(y_bar, [0.0, 0.8])
    assert gradient(hypotenuse_of_floats, 0.0, 0.0, wrt=(0, 1)) == (0.0, 0.0)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_sqrt_at_zero_has_derivative_infinity():
    assert gradient(root, np.array([0.0, 4.0])).tolist() == [np.inf, 0.25]


def rounded(x):
    steps = np.floor(x) + np.ceil(x) + np.round(x) + np.trunc(x) + np.rint(x)
    return np.sum(steps * x)


def floor_divided(x, y):
    return np.sum(x // y) + np.sum(np.floor_divide(x, y))


def floor_divided_floats(x: float, y: float):
    return x // y + round(x) + math.floor(y) + int(x)


def compared(x):
    return np.sum((x > 1) * 2.0 + (x <= 2) + np.less(x, 3)) + 0.0 * x[0]


def chosen(x):
    return x[np.argmax(x)] * 2 + np.argmin(x) + np.argsort(x)[0]


def test_rounding_has_derivative_zero():
    x = np.array([1.3, 2.7])
    steps = np.floor(x) + np.ceil(x) + np.round(x) + np.trunc(x) + np.rint(x)
    assert gradient(rounded, x).tolist() == steps.tolist()


def test_floor_division_has_derivative_zero():
    x, y = np.array([7.3, 2.7]), np.array([2.0, 1.1])
    x_bar, y_bar = gradient(floor_divided, x, y, wrt=(0, 1))
    assert x_bar.tolist() == [0.0, 0.0]
    assert y_bar.tolist() == [0.0, 0.0]
    assert gradient(floor_divided_floats, 7.3, 2.1, wrt=(0, 1)) == (0.0, 0.0)


def test_comparisons_have_derivative_zero():
    assert gradient(compared, np.array([1.5, 2.5])).tolist() == [0.0, 0.0]


def test_argmax_has_derivative_zero():
    assert gradient(chosen, np.array([1.5, 2.5, 0.3])).tolist() == [0.0, 2.0, 0.0]
