"""Programs that are hard to lift compute what they computed, and facts of them hold."""

import copy

import pytest

from dpc.frontend.lift import lift
from dpc.frontend.read import read
from dpc.ir.check import check
from dpc.rules.all import LIBRARY
from dpc.signature import Symbols, fact_of
from tests import trees
from tests.frontend import lift_subjects_of_data
from tests.frontend.facts import Watched
from tests.frontend.lift_subjects import SUBJECTS

assert lift_subjects_of_data  # Adds its own.


def name_of(subject):
    return subject[0].__name__


@pytest.mark.parametrize("specialised", [False, True], ids=["generic", "specialised"])
@pytest.mark.parametrize("subject", SUBJECTS, ids=name_of)
def test_same_value_and_same_mutation(subject, specialised):
    function, arguments = subject
    expected_args, args = copy.deepcopy(arguments), copy.deepcopy(arguments)
    expected = function(*expected_args)
    names = function.__code__.co_varnames
    symbols = Symbols()
    facts = {name: fact_of(v, symbols) for name, v in zip(names, args)}
    program = lift(read(function), LIBRARY, facts if specialised else {})
    check(program.function, program.facts)
    value = Watched(program).run(args)
    trees.assert_same(value, expected, ulps=4)
    trees.assert_same(args, expected_args)
