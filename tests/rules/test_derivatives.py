"""Every rule against central differences, and its two modes against each other.

A program is built twice: with all facts known, as a specialised variant is, and with
none, as the module that a decorator writes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from dpc.ir.live import live
from dpc.ir.nodes import Apply, Assign
from dpc.rules.all import FAMILIES, RULES
from dpc.rules.domains import Call
from dpc.rules.ruleset import Refused
from tests.rules import known, numbers, programs
from tests.rules.samples import ALL, generator, suited

# Other tests declare rules of their own, which `RULES` holds as well.
OURS = [rule for family in FAMILIES for rule in family if rule.kind != "constant"]
KEYS = sorted(key for rule in OURS for key in rule.keys)
# Sparse matrices are tested in whole programs: `test_sparse.py`.
SPARSE = ("scipy.sparse.", "method.toarray", "dpc.sampled", "dpc.data_of")
# The derivative of a solution is that of its equation: `test_implicit.py`.
IMPLICIT = ("dpc.solution", "dpc.at_fixed_point", "dpc.at_root")
# It is in no program that runs: `transforms/test_handed.py`.
WITHIN = ("dpc.handed",)
KEYS = [key for key in KEYS if not key.startswith((*SPARSE, *IMPLICIT, *WITHIN))]
# Methods of distributions are made alike: some of them stand for all in the short run.
SHORT = (
    "norm.logpdf",
    "norm.cdf",
    "t.logpdf",
    "gamma.sf",
    "beta.pdf",
    "poisson.logpmf",
)


def is_slow(key: str) -> bool:
    return key.startswith("scipy.stats.") and not key.endswith(SHORT)


EACH = pytest.mark.parametrize(
    "key",
    [pytest.param(k, marks=[pytest.mark.slow] if is_slow(k) else []) for k in KEYS],
)
BOTH = (programs.KNOWN, programs.UNKNOWN)
# How many calls of a rule have their second derivatives compared.
LIMIT = 5 if ALL else 2

# Differences of numbers rounded to few digits say nothing.
EXACT = {
    "np.float16": "np.float64",
    "np.float32": "np.float64",
    "np.complex64": "np.complex128",
}


def calls(key: str) -> list[Call]:
    return list(suited(RULES[key], key))


def primal(key: str, call: Call) -> Any:
    with np.errstate(all="ignore"):
        return live(key)(*call.args, **call.kwargs)


def cotangent(key: str, call: Call) -> Any:
    return numbers.drawn_like(generator(key, "u"), primal(key, call))


def replaced(key: str, call: Call, name: str, value: Any) -> Call:
    """The call with another value for one of its operands."""
    args, kwargs = list(call.args), dict(call.kwargs)
    rule = programs.serving(RULES[key], call)
    if name in kwargs:
        kwargs[name] = value
    elif name[0] == "*":
        args[max(rule.variadic, 0) + int(name[1:])] = value
    else:
        args[rule.operands.index(name)] = value
    return Call(tuple(args), kwargs)


def is_refused(made: programs.Program) -> bool:
    """The rule wants the ranks of its operands, which are not known here."""
    return any(
        isinstance(step, Assign)
        and isinstance(step.value, Apply)
        and step.value.fn == "dpc.refuse"
        for step in made.build.block
    )


def served(key: str, call: Call) -> tuple[Any, ...]:
    """What is known of the operands: both ways, unless the rule wants their ranks."""
    made = programs.prepared(key, call, 1.0, programs.UNKNOWN)
    return BOTH[:1] if is_refused(made.program) else BOTH


@contextmanager
def about(key: str, call: Call, fact_of: Any, name: str = "result") -> Iterator[None]:
    """What fails inside says which call it was: to write that down takes its time."""
    try:
        yield
    except AssertionError as error:
        shown = f"{key}{call.args} {call.kwargs}, {fact_of.__name__}"
        error.add_note(f"{name} of {shown}")
        raise


@dataclass
class Case:
    """A call, and its cotangents: with all facts known, and with none if it is served
    then."""

    key: str
    call: Call
    u: Any
    runs: dict[Any, tuple[dict[str, Any], programs.Program]]

    @property
    def bars(self) -> dict[str, Any]:
        return self.runs[programs.KNOWN][0]


def case(key: str, call: Call, u: Any = None) -> Case:
    u = cotangent(key, call) if u is None else u
    runs = {programs.KNOWN: programs.reverse(key, call, u, programs.KNOWN)}
    made = programs.prepared(key, call, u, programs.UNKNOWN)
    if not is_refused(made.program):
        runs[programs.UNKNOWN] = made.run()
    return Case(key, call, u, runs)


@EACH
def test_a_rule_holds(key: str) -> None:
    """All that is asked of a rule, of one set of calls: they are compiled once."""
    found = calls(key)
    assert found, f"{key}: no domain, or none of the shapes suits it"
    for call in found:
        one = case(key, call)
        assert_cotangents_are_those_of_differences(one)
        assert_both_modes_agree(one)
        assert_facts_hold(one)
        assert_single_precision_stays_single(one)
        assert_gaps_in_memory_make_no_difference(one)


def assert_cotangents_are_those_of_differences(one: Case) -> None:
    key, call, u = one.key, one.call, one.u
    for name, x in one.runs[programs.KNOWN][1].tested.items():
        if not numbers.has_floating(x):
            continue

        def value(at: Any, name: str = name) -> float:
            there = replaced(key, call, name, at)
            return numbers.inner(u, primal(EXACT.get(key, key), there))

        wanted = list(numbers.slopes(value, x))
        for fact_of, (bars, _) in one.runs.items():
            with about(key, call, fact_of, name):
                assert_is_slope(bars.get(name), x, wanted)


def assert_is_slope(bar: Any, x: Any, wanted: list[Any]) -> None:
    """The cotangent of `x` has its shape and these elements; None is zero."""
    if bar is not None:
        assert numbers.shapes(bar) == numbers.shapes(x)
    for path, index, slope in wanted:
        mine = 0.0 if bar is None else numbers.at(bar, path, index)
        assert mine == pytest.approx(slope, rel=1e-6, abs=1e-7, nan_ok=True)


def assert_both_modes_agree(one: Case) -> None:
    rng = generator(one.key, "dots")
    for fact_of, (bars, made) in one.runs.items():
        dots = {name: numbers.drawn_like(rng, made.values[name]) for name in bars}
        if not dots:
            continue
        forward = programs.forward(one.key, one.call, dots, fact_of)
        left = numbers.inner(one.u, forward)
        right = sum(numbers.inner(bars[name], dot) for name, dot in dots.items())
        with about(one.key, one.call, fact_of):
            np.testing.assert_allclose(left, right, 1e-9, 1e-9)


def assert_facts_hold(one: Case) -> None:
    """What is known of the result is true of it."""
    made = one.runs[programs.KNOWN][1]
    known.assert_holds(made.build.fact(made.out), primal(one.key, one.call))


def changed(change: Any, call: Call) -> Call:
    """The call with every leaf of its operands changed."""
    args = tuple(numbers.mapped(change, a) for a in call.args)
    return Call(args, {n: numbers.mapped(change, a) for n, a in call.kwargs.items()})


def as_single(x: Any) -> Any:
    """Arrays in single precision; Python's numbers stay."""
    is_array = isinstance(x, np.ndarray | np.generic) and x.dtype.kind == "f"
    return x.astype(np.float32) if is_array else x


