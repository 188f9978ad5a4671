"""Names are the user's: they are resolved to objects, and never collide with ours."""

import ast
import builtins
import importlib
import math

import numpy
import numpy as array_module
import numpy as np
import pytest
from numpy import exp, tanh as squash

import dpc
from tests.oracle import assert_right, gradient
from tests.written import load


def whole_name(x):
    return numpy.sum(numpy.exp(x))


def other_alias(x):
    return array_module.sum(array_module.exp(x)) * array_module.pi


def imported_names(x):
    return exp(x[0]) * squash(x[1])


def np_is_a_parameter(np):
    return math.exp(np) * np


def np_is_a_local(x: float):
    np = x * x
    return np * np


def np_is_a_loop_variable(x):
    total = 0.0
    for np in x:  # noqa: F402
        total += np * np
    return total


@pytest.mark.parametrize("function", [whole_name, other_alias, imported_names])
def test_numpy_under_any_name(function):
    assert_right(function, np.array([0.3, 0.7]))


def test_np_may_be_a_name_of_the_user():
    assert_right(np_is_a_parameter, 0.7)
    assert_right(np_is_a_local, 0.7)
    assert_right(np_is_a_loop_variable, np.array([0.3, 0.7]))


def shadowed(x):
    def exp(v):
        return v * v

    sum = exp
    return exp(x[0]) + sum(x[1])


def len_is_a_parameter(len, float):
    return np.sum(len * float)


class np_like:
    """A namespace whose members have NumPy's names and another meaning."""

    pi = 2.0

    @staticmethod
    def sin(x):
        return x * 3


def other_object_called_like_numpy(x: float):
    return np_like.sin(x) * np_like.pi


def test_a_function_of_the_user_hides_one_of_numpy():
    assert gradient(shadowed, np.array([2.0, 3.0])).tolist() == [4.0, 6.0]
    assert gradient(other_object_called_like_numpy, 1.0) == 6.0


def test_builtin_names_may_be_parameters():
    assert_right(len_is_a_parameter, np.ones(2), np.ones(2) * 3, wrt=(0, 1))


def generated_names(x, x_bar, tape, value):
    """Everything here is called like something that dpc writes."""
    x_prev = x
    x_1 = x * x_bar
    x_dot = x_1 + tape
    x_1_bar = np.tanh(x_dot)
    broke = value
    for tape_0 in range(3):
        x = x * x_1_bar
        x_2 = x + tape_0
        if np.sum(x) > 100:
            broke = broke * 2
            break
        saved = x_2 * broke
        x_bar = x_bar + saved
    shadow, pullback, primal, out, out_bar = x, x_bar, 1.0, 2.0, 3.0
    return np.sum(shadow * pullback * x_prev) * primal * out * out_bar


def test_names_of_generated_code_may_be_names_of_the_user():
    args = [np.array([0.3, 0.7]) * k for k in (1, 2, 3)]
    assert_right(generated_names, *args, 0.4, wrt=(0, 1, 2, 3))


def returned_value_name(value: float):
    value_bar = value * value
    return value_bar * value


def test_the_parameter_may_be_called_value():
    assert_right(returned_value_name, 0.7)


def test_names_clash_with_every_name_of_the_generated_module(tmp_path):
    """The names that one generated module uses are the user's names in the next."""
    plain = load(
        tmp_path,
        """
        import numpy as np

        def program(a, b):
            for _ in range(3):
                a = np.tanh(a * b)
                if np.sum(a) > 50:
                    break
            a[0] = b[0]
            return np.sum(a * b)
        """,
    ).program
    text = dpc.value_and_grad(plain, wrt=(0, 1), branches="hard").source
    names = {node.id for node in _names(text)}
    taken = sorted(names - set(dir(builtins)) - {"np", "a", "b", "_"})
    first, second = taken[:2]
    other = load(
        tmp_path,
        f"""
        import numpy as np

        def program({first}, {second}):
            for _ in range(3):
                {first} = np.tanh({first} * {second})
                if np.sum({first}) > 50:
                    break
            {first}[0] = {second}[0]
            return np.sum({first} * {second})
        """,
    ).program
    args = np.array([0.3, 0.7]), np.array([1.3, 0.2])
    left = gradient(plain, *args, wrt=(0, 1))
    right = gradient(other, *args, wrt=(0, 1))
    for a, b in zip(left, right):
        assert a.tolist() == b.tolist()


def _names(text):
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]


def test_names_in_other_alphabets(tmp_path):
    program = load(
        tmp_path,
        """
        import numpy as np

        def энергия(λ, скорость):
            é = λ * скорость
            return np.sum(é * é)
        """,
    ).энергия
    assert_right(program, np.ones(2), np.ones(2), wrt=("λ", "скорость"))


def test_helpers_of_one_name_from_two_modules(tmp_path):
    first = load(tmp_path, "def helper(x):\n    return x * x\n")
    second = load(tmp_path, "def helper(x):\n    return x * 3\n")
    both = load(
        tmp_path,
        f"""
        from {first.__name__} import helper
        from {second.__name__} import helper as helper_1
        import {first.__name__} as first

        def program(x: float):
            return helper(x) * helper_1(x) + first.helper(x)
        """,
    )
    assert gradient(both.program, 2.0) == 3 * 3 * 4.0 + 4.0


def test_a_helper_called_like_the_program(tmp_path):
    inner = load(tmp_path, "def program(x):\n    return x * x\n")
    outer = load(
        tmp_path,
        f"""
        import {inner.__name__} as inner

        def program(x: float):
            return inner.program(x) * x
        """,
    )
    assert gradient(outer.program, 2.0) == 12.0


def reads_a_lambda(s: float, x: float):
    f = lambda t: t * t * x
    return dpc.grad(lambda t: f(t) * x)(s)


def a_lambda_of_a_gradient(s: float, x: float):
    f = lambda t: t * t * x
    return dpc.grad(lambda t: dpc.grad(f)(t) * x)(s)


def test_a_lambda_has_no_name():
    assert reads_a_lambda(2.0, 3.0) == 36.0
    assert a_lambda_of_a_gradient(2.0, 3.0) == 18.0


UNNAMED = """
import dpc

rate = 3.0


class Point:
    def __init__(self, x):
        self.x = x


@dpc.grad
def program(x: float):
    return helper(Point(x).x) * rate + later(x)


def helper(x):
    return x * x


def later(x):
    return x * rate
"""


@pytest.mark.parametrize("name", ["my-model", "2d", "lambda"])
def test_a_module_that_no_statement_can_import(tmp_path, monkeypatch, name):
    (tmp_path / f"{name}.py").write_text(UNNAMED)
    monkeypatch.syspath_prepend(tmp_path)
    derived = importlib.import_module(name).program
    assert derived(2.0) == 15.0
    assert derived.specialize(2.0).source.count(f'import_module("{name}")') == 1
    ast.parse(derived.source)
