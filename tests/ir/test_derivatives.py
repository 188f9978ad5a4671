"""The program of every derivative of the corpus, evaluated: it is what is printed."""

import inspect

import pytest

from dpc.ir.evaluate import evaluate
from dpc.variant import LATE
from tests import trees
from tests.programs.corpus import CORPUS, GENERIC_REFUSES
from tests.programs.test_programs import compiled


@pytest.mark.parametrize("name", [n for n in CORPUS if n not in GENERIC_REFUSES])
def test_evaluation_is_the_printed_derivative(name, capsys):
    case = CORPUS[name]
    variant = compiled(name).generic
    expected = case.seeded(variant)(*case.args(), **case.keywords())
    function, args = case.function, case.args()
    if inspect.ismethod(function):
        function, args = function.__func__, (function.__self__, *args)
    bound = inspect.signature(function).bind(*args, **case.keywords())
    bound.apply_defaults()
    run = case.seeded(evaluate)
    found = run(variant.program, bound.args, bound.kwargs, primitives=LATE)
    trees.assert_same(found, expected)
