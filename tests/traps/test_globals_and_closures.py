"""Globals and closure cells are read by reference, when called, and never written."""

import numpy as np
import pytest

import dpc
from tests.written import load

GLOBALS = """
import numpy as np

RATE = 2.0
WEIGHTS = np.array([1.0, 2.0])
CONFIG = {"gain": 3.0}
NOTHING = None

def program(x: float):
    return x * RATE

def with_array(x):
    y = WEIGHTS * x
    y += 1
    return np.sum(y * WEIGHTS)

def with_dict(x: float):
    return x * CONFIG["gain"]

def with_none(x: float):
    return x * 2 if NOTHING is None else x * NOTHING

def helper(x):
    return x * RATE * 10

def through_a_helper(x: float):
    return helper(x)

def countdown(x: float, n):
    return x if n == 0 else 2 * countdown(x, n - 1)
"""


@pytest.fixture
def module(tmp_path):
    return load(tmp_path, GLOBALS)


def test_a_global_is_read_when_called(module):
    derivative = dpc.grad(module.program, branches="hard")
    helped = dpc.grad(module.through_a_helper, branches="hard")
    assert (derivative(1.0), helped(1.0)) == (2.0, 20.0)
    module.RATE = 5.0
    assert (derivative(1.0), helped(1.0)) == (5.0, 50.0)


def test_a_global_array_is_read_by_reference(module):
    derivative = dpc.grad(module.with_array, branches="hard")
    assert derivative(np.ones(2)).tolist() == [1.0, 4.0]
    module.WEIGHTS[0] = 3.0
    assert derivative(np.ones(2)).tolist() == [9.0, 4.0]
    module.WEIGHTS = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert derivative(np.ones(2)).tolist() == [10.0, 20.0]
    module.WEIGHTS = 2.0
    assert derivative(np.ones(2)).tolist() == [4.0, 4.0]


def test_a_global_container_is_read_by_reference(module):
    derivative = dpc.grad(module.with_dict, branches="hard")
    module.CONFIG["gain"] = 7.0
    assert derivative(1.0) == 7.0


def test_a_global_that_was_none(module):
    derivative = dpc.grad(module.with_none, branches="hard")
    assert derivative(1.0) == 2.0
    module.NOTHING = 4.0
    assert derivative(1.0) == 4.0


def test_globals_are_never_written(module):
    dpc.grad(module.with_array, branches="hard")(np.ones(2))
    assert module.WEIGHTS.tolist() == [1.0, 2.0]
    before = set(vars(module))
    dpc.grad(module.through_a_helper, branches="hard")(1.0)
    assert set(vars(module)) == before


def counter():
    rate = 2.0
    table = np.array([1.0, 2.0])

    def program(x: float):
        return x * rate * table[0]

    def change(value):
        nonlocal rate
        rate = value

    return program, change, table


def test_a_closure_cell_is_read_when_called():
    program, change, table = counter()
    derivative = dpc.grad(program, branches="hard")
    assert derivative(1.0) == 2.0
    change(3.0)
    assert derivative(1.0) == 3.0
    table[0] = 10.0
    assert derivative(1.0) == 30.0


def test_two_closures_of_one_function_are_two():
    def scaled(rate):
        def program(x: float):
            return x * rate

        return program

    first, second = (dpc.grad(scaled(rate), branches="hard") for rate in (2.0, 3.0))
    assert (first(1.0), second(1.0), first(1.0)) == (2.0, 3.0, 2.0)


def test_an_empty_cell_is_an_error_of_the_primal():
    def outer():
        def program(x: float):
            return x * later

        derivative = dpc.grad(program, branches="hard")
        with pytest.raises(NameError):
            derivative(1.0)
        later = 2.0
        return derivative(1.0)

    assert outer() == 2.0


def test_a_global_defined_below_is_found(tmp_path):
    module = load(
        tmp_path,
        """
        import dpc

        @dpc.grad(branches="hard")
        def program(x: float):
            return helper(x) * LATER

        def helper(x):
            return x * x

        LATER = 5.0
        """,
    )
    assert module.program(3.0) == 30.0
    assert "helper" in module.program.source


def test_a_rebound_helper_is_compiled_again(module):
    derivative = dpc.grad(module.through_a_helper, branches="hard")
    assert derivative(1.0) == 20.0
    module.helper = lambda x: x * x * x
    assert derivative(2.0) == 12.0


def test_a_program_rebound_to_its_gradient_still_means_itself(module):
    module.recursive = dpc.grad(module.countdown, branches="hard")
    module.countdown = module.recursive
    assert module.countdown(2.0, 3) == 8.0
