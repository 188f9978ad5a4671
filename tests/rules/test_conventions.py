"""Derivatives at kinks, ties, zeros and infinities, as docs/language.md has them."""

import math
from typing import Any

import numpy as np
import pytest

from dpc.ir.live import live
from dpc.rules.domains import call
from tests.rules import programs

FACTS = pytest.mark.parametrize(
    "fact_of", (programs.KNOWN, programs.UNKNOWN), ids=("known", "unknown")
)
INF = math.inf


def slopes(
    key: str, *args: Any, fact_of: Any, u: Any = None, **kwargs: Any
) -> list[Any]:
    """The cotangents of the floating operands for a cotangent of ones."""
    sample = call(*args, **kwargs)
    if u is None:
        out = live(key)(*args, **kwargs)
        u = np.ones(np.shape(out))[()] if np.shape(out) else 1.0
    return list(programs.reverse(key, sample, u, fact_of)[0].values())


@FACTS
@pytest.mark.parametrize(
    "key", ("np.maximum", "np.minimum", "np.fmax", "np.fmin", "max", "min")
)
def test_two_that_tie_share_equally(key: str, fact_of: Any) -> None:
    assert slopes(key, 1.5, 1.5, fact_of=fact_of) == [0.5, 0.5]


@FACTS
@pytest.mark.parametrize("key", ("max", "min"))
def test_three_that_tie_share_equally(key: str, fact_of: Any) -> None:
    third = pytest.approx(1 / 3)
    assert slopes(key, 1.0, 1.0, 1.0, fact_of=fact_of) == [third, third, third]


@FACTS
@pytest.mark.parametrize("items", ([2.0, 1.0, 2.0], (2.0, 1.0, 2.0)))
def test_items_that_tie_share_equally(items: Any, fact_of: Any) -> None:
    (bar,) = slopes("max", items, fact_of=fact_of)
    assert list(bar) == [0.5, 0.0, 0.5]


@FACTS
def test_elements_that_tie_share_equally(fact_of: Any) -> None:
    x = np.array([[2.0, 1.0, 2.0], [0.0, 3.0, 1.0]])
    (bar,) = slopes("np.max", x, axis=1, fact_of=fact_of)
    np.testing.assert_array_equal(bar, [[0.5, 0, 0.5], [0, 1, 0]])


@FACTS
def test_minus_infinities_tie_too(fact_of: Any) -> None:
    x, y = np.array([-INF, 0.0]), np.array([-INF, -INF])
    for bar, wanted in zip(
        slopes("np.maximum", x, y, fact_of=fact_of), ([0.5, 1], [0.5, 0])
    ):
        np.testing.assert_array_equal(bar, wanted)


@FACTS
@pytest.mark.parametrize(
    ("key", "x", "slope"),
    [
        ("abs", 0.0, 0.0),
        ("np.abs", 0.0, 0.0),
        ("np.fabs", np.array(0.0), 0.0),
        ("math.fabs", 0.0, 0.0),
        ("np.sqrt", np.array([0.0]), INF),
        ("np.sqrt", 0.0, INF),
        ("math.sqrt", 0.0, INF),
        ("math.cbrt", 0.0, INF),
        ("np.cbrt", np.array([0.0]), INF),
        ("math.asin", 1.0, INF),
        ("math.acos", -1.0, -INF),
        ("math.acosh", 1.0, INF),
        ("np.arcsin", np.array([1.0]), INF),
        ("dpc.relu", 0.0, 0.0),
        ("dpc.relu", np.array([0.0]), 0.0),
        ("np.sinc", np.array([0.0]), 0.0),
        ("scipy.special.i1e", np.array([0.0]), 0.5),
    ],
)
def test_slopes_at_zero_and_at_the_ends(
    key: str, x: Any, slope: float, fact_of: Any
) -> None:
    (bar,) = slopes(key, x, fact_of=fact_of)
    np.testing.assert_array_equal(np.ravel(bar), slope)


@pytest.mark.parametrize("as_number", (float, np.float64, np.array, np.atleast_1d))
@pytest.mark.parametrize(
    ("key", "x", "slope"),
    [
        ("np.log", 0.0, INF),
        ("np.log1p", -1.0, INF),
        ("np.arctanh", 1.0, INF),
        ("scipy.special.logit", 1.0, INF),
        ("scipy.special.exp1", 0.0, -INF),
        ("scipy.special.entr", 0.0, INF),
        ("np.angle", 0.0, 0.0),
    ],
)
def test_functions_of_numpy_do_not_raise_for_floats(
    key: str, x: float, slope: float, as_number: Any
) -> None:
    found = slopes(key, as_number(x), fact_of=programs.KNOWN) or [0.0]
    np.testing.assert_array_equal(np.ravel(found[0]), slope)


