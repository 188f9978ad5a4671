"""One compiled form of a derivative: the generic one, or one for some arguments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import dpc.runtime
from dpc.backends.export import export
from dpc.complaints import FAILURES, complaint, of_shapes
from dpc.errors import DpcError
from dpc.guard import Guard
from dpc.ir.nodes import Apply, Assign
from dpc.ir.program import Program
from dpc.ir.walk import statements
from dpc.pipeline import Compiled, loaded
from dpc.refusals import Refusals
from dpc.runtime.twins import twin
from dpc.tracing import ON, Trace, reporting
from dpc.watch import Watch

# Compilers that generated code calls by name; `pullback` puts `vjp` here.
LATE: dict[str, Any] = {}


class Owner(Refusals, ABC):
    """What a variant asks of the derivative that it is a form of."""

    primal: Callable[..., Any]

    @property
    @abstractmethod
    def is_straight_through(self) -> bool:
        """The value is the primal's own, the derivative that of the relaxed program."""

    @abstractmethod
    def paired(
        self, value: Any, args: tuple[Any, ...], found: Any, written: tuple[int, ...]
    ) -> Any:
        """The primal's own value beside a derivative that was `found` with another.

        written: the positions of the arguments that it holds besides.
        """

    @abstractmethod
    def run(self, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Call a generated function with arguments in the order of the parameters."""

    @abstractmethod
    def serve(
        self, variant: Variant, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call one of the variants."""


@dataclass(eq=False)
class Variant:
    """One compiled form: the generic one, or one for arguments of a kind."""

    owner: Owner
    compiled: Compiled
    guard: Guard | None = None

    def __post_init__(self) -> None:
        self.watch = Watch(self.compiled.primal.dependencies)

    @cached_property
    def call(self) -> Callable[..., Any]:
        """The generated function."""
        return loaded(self.compiled, self.arrays, LATE)

    @property
    def arrays(self) -> ModuleType:
        """The array module that it runs on."""
        return np if self.guard is None else self.guard.arrays

    @property
    def source(self) -> str:
        """The generated module."""
        return self.compiled.module.text

    @property
    def program(self) -> Program:
        """The intermediate representation; `print` shows it."""
        return self.compiled.program

    @property
    def spread(self) -> int:
        """How often it must look at shapes to spread a cotangent or to sum it up."""
        return sum(
            isinstance(node, Assign)
            and isinstance(node.value, Apply)
            and node.value.fn in ("dpc.unbroadcast", "dpc.full_like")
            for node in statements(self.compiled.program.function.body)
        )

    @property
    def report(self) -> str:
        """What the compiler decided, one line each."""
        return "\n".join(self.compiled.program.notes)

    def export(self, path: str | Path) -> None:
        """Write the generated module to a file that does not need dpc."""
        text = export(self.compiled.module, dpc.runtime)
        Path(path).write_text(text, encoding="utf-8")

    @property
    def current(self) -> bool:
        """The globals and closure variables that it rests on are what they were."""
        return self.watch.holds()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.owner.serve(self, args, kwargs)

    def traced(self, trace: Trace) -> Callable[..., Any]:
        """The same program, over functions that report to a trace."""
        if self not in trace.calls:
            late = {**LATE, **reporting(trace)}
            trace.calls[self] = loaded(self.compiled, self.arrays, late)
        return trace.calls[self]

    def invoke(
        self, args: tuple[Any, ...], named: Mapping[str, Any] | None = None
    ) -> Any:
        """Run on arguments in the order of the parameters, and others by name."""
        trace = ON.get()
        call = self.call if trace is None else self.traced(trace)
        if self.guard is None:
            self.owner.refuse_altered(args)
            self.owner.refuse_methods(args, self.compiled.primal.assumed)
        written = self.compiled.program.written
        if written:
            self.owner.refuse_overlap(args, written)
        if named:
            call = partial(call, **named)
        try:
            if self.owner.is_straight_through:
                given = twin(args)
                value = self.owner.run(self.owner.primal, args)
                found = self.owner.run(call, given)
                return self.owner.paired(value, args, found, written)
            return self.owner.run(call, args)
        except FAILURES as error:
            raise self.complaint(error) from None
        except ValueError as error:
            if (blend := of_shapes(self.owner, self.compiled, error)) is None:
                raise
            raise blend from None

    def complaint(self, error: Exception) -> DpcError:
        """What is said of an error that the generated code has met."""
        return complaint(self.owner, self.compiled, error, self.guard is None)
