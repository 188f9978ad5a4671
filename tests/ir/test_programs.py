"""Every program of the corpus as lifted: its value, what it writes, its tangents."""

import inspect
from functools import cache

import pytest

from dpc.frontend.lift import lift
from dpc.frontend.read import read
from dpc.ir.check import check
from dpc.ir.evaluate import evaluate
from dpc.rules.all import LIBRARY
from dpc.signature import Symbols, fact_of
from tests import differences, trees
from tests.forward import forward_gradient
from tests.programs.corpus import CORPUS, GENERIC_REFUSES

# Programs that refuse such a call have no meaning for it.
EACH = pytest.mark.parametrize(
    ("name", "specialised"),
    [
        pytest.param(name, specialised, id=f"{name}-{kind}")
        for kind, specialised in {"generic": False, "specialised": True}.items()
        for name in CORPUS
        if specialised or name not in GENERIC_REFUSES
    ],
)


def bound_arguments(case):
    """The function itself, and the arguments it is called with."""
    function, args = case.function, case.args()
    if inspect.ismethod(function):
        function, args = function.__func__, (function.__self__, *args)
    bound = inspect.signature(function).bind(*args, **case.keywords())
    bound.apply_defaults()
    return function, bound


@cache
def lifted(name, specialised):
    """The program, with nothing known or with what the arguments prove."""
    function, bound = bound_arguments(CORPUS[name])
    symbols = Symbols()
    arguments = bound.arguments if specialised else {}
    facts = {key: fact_of(value, symbols) for key, value in arguments.items()}
    program = lift(read(function), LIBRARY, facts)
    check(program.function, program.facts)
    return program


@EACH
def test_evaluation_is_the_program(name, specialised, capsys):
    case, program = CORPUS[name], lifted(name, specialised)
    _, bound = bound_arguments(case)
    receivers = int(inspect.ismethod(case.function))
    after = trees.copied(case.args())
    expected = case.seeded(case.function)(*after, **case.keywords())
    printed = capsys.readouterr().out
    found = case.seeded(evaluate)(program, bound.args, bound.kwargs)
    trees.assert_same(found, expected)
    trees.assert_same(bound.args[receivers : receivers + len(after)], after)
    assert capsys.readouterr().out == printed


@EACH
def test_tangents_are_differences(name, specialised, capsys):
    case, program = CORPUS[name], lifted(name, specialised)
    _, bound = bound_arguments(case)
    found = forward_gradient(program, bound, case.wrt, case.before)
    differences.assert_close(found, case.differences.gradient)
