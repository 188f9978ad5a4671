"""A name that is not bound on the path taken: the primal raises, and so does this.

Where it is bound on every path, nothing asks for it.
"""

import numpy as np
import pytest

import dpc
from tests import differences


def in_one_arm_of_three(x: float, k):
    if k == 0:
        y = x * x
    elif k == 1:
        y = x
    return y * x


def after_a_loop_left_early(x: float, k):
    for i in range(k):
        if i == 1:
            y = x * i
            break
    return y


def carried(x: float, k):
    for i in range(k):
        if i == 0:
            y = x
        y = y * x
    return y


def several(x: float, k):
    if k:
        a, (b, c) = x, (x * x, 3.0)
    return a * b * c


def augmented(x: float, k):
    if k:
        y = 1.0
    y += x
    return y


def written(x: float, k):
    if k:
        y = np.ones(2)
    y[0] = x
    return np.sum(y)


def called(x: float, k):
    if k:
        function = np.sin
    return function(x)


def by_a_walrus(x: float, k):
    if k and (y := x * x) > 1:
        x = x * 2
    return x + y


def read_in_a_closure(x: float, k):
    def inner():
        return y * 2

    if k:
        y = x
    return inner()


def read_in_a_comprehension(x: float, k):
    if k:
        y = x
    return sum([y * i for i in range(3)])


def by_a_context(x: float, k):
    if k:
        with np.errstate(all="ignore") as y:
            x = x * 2
    return x if y is None else -x


UNBOUND = [
    in_one_arm_of_three,
    after_a_loop_left_early,
    carried,
    several,
    augmented,
    written,
    called,
    by_a_walrus,
    read_in_a_closure,
    read_in_a_comprehension,
    by_a_context,
]
BOUND_WITH = {after_a_loop_left_early: 3, carried: 3}
UNBOUND_WITH = {in_one_arm_of_three: 2}


@pytest.mark.parametrize("program", UNBOUND)
def test_unbound_on_the_path_taken(program):
    derivative = dpc.grad(program, branches="hard")
    for derived in (derivative, derivative.generic):
        with pytest.raises(NameError):
            program(1.5, UNBOUND_WITH.get(program, 0))
        with pytest.raises(NameError) as raised:
            derived(1.5, UNBOUND_WITH.get(program, 0))
        assert "is read before it is assigned" in str(raised.value)
        bound = BOUND_WITH.get(program, 1)
        expected = differences.gradient(program, (1.5, bound)).gradient
        assert derived(1.5, bound) == pytest.approx(expected)


def by_a_loop_that_runs(x: float, k):
    for i in range(3):
        y = x * i
        if y > k:
            break
    return y * i


def by_an_endless_loop(x: float, k):
    while True:
        y = x * 2
        if y > k:
            break
        x = x * 2
    return y


def by_its_else(x: float, k):
    for i in range(k):
        if i == 2:
            y = x * i
            break
        elif i == 3:
            return x
    else:
        y = x
    return y


def or_raised(x: float, k):
    if k == 0:
        y = x
    elif k == 1:
        y = x * x
    else:
        raise ValueError(k)
    return y


def or_continued(x: float, k):
    total = 0.0
    for i in range(k):
        if i == 0:
            continue
        elif i == 1:
            y = x
        else:
            y = x * x
        total = total + y
    return total + x


def by_the_test(x: float, k):
    if k and (y := x * x) > 1:
        return y
    return x


def by_the_test_of_a_loop(x: float, k):
    while (y := x * 1.5) < k:
        x = y
    return y


def before_it_is_called(x: float, k):
    def inner():
        return y * k

    y = x * x
    return inner()


BOUND = [
    by_a_loop_that_runs,
    by_an_endless_loop,
    by_its_else,
    or_raised,
    or_continued,
    by_the_test,
    by_the_test_of_a_loop,
    before_it_is_called,
]


@pytest.mark.parametrize("program", BOUND)
def test_bound_on_every_path(program):
    derivative = dpc.grad(program, branches="hard")
    assert "is read before" not in derivative.source
    expected = differences.gradient(program, (1.5, 1)).gradient
    assert derivative(1.5, 1) == pytest.approx(expected)


def not_needed(x: float, k):
    if k:
        y = x
    return y if k else x


def test_what_is_not_read_may_be_unbound():
    derivative = dpc.grad(not_needed, branches="hard")
    assert derivative(1.5, 0) == derivative(1.5, 1) == 1.0
