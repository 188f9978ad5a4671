"""The way through the house: from a Python function to the source of its derivative.

callable -> Reading -> gast tree -> Program -> reverse -> optimise -> text -> function
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from threading import Lock
from types import ModuleType
from typing import Any

import dpc.runtime
from dpc.analysis.unwritten import unwritten
from dpc.backends.load import load
from dpc.backends.python import Module, emit
from dpc.errors import Diagnostic, DpcError, InternalError
from dpc.frontend.lift import lift
from dpc.frontend.lifting.state import Compilers
from dpc.frontend.read import Reading
from dpc.ir.build import Builder, Facts
from dpc.ir.check import check, check_facts
from dpc.ir.facts import Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Function, Recipe, Slot
from dpc.ir.program import Program
from dpc.ir.symbols import Symbols
from dpc.ir.walk import definitions, results
from dpc.passes.batch import batch
from dpc.passes.blends import blends
from dpc.passes.dots import dots
from dpc.passes.elements import elements
from dpc.passes.fields import fields
from dpc.passes.fill import fill
from dpc.passes.gates import bare_gates
from dpc.passes.idle import idle
from dpc.passes.indices import indices
from dpc.passes.joint import joint_tapes
from dpc.passes.lists import lists
from dpc.passes.outside import outside
from dpc.passes.pieces import pieces
from dpc.passes.prune import prune
from dpc.passes.rebind import rebind
from dpc.passes.refill import refill
from dpc.passes.rows import rows
from dpc.passes.scalars import scalars
from dpc.passes.settle import settle
from dpc.passes.share import share
from dpc.passes.sizes import sizes
from dpc.passes.solutions import solutions
from dpc.passes.steady import steady
from dpc.passes.tapes import lean_tapes
from dpc.passes.tidy import loosen, tidy
from dpc.passes.within import within
from dpc.rules.all import LIBRARY, RULES
from dpc.source import Span
from dpc.transforms.batching.axes import Batching
from dpc.transforms.batching.batch import batch as over_rows
from dpc.transforms.batching.forward_jacobian import forward_jacobian
from dpc.transforms.batching.jacobian import jacobian
from dpc.transforms.forward.outputs import forward
from dpc.transforms.hidden import hide, unhide
from dpc.transforms.outputs import Request, named, reverse
from dpc.transforms.regions import taken
from dpc.transforms.relax.soften import soften

Pass = Callable[[Function, Facts, Library], Function]
PASSES: tuple[Pass, ...] = (
    bare_gates,
    solutions,
    prune,
    steady,
    tidy,
    sizes,
    share,
    blends,
    lists,
    prune,
    pieces,
    lean_tapes,
    joint_tapes,
    batch,
    settle,
    refill,
    fill,
    tidy,
    prune,
    lean_tapes,
    within,
    elements,
    dots,
    rows,
    loosen,
    indices,
    scalars,
)

# Those of a program whose statements are the user's own, which stay as they are.
OWN: tuple[Pass, ...] = (bare_gates, solutions, prune, tidy, prune)


def _forward_passes(own: set[Slot]) -> tuple[Pass, ...]:
    """Those of a program with tangents: `own`, its variables and results, stay."""
    return (
        bare_gates,
        solutions,
        prune,
        tidy,
        sizes,
        partial(share, own=own),
        idle,
        prune,
        batch,
        settle,
        refill,
        fill,
        tidy,
        prune,
        loosen,
        indices,
        scalars,
    )


# Those that an inner derivative is tidied by before its program is differentiated.
INNER: tuple[Pass, ...] = (
    prune,
    steady,
    tidy,
    sizes,
    share,
    prune,
    pieces,
    settle,
    tidy,
    prune,
)

# The tests have every pass checked.
CHECKED = False


class Compiled:
    """A derivative: the program it came from, its own program, and its text.

    It is optimised and written when that is first asked for. What is wrong with a
    program is known before, when it is differentiated; and the program for arguments of
    any kind is seldom run.
    """

    def __init__(
        self, primal: Program, made: Program, passes: tuple[Pass, ...]
    ) -> None:
        self.primal = primal
        self._made = made
        self._passes: tuple[Pass, ...] = passes
        self._lock = Lock()  # passes add to what is known of the program's slots

    @property
    def program(self) -> Program:
        """The program of the derivative, optimised."""
        if self._passes:
            with self._lock, _faults(self.primal.function.span):
                # Another thread may have done it by now.
                if self._passes:
                    self._made = _optimised(self._made, self._passes)
                    self._passes = ()
        return self._made

    @cached_property
    def module(self) -> Module:
        """The program as a Python module."""
        program = self.program
        with _faults(self.primal.function.span):
            functions = (program.function, *program.function.beside)
            still = [unwritten(f, program.facts, LIBRARY) for f in functions]
            return emit(program, LIBRARY, set().union(*still))


def lifted(
    reading: Reading,
    facts: Mapping[str, Fact],
    recipes: Sequence[Recipe] = (),
    compilers: Compilers | None = None,
    symbols: Symbols | None = None,
) -> Program:
    """The program of a function, for parameters of which `facts` are known.

    recipes: the derivatives of it that the program computes, first the innermost.
    symbols: for the sizes of data outside, where the program is to rest on them.
    """
    with _faults(reading.span(reading.tree)):
        program = lift(reading, LIBRARY, facts, recipes, compilers, symbols)
        return _checked(outside(program, LIBRARY))


def relaxed(
    primal: Program,
    request: Request,
    temperature: float | str,
    max_steps: int | None,
) -> Program:
    """The program whose tests decide by weight."""
    wrt = request.wrt
    hidden, kept = hide(primal, LIBRARY)
    softened = soften(hidden, wrt, temperature, RULES, LIBRARY, max_steps)
    return _checked(unhide(softened, kept))


def expanded(primal: Program) -> Program:
    """The program with the derivatives inside it taken."""
    return _checked(taken(primal, RULES, LIBRARY, INNER))


def _ready(primal: Program) -> Program:
    """The program as it is differentiated."""
    function = rebind(primal.function, primal.facts, LIBRARY)
    return expanded(_checked(replace(primal, function=function)))


def derived(primal: Program, request: Request) -> Compiled:
    """The derivative that `request` asks for: reversed, optimised, as text."""
    with _faults(primal.function.span):
        primal = _ready(primal)
        function = fields(primal.function, primal.facts, LIBRARY)
        program = _checked(replace(primal, function=function))
        program = _checked(reverse(program, request, RULES, LIBRARY))
        return Compiled(primal, program, PASSES)


def unoptimised(primal: Program, request: Request) -> Program:
    """The program that answers `request`, as the transforms leave it."""
    with _faults(primal.function.span):
        if request.mode in ("batch", "soften"):
            return expanded(primal)
        primal = _ready(primal)
        function = fields(primal.function, primal.facts, LIBRARY)
        program = _checked(replace(primal, function=function))
        return _checked(reverse(program, request, RULES, LIBRARY))


def batched(program: Program, asked: Batching) -> Program:
    """The program over a batch of arguments."""
    with _faults(program.function.span):
        return _checked(over_rows(program, asked, RULES, LIBRARY))


def swept(primal: Program, request: Request, forwards: bool) -> Program:
    """The program of a Jacobian, by one sweep over all cotangents or tangents."""
    with _faults(primal.function.span):
        if forwards:
            program = _checked(forward(_ready(primal), request, RULES, LIBRARY))
            return _checked(forward_jacobian(program, request, RULES, LIBRARY))
        program = unoptimised(primal, request)
        return _checked(jacobian(program, request, RULES, LIBRARY))


def finished(primal: Program, program: Program, request: Request) -> Compiled:
    """A program optimised, as text: the user's own statements stay as they are."""
    own = request.mode in ("batch", "soften")
    with _faults(primal.function.span):
        return Compiled(primal, program, OWN if own else PASSES)


