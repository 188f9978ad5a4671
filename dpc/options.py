"""The options of the compilers: their values, defaults and checks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from dpc.errors import ArgumentError, Diagnostic, nearest

BACKENDS = ("auto", "numpy", "cupy")
LOOPS = ("unrolled", "soft")
RELAXING = ("branches", "loops", "temperature", "max_steps")
BRANCHES = ("hard", "soft", "straight-through")


@dataclass(frozen=True, slots=True)
class Options:
    """How a function is compiled; see the table in the reference."""

    branches: str = "soft"
    loops: str = "unrolled"
    temperature: float | str = 1.0
    max_steps: int = 100
    backend: str = "auto"
    checkpoint: object = None
    # Nothing was said of relaxing: what is relaxed is so by default.
    unsaid: bool = field(default=False, kw_only=True)


def make_options(given: dict[str, object]) -> Options:
    """Options from keyword arguments; an ArgumentError names what does not fit."""
    names = [name for name in Options.__dataclass_fields__ if name != "unsaid"]
    for name in given:
        if name not in names:
            raise _error(f"no option is named {name!r}", _hint(name, names))
    unsaid = given.keys().isdisjoint(RELAXING)
    options = Options(**given, unsaid=unsaid)  # type: ignore[arg-type]
    _check_branches(options)
    _check_temperature(options.temperature)
    if options.loops not in LOOPS:
        choices = " or ".join(f'"{name}"' for name in LOOPS)
        raise _error(f"loops cannot be {options.loops!r}", f"write {choices}")
    _check_steps(options.max_steps)
    _check_checkpoint(options.checkpoint)
    if options.backend not in BACKENDS:
        choices = ", ".join(map(repr, BACKENDS))
        raise _error(
            f"backend cannot be {options.backend!r}",
            f"write {nearest(str(options.backend), BACKENDS)!r}"
            if nearest(str(options.backend), BACKENDS)
            else f"write one of {choices}",
        )
    return options


def _hint(name: str, names: Iterable[str]) -> str:
    if name in ("has_aux", "wrt"):
        return f"{name} is for other compilers, for example dpc.value_and_grad"
    close = nearest(name, names)
    return f"write {close}" if close else f"the options are {', '.join(names)}"


def _check_branches(options: Options) -> None:
    if options.branches not in BRANCHES:
        choices = ", ".join(f'"{name}"' for name in BRANCHES)
        raise _error(f"branches cannot be {options.branches!r}", f"write {choices}")


def _check_temperature(t: object) -> None:
    if isinstance(t, str):
        return
    number = isinstance(t, int | float) and not isinstance(t, bool)
    if not number or not 0 <= t < math.inf:  # type: ignore[operator]
        raise _error(
            f"the temperature cannot be {t!r}",
            "pass a positive float, or the name of a parameter",
        )


def _check_steps(steps: object) -> None:
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise _error(f"max_steps cannot be {steps!r}", "pass a positive integer")


def _check_checkpoint(checkpoint: object) -> None:
    match checkpoint:
        case None | "sqrt":
            return
        case int(count) | ("revolve", int(count)):
            if not isinstance(count, bool) and count > 0:
                return
    raise _error(
        f"checkpoint cannot be {checkpoint!r}",
        'write a number of steps, "sqrt", or ("revolve", snapshots)',
    )


def _error(title: str, hint: str) -> ArgumentError:
    return ArgumentError(Diagnostic(title, "", None, hint=hint))
