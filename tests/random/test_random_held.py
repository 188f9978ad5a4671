"""Random programs of what containers hold: gradients, and gradients of these."""

from types import ModuleType

import numpy as np
import pytest

import dpc
from tests import differences
from tests.random.held import program
from tests.random.test_random_programs import ALL
from tests.written import load

POINT, WRT = (1.3, 0.7), (0, 1)
TWICE = """

import dpc

slopes = dpc.grad(program, wrt=(0, 1))


def twice(w, b):
    w_bar, b_bar = slopes(w, b)
    return 0.7 * w_bar + b_bar


slopes_of_slopes = dpc.grad(twice, wrt=(0, 1))


def thrice(w, b):
    w_bar, b_bar = slopes_of_slopes(w, b)
    return w_bar + 0.6 * b_bar
"""


@pytest.mark.parametrize("block", range(20 if ALL else 1))
def test_gradients_of_gradients(block, tmp_path):
    size = 50 if ALL else 15
    found = []
    for seed in range(size * block, size * (block + 1)):
        module = load(tmp_path, program(seed) + TWICE, "held")
        assert compared(module, "program"), program(seed)
        found.append(compared(module, "twice"))
        if seed % 5 == 0:
            compared(module, "thrice")
    assert sum(found) >= 0.9 * size, found


def compared(module: ModuleType, name: str) -> bool:
    """Whether the gradient is known; a wrong one fails."""
    function = getattr(module, name)
    try:
        gradient = dpc.grad(function, wrt=WRT)(*POINT)
    except dpc.UnsupportedError:
        return False
    expected = differences.gradient(function, POINT, wrt=WRT).gradient
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-5)
    return True
