"""What the relaxation did: `with dpc.trace() as tr:` collects it test by test.

While a trace is on, compiled functions run with gates that report; generated source and
its speed without a trace stay what they are.
"""

from __future__ import annotations

import contextvars
import linecache
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

import dpc.runtime as runtime

Gates = Callable[..., tuple[Any, Any]]
DEAD, MUSH = 12.0, 0.5
ON: contextvars.ContextVar[Trace | None] = contextvars.ContextVar("trace", default=None)


@dataclass
class TracedTest:
    """One relaxed test: every gate that was computed for it.

    weights: the weight of the test, each time. distances: `u`, the difference of its
      operands over the temperature. masked: how often a branch that was not taken
      failed or was not finite.
    """

    name: str
    weights: list[float] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)
    masked: int = 0

    @property
    def mean(self) -> float:
        """The mean weight of the test."""
        return float(np.mean(self.weights)) if self.weights else float("nan")

    def quantiles(self, q: Any = (0.0, 0.25, 0.5, 0.75, 1.0)) -> Any:
        """Quantiles of `u`: how far the operands are apart, in temperatures."""
        return np.quantile(self.distances, q)

    @property
    def is_dead(self) -> bool:
        """Closed in 99 of 100 calls: no derivative reaches its operands."""
        far = np.abs(self.distances) > DEAD
        return bool(self.distances) and float(np.mean(far)) >= 0.99

    @property
    def is_mush(self) -> bool:
        """So soft that it hardly decides: lower the temperature."""
        near = self.distances and float(np.median(np.abs(self.distances))) < MUSH
        return bool(near)

    def __str__(self) -> str:
        low, middle, high = self.quantiles((0.05, 0.5, 0.95))
        said = "  dead" if self.is_dead else "  mush" if self.is_mush else ""
        text = f"{len(self.weights)} times, mean weight {self.mean:.3f}"
        reach = f"u {low:.3g} / {middle:.3g} / {high:.3g}"
        return f"{self.name}: {text}, {reach}, masked {self.masked}{said}"


@dataclass
class Trace:
    """The relaxed tests that ran, by their name in the generated source.

    A name is `function.test`, for example `thermostat.temp_lt_low`.
    """

    tests: dict[str, TracedTest] = field(default_factory=dict)
    last: TracedTest | None = None
    # The compiled forms that have run, each loaded with functions that report.
    calls: dict[Any, Callable[..., Any]] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return "\n".join(map(str, self.tests.values()))

    def gates(self, made: Gates, d: Any, t: Any, holds: Any = False) -> tuple[Any, Any]:
        """`gates` of the runtime, noted."""
        p, q = made(d, t, holds)
        self.last = test = self._test(sys._getframe(1))
        with np.errstate(divide="ignore", invalid="ignore"):
            u = np.ravel(np.asarray(d, float) / t)
        test.weights += np.ravel(p).tolist()
        test.distances += u.tolist()
        return p, q

    def blend_finite(self, p: Any, a: Any, q: Any, b: Any) -> Any:
        """`blend_finite` of the runtime, noted: the values that were masked."""
        light = a if p < q else b
        if self.last is not None and p and q:
            self.last.masked += int(np.sum(~np.isfinite(light)))
        return runtime.blend_finite(p, a, q, b)

    def attempt(self, dead: bool) -> runtime.Attempt:
        """`attempt` of the runtime, noted where it fails."""
        return _Noted(dead, self.last)

    def _test(self, frame: Any) -> TracedTest:
        """The test whose gate a line of generated code opens."""
        code = frame.f_code
        line = linecache.getline(code.co_filename, frame.f_lineno)
        name = line.strip().partition(",")[0]
        name = name if name.isidentifier() else f"line {frame.f_lineno}"
        function = code.co_name.partition("_value_and_grad")[0]
        function = function.removesuffix("_grad").removesuffix("_soft")
        key = f"{function}.{name}"
        return self.tests.setdefault(key, TracedTest(key))


class _Noted(runtime.Attempt):
    def __init__(self, dead: bool, test: TracedTest | None) -> None:
        super().__init__(dead)
        self.test = test

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        failed = super().__exit__(kind, error, trace)
        if failed and self.test is not None:
            self.test.masked += 1
        return failed


def reporting(trace: Trace) -> dict[str, Callable[..., Any]]:
    """The functions that generated code calls in place of the runtime's."""
    return {
        "gates": partial(trace.gates, runtime.gates),
        "gates_of_elements": partial(trace.gates, runtime.gates_of_elements),
        "blend_finite": trace.blend_finite,
        "attempt": trace.attempt,
    }


@contextmanager
def trace() -> Iterator[Trace]:
    """Collect what the relaxed tests do inside the block; `print` shows it.

    For each test: how often it ran, its mean weight, the quantiles of the distance
    `u = (a - b) / temperature`, and how many values of branches that were not taken
    were masked. A test is *dead* if |u| > 12 in 99% of its runs, and *mush* if the
    median of |u| is below 0.5.
    """
    found = Trace()
    token = ON.set(found)
    try:
        yield found
    finally:
        ON.reset(token)


__all__ = ["Trace", "TracedTest", "trace"]
