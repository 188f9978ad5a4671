"""Containers that relaxed branches leave and write: leaf by leaf, under every name."""

import warnings

import pytest

import dpc
from tests.relax.containers import PROGRAMS

T = 0.5
STEP = 1e-6

# The short run takes one in three: a program is compiled seven times.
SOME = [
    pytest.param(f, id=f.__name__, marks=[pytest.mark.slow] if place % 3 else [])
    for place, f in enumerate(PROGRAMS)
]


def run(f, x, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return f(x, **options)


@pytest.mark.parametrize("f", SOME)
def test_derivative_of_the_relaxed_program(f):
    derivative = dpc.value_and_grad(f, branches="soft", temperature=T)
    relaxed = dpc.soften(f, temperature=T)
    forward = dpc.pushforward(f, branches="soft", temperature=T)
    for x in (0.3, -0.4):
        value, slope = run(derivative, x)
        above, below = run(relaxed, x + STEP), run(relaxed, x - STEP)
        assert value == run(relaxed, x)
        assert slope == pytest.approx((above - below) / (2 * STEP), rel=1e-6, abs=1e-8)
        assert run(derivative.generic, x) == pytest.approx((value, slope), rel=1e-12)
        found = run(forward, x, tangents=(1.0,))
        assert found == pytest.approx((value, slope), rel=1e-10)


@pytest.mark.parametrize("f", SOME)
def test_hard_program_in_the_limit(f):
    cold = dpc.value_and_grad(f, branches="soft", temperature=0.0)
    hard = dpc.value_and_grad(f, branches="hard")
    near = dpc.soften(f, temperature=1e-4)
    for x in (0.3, -0.45):
        (value, slope), (exact, exact_slope) = run(cold, x), run(hard, x)
        assert value == exact == f(x)
        assert slope == pytest.approx(exact_slope, rel=1e-14)
        assert run(near, x) == pytest.approx(f(x), rel=1e-12)


@pytest.mark.parametrize("f", SOME)
def test_the_test_is_relaxed(f):
    assert "the test is relaxed" in dpc.soften(f).report
