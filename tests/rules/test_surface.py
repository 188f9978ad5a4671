"""What users of NumPy and SciPy call, name by name and argument by argument: right in
both modes, or refused by an error of dpc's own, never raw and never silently wrong.

Each line of `surface/*.txt` is an expression, see `expressions.py`. The letter `r`
stands before what is refused, in one mode at least: a name without a rule, or an
argument that no rule has.
"""

from pathlib import Path

import numpy as np
import pytest

import dpc
from dpc.errors import InternalError
from tests.rules import numbers
from tests.rules.expressions import arguments, loaded, marked, slopes

LINES = [
    line
    for path in sorted((Path(__file__).parent / "surface").glob("*.txt"))
    for line in path.read_text().splitlines()
]
pytestmark = pytest.mark.filterwarnings("ignore")
EVERY = 100
EACH = pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, id=line, marks=[pytest.mark.slow] if k % EVERY else [])
        for k, line in enumerate(LINES)
    ],
)


@EACH
def test_a_call_is_right_or_refused(line, tmp_path):
    function, names = loaded(line, tmp_path)
    args, places = arguments(names), range(len(names))
    with np.errstate(all="ignore"):
        value = function(*arguments(names))
        wanted = [slopes(function, args, place) for place in places]
        refused = in_reverse(function, names, value, wanted)
        refused |= in_forward(function, names, value, wanted)
    assert refused == ("r" in marked(line)[0])


def in_reverse(function, names, value, wanted):
    """The gradients are right, or the call is refused: whether it is."""
    try:
        compiled = dpc.value_and_grad(function, wrt=tuple(names), branches="hard")
        found, bars = compiled(*arguments(names))
    except dpc.DpcError as error:
        assert not isinstance(error, InternalError)
        return True
    assert found == pytest.approx(value, 1e-9)
    for name, bar, slope in zip(names, bars, wanted, strict=True):
        scale = max(1.0, np.max(np.abs(slope), initial=0.0))
        np.testing.assert_allclose(bar, slope, 1e-4, 1e-5 * scale, err_msg=name)
    return False


def in_forward(function, names, value, wanted):
    """The same of the tangent in some direction."""
    rng = np.random.default_rng(3)
    dots = tuple(numbers.drawn_like(rng, arg) for arg in arguments(names))
    slope = sum(numbers.inner(*pair) for pair in zip(wanted, dots, strict=True))
    try:
        push = dpc.pushforward(function, wrt=tuple(names), branches="hard")
        found, dot = push(*arguments(names), tangents=dots)
    except dpc.DpcError as error:
        assert not isinstance(error, InternalError)
        return True
    assert found == pytest.approx(value, 1e-9)
    assert dot == pytest.approx(slope, 1e-4, 1e-5 * max(1.0, abs(slope)))
    return False