@pytest.mark.parametrize("as_number", (float, np.float64, np.array, np.atleast_1d))
@pytest.mark.parametrize(
    ("key", "x", "y", "wanted"),
    [
        # Of nothing the other operand does not matter.
        ("scipy.special.xlogy", 0.0, 0.0, (-INF, 0.0)),
        ("scipy.special.xlogy", 2.0, 0.0, (-INF, INF)),
        ("scipy.special.xlog1py", 0.0, -1.0, (-INF, 0.0)),
        ("scipy.special.rel_entr", 0.0, 2.0, (-INF, 0.0)),
        ("scipy.special.rel_entr", 0.0, 0.0, (math.nan, 0.0)),
        ("scipy.special.rel_entr", 2.0, 0.0, (INF, -INF)),
        ("scipy.special.kl_div", 0.0, 0.0, (math.nan, 1.0)),
    ],
)
def test_entropies_at_zero(
    key: str, x: float, y: float, wanted: Any, as_number: Any
) -> None:
    found = slopes(key, as_number(x), as_number(y), fact_of=programs.KNOWN)
    np.testing.assert_array_equal(np.ravel(found), wanted)


@FACTS
@pytest.mark.parametrize(
    ("key", "args", "slope"),
    [
        ("scipy.special.spence", (1.0,), -1.0),
        ("scipy.special.ellipk", (0.0,), math.pi / 8),
        ("scipy.special.ellipk", (1e-10,), math.pi / 8 * (1 + 9e-10 / 8)),
        ("scipy.special.ellipe", (0.0,), -math.pi / 8),
        ("scipy.special.lambertw", (0.0,), 1.0),
        ("scipy.special.exprel", (1e-15,), 0.5),
        ("scipy.special.eval_legendre", (3, 1.0), 6.0),
        ("scipy.special.eval_chebyu", (2, -1.0), -8.0),
    ],
)
def test_slopes_where_a_quotient_would_cancel(
    key: str, args: Any, slope: float, fact_of: Any
) -> None:
    *orders, x = args
    (bar,) = slopes(key, *orders, np.array([x]), fact_of=fact_of)
    np.testing.assert_allclose(bar, [slope], 1e-14)


@pytest.mark.parametrize("fact_of", (programs.KNOWN,))
@pytest.mark.parametrize(
    ("key", "args", "wanted"),
    [
        ("scipy.special.gammainc", (1.0, 0.0), (0.0, 1.0)),
        ("scipy.special.betainc", (1.0, 2.0, 0.0), (0.0, 0.0, 2.0)),
    ],
)
def test_distributions_at_their_ends(
    key: str, args: Any, wanted: Any, fact_of: Any
) -> None:
    found = slopes(key, *map(np.atleast_1d, args), fact_of=fact_of)
    np.testing.assert_allclose(np.ravel(found), wanted, 1e-12)


@FACTS
@pytest.mark.parametrize("key", ("sici", "shichi"))
def test_what_nobody_reads_of_two_integrals_does_not_matter(
    key: str, fact_of: Any
) -> None:
    u = (np.ones(1), np.zeros(1))
    (bar,) = slopes(f"scipy.special.{key}", np.zeros(1), fact_of=fact_of, u=u)
    np.testing.assert_array_equal(bar, 1.0)


@FACTS
@pytest.mark.parametrize(
    ("x", "y", "slope"),
    [
        (0.0, 0.5, INF),
        (0.0, 1.5, 0.0),
        (0.0, 2, 0.0),
        (0.0, 1, 1.0),
        (0.0, 0, 0.0),
        (1e-200, -1, -INF),
        (-2.0, 3, 12.0),
        (-2.0, -2, 0.25),
    ],
)
def test_powers_of_floats_never_raise(
    x: float, y: float, slope: float, fact_of: Any
) -> None:
    for key in ("operator.pow", "np.power", "pow"):
        bar = programs.reverse(key, call(x, y), 1.0, fact_of)[0].get("x", 0.0)
        assert bar == pytest.approx(slope)


@FACTS
def test_the_exponent_has_a_slope_only_if_it_varies(fact_of: Any) -> None:
    made = programs.program("operator.pow", call(np.array([-1.0, 2.0]), 2), fact_of)
    g = made.input("g", np.ones(2), fact_of)
    programs.adjoints(made, g)
    assert not any("log" in s.value.fn for s in made.build.block)


@FACTS
def test_the_slope_in_the_exponent_at_zero(fact_of: Any) -> None:
    assert slopes("operator.pow", 0.0, 2.0, fact_of=fact_of) == [0.0, 0.0]
    for bar in slopes("np.power", np.zeros(2), np.full(2, 2.0), fact_of=fact_of):
        np.testing.assert_array_equal(bar, 0.0)


@FACTS
def test_clip_is_one_on_the_closed_interval(fact_of: Any) -> None:
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    bar, low, high = slopes(
        "np.clip", x, np.array(-1.0), np.array(1.0), fact_of=fact_of
    )
    np.testing.assert_array_equal(bar, [0, 1, 1, 1, 0])
    assert (low, high) == (1.0, 1.0)


