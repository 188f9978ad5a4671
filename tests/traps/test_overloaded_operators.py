"""Whose operator is called: of the left operand, of a subclass, or of the right one."""

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.oracle import assert_right


class Value:
    def __init__(self, v):
        self.v = v

    def __add__(self, other):
        return Value(self.v * other.v * 3)

    def __radd__(self, other):
        return Value(self.v + 10 * other)

    def __lt__(self, other):
        return self.v < other.v


class Knowing(Value):
    """A subclass that says for itself what it is on the right."""

    def __radd__(self, other):
        return Knowing(self.v * 100 + other.v)

    def __gt__(self, other):
        return True


class Quiet(Value):
    """A subclass that adds nothing about operators."""


class Declining:
    def __init__(self, v):
        self.v = v

    def __eq__(self, other):
        return self.v == other.v if isinstance(other, Declining) else NotImplemented

    def __mul__(self, other):
        return NotImplemented if isinstance(other, Scale) else Declining(self.v * other)

    def __sub__(self, other):
        return NotImplemented if self.v > 0 else Declining(self.v)


class Scale:
    def __init__(self, v):
        self.v = v

    def __rmul__(self, other):
        return Declining(other.v * self.v * 100)

    def __rsub__(self, other):
        return Declining(other.v * self.v)


class Patient(Value):
    __array_ufunc__ = None


class Row(Value):
    def __len__(self):
        return 2

    def __getitem__(self, i):
        return self.v


def a_subclass_that_knows_better(x: float):
    return (Value(x) + Knowing(x * x)).v


def a_subclass_that_is_compared(x: float):
    return x if Value(x) < Knowing(x * x) else x * x


def a_subclass_that_does_not(x: float):
    return (Value(x) + Quiet(x * x)).v


def not_implemented_here(x: float):
    return (Declining(x) * Scale(x * x)).v


def equal_to_something_else(x: float):
    return x if Declining(x) == 3 else x * x


def a_number_on_the_left(x: float):
    return (x * x + Value(x)).v


@pytest.mark.parametrize(
    "program",
    [
        a_subclass_that_knows_better,
        a_subclass_that_is_compared,
        a_subclass_that_does_not,
        not_implemented_here,
        equal_to_something_else,
        a_number_on_the_left,
    ],
)
def test_the_method_that_python_calls(program) -> None:
    assert_right(program, 0.7)
    assert_modes_agree(program, 0.7)


def test_an_array_that_leaves_it_to_the_object() -> None:
    def program(x):
        return np.sum((x + Patient(x * x)).v)

    assert_right(program, np.array([0.3, -0.7]))


def array_on_the_left(x):
    return np.sum((x + Value(x * x)).v)


def number_beside_a_sequence(x):
    return (x[0] + Row(x[0] * x[0])).v


def implemented_or_not(x):
    return (Declining(x[0]) - Scale(x[1])).v


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (array_on_the_left, "on the left of an object"),
        (number_beside_a_sequence, "on the left of an object"),
        (implemented_or_not, "only known when it runs|defined inside"),
    ],
)
@pytest.mark.parametrize("generic", [False, True])
def test_refused_where_it_is_somebody_else(program, said, generic) -> None:
    with pytest.raises(dpc.UnsupportedError, match=said):
        derived = dpc.grad(program)
        (derived.generic if generic else derived)(np.array([0.3, -0.7]))


def test_what_goes_round_a_loop_may_have_an_operator_of_its_own() -> None:
    """It is a number at first, and an object then."""

    def program(x: float):
        return sum(Value(v) for v in (x, x * x)).v

    with pytest.raises(dpc.UnsupportedError, match="may come first"):
        dpc.grad(program)(0.7)
