"""Random programs whose loops are run again: the gradient they have without."""

import numpy as np
import pytest

import dpc
from tests import trees
from tests.random.test_random_programs import WRT, for_each_program
from tests.written import load

BLOCKS = 8
STRATEGIES = (1, 3, "sqrt", ("revolve", 1), ("revolve", 2))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_programs(block, tmp_path):
    refused = []

    def check(program):
        function = load(tmp_path, program.text, "random").program
        plain = dpc.value_and_grad(function, wrt=WRT, branches="hard")
        checkpoint = STRATEGIES[block % len(STRATEGIES)]
        args, after = program.arguments, program.arguments
        try:
            made = dpc.value_and_grad(
                function, wrt=WRT, branches="hard", checkpoint=checkpoint
            )
            found = made(*args)
        except dpc.UnsupportedError:
            refused.append(program)
            return
        expected = plain(*after)
        if not np.isfinite(expected[0]):
            return
        # Products that are summed over a loop are not one product behind it.
        trees.assert_same(found, expected, ulps=64)
        trees.assert_same(args, after)

    for_each_program(block + 100, check)
    assert len(refused) < 5
