"""Random programs: original = evaluated = printed, gradient = central differences.

A program is rejected, before anything is compared, where one of its tests comes within
1e-3 of its threshold, where one-sided differences of the primal disagree, or where its
value is so large that differences of it have too few digits.
"""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import dpc
from dpc.ir.evaluate import evaluate
from dpc.variant import LATE
from tests import differences, trees
from tests.random.closeness import CLOSE, distance_of_tests
from tests.random.programs import RandomProgram, random_programs
from tests.written import load

ALL = os.environ.get("DPC_TEST_ALL") == "1"
BLOCKS, PROGRAMS = (40, 50) if ALL else (4, 12)
MOST_REJECTED = 0.10
LARGEST = 1e5
WRT = (0, 1, 2, 3, 4)


def for_each_program(block, check):
    """Calls `check` on the programs of a block: the same ones in every run."""

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
        with np.errstate(all="ignore"):
            check(program)

    run()


def differences_of(function, program: RandomProgram):
    """The gradient to expect, None for a program that is rejected."""
    if distance_of_tests(program.text, trees.copied(program.arguments)) < CLOSE:
        return None
    if not abs(function(*program.arguments)) < LARGEST:
        return None
    estimate = differences.gradient(function, program.arguments, WRT)
    return estimate.gradient if estimate.smooth else None


def assert_of_their_own(gradient, args):
    """The arrays of a gradient can be written, and share memory with nothing."""
    mine = [part for part in gradient if isinstance(part, np.ndarray)]
    for place, array in enumerate(mine):
        assert array.flags.writeable
        for other in (*mine[:place], *args):
            assert not np.shares_memory(array, other)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_programs(block, tmp_path):
    def check(program):
        function = load(tmp_path, program.text, "random").program
        expected = differences_of(function, program)
        if expected is None:
            return
        after = trees.copied(program.arguments)
        value = function(*after)
        derivative = dpc.value_and_grad(function, wrt=WRT, branches="hard")
        for variant in (
            derivative.generic,
            derivative.specialize(*program.arguments),
        ):
            args = program.arguments
            result = variant(*args)
            trees.assert_same(result[0], value, ulps=4)
            trees.assert_same(args, after, ulps=4)
            differences.assert_close(result[1], expected, rtol=1e-5)
            assert_of_their_own(result[1], args)
            evaluated = evaluate(variant.program, program.arguments, primitives=LATE)
            trees.assert_same(evaluated, result)

    for_each_program(block, check)


def test_few_programs_are_rejected(tmp_path, capsys):
    rejected = []

    def check(program):
        function = load(tmp_path, program.text, "random").program
        rejected.append(differences_of(function, program) is None)

    for block in range(BLOCKS):
        for_each_program(block, check)
    share = sum(rejected) / len(rejected)
    with capsys.disabled():
        print(f"\n{len(rejected)} random programs, {share:.1%} rejected", end=" ")
    assert share < MOST_REJECTED
