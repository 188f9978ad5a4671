"""What a compiled function says of arguments and results that it cannot serve."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from dpc.bound import arrays_in, classes_in
from dpc.errors import (
    ArgumentError,
    ConvergenceError,
    Diagnostic,
    MaxStepsError,
    SoftMergeError,
    UnsupportedError,
)
from dpc.frontend.read import Reading
from dpc.ir.plain import altered, base_of
from dpc.source import Span

# What helps where more can be known of the arguments, and where all is known.
ANNOTATE = (
    "annotate the parameters, or call the derivative itself, which compiles a variant"
    " for its arguments"
)
RULE = "write it in numbers and arrays, or declare a rule for it: @dpc.rule"


def refuse_many_sweeps(f: Any) -> None:
    """Raise UnsupportedError for a batch, a Jacobian or a Hessian that is given to a
    compiler: they are programs of their own."""
    if getattr(f, "over_rows", False):
        raise f.not_differentiated()


class Refusals:
    """The errors of a function that has been read."""

    reading: Reading
    signature: inspect.Signature

    @property
    def span(self) -> Span:
        """The definition of the primal."""
        return self.reading.span(self.reading.tree)

    def not_scalar(self, what: str) -> ArgumentError:
        """The error for a result that has no gradient."""
        name = self.reading.qualname
        return ArgumentError(
            Diagnostic(
                f"{name} returned {what}, and only a floating scalar has a gradient",
                "",
                self._header(),
                hint="return a float or a 0-d array, for example np.sum(...)",
            )
        )

    def not_a_pair(self, what: str) -> ArgumentError:
        """The error for a result without an auxiliary part."""
        name = self.reading.qualname
        return ArgumentError(
            Diagnostic(
                f"{name} returned {what}, where has_aux=True wants (value, aux)",
                "",
                self._header(),
                hint="return a tuple of two, or leave has_aux out",
            )
        )

    def no_blend(self, what: str, place: Span | None) -> SoftMergeError:
        """The error for branches of a relaxed test whose values have no blend."""
        return SoftMergeError(
            Diagnostic(
                "what the branches of a relaxed test leave has no blend",
                "",
                place or self._header(),
                notes=(f"they leave {what}",),
                hint="write dpc.hard(test), or let both leave numbers in one structure"
                " and of one shape",
            )
        )

    def not_halted(self, what: str, place: Span | None) -> MaxStepsError:
        """The error for a soft loop that is cut where most of its weight is left."""
        return MaxStepsError(
            Diagnostic(
                what,
                "",
                place or self._header(),
                hint="raise max_steps, lower the temperature, or begin nearer the end",
            )
        )

    def not_settled(self, why: object, place: Span | None) -> ConvergenceError:
        """The error for a fixed point, a root or their adjoint that is not reached."""
        said = f"not after {why} steps" if isinstance(why, int) else str(why)
        return ConvergenceError(
            Diagnostic(
                f"{self.reading.qualname} does not reach a solution",
                "",
                place or self._header(),
                notes=(said,),
                hint="begin nearer to it, or raise max_steps or tol",
            )
        )

    def refused(
        self, what: str, instead: str, place: Span | None = None
    ) -> UnsupportedError:
        """The error for what is only known to have no adjoint when it is met."""
        name = self.reading.qualname
        return UnsupportedError(
            Diagnostic(
                f"{name} met at run time what its program was not compiled for",
                "",
                place or self._header(),
                notes=(what,),
                hint=instead,
            )
        )

    def not_again(
        self, why: str, hint: str, place: Span | None = None
    ) -> UnsupportedError:
        """The error for a checkpointed loop that cannot be run again."""
        what = f"a checkpointed loop of {self.reading.qualname} cannot be run again"
        span = place or self._header()
        return UnsupportedError(Diagnostic(what, "", span, notes=(why,), hint=hint))

    def not_differentiated(self) -> UnsupportedError:
        """The error for a batch or a Jacobian that is differentiated in its turn."""
        return UnsupportedError(
            Diagnostic(
                f"what runs {self.reading.qualname} over a batch is differentiated",
                "",
                self._header(),
                hint="differentiate one row, and batch that: dpc.batch(dpc.grad(f))",
            )
        )

    def not_batched(self, mode: str) -> UnsupportedError:
        """The error for a batch of what takes tangents, or is one sweep itself."""
        hint = f"write its call: dpc.batch(lambda x, v: dpc.{mode}(f)(x, v))"
        if mode == "jvp":
            hint = "write its call: dpc.batch(lambda x, v: dpc.jvp(f, (x,), (v,))[1])"
        elif mode == "jacobian":
            hint = "stack those of the rows: np.stack([jacobian(x) for x in rows])"
        what = {"jvp": "pushforward", "hvp": "Hessian times vectors"}.get(mode)
        return UnsupportedError(
            Diagnostic(
                f"a batch of the {what or 'Jacobian'} of {self.reading.qualname}",
                "",
                self._header(),
                hint=hint,
            )
        )

    def nothing_floating(self, name: str, value: object) -> ArgumentError:
        hint = "pass a float or an array of floats"
        kind = type(value)
        what = f"{'an' if kind.__name__[0] in 'aeiou' else 'a'} {kind.__name__}"
        dtype = getattr(value, "dtype", None)
        if value is None:
            what = "None"
        elif isinstance(value, np.ndarray) and kind is not np.ndarray:
            hint = f"pass a plain array: np.asarray({name})"
        elif dtype is not None:
            what = f"an array of {dtype}"
            hint = f"pass floats, for example {name}.astype(float)"
        return ArgumentError(
            Diagnostic(
                f"the argument {name} has nothing to differentiate: it is {what}",
                "",
                self._header(),
                hint=hint,
            )
        )

    def refuse_altered(self, args: tuple[Any, ...]) -> None:
        """Containers and numbers must do what those of Python do."""
        for cls in classes_in(args):
            if method := altered(cls):
                base = getattr(base_of(cls), "__name__", "")
                kind = "array" if base == "ndarray" else base
                what = f"{cls.__name__}, a {kind} with its own `{method}`"
                hint = f"pass a plain {kind}, or give the method another name"
                raise UnsupportedError(
                    Diagnostic(
                        f"an argument is or holds a {what}",
                        "",
                        self._header(),
                        hint="pass np.asarray(...)" if kind == "array" else hint,
                    )
                )

    def refuse_methods(self, args: tuple[Any, ...], names: frozenset[str]) -> None:
        """What was taken for a method of an array must not be one of a class."""
        for cls in classes_in(args):
            for name in sorted(names):
                if hasattr(cls, name):
                    what = f"`{name}` of {cls.__name__} was taken for that of an array"
                    raise self.refused(what, ANNOTATE)

    def refuse_overlap(self, args: tuple[Any, ...], written: tuple[int, ...]) -> None:
        """Written arguments must not share memory with others: whose is the
        gradient?"""
        names = list(self.signature.parameters)
        leaves = [
            (position, leaf)
            for position, value in enumerate(args)
            for leaf in arrays_in(value)
        ]
        for place, (position, mine) in enumerate(leaves):
            if position not in written:
                continue
            for other_place, (other, leaf) in enumerate(leaves):
                if other_place != place and np.may_share_memory(mine, leaf):
                    raise ArgumentError(
                        Diagnostic(
                            f"{names[position]} and {names[other]} share memory that is"
                            " written",
                            "",
                            self._header(),
                            hint=f"pass {names[other]}.copy()",
                        )
                    )

    def _header(self) -> Span:
        span = self.span
        line = span.source.line(span.line)
        return Span(span.source, span.line, span.col, span.line, len(line))
