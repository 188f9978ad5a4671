"""Lists where NumPy takes arrays, and lists of arrays whose length nobody knows."""

from typing import Any

import numpy as np
import pytest

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.live import live
from dpc.rules.domains import Call, call
from tests.rules import known, numbers, programs
from tests.rules.samples import generator

X, Y = np.array([0.3, -1.2, 0.8]), np.array([1.1, 0.4, -0.6])


def unknown_length(value: Any) -> Fact:
    """A list that may have grown since it was written."""
    return Fact("list") if isinstance(value, list) else known.fact_of(value)


FACTS = pytest.mark.parametrize(
    "fact_of", (programs.KNOWN, unknown_length), ids=("known", "unknown")
)


def assert_right(key: str, sample: Call, fact_of: Any) -> None:
    """Cotangents against differences, structured like the operands."""
    u = numbers.drawn_like(generator(key), live(key)(*sample.args, **sample.kwargs))
    bars, made = programs.reverse(key, sample, u, fact_of)
    assert bars
    for name, bar in bars.items():
        x = made.values[name]
        assert numbers.shapes(bar) == numbers.shapes(x)

        def value(at: Any, name: str = name) -> float:
            values = {**made.values, name: at}
            args = [values.get(n, a) for n, a in zip(made.rule.operands, sample.args)]
            return numbers.inner(u, live(key)(*args, **sample.kwargs))

        for path, index, slope in numbers.slopes(value, x):
            assert numbers.at(bar, path, index) == pytest.approx(slope, 1e-6, 1e-7)


@FACTS
@pytest.mark.parametrize(
    ("key", "sample"),
    [
        ("np.sum", call([X, Y], axis=0)),
        ("np.mean", call([0.5, 1.5])),
        ("np.max", call([X, Y], axis=0)),
        ("np.dot", call([1.0, 2.0, 3.0], X)),
        ("np.outer", call([0.5, 1.5], X)),
        ("np.linalg.norm", call([0.5, 1.2])),
        ("np.linalg.solve", call([[2.0, 1.0], [0.5, 3.0]], [1.0, 2.0])),
        ("np.linalg.det", call([[2.0, 1.0], [0.5, 3.0]])),
        ("np.cumsum", call([0.5, 1.0])),
        ("np.sort", call([0.5, 0.2])),
        ("np.transpose", call([X, Y])),
        ("np.reshape", call([0.5, 1.0, 2.0, 3.0], (2, 2))),
        ("np.flip", call([0.5, 1.5])),
        ("np.tile", call([0.5, 0.2], 2)),
        ("np.take", call([0.5, 1.5, 2.5], [0, 1, 0])),
        ("np.diag", call([0.5, 1.5])),
        ("np.maximum", call([0.5, 1.5, 2.5], X)),
        ("np.clip", call([0.5, 1.5], 0.7, 1.0)),
    ],
)
def test_a_list_of_numbers_is_an_array(key: str, sample: Call, fact_of: Any) -> None:
    if any(isinstance(x, list) and isinstance(x[0], int) for x in sample.args):
        fact_of = programs.KNOWN
    assert_right(key, sample, fact_of)


@FACTS
@pytest.mark.parametrize(
    ("key", "sample"),
    [
        ("np.concatenate", call([X, Y, X])),
        ("np.concatenate", call([X, np.ones((2, 2))], axis=None)),
        ("np.stack", call([X, Y], axis=1)),
        ("np.stack", call([0.5, 1.5])),
        ("np.vstack", call([X, np.ones((2, 3)), Y])),
        ("np.hstack", call([np.ones((2, 1)), np.ones((2, 3))])),
        ("np.hstack", call([X, 0.5, Y])),
        ("np.dstack", call([X, Y])),
        ("np.column_stack", call([X, np.ones((3, 2)), Y])),
        ("np.array", call([X, Y])),
        ("np.array", call([[0.5, 1.5], [2.5, 0.1]])),
        ("np.block", call([[np.ones((2, 2)), np.ones((2, 1))], [X.reshape(1, 3)]])),
        ("np.linalg.multi_dot", call([X, np.ones((3, 2)), np.ones(2)])),
        ("np.choose", call(np.array([0, 1, 0]), [X, Y])),
        ("np.select", call([X > 0, X < -1], [X * 2, Y], 0.5)),
    ],
)
def test_a_list_of_arrays_gets_a_list(key: str, sample: Call, fact_of: Any) -> None:
    assert_right(key, sample, fact_of)


def test_joins_of_a_list_of_unknown_length_know_the_rank() -> None:
    rows = Fact("list", element=F.array("f8", ("n",)))
    made = programs.program("np.stack", call([X, Y]), lambda value: rows)
    assert made.build.fact(made.out).shape == (None, "n")
