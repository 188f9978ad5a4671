"""Random programs in forward mode: the same derivative as in reverse mode."""

import numpy as np
import pytest

from tests.along import assert_modes_agree
from tests.random.test_random_programs import (
    ALL,
    LARGEST,
    WRT,
    differences_of,
    for_each_program,
)
from tests.written import load


# A program takes some seconds: four are written for it, each twice.
@pytest.mark.slow
@pytest.mark.parametrize("block", range(20 if ALL else 2))
def test_modes_agree_on_random_programs(block, tmp_path):
    left = [50 if ALL else 10]

    def check(program):
        if not left[0]:
            return
        left[0] -= 1
        function = load(tmp_path, program.text, "random").program
        if differences_of(function, program) is None:
            return
        assert abs(function(*program.arguments)) < LARGEST
        with np.errstate(all="ignore"):
            assert_modes_agree(function, *program.arguments, wrt=WRT)

    for_each_program(1000 + block, check)
