"""From a line of a generated module back to the user's line that it came from.

Errors that are met when generated code runs are raised by what it calls. The traceback
tells the generated line; a call that is compiled late is found again by its name and
order, anything else of the backward half by the comment above it, which is the first
line of the user's statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import TracebackType

from dpc.backends.load import filename_of
from dpc.errors import DpcError
from dpc.ir.nodes import Apply, Assign, Const, Function, Object, Slot
from dpc.ir.walk import statements
from dpc.pipeline import Compiled
from dpc.source import Span, call_in

# `vjp(model.later, x)`, `vjp_method(layer, "loss", x)`: the callee of a late call.
_CALL = re.compile(
    r"\b(?:vjp|vjp_wrt|vjp_shared|call_watched|vjp_method)\(\s*([\w.]+)(?:,\s*\"(\w+)\")?"
)

_BLENDS = ("dpc.blend", "dpc.blend_finite", "dpc.blend_parts")
_BLEND = re.compile(r"\bblend(?:_finite|_parts)?\(")


class LateError(Exception):
    """A late call cannot be differentiated; `make` gives the error for its place."""

    def __init__(self, make: Callable[[Span | None], DpcError]) -> None:
        super().__init__()
        self.make = make


def place_of_call(compiled: Compiled, error: BaseException) -> Span | None:
    """The user's call behind a late call that failed; None if there is no telling."""
    number = _line(compiled, error.__traceback__)
    if number is None:
        return None
    lines = compiled.module.text.splitlines()
    before = "\n".join(lines[: number - 1])
    match = _CALL.search("\n".join(lines[number - 1 : number + 2]))
    if match is None:
        return None
    name = _last(match)
    named = [span for callee, span in _late(compiled.primal.function) if callee == name]
    every = [span for _, span in _late(compiled.primal.function)]
    earlier = sum(_last(other) == name for other in _CALL.finditer(before))
    found = named or (every if len(every) == 1 else [])
    if not found:
        return None
    return call_in(found[min(earlier, len(found) - 1)], name)


def place_of_line(compiled: Compiled, error: BaseException) -> Span | None:
    """The user's statement whose adjoint failed."""
    number = _line(compiled, error.__traceback__)
    if number is None:
        return None
    for line in reversed(compiled.module.text.splitlines()[: number - 1]):
        text = line.strip().removesuffix(" ...")
        if text.startswith("# "):
            return _stated(compiled.primal.function, text.removeprefix("# "))
    return None


def place_of_blend(compiled: Compiled, error: BaseException) -> Span | None:
    """The user's branches whose values have no blend: the same blend in the program."""
    traceback = error.__traceback__
    row = column = 0
    filename = filename_of(compiled.module)
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename == filename:
            at = list(code.co_positions())[traceback.tb_lasti // 2]
            row, column = at[0] or 0, at[2] or 0
        traceback = traceback.tb_next
    if not row:
        return None
    lines = compiled.module.text.splitlines()[:row]
    # Columns of code are counted in bytes.
    line = lines[-1].encode()
    lines[-1] = line[:column].decode(errors="replace")
    earlier = len(_BLEND.findall("\n".join(lines)))
    if not _BLEND.match(line[column:].decode(errors="replace")):
        earlier -= 1  # What has been blended is used.
    blends = [
        statement.span
        for statement in statements(compiled.primal.function.body)
        if isinstance(statement, Assign)
        and isinstance(statement.value, Apply)
        and statement.value.fn in _BLENDS
    ]
    if len(blends) == 1:
        return blends[0]
    return blends[earlier] if 0 <= earlier < len(blends) else None


def place_of_text(compiled: Compiled, text: str) -> Span | None:
    """The user's statement that begins with a line."""
    return _stated(compiled.primal.function, text)


def _line(compiled: Compiled, traceback: TracebackType | None) -> int | None:
    """The line of the generated module that was running."""
    filename, found = filename_of(compiled.module), None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            found = traceback.tb_lineno
        traceback = traceback.tb_next
    return found


def _last(match: re.Match[str]) -> str:
    path, method = match.groups()
    return method or path.rpartition(".")[2]


def _late(function: Function) -> Iterator[tuple[str, Span]]:
    """The calls that are compiled when they are reached, by the name of the callee."""
    made = {
        s.target: s.value
        for s in statements(function.body)
        if isinstance(s, Assign) and isinstance(s.value, Apply)
    }
    for statement in statements(function.body):
        call, span = getattr(statement, "value", None), getattr(statement, "span", None)
        if not isinstance(call, Apply) or call.fn != "call" or span is None:
            continue
        match call.args[0]:
            case Object(path=path):
                yield path[-1], span
            case Slot() as callee:
                match made.get(callee):
                    case Apply("getattr", (_, Const(str() as name))):
                        yield name, span
                    case _:
                        yield callee.name, span


def _stated(function: Function, text: str) -> Span | None:
    for statement in statements(function.body):
        span: Span | None = getattr(statement, "span", None)
        if span is not None and span.source.line(span.line).strip().startswith(text):
            return span
    return None