def pushed(primal: Program, request: Request) -> Compiled:
    """The value and tangent that `request` asks for, optimised, as text."""
    with _faults(primal.function.span):
        primal = _ready(primal)
        program = _checked(forward(primal, request, RULES, LIBRARY))
        named = {s for s in definitions(primal.function.body) if not s.temp}
        own = named | results(program.function)
        return Compiled(primal, program, _forward_passes(own))


def shown(primal: Program, request: Request) -> Compiled:
    """The relaxed program itself, as text."""
    with _faults(primal.function.span):
        primal = expanded(primal)
        program = replace(primal, function=named(primal.function, request))
        return Compiled(primal, program, OWN)


def _optimised(program: Program, passes: tuple[Pass, ...]) -> Program:
    for optimise in passes:
        before = program.function
        function = optimise(before, program.facts, LIBRARY)
        if function is not before:
            program = replace(program, function=function)
        _checked(program, before)
    return program


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


@contextmanager
def _faults(span: Span | None) -> Iterator[None]:
    """Any other exception than those of dpc is a fault of its own, and says so.

    span: the function that is compiled, if the statement is not known.
    """
    try:
        yield
    except DpcError:
        raise
    except Exception as error:
        raise InternalError(_fault(error, span)) from error


def _fault(error: Exception, span: Span | None) -> Diagnostic:
    traceback, place = error.__traceback__, ""
    while traceback is not None:
        frame = traceback.tb_frame
        place = f"{frame.f_globals.get('__name__')}:{traceback.tb_lineno}"
        # The part that builds statements knows which of the user's it is at.
        for name in ("lift", "state", "build"):
            value = frame.f_locals.get(name)
            build = value if isinstance(value, Builder) else getattr(value, "build", 0)
            if isinstance(build, Builder) and build.span is not None:
                span = build.span
        traceback = traceback.tb_next
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    return Diagnostic(
        f"the compiler has failed: {what}", "near here", span, (f"raised in {place}",)
    )


def _checked(program: Program, known: Function | None = None) -> Program:
    """The program, if it is one. The function may be one that is `known` to be."""
    if CHECKED:
        if program.function is known:
            check_facts(program.facts, program.function.span)
        else:
            check(program.function, program.facts)
    return program
