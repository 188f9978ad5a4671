"""The way through the house: from a Python function to the source of its derivative.

callable -> Reading -> gast tree -> Program -> reverse -> optimise -> text -> function
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import dpc.runtime
from dpc.backends.load import load
from dpc.backends.python import Module, emit
from dpc.frontend.lift import lift
from dpc.frontend.read import Reading
from dpc.ir.build import Facts
from dpc.ir.check import check
from dpc.ir.facts import Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Function
from dpc.ir.program import Program
from dpc.passes.batch import batch
from dpc.passes.prune import prune
from dpc.passes.settle import settle
from dpc.passes.share import share
from dpc.passes.sizes import sizes
from dpc.passes.tidy import loosen, tidy
from dpc.rules.all import LIBRARY, RULES
from dpc.transforms.outputs import Request, reverse

Pass = Callable[[Function, Facts, Library], Function]
PASSES: tuple[Pass, ...] = (
    prune,
    tidy,
    sizes,
    share,
    prune,
    batch,
    settle,
    tidy,
    prune,
    loosen,
)

# The tests have every pass checked.
CHECKED = False


@dataclass(frozen=True, slots=True)
class Compiled:
    """A derivative: the program it came from, its own program, and its text."""

    primal: Program
    program: Program
    module: Module


def lifted(reading: Reading, facts: Mapping[str, Fact]) -> Program:
    """The program of a function, for parameters of which `facts` are known."""
    return _checked(lift(reading, LIBRARY, facts))


def derived(primal: Program, request: Request) -> Compiled:
    """The derivative that `request` asks for: reversed, optimised, as text."""
    program = _checked(reverse(primal, request, RULES, LIBRARY))
    for optimise in PASSES:
        function = optimise(program.function, program.facts, LIBRARY)
        program = _checked(replace(program, function=function))
    return Compiled(primal, program, emit(program, LIBRARY))


def loaded(
    compiled: Compiled, arrays: ModuleType, late: Mapping[str, Any]
) -> Callable[..., Any]:
    """The generated function, with its `np` bound to an array module.

    `late` are the compilers that generated code calls when it runs.
    """

    def runtime(name: str) -> Any:
        return late[name] if name in late else getattr(dpc.runtime, name)

    namespace = load(compiled.module, runtime, arrays)
    function: Callable[..., Any] = namespace[compiled.module.name]
    return function


def _checked(program: Program) -> Program:
    if CHECKED:
        check(program.function, program.facts)
    return program