@FACTS
def test_where_passes_exactly_nothing_to_the_other_side(fact_of: Any) -> None:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    test, u = np.array([True, False]), np.array([INF, math.nan])
    x_bar, y_bar = slopes("np.where", test, x, y, fact_of=fact_of, u=u)
    np.testing.assert_array_equal(x_bar, [INF, 0])
    np.testing.assert_array_equal(y_bar, [0, math.nan])


@FACTS
@pytest.mark.parametrize("key", ("np.hypot", "math.hypot"))
def test_hypot_at_the_origin(key: str, fact_of: Any) -> None:
    assert slopes(key, 0.0, 0.0, fact_of=fact_of) == [0.0, 0.0]


@FACTS
@pytest.mark.parametrize("key", ("np.std", "np.nanstd"))
def test_the_deviation_of_equal_numbers(key: str, fact_of: Any) -> None:
    (bar,) = slopes(key, np.ones(3), fact_of=fact_of)
    np.testing.assert_array_equal(bar, 0.0)


@FACTS
def test_products_with_zeros(fact_of: Any) -> None:
    (bar,) = slopes("np.prod", np.array([0.0, 2.0, 3.0]), fact_of=fact_of)
    np.testing.assert_array_equal(bar, [6, 0, 0])
    (bar,) = slopes("np.cumprod", np.array([2.0, 0.0, 3.0]), fact_of=fact_of)
    np.testing.assert_array_equal(bar, [1, 2 + 6, 0])


@FACTS
@pytest.mark.parametrize(
    ("key", "args"),
    [
        ("operator.mul", (2.0, 3.0)),
        ("operator.truediv", (2.0, 3.0)),
        ("operator.pow", (2.0, 3.0)),
        ("operator.mod", (2.5, 1.0)),
        ("abs", (-2.0,)),
        ("max", (1.0, 2.0)),
        ("min", (1.0, 2.0, 3.0)),
        ("math.sin", (2.0,)),
        ("math.exp2", (2.0,)),
        ("math.log10", (2.0,)),
        ("math.pow", (2.0, 3.0)),
        ("math.copysign", (2.0, -3.0)),
        ("math.lgamma", (2.0,)),
        ("math.erf", (0.5,)),
        ("dpc.sigmoid", (0.5,)),
        ("dpc.softplus", (0.5,)),
        ("dpc.relu", (0.5,)),
        ("dpc.silu", (0.5,)),
    ],
)
def test_floats_stay_floats(key: str, args: Any, fact_of: Any) -> None:
    if fact_of is programs.KNOWN:
        bars = slopes(key, *args, fact_of=fact_of)
        assert bars and all(type(bar) in (float, int) for bar in bars)


@FACTS
@pytest.mark.parametrize(
    ("key", "args", "wanted"),
    [
        ("math.fabs", (-2.0,), [-1]),
        ("math.copysign", (-2.0, -3.0), [1, None]),
        ("max", (1.0, 1.0), [0.5, 0.5]),
        ("max", (1.0, 1.0, 0.0), [0.5, 0.5, 0]),
        ("min", (2.0, 1.0, 3.0), [0, 1, 0]),
        ("math.hypot", (3.0, 4.0), [0.6, 0.8]),
    ],
)
def test_scalars_of_numpy_go_through_python_s_functions(
    key: str, args: Any, wanted: Any, fact_of: Any
) -> None:
    numbers = tuple(map(np.float64, args))
    found = slopes(key, *numbers, fact_of=fact_of)
    assert found == [pytest.approx(w) for w in wanted if w is not None]


@pytest.mark.parametrize("key", ("np.max", "np.min", "np.ptp", "np.nanmax", "np.prod"))
def test_what_turns_out_to_be_a_list_gets_a_list(key: str) -> None:
    items = [2.0, 1.0, 3.0]
    (bar,) = slopes(key, items, fact_of=programs.UNKNOWN)
    (wanted,) = slopes(key, np.array(items), fact_of=programs.KNOWN)
    assert isinstance(bar, list) and bar == list(wanted)


@FACTS
def test_the_sign_of_zero_and_of_real_numbers_is_constant(fact_of: Any) -> None:
    (bar,) = slopes("np.sign", np.array([0j, 3 + 4j]), fact_of=fact_of)
    np.testing.assert_allclose(bar, [0, 1j * 0.8 / (3 + 4j)])
    for bar in slopes("np.sign", np.array([0.0, -2.0]), fact_of=fact_of):
        np.testing.assert_array_equal(bar, 0.0)


@pytest.mark.parametrize(
    ("key", "rest"),
    [
        ("scipy.special.betaincc", (1.5, 0.4)),
        ("scipy.special.betaincinv", (1.5, 0.4)),
        ("scipy.special.chdtr", (1.5,)),
        ("scipy.special.stdtrit", (0.4,)),
    ],
)
def test_a_float_leaves_single_precision_single(key: str, rest: Any) -> None:
    first = np.array([2.5, 3.5], np.float32)
    u = np.ones(2, np.float32)
    found = slopes(key, first, *rest, fact_of=programs.KNOWN, u=u)
    assert found[0].dtype == np.float32
