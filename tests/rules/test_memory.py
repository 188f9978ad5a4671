"""What a function's result shares with its operands, it is declared to share.

The reverse pass follows stores by that declaration: a view that is taken for a copy
would get a wrong derivative as soon as it is written.
"""

import numpy as np
import pytest

from dpc.frontend.lift import lift
from dpc.frontend.read import read
from dpc.ir.evaluate import Evaluator
from dpc.rules.all import LIBRARY
from tests.rules.expressions import OPERANDS
from tests.rules.test_calls import LINES, compiled  # noqa: F401

# The short run takes one line in thirty.
SOME = [
    pytest.param(*line, id=line[1], marks=[] if k % 30 == 0 else [pytest.mark.slow])
    for k, line in enumerate(LINES)
]


class Watched(Evaluator):
    """Notes what is declared fresh and shares memory that can be written."""

    def apply(self, call):
        result = super().apply(call)
        primitive = LIBRARY[call.fn]
        if call.fn in LIBRARY and primitive.memory == "fresh":
            arrays = [x for x in map(self.read, call.operands) if is_array(x)]
            parts = result if isinstance(result, list | tuple) else (result,)
            for part in filter(is_array, parts):
                if part.flags.writeable and any(
                    np.shares_memory(part, x) for x in arrays
                ):
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
