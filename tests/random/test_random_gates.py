"""Random programs that cut arrays into parts: right, whatever is known of their sizes.

The generic program knows nothing, the first variant ranks and ones, the second which
sizes are multiples of others, the third the sizes of data outside.
"""

import numpy as np
import pytest

import dpc
from tests import differences
from tests.along import assert_modes_agree
from tests.random.gates import program
from tests.random.test_random_programs import ALL
from tests.written import load

WRT = (0, 1, 2, 3, 4)


@pytest.mark.parametrize("block", range(40 if ALL else 4))
def test_gradients_of_parts(block, tmp_path):
    smooth = 0
    for seed in range(15 * block, 15 * block + 15):
        made = program(seed)
        function = load(tmp_path, made.text, "gates").program
        estimate = differences.gradient(function, made.args, wrt=WRT)
        if not estimate.smooth:
            continue
        smooth += 1
        derivative = dpc.grad(function, wrt=WRT, branches="hard")
        for variant in (derivative, derivative.generic):
            for found, expected in zip(
                variant(*made.args), estimate.gradient, strict=True
            ):
                np.testing.assert_allclose(
                    found, expected, rtol=1e-5, atol=1e-6, err_msg=made.text
                )
        if seed % 5 == 0:
            assert_modes_agree(function, *made.args, wrt=WRT)
        assert_other_batches(derivative, made)
    assert smooth > 5


def assert_other_batches(derivative, made):
    """What serves other sizes is right for them too."""
    w, u, x, h, table, places = made.args
    for more in (1, 2, len(x) + 2):
        rows = np.arange(more) % len(x)
        args = w, u, x[rows], h[rows], table, places % more
        try:
            derivative.primal(*args)
        except (IndexError, ValueError):
            continue
        general = derivative.generic(*args)
        for found, expected in zip(derivative(*args), general, strict=True):
            np.testing.assert_allclose(
                found, expected, rtol=1e-9, atol=1e-12, err_msg=made.text
            )
