"""Relaxed programs in forward mode: the same derivative as in reverse mode."""

import inspect
import warnings

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.relax import containers, test_declared, test_loops, test_values
from tests.relax.branching import program
from tests.relax.test_random_decisions import point

SLOW = pytest.mark.slow


def sampled(cases, every):
    """One in so many for the fast suite, the others where all are run."""
    return [
        case if place % every == 0 else pytest.param(*case, marks=SLOW)
        for place, case in enumerate(cases)
    ]


def agree(f, args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_modes_agree(f, *args, branches="soft", **options)


ROWS = [(f, args, wrt, t) for f, args, wrt, t, _, _ in test_values.ROWS]


@pytest.mark.parametrize(("f", "args", "wrt", "t"), sampled(ROWS, 2))
def test_known_values(f, args, wrt, t):
    agree(f, args, wrt=wrt, temperature=t)


@pytest.mark.parametrize(("f", "args"), sampled(test_loops.PROGRAMS, 4))
def test_soft_loops(f, args):
    names = tuple(inspect.signature(f).parameters)
    agree(f, args, wrt=names, loops="soft", temperature=0.3)


@pytest.mark.parametrize(("f", "x"), sampled(test_declared.PROGRAMS.items(), 3))
def test_declared(f, x):
    agree(f, (x,))


@pytest.mark.parametrize("f", [f for (f,) in zip(containers.PROGRAMS)][::6])
def test_containers(f):
    agree(f, (0.3,), temperature=0.5)


@pytest.mark.parametrize("seed", sampled([(seed,) for seed in range(60)], 40))
def test_random_decisions(seed):
    (seed,) = seed if isinstance(seed, tuple) else (seed,)
    f, text = program(seed)
    args = point(seed)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        value = dpc.soften(f, wrt=("x", "y", "w"), temperature=0.7)(*args)
        if np.isfinite(value) and abs(value) < 1e5:
            run = dpc.pushforward(
                f, wrt=("x", "y", "w"), branches="soft", temperature=0.7
            )
            back = dpc.value_and_grad(
                f, wrt=("x", "y", "w"), branches="soft", temperature=0.7
            )
            dots = (0.3, -0.8, np.array([0.5, 1.0, -0.2]))
            out, out_dot = run(*args, tangents=dots)
            found, gradient = back(*args)
            parts = [np.sum(g * d) for g, d in zip(gradient, dots, strict=True)]
            scale = 1 + sum(map(abs, parts))
            assert out == pytest.approx(found, rel=1e-12), text
            assert abs(out_dot - sum(parts)) < 1e-9 * scale, text
