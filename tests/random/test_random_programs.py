"""Random programs: original = evaluated = printed, gradient = central differences.

A program is rejected, before anything is compared, where one of its tests comes within
1e-3 of its threshold, or one-sided differences of the primal disagree.
"""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import dpc
from dpc.ir.evaluate import evaluate
from tests import differences, trees
from tests.random.closeness import CLOSE, distance_of_tests
from tests.random.programs import RandomProgram, random_programs
from tests.written import load

# Minutes of work on two cores: part of `make test-all`.
pytestmark = pytest.mark.slow

ALL = os.environ.get("DPC_TEST_ALL") == "1"
BLOCKS, PROGRAMS = (40, 50) if ALL else (8, 25)
MOST_REJECTED = 0.10
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
    estimate = differences.gradient(function, program.arguments, WRT)
    return estimate.gradient if estimate.smooth else None


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
        for variant in (derivative.generic, derivative):
            args = program.arguments
            found, gradient = variant(*args)
            trees.assert_same(found, value, ulps=4)
            trees.assert_same(args, after, ulps=4)
            differences.assert_close(gradient, expected, rtol=1e-5)
        evaluated = evaluate(derivative.generic.program, program.arguments)
        printed = derivative.generic(*program.arguments)
        trees.assert_same(evaluated, printed)

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
