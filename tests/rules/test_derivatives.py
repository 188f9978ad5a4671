"""Every rule against central differences, and its two modes against each other."""

from typing import Any

import numpy as np
import pytest

from dpc.ir.live import live
from dpc.rules.all import RULES
from dpc.rules.domains import Call
from tests.rules import known, numbers, programs
from tests.rules.samples import generator, suited

KEYS = sorted(key for key, rule in RULES.items() if rule.kind != "constant")
# Loads, whose adjoints the transforms write.
STRUCTURAL = {"getitem"}

FACTS = pytest.mark.parametrize(
    "fact_of", (programs.KNOWN, programs.UNKNOWN), ids=("known", "unknown")
)
EACH = pytest.mark.parametrize("key", KEYS)


def calls(key: str) -> list[Call]:
    return list(suited(RULES[key], key))


# Differences of numbers rounded to few digits say nothing.
EXACT = {
    "np.float16": "np.float64",
    "np.float32": "np.float64",
    "np.complex64": "np.complex128",
}


def primal(key: str, call: Call) -> Any:
    with np.errstate(all="ignore"):
        return live(key)(*call.args, **call.kwargs)


def replaced(key: str, call: Call, name: str, value: Any) -> Call:
    """The call with another value for one of its operands."""
    args, kwargs = list(call.args), dict(call.kwargs)
    rule = RULES[key]
    if name in kwargs:
        kwargs[name] = value
    elif name[0] == "*":
        args[max(rule.variadic, 0) + int(name[1:])] = value
    else:
        args[rule.operands.index(name)] = value
    return Call(tuple(args), kwargs)


def shown(key: str, call: Call) -> str:
    return f"{key}{call.args} {call.kwargs}"


@EACH
def test_a_rule_says_where_it_is_tested(key: str) -> None:
    if key not in STRUCTURAL:
        assert calls(key), f"{key}: no domain, or none of the shapes suits it"


@EACH
@FACTS
def test_cotangents_are_those_of_differences(key: str, fact_of: Any) -> None:
    for call in calls(key):
        out = primal(key, call)
        u = numbers.drawn_like(generator(key, "u"), out)
        bars, made = programs.reverse(key, call, u, fact_of)
        for name, x in made.tested.items():
            if not numbers.has_floating(x):
                continue

            def value(
                at: Any, name: str = name, call: Call = call, u: Any = u
            ) -> float:
                there = replaced(key, call, name, at)
                return numbers.inner(u, primal(EXACT.get(key, key), there))

            bar = bars.get(name)
            if bar is not None:
                assert numbers.shapes(bar) == numbers.shapes(x), shown(key, call)
            for path, index, slope in numbers.slopes(value, x):
                mine = 0.0 if bar is None else numbers.at(bar, path, index)
                np.testing.assert_allclose(
                    mine,
                    slope,
                    rtol=1e-6,
                    atol=1e-7,
                    err_msg=f"{name} {shown(key, call)}",
                )


@EACH
@FACTS
def test_both_modes_agree(key: str, fact_of: Any) -> None:
    for call in calls(key):
        out = primal(key, call)
        rng = generator(key, "both")
        u = numbers.drawn_like(rng, out)
        bars, made = programs.reverse(key, call, u, fact_of)
        dots = {name: numbers.drawn_like(rng, made.values[name]) for name in bars}
        if not dots:
            continue
        out_dot = programs.forward(key, call, dots, fact_of)
        left = numbers.inner(u, out_dot)
        right = sum(numbers.inner(bars[name], dot) for name, dot in dots.items())
        np.testing.assert_allclose(
            left, right, rtol=1e-9, atol=1e-9, err_msg=shown(key, call)
        )


@EACH
def test_facts_of_results_hold(key: str) -> None:
    for call in calls(key):
        made = programs.program(key, call, programs.KNOWN)
        known.assert_holds(made.build.fact(made.out), primal(key, call))


@EACH
@FACTS
def test_single_precision_stays_single(key: str, fact_of: Any) -> None:
    for call in calls(key):
        single = Call(
            tuple(numbers.mapped(as_single, a) for a in call.args),
            {n: numbers.mapped(as_single, a) for n, a in call.kwargs.items()},
        )
        out = primal(key, single)
        u = numbers.drawn_like(generator(key, "u"), out)
        bars, _ = programs.reverse(key, single, u, fact_of)
        wide, _ = programs.reverse(key, call, numbers.mapped(as_double, u), fact_of)
        for name, bar in bars.items():
            assert_close_leaves(bar, wide[name], 2e-3, shown(key, single))


def as_single(x: Any) -> Any:
    """Arrays in single precision; Python's numbers stay."""
    is_array = isinstance(x, np.ndarray | np.generic) and x.dtype.kind == "f"
    return x.astype(np.float32) if is_array else x


def as_double(x: Any) -> Any:
    is_array = isinstance(x, np.ndarray | np.generic) and x.dtype.kind == "f"
    return x.astype(np.float64) if is_array else x


def assert_close_leaves(a: Any, b: Any, rtol: float, message: str) -> None:
    if isinstance(b, list | tuple):
        for x, y in zip(a, b, strict=True):
            assert_close_leaves(x, y, rtol, message)
        return
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol, err_msg=message)


@EACH
def test_memory_that_is_not_contiguous_makes_no_difference(key: str) -> None:
    for call in calls(key):
        apart = Call(
            tuple(numbers.mapped(spread_out, a) for a in call.args),
            {n: numbers.mapped(spread_out, a) for n, a in call.kwargs.items()},
        )
        u = numbers.drawn_like(generator(key, "u"), primal(key, call))
        bars, _ = programs.reverse(key, call, u, programs.KNOWN)
        same, _ = programs.reverse(key, apart, u, programs.KNOWN)
        for name, bar in bars.items():
            assert_close_leaves(same[name], bar, 1e-12, shown(key, call))


def spread_out(x: Any) -> Any:
    """The same array with gaps between its elements."""
    if not isinstance(x, np.ndarray) or not x.ndim:
        return x
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


def empty(call: Call) -> bool:
    return any(np.size(x) == 0 for x in call.args if isinstance(x, np.ndarray))


@EACH
@FACTS
def test_second_derivatives_are_those_of_differences(key: str, fact_of: Any) -> None:
    for call in [one for one in calls(key) if not empty(one)][:6]:
        operands = (*call.args, *call.kwargs.values())
        out = primal(key, call)
        if any(
            isinstance(x, list | tuple) and numbers.has_floating(x) for x in operands
        ):
            continue
        if isinstance(out, list | tuple):
            continue
        rng = generator(key, "second")
        u = numbers.drawn_like(rng, out)
        bars, made = programs.reverse(key, call, u, fact_of)
        v = {name: numbers.drawn_like(rng, made.values[name]) for name in bars}
        if not v:
            continue
        found = programs.second_order(key, call, u, v, fact_of)
        for name, x in made.tested.items():
            if not numbers.is_floating(x):
                continue

            def value(at: Any, name: str = name, call: Call = call) -> float:
                there = replaced(key, call, name, at)
                bars, _ = programs.reverse(key, there, u, fact_of)
                return sum(numbers.inner(bars[n], v[n]) for n in v)

            whole = np.broadcast_to(found.get(name, 0.0), np.shape(x))
            for path, index, slope in numbers.slopes(value, x):
                np.testing.assert_allclose(
                    numbers.at(whole, path, index),
                    slope,
                    rtol=1e-5,
                    atol=1e-6,
                    err_msg=f"{name} {shown(key, call)}",
                )
