"""Every binary rule over every broadcast pair, and keyword arguments, and gathers."""

import itertools

import numpy as np
import pytest

import dpc
from tests import differences, trees
from tests.oracle import assert_right, gradient

SHAPES = [None, (), (1,), (3,), (2, 3), (2, 1), (1, 3), (1, 1), (4, 2, 3), (4, 1, 1)]


def added(x, y):
    return np.sum(np.sin(x + y))


def subtracted(x, y):
    return np.sum(np.sin(x - y))


def multiplied(x, y):
    return np.sum(np.sin(x * y))


def divided(x, y):
    return np.sum(np.sin(x / y))


def raised(x, y):
    return np.sum(np.sin(x**y))


def remainder(x, y):
    return np.sum(np.sin(x % y))


def maximum(x, y):
    return np.sum(np.sin(np.maximum(x, y) * np.minimum(x, y + 0.1)))


def angle(x, y):
    return np.sum(np.sin(np.arctan2(x, y)) + np.hypot(x, y))


def log_added(x, y):
    return np.sum(np.sin(np.logaddexp(x, y)))


def selected(x, y):
    return np.sum(np.sin(np.where(x > y, x * y, y)))


BINARY = [
    added,
    subtracted,
    multiplied,
    divided,
    raised,
    remainder,
    maximum,
    angle,
    log_added,
    selected,
]


def operand(shape, seed):
    drawn = np.random.default_rng(seed).uniform(0.5, 1.7, size=shape or ())
    return float(drawn) if shape is None else np.asarray(drawn)


def broadcast_pairs():
    for left, right in itertools.product(SHAPES, SHAPES):
        try:
            np.broadcast_shapes(left or (), right or ())
        except ValueError:
            continue
        yield operand(left, 1), operand(right, 2)


@pytest.mark.parametrize("function", BINARY)
def test_binary_rule_over_every_broadcast_pair(function):
    derivative = dpc.grad(function, wrt=(0, 1), branches="hard")
    for x, y in broadcast_pairs():
        expected = differences.gradient(function, (x, y), (0, 1)).gradient
        for variant in (derivative.generic, derivative):
            found = variant(x, y)
            trees.assert_is_gradient_of(found, (x, y))
            differences.assert_close(found, expected)


@pytest.mark.parametrize("function", [added, multiplied, maximum])
def test_binary_rule_with_an_empty_operand(function):
    x, y = np.zeros((0, 3)), np.ones(3)
    x_bar, y_bar = gradient(function, x, y, wrt=(0, 1))
    assert x_bar.shape == (0, 3)
    assert y_bar.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("function", [multiplied, divided, maximum])
def test_binary_rule_with_both_operands_the_same(function):
    x = operand((3,), 1)
    both = gradient(function, x, x, wrt=(0, 1))
    for bar in both:
        assert np.all(np.isfinite(bar))
    assert not np.shares_memory(*both)


def _affine(x, *, w, b=1.0):
    return x * w + b


def through_keywords(x, y):
    return np.sum(_affine(x, w=y) * _affine(w=x, x=2.0, b=y) + _affine(b=x, w=y, x=y))


def test_keyword_arguments_of_user_functions_stay_active():
    x, y = operand((3,), 1), operand((2, 3), 2)
    assert_right(through_keywords, x, y, wrt=(0, 1))


def gathered(x, index):
    return np.sum(np.arange(1.0, 1.0 + len(index)) * x[index])


def gathered_rows(m, index):
    picked = m[index]
    return np.sum(picked * picked * picked)


def test_an_indexed_add_with_duplicates_accumulates():
    found = gradient(gathered, np.ones(3), np.array([0, 2, 0, 0]))
    assert found.tolist() == [1.0 + 3.0 + 4.0, 0.0, 2.0]
    assert_right(gathered_rows, operand((3, 2), 1), np.array([[0, 1], [1, 1]]))
    assert_right(gathered_rows, operand((3, 2), 1), np.array([-1, 2, 2, -3]))
