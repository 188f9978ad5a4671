"""What the frontend asks of the compilers where a program calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Signature
from typing import Any

from dpc.errors import ArgumentError, Diagnostic
from dpc.ir.nodes import Recipe
from dpc.options import Options, make_options
from dpc.wrt import Chosen, choose


def recipe_of(
    mode: str, chosen: Chosen, options: Options, has_aux: bool = False
) -> Recipe:
    """What a compiler is asked for, as programs hold it."""
    return Recipe(
        mode,
        chosen.names,
        chosen.single,
        has_aux,
        options.branches,
        options.temperature,
        options.max_steps if options.loops == "soft" else None,
    )


class Compilers:
    """The compilers as they are called inside a program.

    make: the compiled form of a live function: `Derived`.
    """

    def __init__(self, make: Callable[[Any, Recipe], Any]) -> None:
        self.make = make

    def recipe(
        self, mode: str, options: Mapping[str, object], signature: Signature | None
    ) -> Recipe:
        """What a compiler is asked for; of `vjp` the arguments say what varies."""
        given = dict(options)
        wrt: Any = given.pop("wrt", 0)
        aux = mode == "value_and_grad" and bool(given.pop("has_aux", False))
        if mode == "soften":
            given.setdefault("branches", "soft")
        checked = make_options(given)
        if mode == "vjp":
            return recipe_of(mode, Chosen((), False), checked)
        if signature is None:
            raise ArgumentError(
                Diagnostic(
                    "a derivative of a function whose parameters are not known",
                    "",
                    None,
                    hint="write a function around it: lambda x: f(x)",
                )
            )
        return recipe_of(mode, choose(wrt, signature, None), checked, aux)

    def compiled(self, function: object, recipe: Recipe) -> object:
        """The derivative of a live function that can only be called."""
        return self.make(function, recipe)
