"""Arrays that are written whole: which are made anew, and which must stay one array."""

import inspect

import numpy as np
import pytest

import dpc
from dpc.frontend.read import read
from dpc.ir.check import check
from dpc.ir.nodes import Update
from dpc.ir.walk import statements
from dpc.passes.rebind import rebind
from dpc.pipeline import LIBRARY, lifted
from dpc.signature import Symbols, fact_of
from tests import differences

X = np.linspace(-0.9, 1.2, 6).reshape(2, 3)


def softmax(x):
    w = np.exp(x)
    w /= np.sum(w, axis=1, keepdims=True)
    return np.sum(w**2)


def in_turn(x):
    h = x * 2.0
    h *= x
    h -= 1.0
    h **= 2
    return np.sum(np.sin(h))


def sum_in_a_loop(x):
    for k in range(3):
        h = x * (k + 1)
        h += 0.5
        x = np.tanh(h)
    return np.sum(x)


def metadata(x):
    w = np.exp(x)
    w /= w.shape[0] * w[0, 0]
    return np.sum(w)


def written_part(x):
    w = np.sin(x)
    w[0] = x[1]
    w *= x
    return np.sum(w)


def by_itself(x):
    w = np.exp(x)
    w *= w
    return np.sum(w)


def stored_copy(x):
    y = np.zeros((2, *x.shape))
    w = np.exp(x)
    y[0] = w
    w *= x
    y[1] = w
    return np.sum(y * y)


def in_a_helper(x):
    def halved(w):
        w *= 0.5
        return w

    return np.sum(np.sin(halved(x * x)))


def sum_outside_a_loop(x):
    h = x * 2.0
    h += 1.0
    return np.sum(h * h)


def argument(x):
    x *= 2.0
    return np.sum(x * x)


def another_name(x):
    w = np.exp(x)
    v = w
    w *= 2.0
    return np.sum(v * x)


def viewed(x):
    w = np.exp(x)
    row = w[0]
    w *= 2.0
    return np.sum(row * x[1])


def transposed(x):
    w = np.exp(x)
    t = w.T
    w *= 2.0
    return np.sum(t[0] * x[:, 1])


def held(x):
    w = np.exp(x)
    kept = [w]
    w *= 2.0
    return np.sum(kept[0] * x)


def held_in_a_pair(x):
    w = np.exp(x)
    kept = (w, x)
    w *= 2.0
    return np.sum(kept[0] * kept[1])


def returned_view(x):
    w = np.reshape(x * x, (3, 2))
    w *= 2.0
    return np.sum(w * w)


def maybe_the_same(x):
    w = np.asarray(x)
    w *= 2.0
    return np.sum(w * x)


def wider(x):
    w = np.exp(x.astype(np.float32))
    w *= x
    return np.sum(w)


def from_around_the_loop(x):
    w = np.exp(x)
    for _ in range(2):
        w *= x
    return np.sum(w)


def in_a_branch(x):
    w = np.exp(x)
    if x[0, 0] < 0:
        w *= x
    return np.sum(w)


def carried(x):
    w = np.exp(x)
    v = x
    for _ in range(2):
        w, v = v + 1.0, w
    v *= 2.0
    return np.sum(v * w)


def of_unknown_size(x):
    w = x[x > 0] * 2.0
    w *= 3.0
    return np.sum(w * w)


ANEW = [
    softmax,
    in_turn,
    sum_in_a_loop,
    metadata,
    written_part,
    by_itself,
    stored_copy,
    in_a_helper,
    held_in_a_pair,
]
LEFT = [
    sum_outside_a_loop,
    argument,
    another_name,
    viewed,
    transposed,
    held,
    returned_view,
    maybe_the_same,
    wider,
    from_around_the_loop,
    in_a_branch,
    carried,
    of_unknown_size,
]


def changed(function) -> tuple[list[str], list[str]]:
    """The stores to whole arrays of the program before and after."""
    (name,) = inspect.signature(function).parameters
    program = lifted(read(function), {name: fact_of(X, Symbols())})
    new = rebind(program.function, program.facts, LIBRARY)
    check(new, program.facts)
    return wholes(program.function), wholes(new)


def wholes(function) -> list[str]:
    found = statements(function.body)
    return [s.op for s in found if isinstance(s, Update) and s.kind == "whole"]


@pytest.mark.parametrize("function", ANEW)
def test_an_array_of_its_own_is_made_anew(function):
    before, after = changed(function)
    assert before
    assert not after


@pytest.mark.parametrize("function", LEFT)
def test_what_others_may_see_is_written(function):
    before, after = changed(function)
    assert before
    assert after == before


@pytest.mark.parametrize("function", [*ANEW, *LEFT])
def test_the_derivatives_are_those_of_the_program(function):
    tolerance = 1e-3 if function is wider else 1e-7
    expected = differences.gradient(function, (X,)).gradient
    found = dpc.grad(function, branches="hard")(X.copy())
    np.testing.assert_allclose(found, expected, tolerance, tolerance)
    direction = np.cos(np.arange(6.0)).reshape(2, 3)
    _, dot = dpc.jvp(function, (X.copy(),), (direction,), branches="hard")
    dot = dot[0] if isinstance(dot, tuple) else dot
    np.testing.assert_allclose(dot, np.sum(found * direction), 1e-6)
