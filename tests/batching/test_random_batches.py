"""Random programs over batches: the stacked results and gradients of their rows."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import dpc
from tests import trees
from tests.batching import rows
from tests.random.programs import random_programs
from tests.written import load

ALL = os.environ.get("DPC_TEST_ALL") == "1"
BLOCKS, PROGRAMS = (20, 25) if ALL else (1, 4)
LARGEST = 1e5


def batch_of(arguments):
    """All floating arguments as a batch, its rows, and its axes."""
    several = [rows.rows_of(x) for x in arguments]
    whole = tuple(rows.stacked(each) for each in several)
    return whole, list(zip(*several, strict=True)), tuple(map(rows.axes_of, arguments))


def assert_rows(function, arguments):
    """Whether a function over a batch is accepted; it then equals its rows."""
    whole, each, axes = batch_of(arguments)
    expected = rows.each(function, [trees.copied(row) for row in each])
    leaves = [leaf for _, leaf in trees.leaves(expected)]
    if not all(np.all(np.abs(leaf) < LARGEST) for leaf in leaves):
        return True
    try:
        found = dpc.batch(function, in_axes=axes)(*whole)
    except dpc.UnsupportedError:
        return False
    rows.mapped(
        lambda want, got: np.testing.assert_allclose(got, want, 1e-6, 1e-8),
        rows.stacked(expected),
        found,
    )
    return True


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_programs(block, tmp_path):
    accepted = []

    @seed(block)
    @settings(
        max_examples=PROGRAMS,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(random_programs())
    def run(program):
        function = load(tmp_path, program.text, "random").program
        with np.errstate(all="ignore"):
            gradient = dpc.grad(function, wrt=(0, 1, 2, 3, 4), branches="hard")
            accepted.append(assert_rows(function, program.arguments))
            accepted.append(assert_rows(gradient, program.arguments))

    run()
    share = sum(accepted) / len(accepted)
    print(f"{share:.0%} of random programs and their gradients run over a batch")
    assert share > (0.5 if ALL else 0.2)
