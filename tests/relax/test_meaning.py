"""The value of relaxed programs, beside an interpreter that knows no compiler."""

import inspect

import pytest

import dpc
from tests.relax import containers, test_exits, test_loops
from tests.relax.branching import program
from tests.relax.comparing import assert_same, some
from tests.relax.holding import holding
from tests.relax.looping import looping
from tests.relax.test_random_decisions import WRT, point

T = 0.7
# What a soft loop has left when it is not followed any further.
SPENT = 1e-5


@pytest.mark.parametrize("f", some([(f,) for f in containers.PROGRAMS], 8))
def test_containers(f):
    for x in (0.3, -0.4):
        assert assert_same(f, (x,), ("x",), 0.5, forms=False)


LOOPS = [*test_loops.PROGRAMS, *((f, test_exits.AT) for f in test_exits.PROGRAMS)]


@pytest.mark.parametrize(("f", "args"), some(LOOPS, 6))
def test_soft_loops(f, args):
    names = tuple(inspect.signature(f).parameters)
    assert assert_same(f, args, names, 0.4, SPENT, False, loops="soft")


# Programs drawn at random


def agree(seeds, written, forms=False, **options):
    """How many programs have a finite value, which is right for all of them."""
    count = 0
    for seed in seeds:
        f, text = written(seed)
        rtol = SPENT if options else 1e-8
        try:
            count += assert_same(
                f, point(seed), WRT, T, rtol, forms, f"{seed}\n{text}", **options
            )
        except dpc.UnsupportedError as error:
            assert "may be the same object" in str(error)
    return count


def test_a_few_that_decide():
    assert agree(range(10), program) > 5


def test_a_few_that_hold():
    assert agree(range(3), holding) > 1


def test_a_few_that_loop():
    assert agree(range(3), looping, loops="soft") > 0


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_three_hundred_that_decide(block):
    assert agree(range(1000 + 30 * block, 1030 + 30 * block), program, True) > 15


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_three_hundred_that_hold(block):
    assert agree(range(2000 + 30 * block, 2030 + 30 * block), holding, True) > 15


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_three_hundred_that_loop(block):
    seeds = range(1000 + 30 * block, 1030 + 30 * block)
    assert agree(seeds, looping, True, loops="soft") > 3
