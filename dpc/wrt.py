"""What is differentiated: from `wrt` and a signature to parameter names."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from dpc.errors import ArgumentError, Diagnostic, nearest
from dpc.source import Span

Wrt = int | str | tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The differentiated parameters, and whether one gradient or a tuple is wanted."""

    names: tuple[str, ...]
    single: bool


def choose(wrt: Wrt, signature: inspect.Signature, span: Span | None) -> Chosen:
    """The parameters that `wrt` names; positions count after `self`."""
    parameters = list(signature.parameters.values())
    positions = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
    if positions and positions[0] == "self":
        positions = positions[1:]
    if not parameters:
        raise _error(
            "a function without parameters has nothing for wrt to name",
            "make what is to be differentiated a parameter",
            span,
        )
    single = not isinstance(wrt, tuple)
    wanted = wrt if isinstance(wrt, tuple) else (wrt,)
    if not wanted:
        raise _error("wrt is empty", "name at least one parameter", span)
    names: list[str] = []
    for each in wanted:
        name = _name(each, positions, signature, span)
        if name in names:
            raise _error(f"wrt names {name!r} twice", "name every parameter once", span)
        names.append(name)
    return Chosen(tuple(names), single)


def _name(
    each: object, positions: list[str], signature: inspect.Signature, span: Span | None
) -> str:
    known = ", ".join(signature.parameters)
    if isinstance(each, str):
        if each not in signature.parameters:
            close = nearest(each, signature.parameters)
            hint = f"write wrt={close!r}" if close else f"the parameters are {known}"
            raise _error(f"wrt: no parameter is named {each!r}", hint, span)
        return each
    if isinstance(each, int) and not isinstance(each, bool):
        if not -len(positions) <= each < len(positions):
            count = len(positions)
            raise _error(
                f"wrt: there is no parameter at position {each}",
                f"positions run from 0 to {count - 1}; the parameters are {known}",
                span,
            )
        return positions[each]
    raise _error(
        f"wrt cannot be {each!r}",
        "write a parameter's position or name, or a tuple of them",
        span,
    )


def _error(title: str, hint: str, span: Span | None) -> ArgumentError:
    return ArgumentError(Diagnostic(title, "", span, hint=hint))
