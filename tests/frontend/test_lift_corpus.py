"""Every program of the corpus is lifted, checked and run: it computes what it computed.

Once with nothing known of the arguments, once with all that a call's arguments prove.
Meanwhile every value is compared with what is said to be known of it.
"""

import inspect
from types import MethodType

import numpy as np
import pytest

from dpc.frontend.lift import lift
from dpc.frontend.read import read
from dpc.ir.check import check
from dpc.ir.library import Library
from dpc.rules.all import LIBRARY
from dpc.signature import Symbols, fact_of
from tests import trees
from tests.frontend.facts import Watched
from tests.programs.corpus import CORPUS


def all_arguments(function, args, kwargs):
    """The arguments of the function that is lifted, with those bound and by default."""
    if isinstance(function, MethodType):
        args = (function.__self__, *args)
        function = function.__func__
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound


def facts_of(bound):
    symbols = Symbols()
    ordinary = {p.name: p.kind for p in bound.signature.parameters.values()}
    return {
        name: fact_of(value, symbols)
        for name, value in bound.arguments.items()
        if ordinary[name] not in (inspect.Parameter.VAR_KEYWORD,)
    }


def run(case, library: Library, specialised: bool):
    """The value of the lifted program, and the arguments as it leaves them."""
    args = case.args()
    bound = all_arguments(case.function, args, case.keywords())
    facts = facts_of(bound) if specialised else {}
    program = lift(read(case.function), library, facts)
    check(program.function, program.facts)
    given = Watched(program)
    value = case.seeded(lambda *a, **k: given.run(a, k))(*bound.args, **bound.kwargs)
    return value, args


# Where nothing is known of it, what has a method of arrays is taken for an array.
TAKEN_FOR_ARRAYS = {"objects-method_of_a_named_tuple"}


@pytest.mark.parametrize("specialised", [False, True], ids=["generic", "specialised"])
@pytest.mark.parametrize("name", CORPUS)
def test_same_value_and_same_mutation(name, specialised, capsys):
    case = CORPUS[name]
    args = case.args()
    if name in TAKEN_FOR_ARRAYS and not specialised:
        with pytest.raises(ValueError):
            run(case, LIBRARY, specialised)
        return
    with np.errstate(all="ignore"):
        expected = case.seeded(case.function)(*args, **case.keywords())
        value, after = run(case, LIBRARY, specialised)
    trees.assert_same(value, expected, ulps=4)
    trees.assert_same(after, args, ulps=4)
