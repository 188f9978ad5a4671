"""Second derivatives of the corpus, forward over reverse, against the gradient's own
differences."""

import inspect
import warnings

import numpy as np
import pytest

import dpc
from tests import trees
from tests.along import direction, moved
from tests.compiled import compiled
from tests.programs.corpus import CORPUS, GENERIC_REFUSES
from tests.programs.test_programs import differentiated

STEP = 1e-5
EACH = [
    pytest.param(name, marks=[] if place % 24 == 0 else [pytest.mark.slow])
    for place, name in enumerate(CORPUS)
]


def slope(case, gradient, dots):
    """Differences of the gradient, leaf by leaf."""
    names = list(inspect.signature(case.function).parameters)

    def at(step):
        args, kwargs = list(case.args()), case.keywords()
        for position, dot in zip(case.positions, dots, strict=True):
            name = names[position] if isinstance(position, int) else position
            if name in kwargs:
                kwargs[name] = moved(kwargs[name], dot, step)
            else:
                place = names.index(name)
                args[place] = moved(args[place], dot, step)
        return case.seeded(gradient)(*args, **kwargs)

    above, below = trees.leaves(at(STEP)), trees.leaves(at(-STEP))
    for (path, a), (_, b) in zip(above, below, strict=True):
        if a is not None:
            yield path, (np.asarray(a) - b) / (2 * STEP)


def assert_right(name, generic):
    case = CORPUS[name]
    gradient = compiled(dpc.grad, case.function, wrt=case.wrt, branches="hard")
    product = compiled(dpc.hvp, case.function, wrt=case.wrt, branches="hard")
    chosen = differentiated(case)
    chosen = chosen if isinstance(case.wrt, tuple) else (chosen,)
    rng = np.random.default_rng(1)
    dots = tuple(direction(one, rng) for one in chosen)
    run = product.generic if generic else product
    back = gradient.generic if generic else gradient
    v = dots if isinstance(case.wrt, tuple) else dots[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keywords = case.keywords()
        # By name where arguments may follow by name; a parameter `v` is another one.
        given = (v,) if "v" in product.signature.parameters else ()
        keywords |= {} if given else {"v": v}
        made = case.seeded(run)(*case.args(), *given, **keywords)
        found = dict(trees.leaves(made))
        expected = dict(slope(case, back, dots))
    for path, wanted in expected.items():
        scale = max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
        np.testing.assert_allclose(found[path], wanted, rtol=0, atol=2e-5 * scale)


@pytest.mark.parametrize("name", EACH)
def test_specialised(name, capsys):
    try:
        assert_right(name, False)
    except dpc.UnsupportedError as error:
        assert "compiled when it is reached" in str(error)


@pytest.mark.parametrize("name", EACH)
def test_generic(name, capsys):
    if name in GENERIC_REFUSES:
        return
    try:
        assert_right(name, True)
    except dpc.UnsupportedError as error:
        assert "compiled when it is reached" in str(error)
