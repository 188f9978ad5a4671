"""`total = 0` before a loop that adds floats to it: known to be a float."""

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.oracle import assert_right

X = np.array([[0.5, -1.2, 0.7], [1.1, 0.4, -0.3]])


def added(x):
    total = 0
    for i in range(x.shape[1]):
        total += x[0, i] ** 2 * x[1, i]
    return total


def added_in_nested_loops(x):
    total = 0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            total += x[i, j] ** 2 * (j + 1)
    return total


def added_where_a_test_holds(x):
    total = 0
    for v in x[0]:
        if v > 0.1:
            total += v**2
    return total


def multiplied(x):
    total = 1
    for v in x[1]:
        total = total * v
    return total


def the_one_before(x):
    total = before = 0
    for v in x[0]:
        total += v * before
        before = v
    return total


def added_while(x):
    total, i = 0, 0
    while i < 3:
        total = total + x[0, i] * total + x[1, i]
        i += 1
    return total


def summed(x):
    return sum(x[0, i] * x[1, i] for i in range(3))


FLOATS = [
    added,
    added_in_nested_loops,
    added_where_a_test_holds,
    multiplied,
    the_one_before,
    added_while,
    summed,
]


@pytest.mark.parametrize("program", FLOATS)
def test_nothing_looks_at_it_when_it_runs(program) -> None:
    assert_right(program, X)
    assert_modes_agree(program, X)
    source = dpc.grad(program, branches="hard").specialize(X).source
    assert "require_scalar" not in source


def test_no_loop_is_run_for_its_type() -> None:
    for program in (added, added_in_nested_loops, summed):
        assert "total = " not in dpc.grad(program).specialize(X).source


def counted(x):
    count = 0
    for row in x:
        for v in row:
            if v > 0:
                count += 1
    return x[0, count - 3] ** 2


def counted_by_tests(x):
    count = 0
    for row in x:
        for v in row:
            count = count + (v > 0)
    return x[0, count - 3] ** 2


def place_of_the_largest(x):
    best = 0
    for i in range(3):
        if x[0, i] > x[0, best]:
            best = i
    return x[0, best] ** 2


def read_as_an_index_first(x):
    at = 0
    for row in x[:1]:
        at = row[at] * row[1]
    return at


def shown(x):
    total, text = 0, ""
    for v in x[0]:
        text += f"{total} "
        total = total + v
    return total * len(text.split(".")[0])


def of_both_kinds(x):
    total = 0
    for i in range(3):
        total = total + x[0, i] if i % 2 else 0
    return total + x[0, 1] ** 2


@pytest.mark.parametrize(
    "program",
    [
        counted,
        counted_by_tests,
        place_of_the_largest,
        read_as_an_index_first,
        shown,
        of_both_kinds,
    ],
)
def test_an_integer_that_has_to_be_one_stays_one(program) -> None:
    assert_right(program, X)


def test_without_an_iteration_the_gradient_is_zero() -> None:
    np.testing.assert_array_equal(dpc.grad(added)(X[:, :0]), X[:, :0])
