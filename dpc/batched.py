"""`batch`: a function, or a derivative, over a leading axis, as one program.

The program of a row is batched before it is optimised: that of a derivative is the
derivative's own, so that gradients of all rows come from one vectorised sweep.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from dpc.derived import LIMIT, Derived
from dpc.errors import ArgumentError, Diagnostic, UnsupportedError, UntilCalledError
from dpc.guard import Guard
from dpc.ir.facts import Dim, Fact
from dpc.ir.gradients import has_floating_leaf
from dpc.ir.program import Program
from dpc.ir.symbols import Shapes, Symbols
from dpc.pipeline import batched, finished, unoptimised
from dpc.signature import fact_of, signature_key
from dpc.transforms.batching.axes import (
    Axes,
    AxesError,
    Batching,
    leaves_of,
    row_fact,
    tree_of,
)
from dpc.variant import Variant

# What facts call the number of rows where no argument is known.
ROWS = "rows"


class Batched(Derived):
    """A function over a batch of arguments, with the function's signature.

    in_axes: the axis of the batch in each argument, None where there is none; one for
      all of them, or a tuple by position, or a dict by name. A container of axes goes
      with a container of arguments.
    out_axes: where the axis is in the result.
    beforehand: the parameters whose arguments are given already, the same for all rows.
    """

    over_rows = True

    def __init__(
        self,
        row: Derived,
        in_axes: Axes,
        out_axes: Axes,
        beforehand: frozenset[str] = frozenset(),
    ) -> None:
        if row.request.mode in ("jvp", "hvp", "jacobian"):
            raise row.not_batched(row.request.mode)
        self.row = row
        self.in_axes = in_axes
        self.out_axes = out_axes
        self.beforehand = beforehand
        self._given_axes(row.signature)
        super().__init__(
            row.primal, row.request.mode, row.chosen, row.options, row.request.has_aux
        )

    @property
    def differentiated(self) -> Any:
        """The program whose derivative a row's is."""
        return self.row.differentiated

    # Axes

    def _given_axes(self, signature: inspect.Signature) -> None:
        """Check what was asked for before anything is compiled."""
        names = [n for n in signature.parameters if n not in self.beforehand]
        given = self.in_axes
        if isinstance(given, tuple | list) and len(given) > len(names):
            raise _error(
                f"in_axes has {len(given)} parts, and the function"
                f" {len(names)} parameters",
                "give one for each parameter, None for those that all rows share",
            )
        if isinstance(given, dict) and (unknown := set(given) - set(names)):
            raise _error(
                f"in_axes: no parameter is named {sorted(unknown)[0]!r}",
                f"the parameters are {', '.join(names)}",
            )
        try:
            parts = self._by_name(names)
            differs = [tree_of(axes) is not False for axes in parts.values()]
        except AxesError as why:
            raise _error(str(why), "write in_axes=0, or a tuple by argument") from None
        if not any(differs):
            raise _error(
                "no argument has the axis of a batch", "give one of them an axis"
            )

    def _by_name(self, names: list[str]) -> dict[str, Axes]:
        axes, free = self.in_axes, [n for n in names if n not in self.beforehand]
        found: dict[str, Axes] = dict.fromkeys(names)
        if isinstance(axes, dict):
            found |= {name: axes.get(name) for name in free}
        elif isinstance(axes, tuple | list):
            found |= dict(zip(free, axes, strict=False))
        else:
            found |= dict.fromkeys(free, axes)
        return found

    def axes(self, args: tuple[Any, ...] | None) -> dict[str, Axes]:
        """The axes by parameter. A default has none, unless it is asked for."""
        parameters = self.signature.parameters
        found = self._by_name(list(parameters))
        if args is None or not isinstance(self.in_axes, int):
            return found
        for (name, parameter), value in zip(parameters.items(), args, strict=True):
            if value is parameter.default:
                found[name] = None
        return found

    # Compiling

    def program_of(
        self, rows: Mapping[str, Fact], axes: dict[str, Axes], size: Dim
    ) -> tuple[Program, Program]:
        """The program of a row, and that of the batch, before any pass."""
        primal, program = self.row_program(rows)
        gradient = self.request.mode not in ("batch", "soften")
        asked = Batching(axes, self.out_axes, size, size == ROWS, gradient)
        return primal, batched(program, asked)

    def row_program(self, rows: Mapping[str, Fact]) -> tuple[Program, Program]:
        """The primal, and the program of one row, for facts of its parameters."""
        if isinstance(self.row, Batched):
            inner = self.row.axes(None)
            facts = {n: row_fact(f, inner[n], n) for n, f in rows.items()}
            size = _size(rows, inner)
            return self.row.program_of(facts, inner, size)
        primal = self.row.program_to_derive(rows)
        return primal, unoptimised(primal, self.request)

    def _compile(
        self,
        facts: Mapping[str, Fact],
        guard: Guard | None = None,
        symbols: Symbols | None = None,
    ) -> Variant:
        return self._compile_for(facts, self.axes(None), ROWS, guard)

    def _compile_for(
        self,
        rows: Mapping[str, Fact],
        axes: dict[str, Axes],
        size: Dim,
        guard: Guard | None,
    ) -> Variant:
        primal, program = self.program_of(rows, axes, size)
        return Variant(self, finished(primal, program, self.request), guard)

    def variant(self, args: tuple[Any, ...]) -> Variant:
        """The variant for a batch of arguments."""
        self.check_rows(args)
        return super().variant(args)

    def check_rows(self, args: tuple[Any, ...]) -> int:
        """The number of rows, which all arguments with an axis must have."""
        rows: int | None = None
        first = ""
        axes = self.axes(args)
        for (name, axis), value in zip(axes.items(), args, strict=True):
            for leaf, place in _leaves(name, value, axis):
                count = leaf.shape[place]
                if rows is None:
                    rows, first = count, name
                elif count != rows:
                    raise _error(
                        f"{first} has {rows} rows, and {name} has {count}",
                        "give all arguments of a batch the same number of rows",
                    )
        if rows is None:
            raise _error("no argument has the axis of a batch", "pass an array of rows")
        return rows

    def _new_variant(self, key: Any, args: tuple[Any, ...], shapes: Shapes) -> Variant:
        symbols = Symbols()
        names = list(self.signature.parameters)
        facts = {n: fact_of(a, symbols) for n, a in zip(names, args, strict=True)}
        axes = self.axes(args)
        try:
            rows = {n: row_fact(facts[n], axes[n], n) for n in names}
        except AxesError as why:
            raise _error(str(why), "give it the axis None in in_axes") from None
        for name in self.chosen.names:
            if self.request.mode != "batch" and not has_floating_leaf(rows[name]):
                raise self.nothing_floating(name, args[names.index(name)])
        if self._count >= LIMIT and self._generic is not None:
            return self.generic
        size = symbols.dim(self.check_rows(args))
        guard = Guard(shapes, self._arrays(args))
        variant = self._compile_for(rows, axes, size, guard)
        self._variants[key] = [
            *(old for old in self._variants.get(key, ()) if old.current),
            variant,
        ]
        # Of a copy: other threads add variants meanwhile.
        self._count = sum(map(len, list(self._variants.values())))
        return variant

    @property
    def generic(self) -> Variant:
        """The variant for any arguments, where it can be written without them."""
        try:
            return super().generic
        except UntilCalledError as why:
            raise _later(self, why) from None

    def __repr__(self) -> str:
        return f"<dpc batch of {self.row!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Batched, (self.row, self.in_axes, self.out_axes, self.beforehand))


