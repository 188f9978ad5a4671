"""What is known of `x[index]`, and how its adjoint must add."""

from typing import Any

import numpy as np
import pytest

from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Const, Slot
from dpc.rules.all import LIBRARY
from dpc.rules.indexing import getitem_domain
from dpc.rules.subscripts import adds_at, item_fact
from tests.rules import known
from tests.rules.samples import generator

SHAPES = ((), (1,), (4,), (0,), (2, 3), (1, 3), (0, 2), (3, 3), (2, 3, 2), (3, 1, 4))
CALLS = [
    pytest.param(*call.args, id=f"{shape}-{place}")
    for shape in SHAPES
    for place, call in enumerate(getitem_domain(generator("items"), shape))
    if not isinstance(call.args[1], np.bool)
]


def index_fact(index: Any) -> Fact:
    """The fact that the compiler has of an index as it is written."""
    if isinstance(index, tuple):
        return Fact("tuple", items=tuple(map(index_fact, index)))
    if isinstance(index, list):
        return Fact("list", items=tuple(map(F.of_constant, index)))
    return (
        known.fact_of(index) if isinstance(index, np.ndarray) else F.of_constant(index)
    )


@pytest.mark.parametrize(("x", "index"), CALLS)
def test_facts_hold(x: Any, index: Any) -> None:
    base = known.fact_of(x)
    fact = item_fact(base, index_fact(index))
    known.assert_holds(fact, x[index])
    if not any(isinstance(p, np.ndarray) and p.dtype == bool for p in parts(index)):
        assert fact.shape is not None and None not in fact.shape
    # With less known, less is claimed.
    for less in (F.array("f8"), Fact("number"), F.ANY):
        known.assert_holds(item_fact(less, index_fact(index)), x[index])
    known.assert_holds(item_fact(base, F.ANY), x[index])


@pytest.mark.parametrize(("x", "index"), CALLS)
def test_plain_addition_is_claimed_only_where_nothing_repeats(
    x: Any, index: Any
) -> None:
    form = adds_at(index_fact(index))
    assert form != "guarded"
    count = np.zeros(x.shape)
    np.add.at(count, index, 1.0)
    if form == "plain":
        assert count.max(initial=0) <= 1


def parts(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def test_an_index_of_which_nothing_is_known_is_looked_at_when_it_runs() -> None:
    assert adds_at(F.ANY) == adds_at(Fact("tuple")) == "guarded"
    assert adds_at(F.array("i8")) == "guarded"
    assert adds_at(Fact("scalar", "i8", ())) == "plain"


def test_symbolic_bounds_make_equal_sizes() -> None:
    build = Builder(LIBRARY)
    x = build.slot("x", F.array("f8", ("n",)))
    k = build.slot("k", Fact("int", "i8", (), value="k"))
    low = build.apply("slice", Const(None), k, Const(None))
    again = build.apply("slice", Const(None), k, Const(None))
    first, second = (build.apply("getitem", x, one) for one in (low, again))
    assert build.fact(first) == build.fact(second)
    assert build.fact(first).shape != (None,)


def test_items_of_containers() -> None:
    pair = Fact("tuple", items=(F.FLOAT, F.array("f8", ("n",))))
    assert item_fact(pair, F.of_constant(0)) == F.FLOAT
    assert item_fact(pair, F.of_constant(-1)).shape == ("n",)
    assert item_fact(pair, F.of_constant(slice(1, None))).items == pair.items[1:]
    assert item_fact(pair, F.INT) == Fact("number", "f8")
    entries = Fact("dict", fields=(("w", F.FLOAT),))
    assert item_fact(entries, F.of_constant("w")) == F.FLOAT
    assert item_fact(entries, F.of_constant("v")) == F.ANY
    assert item_fact(F.ANY, F.of_constant(0)) == F.ANY


def test_a_list_has_known_elements_only_where_it_is_written_out() -> None:
    build = Builder(LIBRARY)
    x = build.slot("x", F.array("f8", ("n",)))
    display = build.apply("list", x, x)
    assert build.fact(build.apply("np.concatenate", display)).shape == ("2*n",)
    named = build.assign(Slot("xs"), Apply("list", (x, x)))
    assert build.fact(build.apply("np.concatenate", named)).shape != ("2*n",)
