"""Every program of the corpus, compiled: value, gradient, types, mutation, variants."""

import inspect
from functools import cache

import numpy as np
import pytest

import dpc
from tests import differences, trees
from tests.programs.corpus import CORPUS, GENERIC_REFUSES

ULPS = 4
"""How far the value may be from the primal's: adjoints share work with the primal."""


@cache
def compiled(name):
    case = CORPUS[name]
    return dpc.value_and_grad(case.function, wrt=case.wrt, branches="hard")


@cache
def expected(name):
    """The primal's value, the arguments as it leaves them, the gradient."""
    case = CORPUS[name]
    args = case.args()
    value = case.seeded(case.function)(*args, **case.keywords())
    return value, args, case.differences.gradient


def differentiated(case):
    """What `wrt` names, as a tuple if it is one."""
    names = list(inspect.signature(case.function).parameters)
    given = {**dict(zip(names, case.args())), **case.keywords()}
    found = [given[names[w] if isinstance(w, int) else w] for w in case.positions]
    return tuple(found) if isinstance(case.wrt, tuple) else found[0]


def assert_right(name, derivative):
    case = CORPUS[name]
    value, args_after, gradient = expected(name)
    args = case.args()
    result = case.seeded(derivative)(*args, **case.keywords())
    trees.assert_same(result[0], value, ULPS)
    trees.assert_same(args, args_after, ULPS)
    trees.assert_is_gradient_of(result[1], differentiated(case))
    differences.assert_close(result[1], gradient)


@pytest.mark.parametrize("name", CORPUS)
def test_specialised(name, capsys):
    assert_right(name, compiled(name))


@pytest.mark.parametrize("name", CORPUS)
def test_generic(name, capsys):
    if name in GENERIC_REFUSES:
        with pytest.raises(dpc.UnsupportedError):
            assert_right(name, compiled(name).generic)
    else:
        assert_right(name, compiled(name).generic)


@pytest.mark.parametrize("name", CORPUS)
def test_second_call_gives_the_same(name, capsys):
    case = CORPUS[name]
    derivative = case.seeded(compiled(name))
    first, second = (derivative(*case.args(), **case.keywords()) for _ in range(2))
    trees.assert_same(first, second)


@pytest.mark.parametrize("name", [name for name in CORPUS if CORPUS[name].single])
def test_single_precision(name, capsys):
    case = CORPUS[name].as_dtype(np.float32)
    args, after = case.args(), case.args()
    plain = case.seeded(case.function)(*after, **case.keywords())
    value, gradient = case.seeded(compiled(name))(*args, **case.keywords())
    trees.assert_same(value, plain, ULPS)
    trees.assert_same(args, after, ULPS)
    trees.assert_is_gradient_of(gradient, differentiated(case))
    precise = case.as_dtype(np.float64).differences.gradient
    differences.assert_close(gradient, precise, rtol=2e-4)
