"""Variants that rest on the sizes of data outside, and what follows if they change."""

import numpy as np
import pytest

import dpc
from tests import differences, written

TEXT = """
import numpy as np

UNITS = 4
SCALE = np.linspace(0.5, 1.5, 4)
SHAPE = (2, 3)
CUT = 2


def gated(w, x):
    z = np.tanh(x @ w)
    state = z[:, :UNITS] * SCALE
    return np.sum(state * z[:, UNITS : 2 * UNITS] + z[:, 2 * UNITS : 3 * UNITS] ** 2)


def cut(w, x):
    z = x @ w
    return np.sum(np.exp(z[:, :CUT]) * z[:, -CUT:])


def folded(w, x):
    z = (x @ w).reshape(-1, *SHAPE)
    return np.sum(z[:, 0] * np.exp(-(z[:, 1] ** 2)))
"""
RNG = np.random.default_rng(0)


def arguments(units, batch=5, inputs=3, gates=3):
    return RNG.normal(size=(inputs, gates * units)), RNG.normal(size=(batch, inputs))


def assert_right(derivative, function, args):
    expected = differences.gradient(function, args, wrt=(0, 1)).gradient
    for found, other in zip(derivative(*args), expected, strict=True):
        np.testing.assert_allclose(found, other, rtol=1e-6, atol=1e-8)


@pytest.fixture
def module(tmp_path):
    return written.load(tmp_path, TEXT)


def test_sizes_outside_spare_sums_over_axes(module):
    derivative = dpc.grad(module.gated, wrt=(0, 1), branches="hard")
    source = derivative.specialize(*arguments(4)).source
    assert "unbroadcast" not in source
    assert "np.concatenate" in source
    for batch, gates in ((5, 3), (7, 3), (1, 3), (4, 3), (12, 3), (5, 4), (3, 5)):
        assert_right(derivative, module.gated, arguments(4, batch, gates=gates))


def test_data_that_changes_its_size_is_seen(module):
    derivative = dpc.grad(module.gated, wrt=(0, 1), branches="hard")
    assert_right(derivative, module.gated, arguments(4))
    module.UNITS, module.SCALE = 3, np.linspace(1.0, 2.0, 3)
    assert_right(derivative, module.gated, arguments(3))
    assert_right(derivative, module.gated, arguments(4))
    module.SCALE = np.array([2.0])
    assert_right(derivative, module.gated, arguments(3))
    module.SCALE = 2.0
    assert_right(derivative, module.gated, arguments(3))


def test_numbers_that_are_no_sizes(module):
    derivative = dpc.grad(module.cut, wrt=(0, 1), branches="hard")
    for module.CUT in (2, 3, -2, -3, 6, 2, 0):
        given = (6, 5, 3, 1) if module.CUT else (1, 5, 3, 1)
        assert_right(derivative, module.cut, arguments(*given))


def test_data_of_changing_size_does_not_ask_for_more_and_more_variants(module):
    derivative = dpc.grad(module.gated, wrt=(0, 1), branches="hard")
    used = set()
    for units in (4, 3, 5, 6, 4, 3, 7):
        module.UNITS, module.SCALE = units, np.linspace(1.0, 2.0, units)
        used.add(derivative.specialize(*arguments(units)))
    assert len(used) <= 3


def test_whole_numbers_in_a_tuple(module):
    derivative = dpc.grad(module.folded, wrt=(0, 1), branches="hard")
    for shape in ((2, 3), (3, 2), (2, 1), (2, 3)):
        module.SHAPE = shape
        assert_right(derivative, module.folded, arguments(6, gates=1))


def test_an_array_that_is_given_another_shape_where_it_stands(module):
    module.SCALE = np.linspace(0.5, 1.5, 4).copy()
    derivative = dpc.grad(module.gated, wrt=(0, 1), branches="hard")
    assert_right(derivative, module.gated, arguments(4))
    module.SCALE.resize(1, refcheck=False)
    assert_right(derivative, module.gated, arguments(4))
