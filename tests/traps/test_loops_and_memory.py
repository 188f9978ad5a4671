"""Classic silent failures of other tools, and what loops and buffers leave behind."""

import numpy as np
import pytest

import dpc
from tests import differences, trees
from tests.oracle import assert_right, gradient

X = np.array([0.3, 0.7, -0.4, 1.2])


def running_product(x):
    acc = 1.0
    for i in range(len(x)):
        acc *= x[i]
    return acc


def running_product_of_arrays(x):
    acc = np.ones(2)
    for i in range(3):
        acc *= x[i : i + 2]
    return np.sum(acc)


def dynamic_trip_count(x):
    acc, i = 1.0, 0
    while acc < 5:
        acc = acc * (1 + x[i % 4] ** 2)
        i += 1
    return acc


def weighted_mean(x, w):
    top = bottom = 0.0
    for value, weight in zip(x, w):
        top += weight * value
        bottom += weight
    return top / bottom


def written_and_read_back(x):
    y = np.zeros(4)
    for i in range(4):
        y[i] = x[i] ** 2
        y[i] = y[i] * x[0] + y[i - 1]
    return np.sum(y)


def component_assignment(x):
    y = x.copy()
    y[0], y[1] = y[1] * y[0], y[0]
    y[2] = y[0] * y[1]
    return y[2] * y[3]


def test_product_that_overwrites_what_it_read():
    assert_right(running_product, X)
    assert_right(running_product_of_arrays, X)


def test_dynamic_trip_counts():
    assert_right(dynamic_trip_count, X)


def test_weighted_mean():
    assert_right(weighted_mean, X, X**2 + 1, wrt=(0, 1))


def test_index_writes_that_are_read_back():
    assert_right(written_and_read_back, X)


def test_component_assignment():
    assert_right(component_assignment, X)


def filled_partly(x):
    y = np.empty(4)
    y[0] = x[0] * x[1]
    return y[0] * 2


def filled_wholly(x):
    y, z = np.empty_like(x), np.empty((2, 2), dtype=x.dtype)
    y[:2] = x[2:]
    y[2:] = np.sin(x[:2])
    for i in range(2):
        z[i] = y[i : i + 2] * x[0]
    return np.sum(z * z)


def kept_in_a_loop(x):
    total = 0.0
    for k in range(3):
        y = np.empty(2)
        y[0] = x[k] * total
        y[1] = y[0] + x[k + 1]
        total = total + y[1] * y[1]
    return total


@pytest.mark.parametrize("program", [filled_partly, filled_wholly, kept_in_a_loop])
def test_contents_of_empty_never_enter_a_shadow(program):
    for size in (2, 4, 4, 2):
        dirty = [np.full(size, np.nan) for _ in range(20)]
        del dirty
        assert np.all(np.isfinite(gradient(program, X)))
    assert_right(program, X)


def loop_variable_used_if_bound(x, n):
    total = 1.0
    for i in range(n):
        total = total * x[i]
    if n > 0:
        total = total * (i + 1)
    return total


def loop_variable_used_anyway(x, n):
    total = 0.0
    for value in x[:n]:
        total = total + value * value
    return total * value


def test_zero_trips_leave_the_loop_variable_undefined():
    assert gradient(loop_variable_used_if_bound, X, 0).tolist() == [0.0] * 4
    assert_right(loop_variable_used_if_bound, X, 3)
    assert_right(loop_variable_used_anyway, X, 3)
    derivative = dpc.grad(loop_variable_used_anyway, branches="hard")
    with pytest.raises(UnboundLocalError):
        derivative(X, 0)


def bound_in_one_arm(x: float):
    if x > 0:
        y = x * x
    return y * 2


def test_a_name_unbound_in_the_primal_is_unbound_here():
    assert gradient(bound_in_one_arm, 1.5) == 6.0
    with pytest.raises(UnboundLocalError):
        dpc.grad(bound_in_one_arm, branches="hard")(-1.5)


def raises_half_way(x, limit):
    for i in range(len(x)):
        x[i] = x[i] * 2
        if x[i] > limit:
            raise ValueError(f"x[{i}] is {x[i]}")
    return np.sum(x * x)


def fails_half_way(x, y):
    x += 1
    x[0] = x[1] * 3
    return np.sum(x @ y)


def test_an_exception_leaves_the_arguments_as_the_primal_would():
    for function, more in ((raises_half_way, 1.0), (fails_half_way, np.ones(7))):
        plain, ours = X.copy(), X.copy()
        with pytest.raises(ValueError) as raised:
            function(plain, more)
        with pytest.raises(ValueError) as again:
            dpc.grad(function, branches="hard")(ours, more)
        assert str(again.value) == str(raised.value)
        trees.assert_same(ours, plain)


def test_a_call_after_an_exception_is_right():
    derivative = dpc.grad(raises_half_way, branches="hard")
    with pytest.raises(ValueError):
        derivative(X.copy(), 1.0)
    expected = differences.gradient(raises_half_way, (X, 10.0)).gradient
    differences.assert_close(derivative(X.copy(), 10.0), expected)


def mutated_and_returned(x):
    x *= 2
    x[1] = x[0] ** 2
    return np.sum(x * x)


def test_the_backward_pass_never_writes_to_the_arguments():
    plain, ours = X.copy(), X.copy()
    mutated_and_returned(plain)
    found = dpc.grad(mutated_and_returned, branches="hard")(ours)
    trees.assert_same(ours, plain)
    found[:] = 0.0
    trees.assert_same(ours, plain)


def test_read_only_arguments_can_be_differentiated():
    x = X.copy()
    x.flags.writeable = False
    found = dpc.grad(written_and_read_back, branches="hard")(x)
    assert found.flags.writeable