def _size(facts: Mapping[str, Fact], axes: dict[str, Axes]) -> Dim:
    """What facts call the number of rows of an inner batch."""
    for name, axis in axes.items():
        fact = facts.get(name)
        if isinstance(axis, int) and fact is not None and fact.shape:
            return fact.shape[axis]
    return None


def _leaves(name: str, value: Any, axes: Axes) -> list[tuple[Any, int]]:
    try:
        found = leaves_of(value, axes)
        for leaf, axis in found:
            if not -leaf.ndim <= axis < leaf.ndim:
                raise AxesError(f"{name} has no axis {axis}: it has {leaf.ndim}")
    except (AxesError, ValueError, KeyError, AttributeError) as why:
        what = (
            str(why)
            if isinstance(why, AxesError)
            else (f"the axes of {name} do not have its structure")
        )
        raise _error(what, "give each part an axis, or None") from None
    return found


def _later(owner: Batched, why: UntilCalledError) -> UnsupportedError:
    diagnostic = why.diagnostic
    return UntilCalledError(
        Diagnostic(
            diagnostic.title,
            diagnostic.label,
            diagnostic.span,
            (*diagnostic.notes, "the axes of a row are known once arguments are"),
            "look at .specialize(*args).source, or annotate the parameters",
        )
    )


def _error(title: str, hint: str) -> ArgumentError:
    return ArgumentError(Diagnostic(title, "", None, hint=hint))


__all__ = ["Batched", "signature_key"]
