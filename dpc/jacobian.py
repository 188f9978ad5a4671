"""`jacobian`: all derivatives of a result, by one sweep over a batch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from dpc.again import Again
from dpc.cotangents import cotangent_of
from dpc.derived import Derived
from dpc.errors import ArgumentError, Diagnostic, UnsupportedError
from dpc.guard import Guard
from dpc.ir.facts import Fact
from dpc.ir.nodes import Slot
from dpc.ir.symbols import Symbols
from dpc.options import Options
from dpc.pipeline import finished, swept
from dpc.refusals import refuse_many_sweeps
from dpc.runtime import (
    RefusedError,
    count_elements,
    jacobian_of,
    row_of,
    stack_rows,
    unit_rows,
)
from dpc.runtime.twins import twin
from dpc.variant import Variant
from dpc.wrt import Chosen

MODES = ("auto", "forward", "reverse")


class Jacobian(Derived):
    """A function's Jacobian, as a callable with the function's signature.

    Its shape is that of the result and then that of the argument; a container of
    results gives a container of Jacobians, each with the structure of the argument.
    """

    over_rows = True

    def __init__(
        self,
        primal: Callable[..., Any],
        chosen: Chosen,
        options: Options,
        mode: str = "auto",
    ) -> None:
        if mode not in MODES:
            choices = ", ".join(f'"{name}"' for name in MODES)
            raise ArgumentError(
                Diagnostic(
                    f"mode cannot be {mode!r}", "", None, hint=f"write {choices}"
                )
            )
        refuse_many_sweeps(primal)
        self.sweep = mode
        self.separate = False
        try:
            super().__init__(primal, "jacobian", chosen, options)
        except UnsupportedError:
            # What cannot run over a batch may have a derivative: swept separately.
            self.pullback  # noqa: B018 - compiled, so that what has none is refused

    def _compile(
        self,
        facts: Mapping[str, Fact],
        guard: Guard | None = None,
        symbols: Symbols | None = None,
    ) -> Variant:
        primal = self.program_to_derive(facts, symbols)
        program = swept(primal, self.request, self.sweep == "forward")
        return Variant(self, finished(primal, program, self.request), guard)

    @functools.cached_property
    def forward(self) -> Jacobian:
        """The same by a forward sweep."""
        return Jacobian(self.primal, self.chosen, self.options, "forward")

    def variant(self, args: tuple[Any, ...]) -> Variant:
        """The variant for these arguments, by the sweep that is shorter."""
        if self.sweep != "auto":
            return super().variant(args)
        try:
            found = super().variant(args)
        except UnsupportedError:
            other: Variant = self.forward.variant(args)
            return other
        results, elements = self._sizes(found, args)
        if results is not None and elements < results:
            with suppress(UnsupportedError):
                found = self.forward.variant(args)
        return found

    @property
    def generic(self) -> Variant:
        """That of the sweep that can run over a batch; of one row if neither can."""
        try:
            return super().generic
        except UnsupportedError:
            other = self.forward if self.sweep == "auto" else self.pullback
            found: Variant = other.generic
            return found

    def _sizes(self, run: Variant, args: tuple[Any, ...]) -> tuple[int | None, int]:
        """The numbers of elements of the result, if it is known, and of arguments."""
        names = list(self.signature.parameters)
        elements = count_elements(
            tuple(args[names.index(n)] for n in self.chosen.names)
        )
        primal = run.compiled.primal
        known: dict[object, int] = {}
        for param, value in zip(primal.function.params, args, strict=False):
            shape = (
                primal.facts[param.slot].shape if param.slot in primal.facts else None
            )
            if shape is not None:
                known.update(zip(shape, np.shape(value), strict=True))
        out = primal.function.result
        fact = primal.facts.get(out) if isinstance(out, Slot) else None
        if fact is None or fact.shape is None:
            return None, elements
        total = 1
        for size in fact.shape:
            if not isinstance(size, int) and size not in known:
                return None, elements
            total *= size if isinstance(size, int) else known[size]
        return total, elements

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = self.bound(args, kwargs)
        if self.separate:
            return self.separately(args)
        try:
            variant = self.variant(args)
        except UnsupportedError:
            self.pullback.variant(args)  # What has no derivative at all is refused.
            self.separate = True
            return self.separately(args)
        if not isinstance(variant.owner, Jacobian):
            # Past the limit of variants, and the generic one is that of a pullback.
            return self.separately(args)
        given = twin(args) if variant.program.written else args
        return variant.invoke(given)

    @functools.cached_property
    def pullback(self) -> Derived:
        """The value and pullback of the function."""
        return Derived(self.primal, "vjp", self.chosen, self.options)

    def separately(self, args: tuple[Any, ...]) -> Any:
        """The same by one sweep for each element of the result.

        For programs that cannot run over a batch.
        """
        run = self.pullback.variant(args)
        written = run.program.written
        again = Again(run, args)
        out, pull = run.invoke(twin(args) if written else args)
        # Written arguments count as results; nothing is asked of them here.
        names = list(self.signature.parameters)
        mutated = any(names[i] in self.chosen.names for i in written)
        result = out[0] if mutated else out
        rest = (None,) * (len(out) - 1) if mutated else ()
        seeds, count = unit_rows(result), count_elements(result)
        rows = []
        for row in range(count):
            seed = row_of(seeds, row)
            whole = cotangent_of(out, (seed, *rest)) if mutated else seed
            try:
                rows.append(pull(whole))
            except RefusedError as error:
                raise run.complaint(error) from None
            if run.program.single_use and row + 1 < count:
                pull = again()
        found = tuple(jacobian_of(result, b, count) for b in stack_rows(rows))
        return found[0] if self.chosen.single else found

    def __reduce__(self) -> tuple[Any, ...]:
        return (Jacobian, (self.primal, self.chosen, self.options, self.sweep))
