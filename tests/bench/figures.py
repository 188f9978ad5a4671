"""The figures: each is measured, compared with its target and printed as a row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dpc
from tests.bench import (
    checkpoints,
    first_gradient,
    lines,
    peers,
    reference,
    relaxed,
    timing,
)

OVER_HAND, OVER_PRIMAL, LINES, MEMORY, FIRST = 1.25, 4.0, 1.3, 1.3, 0.100
# Of relaxed tests: over the hard gradient for each branch that runs; by their number.
OVER_HARD, LINEAR = 1.1, 1.2
OVER_AUTOGRAD = {"rnn": 8.0, "jacobi_2d": 8.0, "logistic_map": 100.0}
MEASURED_MEMORY = ("rnn", "jacobi_2d")


@dataclass(frozen=True)
class Figure:
    """One measured number; `target` is its upper bound, or lower if `at_least`."""

    program: str
    what: str
    value: float
    target: float | None = None
    at_least: bool = False
    unit: str = ""

    @property
    def missed(self) -> bool:
        if self.target is None:
            return False
        below = self.value < self.target
        return below if self.at_least else not self.value <= self.target

    def __str__(self) -> str:
        bound = ""
        if self.target is not None:
            bound = f"{'>=' if self.at_least else '<='} {self.target:g}"
        verdict = "" if self.target is None else "MISSED" if self.missed else "ok"
        value = f"{self.value:.3f}{self.unit}"
        return f"{self.program:20} {self.what:32} {value:>12} {bound:>9} {verdict}"


def compiled(program: reference.Program) -> Any:
    wrt = program.wrt if len(program.wrt) > 1 else program.wrt[0]
    return dpc.grad(program.primal, wrt=wrt, branches="hard")


def times(program: reference.Program) -> Iterator[Figure]:
    """The specialised gradient over by hand, primal, autograd; the generic beside."""
    derived, args = compiled(program), program.args
    special, peer = derived.specialize(*args), peers.gradient(program)
    expected = program.by_hand(*args)
    for name, call in [("dpc", special), ("generic", derived.generic), ("peer", peer)]:
        timing.assert_equal_gradients(f"{program.name}, {name}", call(*args), expected)
    best = timing.best_times(
        {
            "primal": lambda: program.primal(*args),
            "hand": lambda: program.by_hand(*args),
            "special": lambda: special(*args),
            "generic": lambda: derived.generic(*args),
            "autograd": lambda: peer(*args),
        }
    )
    ours, name = best["special"], program.name
    yield Figure(name, "by hand, ms", best["hand"] * 1e3)
    yield Figure(name, "generated / by hand", ours / best["hand"], OVER_HAND)
    yield Figure(name, "generated / primal", ours / best["primal"], OVER_PRIMAL)
    yield Figure(name, "generic / by hand", best["generic"] / best["hand"])
    faster = best["autograd"] / ours
    yield Figure(name, "autograd / generated", faster, OVER_AUTOGRAD.get(name), True)


def memory(program: reference.Program) -> Figure:
    special = compiled(program).specialize(*program.args)
    ours = timing.peak_memory(lambda: special(*program.args))
    hand = timing.peak_memory(lambda: program.by_hand(*program.args))
    return Figure(program.name, "peak memory / by hand", ours / hand, MEMORY)


def source_lines(program: reference.Program) -> Figure:
    special = compiled(program).specialize(*program.args)
    ours, hand = lines.of_exported(special), lines.of_function(program.by_hand)
    what = f"lines / by hand ({ours} / {hand})"
    return Figure(program.name, what, ours / hand, LINES)


def relaxed_tests() -> Iterator[Figure]:
    """Soft gradients over those by hand, over hard ones, and by the number of tests."""
    for name, ratio in relaxed.over_hand():
        yield Figure(name, "soft gradient / by hand", ratio, OVER_HAND)
    for name, ratio, arms in relaxed.over_hard():
        what = f"soft gradient / hard, {arms} arms"
        yield Figure(name, what, ratio, OVER_HARD * arms)
    few, many = (relaxed.by_number(count)[1] / count for count in (10, 20))
    yield Figure("tests in a row", "a test of 20 / a test of 10", many / few, LINEAR)


def all_figures() -> Iterator[Figure]:
    programs = reference.programs()
    for program in programs:
        yield from times(program)
    yield from (memory(p) for p in programs if p.name in MEASURED_MEMORY)
    yield from map(source_lines, programs)
    yield from relaxed_tests()
    for what, value, target, unit in checkpoints.measured():
        yield Figure("checkpoints", what, value, target, unit=unit)
    yield Figure(
        "thirty_lines",
        "decoration to gradient",
        first_gradient.seconds(),
        FIRST,
        unit="s",
    )
