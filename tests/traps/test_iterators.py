"""Iterators: what gives its elements once, to one loop."""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right


class Countdown:
    """An iterator, which gives its numbers once."""

    def __init__(self, *numbers) -> None:
        self.numbers = list(numbers)

    def __iter__(self):
        return self

    def __next__(self):
        if not self.numbers:
            raise StopIteration
        return self.numbers.pop()


def weighed(x, numbers):
    total = 0.0
    for number in numbers:
        total += x * number
    return total


def doubled_and_weighed(x, parts):
    total = 0.0
    for part in parts:
        part *= 2.0
        total += x * np.sum(part)
    return total


@pytest.mark.parametrize("numbers", [Countdown, lambda *v: iter(v), lambda *v: [*v]])
def test_what_gives_its_elements_once_is_walked_over_once(numbers) -> None:
    derivative = dpc.value_and_grad(weighed)
    for _ in range(2):
        assert derivative(2.0, numbers(1.0, 2.0, 4.0)) == (14.0, 7.0)
    variant = derivative.specialize(2.0, numbers(1.0, 2.0))
    assert variant(2.0, numbers(1.0, 2.0)) == (6.0, 3.0)
    assert dpc.jvp(weighed, (2.0, numbers(1.0, 2.0)), (1.0, None)) == (6.0, 3.0)


@pytest.mark.parametrize("program", [weighed, doubled_and_weighed])
def test_the_elements_of_an_iterator_have_no_adjoint_in_it(program) -> None:
    parts = Countdown(np.float64(1.0), np.float64(2.0))
    with pytest.raises(dpc.DpcError, match="an object of Countdown is walked over"):
        dpc.grad(program, wrt=1)(2.0, parts)


def left_before_its_end(x, numbers):
    total = 0.0
    for number in numbers:
        if number > 1.0:
            break
        total += x * number
    for number in numbers:
        total += x * x * number
    return total


def as_pairs(x, numbers):
    return sum([x * a * b for a, b in zip(numbers, numbers)])


def beside_a_shorter_one(x, numbers):
    total = 0.0
    for a, b in zip((1.0, 2.0), numbers):
        total += x * a * b
    return total + x * sum(numbers)


def within_itself(x, numbers):
    total, others = 0.0, numbers
    for number in numbers:
        for other in others:
            total += x * number * other
    return total


def with_the_next(x, numbers):
    total = 0.0
    for number in numbers:
        total += x * number * next(numbers, 1.0)
    return total


@pytest.mark.parametrize(
    "program",
    [left_before_its_end, as_pairs, beside_a_shorter_one, within_itself, with_the_next],
)
def test_an_iterator_that_two_loops_share(program) -> None:
    """Refused, unless the derivative walks over it as the program does."""
    derivative = dpc.value_and_grad(program)
    for _ in range(2):
        try:
            value, slope = derivative(2.0, iter([1.0, 2.0, 3.0]))
        except dpc.DpcError as error:
            assert "pass a list" in str(error)
            continue
        near = [program(x, iter([1.0, 2.0, 3.0])) for x in (1.0, 2.0, 3.0)]
        assert value == near[1]
        assert slope == (near[2] - near[0]) / 2  # exact: no more than squares
    if program is not with_the_next:
        assert_right(program, 2.0, [1.0, 2.0, 3.0])
