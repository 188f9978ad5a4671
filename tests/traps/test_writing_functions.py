"""Functions that write the array or list they are given: right, or refused.

Each of them changes what is read later; taken for a function without effect it would
give a wrong gradient.
"""

import bisect
import copy
import heapq
import operator
import random

import numpy as np
import pytest

import dpc
from tests import differences, trees

X = np.array([0.7, -1.3, 0.4, 1.9])


def copied_to(x):
    y = x.copy()
    np.copyto(y, x * 3, where=y > 0)
    z = np.empty(4)
    np.copyto(z, y * x)
    return np.sum(y * y * z)


def put_by_mask(x):
    y = x.copy()
    np.putmask(y, y > 0, x * 3)
    np.place(y, y < 0, x[:1] * x[1])
    return np.sum(y * y)


def placed_in_turn(x):
    y = x.copy()
    np.place(y, y > 0, [x[1], 2.0])
    return np.sum(y * y)


def put_by_index(x):
    y = x.copy()
    np.put(y, [0, -1], x[1] * x[2])
    y.put([1, 2], x[2:] * 2)
    z = np.ones((2, 3))
    z.put([1, 4, -1], [x[0] * x[1], x[2]])
    return np.sum(y * y) * np.sum(z * z)


def on_the_diagonal(x):
    y = np.ones((2, 3)) * x[3]
    np.fill_diagonal(y, x[1] * 2)
    z = x.copy()
    np.fill_diagonal(z.reshape(2, 2), x[:2] * 3)
    return np.sum(y * y) * np.sum(z**2)


def shuffled(x):
    np.random.seed(1)
    y = x.copy()
    np.random.shuffle(y)
    return y[0] * y[1] ** 2 * np.random.rand()


def partitioned(x):
    y = x.copy()
    y.partition(2)
    return y[0] * y[1] ** 2 * y[2]


def set_by_operator(x):
    y = x * 1
    operator.setitem(y, 0, x[1] * 3)
    return np.sum(y * y)


def viewed(x):
    y = x.copy()
    z = y.view()
    z[0] = 2 * y[3]
    return np.sum(y * y)


def out_by_position(x):
    y, z = np.zeros(4), np.zeros(4)
    np.multiply(x, x, y)
    np.add(y, 1.0, y)
    np.cumsum(y, 0, None, z)
    z.clip(0.5, 3.0, z)
    np.take(z, [3, 1, 0, 2], None, y)
    np.matmul(np.eye(4) * 2, y, z)
    return np.sum(y * z)


def out_of_reductions(x):
    y = np.zeros(4)
    np.mean(np.outer(x, x), 0, None, y)
    z = np.zeros(())
    np.sum(y * y, None, None, z)
    return np.sum(y) * z


def method_of_a_class(x):
    values = [x[0]]
    list.append(values, x[1] * 2)
    y = x * 1
    np.ndarray.fill(y, x[2])
    return values[0] * values[1] * y[3]


def a_copy_that_is_written(x):
    y = x * 1
    z = y.flatten()
    z[1] = 0
    return np.sum(y * y) + np.sum(z)


def shuffled_by_a_generator(x):
    y = x.copy()
    np.random.default_rng(3).shuffle(y)
    return y[0] ** 2


def at_places(x):
    y = x.copy()
    np.multiply.at(y, [1, 1], 2.0)
    return np.sum(y * y)


def along_an_axis(x):
    y = x.reshape(2, 2).copy()
    np.put_along_axis(y, np.array([[0], [1]]), x[:2].reshape(2, 1), axis=1)
    return np.sum(y * y)


RIGHT = [
    shuffled_by_a_generator,
    at_places,
    along_an_axis,
    copied_to,
    put_by_mask,
    placed_in_turn,
    put_by_index,
    on_the_diagonal,
    shuffled,
    partitioned,
    set_by_operator,
    viewed,
    out_by_position,
    out_of_reductions,
    method_of_a_class,
    a_copy_that_is_written,
]


@pytest.mark.parametrize("program", RIGHT)
def test_written_as_the_primal_writes(program):
    derivative = dpc.grad(program, branches="hard")
    expected = differences.gradient(program, (X,)).gradient
    for derived in (derivative, derivative.generic):
        found, ours, plain = None, X.copy(), X.copy()
        found = derived(ours)
        program(plain)
        differences.assert_close(found, expected)
        trees.assert_same(ours, plain)


def on_a_heap(x):
    heap = []
    heapq.heappush(heap, x[0])
    heapq.heappush(heap, x[1])
    return heap[0] ** 2


def sorted_in(x):
    values = [x[0]]
    bisect.insort(values, x[1])
    return values[0] ** 2


def shuffled_list(x):
    values = [x[0], x[1], x[2]]
    random.shuffle(values)
    return values[0] ** 2


def picked(x):
    y = np.random.default_rng(3).choice(x, 2)
    return y[0] * y[1] ** 2


def resized(x):
    y = x.copy()
    y.resize((2, 2))
    return np.sum(y @ y)


def through_flat(x):
    y = x.copy()
    y.flat[1] = y[0] * 2
    return np.sum(y * y)


def special_method(x):
    y = x * 1
    y.__setitem__(0, x[1] * 3)
    return np.sum(y * y)


def copied_by_a_module(x):
    y = copy.copy(x)
    y[0] = 2.0
    return np.sum(y * y)


REFUSED = [
    on_a_heap,
    sorted_in,
    shuffled_list,
    picked,
    resized,
    through_flat,
    special_method,
    copied_by_a_module,
]


@pytest.mark.parametrize("program", REFUSED)
def test_refused_where_it_is_written(program):
    with pytest.raises((dpc.UnsupportedError, dpc.NoRuleError)) as raised:
        dpc.grad(program, branches="hard")(X)
    assert "test_writing_functions.py" in str(raised.value)
    assert "hint: " in str(raised.value)
    with pytest.raises((dpc.UnsupportedError, dpc.NoRuleError)):
        dpc.grad(program, branches="hard").generic(X)


def constants_are_shuffled(x):
    random.seed(2)
    order = list(range(4))
    random.shuffle(order)
    places = np.arange(4)
    np.random.default_rng(0).shuffle(places)
    heap = []
    heapq.heappush(heap, 3)
    total = random.gauss(0.0, 1.0) * x[heap[0]]
    for weight, place in enumerate(order):
        total = total + weight * x[place] * x[places[place]]
    return total


def test_what_is_not_differentiated_may_be_written_by_anything():
    derivative = dpc.grad(constants_are_shuffled, branches="hard")
    expected = differences.gradient(constants_are_shuffled, (X,)).gradient
    differences.assert_close(derivative(X), expected)
    differences.assert_close(derivative.generic(X), expected)
