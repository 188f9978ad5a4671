"""Gradients are fresh and writable; arguments end as the primal leaves them."""

import itertools

import numpy as np
import pytest

import dpc
from tests import trees

CONSTANT = np.array([1.0, 2.0])


def dot(x, y):
    return np.sum(x * y)


def total(x, y):
    return np.sum(x) + np.sum(y)


def added(x, y):
    return np.sum((x + y) * CONSTANT)


def with_global(x, y):
    return np.sum(x * CONSTANT) + np.sum(y * CONSTANT)


def reshaped(x, y):
    return np.sum(x.reshape(1, 2) * y.T)


def element(x, y):
    return x[0] * y[1]


def unused(x, y):
    return 2.0


def mean(x, y):
    return np.mean(np.broadcast_to(x, (3, 2)) + y)


def stored(x, y):
    z = np.zeros(2)
    z[:] = x
    z += y
    return np.sum(z)


def copied(x, y):
    return np.sum(x.copy()) + np.sum(np.asarray(y))


PROGRAMS = [
    dot,
    total,
    added,
    with_global,
    reshaped,
    element,
    unused,
    mean,
    stored,
    copied,
]


@pytest.mark.parametrize("function", PROGRAMS)
def test_gradients_share_memory_with_nothing(function):
    x, y = np.array([0.5, 1.5]), np.array([2.5, 3.5])
    derivative = dpc.value_and_grad(function, wrt=(0, 1), branches="hard")
    for variant in (derivative.generic, derivative):
        value, (x_bar, y_bar) = variant(x, y)
        _, again = variant(x, y)
        arrays = [x, y, CONSTANT, np.asarray(value), x_bar, y_bar, *again]
        for a, b in itertools.combinations(arrays, 2):
            assert not np.shares_memory(a, b)
        for bar in (x_bar, y_bar):
            assert bar.flags.writeable
            assert 0 not in bar.strides
            bar += 1.0
        assert CONSTANT.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("function", PROGRAMS)
def test_one_array_given_twice_has_two_gradients(function):
    x = np.array([0.5, 1.5])
    x_bar, y_bar = dpc.grad(function, wrt=(0, 1), branches="hard")(x, x)
    assert not np.shares_memory(x_bar, y_bar)


def of_containers(params):
    return np.sum(params["a"] * params["b"][0]) + np.sum(params["b"][1])


def test_gradient_containers_are_fresh():
    params = {"a": np.ones(2), "b": [np.ones(2), np.ones(3)]}
    derivative = dpc.grad(of_containers, branches="hard")
    first, second = derivative(params), derivative(params)
    assert first is not params
    assert first["b"] is not params["b"]
    assert first["b"] is not second["b"]
    first["b"].append("more")
    assert len(params["b"]) == len(second["b"]) == 2


def aux_shares(x):
    y = x * 2
    return np.sum(y), (y, x, CONSTANT)


def test_gradient_shares_no_memory_with_aux():
    x = np.ones(2)
    derivative = dpc.value_and_grad(aux_shares, has_aux=True, branches="hard")
    (_, aux), found = derivative(x)
    for array in aux:
        assert not np.shares_memory(array, found)


def mutates(x, y):
    x *= 2
    y[0] = x[1] * y[1]
    x[1:] = y[:1]
    return np.sum(x * y)


@pytest.mark.parametrize("wrt", [0, 1, (0, 1)])
def test_arguments_end_as_the_primal_leaves_them(wrt):
    plain, ours = ([np.array([1.0, 2.0]), np.array([3.0, 4.0])] for _ in range(2))
    mutates(*plain)
    derivative = dpc.grad(mutates, wrt=wrt, branches="hard")
    derivative(*ours)
    trees.assert_same(ours, plain)
    derivative.generic(*ours)
    mutates(*plain)
    trees.assert_same(ours, plain)


def mutates_containers(state, log):
    state["x"] *= 2
    state["y"] = state["x"] * 3
    log.append(np.sum(state["y"]))
    return log[-1] + state["x"][0]


def test_containers_end_as_the_primal_leaves_them():
    def fresh():
        return {"x": np.ones(2), "n": 1}, ["start"]

    plain, ours = fresh(), fresh()
    mutates_containers(*plain)
    array = ours[0]["x"]
    found = dpc.grad(mutates_containers, branches="hard")(*ours)
    assert ours[0]["x"] is array
    trees.assert_same(ours, plain)
    assert list(found) == ["x", "n"]
    np.testing.assert_allclose(found["x"], [8.0, 6.0])


def test_what_is_left_in_arguments_carries_no_cotangent():
    x = np.array([1.0, 2.0])

    def program(x):
        value = np.sum(x * x)
        x *= 100
        return value

    np.testing.assert_allclose(dpc.grad(program, branches="hard")(x), [2.0, 4.0])


def returns_its_argument(x):
    x *= 2
    return x


def test_a_returned_argument_is_the_argument_itself():
    x = np.array(3.0)
    value, found = dpc.value_and_grad(returns_its_argument, branches="hard")(x)
    assert value is x
    assert x == 6.0
    assert found == 2.0
