"""Every program of the corpus in forward mode: value, tangent, mutation, evaluation."""

import inspect
from functools import cache

import numpy as np
import pytest

import dpc
from dpc.ir.evaluate import evaluate
from dpc.runtime import tangent_tree
from dpc.variant import LATE
from tests import trees
from tests.along import direction, paired
from tests.programs.corpus import CORPUS, GENERIC_REFUSES
from tests.programs.test_programs import ULPS, differentiated, expected


@cache
def pushed(name):
    case = CORPUS[name]
    return dpc.pushforward(case.function, wrt=case.wrt, branches="hard")


def directions(name):
    """One tangent for each differentiated argument."""
    case = CORPUS[name]
    chosen = differentiated(case)
    rng = np.random.default_rng(7)
    chosen = chosen if isinstance(case.wrt, tuple) else (chosen,)
    return tuple(direction(one, rng) for one in chosen)


def along(name):
    gradient = expected(name)[2]
    gradient = gradient if isinstance(CORPUS[name].wrt, tuple) else (gradient,)
    return paired(gradient, directions(name))


def assert_right(name, run):
    case = CORPUS[name]
    value, args_after, _ = expected(name)
    args = case.args()
    out, out_dot = case.seeded(run)(*args, **case.keywords(), tangents=directions(name))
    if isinstance(out, tuple):  # with the mutated arguments
        out, out_dot = out[0], out_dot[0]
    trees.assert_same(out, value, ULPS)
    trees.assert_same(args, args_after, ULPS)
    assert type(out_dot) is type(out)
    slope, scale = along(name)
    assert abs(out_dot - slope) <= 1e-6 * scale


# Every program takes about 0.1 s: one in sixteen is in the fast suite.
EACH = [
    pytest.param(name, marks=[] if place % 16 == 0 else [pytest.mark.slow])
    for place, name in enumerate(CORPUS)
]


@pytest.mark.parametrize("name", EACH)
def test_specialised(name, capsys):
    assert_right(name, pushed(name))


@pytest.mark.parametrize("name", EACH)
def test_generic(name, capsys):
    if name in GENERIC_REFUSES:
        with pytest.raises(dpc.UnsupportedError):
            assert_right(name, pushed(name).generic)
    else:
        assert_right(name, pushed(name).generic)


@pytest.mark.parametrize("name", EACH)
def test_evaluation_is_the_printed_program(name, capsys):
    if name in GENERIC_REFUSES:
        return
    case = CORPUS[name]
    variant = pushed(name).generic
    dots = directions(name)
    printed = case.seeded(variant)(*case.args(), **case.keywords(), tangents=dots)
    function, args = case.function, case.args()
    if inspect.ismethod(function):
        function, args = function.__func__, (function.__self__, *args)
    bound = inspect.signature(function).bind(*args, **case.keywords())
    bound.apply_defaults()
    owner = variant.owner
    given = {
        dot: tangent_tree(bound.arguments[name], value)
        for name, dot, value in zip(owner.chosen.names, owner.dots, dots, strict=True)
    }
    kwargs = {**bound.kwargs, **given}
    found = case.seeded(evaluate)(variant.program, bound.args, kwargs, primitives=LATE)
    trees.assert_same(found, printed)
