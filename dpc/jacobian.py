"""`jacobian`: all derivatives of a result, by one sweep over a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dpc.derived import LATE, Derived, Variant
from dpc.errors import ArgumentError, Diagnostic, UnsupportedError
from dpc.ir.facts import Fact
from dpc.options import Options
from dpc.pipeline import finished, loaded, swept
from dpc.runtime import copy_tree
from dpc.signature import Guard
from dpc.wrt import Chosen

MODES = ("auto", "forward", "reverse")


class Jacobian(Derived):
    """A function's Jacobian, as a callable with the function's signature.

    Its shape is that of the result and then that of the argument; a container of
    results gives a container of Jacobians, each with the structure of the argument.
    """

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
        self.sweep = mode
        super().__init__(primal, "jacobian", chosen, options)

    def _compile(
        self, facts: Mapping[str, Fact], guard: Guard | None = None
    ) -> Variant:
        primal = self.program_to_derive(facts)
        program = swept(primal, self.request)
        compiled = finished(primal, program, self.request)
        arrays = np if guard is None else guard.arrays
        return Variant(self, compiled, loaded(compiled, arrays, LATE), guard)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = self.bound(args, kwargs)
        variant = self.variant(args)
        given = copy_tree(args) if variant.program.written else args
        return variant.invoke(given)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Jacobian, (self.primal, self.chosen, self.options, self.sweep))


__all__ = ["Jacobian", "UnsupportedError"]
