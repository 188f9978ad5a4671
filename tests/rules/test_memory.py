"""What a function's result shares with its operands, it is declared to share.

The reverse pass follows stores by that declaration: a view that is taken for a copy
would get a wrong derivative as soon as it is written.
"""

import warnings

import numpy as np
import pytest

from dpc.frontend.lift import lift
from dpc.frontend.read import read
from dpc.ir.evaluate import Evaluator
from dpc.rules.all import LIBRARY
from tests.oracle import assert_right
from tests.rules.expressions import OPERANDS
from tests.rules.test_calls import LINES, compiled  # noqa: F401

# The short run takes one line in thirty.
SOME = [
    pytest.param(*line, id=line[1], marks=[] if k % 30 == 0 else [pytest.mark.slow])
    for k, line in enumerate(LINES)
]


class Watched(Evaluator):
    """Notes what is declared fresh and shares memory with what it was given."""

    def apply(self, call):
        result = super().apply(call)
        primitive = LIBRARY[call.fn]
        if call.fn in LIBRARY and primitive.memory == "fresh":
            arrays = [x for x in map(self.read, call.operands) if is_array(x)]
            parts = result if isinstance(result, list | tuple) else (result,)
            for part in filter(is_array, parts):
                if any(np.shares_memory(part, x) for x in arrays):
                    self.found.append(call.fn)
        return result


def is_array(x):
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc"


@pytest.mark.parametrize(("family", "line"), SOME)
def test_views_are_declared(family, line, compiled):  # noqa: F811
    function, names = compiled
    program = lift(read(function), LIBRARY, {})
    watched = Watched(program)
    watched.found = []
    args = [
        np.copy(OPERANDS[n]) if np.ndim(OPERANDS[n]) else OPERANDS[n] for n in names
    ]
    with np.errstate(all="ignore"):
        watched.run(args)
    assert not watched.found


def precision(x):
    y = np.float64(x)
    y[0] = 2 * x[1] * x[0]
    return np.sum(x * y)


def diagonal(x):
    m = np.outer(x, x)
    y = np.linalg.diagonal(m)
    s = np.sum(y**2)
    m[0, 0] = 5 * x[1]
    return s + np.sum(y * x)


def integrated_no_times(x):
    y = np.polyint(x, 0)
    y[0] = 2 * x[1] * x[0]
    return np.sum(x * y)


@pytest.mark.parametrize("f", [precision, diagonal, integrated_no_times])
def test_what_gives_back_its_operand_is_followed(f):
    assert_right(f, np.array([0.3, -0.7, 1.1]))


ALONE = [np.ones((3, 3)), np.ones(3), np.ones((3, 3), np.float32), np.ones(3, int)]


def shares(f, *args):
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out = f(*args)
    except Exception:  # not a call that is meant
        return False
    parts = out if isinstance(out, list | tuple) else (out,)
    return any(np.shares_memory(p, args[0]) for p in parts if isinstance(p, np.ndarray))


def test_no_function_of_numpy_shares_memory_undeclared():
    """Of one array, and of one with a number that may mean none, no time, as it is."""
    # These are told apart, or refused, where they give back what they were given.
    known = {f"np.{name}" for name in "diff polyint polyder nan_to_num".split()}
    known |= {"np.fft.fftn", "np.fft.ifftn"}
    found = set()
    for key, primitive in LIBRARY.primitives.items():
        if not key.startswith("np.") or primitive.memory != "fresh" or key in known:
            continue
        f = np
        for name in key.split(".")[1:]:
            f = getattr(f, name, None)
        second = () if isinstance(f, np.ufunc) else (0, 1, None, ())
        for x in ALONE:
            calls = [(x,), *((x, other) for other in second)]
            if primitive.effect in ("", "reads") and any(shares(f, *c) for c in calls):
                found.add(key)
    assert not found
