"""Calls as users write them, compiled end to end: every argument, by position and by
name, as a function and as a method, in the module that a decorator writes and in the
variant for the arguments, against central differences.

Each line of `calls/*.txt` is an expression, see `expressions.py`. The letter `v` stands
before a call that only variants serve: the module that knows nothing of its operands
refuses it.
"""

from pathlib import Path

import numpy as np
import pytest

import dpc
from tests.rules import numbers
from tests.rules.expressions import arguments, loaded, marked, slopes

LINES = [
    (path.stem, line)
    for path in sorted((Path(__file__).parent / "calls").glob("*.txt"))
    for line in path.read_text().splitlines()
]
pytestmark = pytest.mark.filterwarnings("ignore")


def sampled(every):
    """The lines, of which the short run takes one in `every`."""
    return [
        pytest.param(*line, id=line[1], marks=[pytest.mark.slow] if k % every else [])
        for k, line in enumerate(LINES)
    ]


@pytest.fixture
def compiled(tmp_path, request):
    """The function of a line, and the names of its parameters."""
    return loaded(request.getfixturevalue("line"), tmp_path)


@pytest.mark.parametrize(("family", "line"), sampled(20))
def test_a_call_as_users_write_it(family, line, compiled):
    function, names = compiled
    args = arguments(names)
    with np.errstate(all="ignore"):
        derivative = dpc.value_and_grad(function, wrt=tuple(names), branches="hard")
        wanted = [slopes(function, args, place) for place in range(len(args))]
        calls = [derivative, derivative.generic]
        if "v" in marked(line)[0]:
            with pytest.raises(dpc.UnsupportedError, match="is not known"):
                calls.pop()(*args)
        for call in calls:
            given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
            value, found = call(*given)
            assert value == pytest.approx(function(*args), 1e-9)
            for bar, slope in zip(found, wanted):
                scale = max(1.0, np.max(np.abs(slope), initial=0.0))
                np.testing.assert_allclose(bar, slope, 1e-4, 1e-5 * scale)


@pytest.mark.parametrize(("family", "line"), sampled(100))
def test_a_push_is_the_gradient_along_its_direction(family, line, compiled):
    function, names = compiled
    args = arguments(names)
    dots = tuple(numbers.drawn_like(np.random.default_rng(3), arg) for arg in args)
    with np.errstate(all="ignore"):
        derivative = dpc.grad(function, wrt=tuple(names), branches="hard")
        bars = derivative(*[np.copy(a) if np.ndim(a) else a for a in args])
        wanted = sum(numbers.inner(*pair) for pair in zip(bars, dots, strict=True))
        push = dpc.pushforward(function, wrt=tuple(names))
        calls = [push, push.generic]
        if "v" in marked(line)[0]:
            with pytest.raises(dpc.UnsupportedError, match="is not known"):
                calls.pop()(*args, tangents=dots)
        for call in calls:
            given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
            value, found = call(*given, tangents=dots)
            assert value == pytest.approx(function(*args), 1e-9)
            assert found == pytest.approx(wanted, 1e-8, 1e-9)


def test_there_are_many_calls():
    assert len(LINES) > 1000
