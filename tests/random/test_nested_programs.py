"""Random programs of which the gradient is differentiated: against its differences."""

import os

import numpy as np
import pytest

import dpc
from tests import differences, trees
from tests.random.programs import RandomProgram
from tests.random.test_random_programs import differences_of, for_each_program
from tests.written import load

ALL = os.environ.get("DPC_TEST_ALL") == "1"
BLOCKS = 8 if ALL else 1
WRT = (0, 1, 2, 3, 4)

NESTED = """

import dpc

slopes = dpc.grad(program, wrt=(0, 1, 2, 3, 4), branches="hard")


def nested(x, y, g, a, b):
    x_bar, y_bar, g_bar, a_bar, b_bar = slopes(x, y, g, a, b)
    arrays = np.sum(np.cos(x_bar)) + np.sum(np.cos(y_bar)) + np.sum(np.cos(g_bar))
    return arrays + np.cos(a_bar) + np.cos(b_bar)
"""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_programs_twice(block, tmp_path):
    refused, right = [], []

    def check(program: RandomProgram):
        module = load(tmp_path, program.text + NESTED, "random")
        if differences_of(module.program, program) is None:
            return
        try:
            estimate = differences.gradient(module.nested, program.arguments, WRT)
        except dpc.DpcError as error:
            raise AssertionError(str(error)) from error
        if not estimate.smooth:
            return
        derivative = dpc.grad(module.nested, wrt=WRT, branches="hard")
        args = trees.copied(program.arguments)
        try:
            found = derivative(*args)
        except dpc.UnsupportedError as error:
            refused.append(error)
            return
        differences.assert_close(found, estimate.gradient, rtol=1e-4)
        right.append(found)

    for_each_program(block, check)
    # What is stored into lists that are joined has no second derivative, and says so.
    print(f"{len(right)} right, {len(refused)} refused")
    assert len(refused) < len(right), refused


__all__ = ["np"]
