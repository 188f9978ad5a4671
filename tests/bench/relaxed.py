"""The cost of relaxed branches: over hard ones, over soft gradients by hand, by number.

The gradients by hand are what an expert would write for the same formulas: a gate that
is cut at 1e-9, each branch by its weight, one reverse sweep.
"""

import linecache
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import dpc
from tests.bench import timing

LIMIT = math.log(1e9 - 1)
SIZE = 1_000
T = 0.5


def sigmoid(u: float) -> tuple[float, float]:
    if u >= LIMIT:
        return 1.0, 0.0
    if u >= 0:
        e = math.exp(-u)
        return 1 / (1 + e), e / (1 + e)
    if u > -LIMIT:
        e = math.exp(u)
        return e / (1 + e), 1 / (1 + e)
    return 0.0, 1.0


def heat(temp: float, target: float, gain: float):
    power = gain if temp < target else 0.2 * temp
    return (power - 1.0) ** 2


def heat_by_hand(temp, target, gain, t=T):
    p, q = sigmoid((target - temp) / t)
    low = 0.2 * temp
    power = p * gain + q * low
    power_bar = 2 * (power - 1.0)
    target_bar = p * q / t * (gain - low) * power_bar
    temp_bar = q * power_bar * 0.2 - target_bar
    return temp_bar, target_bar, p * power_bar


def stepped(x: float, c: float, gain: float):
    for _ in range(50):
        if x > c:
            x = x - gain * (x - c)
        else:
            x = x + 0.1
    return x * x


def stepped_by_hand(x, c, gain, t=T):
    tape = []
    for _ in range(50):
        p, q = sigmoid((x - c) / t)
        tape.append((x, p, q))
        x = p * (x - gain * (x - c)) + q * (x + 0.1)
    x_bar, c_bar, gain_bar = 2 * x, 0.0, 0.0
    for x, p, q in reversed(tape):
        down = gain * (x - c)
        slope = p * q / t * ((x - down) - (x + 0.1)) * x_bar
        down_bar = p * x_bar
        c_bar += down_bar * gain - slope
        gain_bar -= down_bar * (x - c)
        x_bar = slope + x_bar - down_bar * gain
    return x_bar, c_bar, gain_bar


def charged(x: float, c: float, gain: float):
    if x > 2 * c:
        rate = 1.0
    elif x > c:
        rate = gain * x
    elif x > 0:
        rate = math.sin(x)
    else:
        rate = -x
    return rate * rate


def charged_by_hand(x, c, gain, t=T):
    p1, q1 = sigmoid((x - 2 * c) / t)
    p2, q2 = sigmoid((x - c) / t)
    p3, q3 = sigmoid(x / t)
    middle, sine = gain * x, math.sin(x)
    low = p3 * sine - q3 * x
    inner = p2 * middle + q2 * low
    rate = p1 + q1 * inner
    rate_bar = 2 * rate
    d1_bar = p1 * q1 / t * (1.0 - inner) * rate_bar
    inner_bar = q1 * rate_bar
    d2_bar = p2 * q2 / t * (middle - low) * inner_bar
    middle_bar, low_bar = p2 * inner_bar, q2 * inner_bar
    d3_bar = p3 * q3 / t * (sine + x) * low_bar
    x_bar = d1_bar + d2_bar + d3_bar + middle_bar * gain
    x_bar += low_bar * (p3 * math.cos(x) - q3)
    return x_bar, -2 * d1_bar - d2_bar, middle_bar * x


def mixed(x: np.ndarray, c: float):
    level = np.mean(x)
    if level > c:
        y = np.tanh(x) * x
    else:
        y = np.exp(-x * x) + np.sin(x)
    return np.sum(y * y)


def failing(x: np.ndarray, c: float):
    if np.mean(x) > c:
        y = np.tanh(x) * x
    else:
        y = np.exp(x) + np.sin(x)
    return np.sum(y * y)


def swapped(x: np.ndarray, c: float):
    a, b = np.tanh(x), np.sin(x)
    if np.mean(x) > c:
        a, b = b, a
    return np.sum(a * a * b)


SCALARS = [
    ("heat", heat, heat_by_hand, (1.3, 1.1, 3.0)),
    ("stepped", stepped, stepped_by_hand, (2.0, 0.5, 0.3)),
    ("charged", charged, charged_by_hand, (0.7, 0.6, 1.5)),
]
ARRAYS: list[tuple[str, Callable[..., Any], int]] = [
    ("two arms", mixed, 2),
    ("an arm that may fail", failing, 2),
    ("swapped names", swapped, 2),
]


def over_hand() -> Iterator[tuple[str, float]]:
    """Soft gradients of scalar branches over those by hand."""
    for name, f, hand, args in SCALARS:
        derived = dpc.grad(f, wrt=(0, 1, 2), branches="soft", temperature=T)
        special = derived.specialize(*args)
        timing.assert_equal_gradients(name, special(*args), hand(*args))
        rounds = range(200)
        call, given = special.call, args
        best = timing.best_times(
            {
                "soft": lambda call=call, given=given: [call(*given) for _ in rounds],
                "hand": lambda hand=hand, given=given: [hand(*given) for _ in rounds],
            }
        )
        yield name, best["soft"] / best["hand"]


def over_hard() -> Iterator[tuple[str, float, int]]:
    """Soft gradients of branches of array work over hard ones, and the live arms."""
    x = np.linspace(-1.0, 1.2, SIZE)
    for name, f, arms in ARRAYS:
        soft = dpc.grad(f, branches="soft", temperature=T)
        cold = dpc.grad(f, branches="soft", temperature=0.0)
        hard = dpc.grad(f, branches="hard")
        timing.assert_equal_gradients(name, cold(x, 0.05), hard(x, 0.05))
        calls = soft.specialize(x, 0.05).call, hard.specialize(x, 0.05).call
        best = timing.best_times(dict(_arms(*calls, x)))
        yield name, 2 * best["soft"] / (best["one"] + best["other"]), arms


def _arms(
    soft: Callable[..., Any], hard: Callable[..., Any], x: np.ndarray
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The soft gradient, and the hard ones of either arm, twenty calls each."""
    for name, run, c in (
        ("soft", soft, 0.05),
        ("one", hard, 0.05),
        ("other", hard, 0.15),
    ):
        yield name, lambda run=run, c=c: [run(x, c) for _ in range(20)]


def sequential(count: int) -> Callable[..., Any]:
    """A function of `count` branches in a row."""
    steps = [
        line
        for k in range(count)
        for line in (f"    if x > c + {k / 10}:", "        x = x * 0.9 + c")
    ]
    text = "\n".join(["def program(x: float, c: float):", *steps, "    return x", ""])
    name = f"<sequential {count}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope: dict[str, Any] = {}
    exec(compile(text, name, "exec"), scope)
    return scope["program"]


def by_number(count: int) -> tuple[float, float, int]:
    """Seconds to compile and to run `count` branches in a row, and lines of source."""
    f = sequential(count)
    begin = time.perf_counter()
    derived = dpc.grad(f, wrt=(0, 1), branches="soft", temperature=T)
    compiling = time.perf_counter() - begin
    call = derived.specialize(1.0, 0.5).call
    best = timing.best_times({"a": lambda: [call(1.0, 0.5) for _ in range(50)]})["a"]
    return compiling, best / 50, len(derived.source.splitlines())