def is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.ndim > 0


def is_single(x: Any) -> bool:
    return getattr(x, "dtype", None) == np.float32


def assert_single_precision_stays_single(one: Case) -> None:
    """And agrees with double precision to few digits."""
    call = changed(as_single, one.call)
    out = primal(one.key, call)
    single = case(one.key, call, cotangent(one.key, call))
    if not one.key.startswith("dpc."):
        assert_facts_hold(single)
    for fact_of, (bars, _) in single.runs.items():
        for name, bar in bars.items():
            with about(one.key, call, fact_of, name):
                assert_close_leaves(bar, one.runs[fact_of][0][name], 2e-3)
                if fact_of is programs.KNOWN and is_single(out) and is_array(bar):
                    assert is_single(bar)


def assert_close_leaves(a: Any, b: Any, rtol: float) -> None:
    if isinstance(b, list | tuple):
        for x, y in zip(a, b, strict=True):
            assert_close_leaves(x, y, rtol)
        return
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


def spread_out(x: Any) -> Any:
    """The same array with gaps between its elements."""
    if not isinstance(x, np.ndarray) or not x.ndim:
        return x
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


def assert_gaps_in_memory_make_no_difference(one: Case) -> None:
    call = changed(spread_out, one.call)
    apart, _ = programs.reverse(one.key, call, one.u, programs.KNOWN)
    for name, bar in one.bars.items():
        with about(one.key, call, programs.KNOWN, name):
            assert_close_leaves(apart[name], bar, 1e-12)


def is_smooth(key: str, call: Call) -> bool:
    """Arrays of numbers go in and one comes out, none of them empty."""
    operands = (*call.args, *call.kwargs.values())
    lists = (x for x in operands if isinstance(x, list | tuple))
    empty = (x for x in operands if isinstance(x, np.ndarray) and x.size == 0)
    if any(map(numbers.has_floating, lists)) or any(True for _ in empty):
        return False
    return not isinstance(primal(key, call), list | tuple)


# Adjoints that have no adjoint yet: differentiating them again is refused.
ONCE = {"np.insert", "dpc.blend_parts", "dpc.push_parts"}


def second_order(key: str, call: Call, u: Any, v: Any) -> dict[Any, Any]:
    """The second derivatives: refused, if at all, where nothing is known of ranks."""
    found = {}
    for fact_of in served(key, call):
        try:
            found[fact_of] = programs.second_order(key, call, u, v, fact_of)
        except Refused:
            assert fact_of is programs.UNKNOWN or key in ONCE
    return found


# The short run takes one in four: four reverse sweeps a call take their time.
@pytest.mark.parametrize(
    "key",
    [
        pytest.param(key, marks=[pytest.mark.slow] if place % 4 or is_slow(key) else [])
        for place, key in enumerate(KEYS)
    ],
)
def test_second_derivatives_are_those_of_differences(key: str) -> None:
    for call in [one for one in calls(key) if is_smooth(key, one)][:LIMIT]:
        u, rng = cotangent(key, call), generator(key, "second")
        bars, made = programs.reverse(key, call, u, programs.KNOWN)
        v = {name: numbers.drawn_like(rng, made.values[name]) for name in bars}
        if not v:
            continue
        found = second_order(key, call, u, v)
        for name, x in made.tested.items():
            if not numbers.is_floating(x):
                continue

            def value(at: Any, name: str = name, call: Call = call) -> float:
                there = replaced(key, call, name, at)
                bars, _ = programs.reverse(key, there, u, programs.KNOWN)
                return sum(numbers.inner(bars[n], v[n]) for n in v)

            wanted = list(numbers.slopes(value, x))
            for fact_of, bars_of_bars in found.items():
                whole = np.broadcast_to(bars_of_bars.get(name, 0.0), np.shape(x))
                with about(key, call, fact_of, name):
                    for path, index, slope in wanted:
                        mine = numbers.at(whole, path, index)
                        np.testing.assert_allclose(mine, slope, 1e-5, 1e-6)
