"""Errors as data, and the one place that turns them into text.

A `Diagnostic` says what is not possible, where, and what to write instead; every
exception of dpc carries one. `render` lays it out:

    model.py:12:9: a set has no order to differentiate in

      12 |     s = {f(v) for v in x}
         |         ^^^^^^^^^^^^^^^^^ set comprehension

      note: not yet part of the language
      hint: write a list: [f(v) for v in x]
"""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dpc.source import Span, caller_span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What went wrong, as data.

    title: one line that says what is not possible, without a full stop.
    label: a few words that stand beside the caret; may be empty.
    span: the smallest range of source that is at fault. None means that the fault
        lies in a call: the error then shows the call of dpc that raised it.
    notes: further facts, one sentence each.
    hint: what to write instead; lines after the first are shown as they are, so that
        a rewrite can be given as code.
    """

    title: str
    label: str
    span: Span | None
    notes: tuple[str, ...] = ()
    hint: str = ""


class DpcError(Exception):
    """Base of all errors of dpc; `diagnostic` holds the facts, `str` shows them."""

    diagnostic: Diagnostic

    def __init_subclass__(cls) -> None:
        cls.__module__ = "dpc"  # The name to catch them by, also in tracebacks.

    def __init__(self, diagnostic: Diagnostic) -> None:
        if diagnostic.span is None:
            diagnostic = replace(diagnostic, span=caller_span("dpc"))
        super().__init__(diagnostic)
        self.diagnostic = diagnostic

    def __str__(self) -> str:
        return render(self.diagnostic)


DpcError.__module__ = "dpc"


class UnsupportedError(DpcError):
    """Syntax or a use outside the subset of Python that dpc differentiates."""


class UntilCalledError(UnsupportedError):
    """What is asked for depends on the kind of an argument: a call may know it."""


class NoRuleError(DpcError):
    """A function on a differentiated value has neither readable source nor a rule."""


class SourceError(DpcError):
    """The source is not available, or has changed since the function was loaded."""


class SoftMergeError(DpcError):
    """Two arms of a relaxed `if` leave values that have no blend."""


class MaxStepsError(DpcError):
    """A soft loop is cut with more than half of its weight left."""


class ConvergenceError(DpcError):
    """A fixed point or a root is not reached."""


class ArgumentError(DpcError):
    """An option, a `wrt` or an argument that does not exist or does not fit."""


class InternalError(DpcError):
    """A fault of dpc itself."""

    def __str__(self) -> str:
        return (
            f"{super().__str__()}\n\n"
            "  This is a fault of dpc, not of your program. Please report it, with\n"
            "  this message and the function that was compiled."
        )


def render(diagnostic: Diagnostic) -> str:
    """The diagnostic as text: place and title, the line with a caret, notes, hint."""
    span = diagnostic.span
    if span is None:
        parts = [_join(diagnostic.title, diagnostic.label)]
    else:
        column = len(_characters(span.source.line(span.line), span.col)) + 1
        place = f"{shown_path(span.source.filename)}:{span.line}:{column}"
        parts = [f"{place}: {diagnostic.title}", "", *_excerpt(span, diagnostic.label)]
    below = [_paragraph("note", note) for note in diagnostic.notes]
    if diagnostic.hint:
        below.append(_paragraph("hint", diagnostic.hint))
    return "\n".join([*parts, "", *below] if below else parts)


def shown_path(filename: str) -> str:
    """`filename` relative to the working directory, where it lies below it."""
    if filename.startswith("<"):
        return filename
    try:
        relative = os.path.relpath(filename)
    except (ValueError, OSError):  # Another drive, or no working directory any more.
        return filename
    return filename if relative.startswith(os.pardir) else relative.replace(os.sep, "/")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` is most likely a misspelling of, if any is near."""
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return found[0] if found else None


def _excerpt(span: Span, label: str) -> list[str]:
    line = span.source.line(span.line)
    stop = span.end_col if span.end_line == span.line else len(line.encode())
    before = _characters(line, span.col)
    marked = _characters(line, stop)[len(before) :].rstrip()
    # Tabs stay tabs in the line below, so that the caret stands where they end.
    pad = "".join("\t" if c == "\t" else " " * _width(c) for c in before)
    carets = "^" * max(1, sum(map(_width, marked)))
    number = str(span.line)
    gutter = " " * len(number)
    return [
        f"  {number} | {line.rstrip()}",
        f"  {gutter} | {pad}{_join(carets, label, ' ')}",
    ]


def _characters(line: str, col: int) -> str:
    return line.encode()[:col].decode(errors="replace")


def _width(character: str) -> int:
    """The columns that a character takes in a terminal."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _paragraph(head: str, text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([f"  {head}: {first}", *(f"        {t}".rstrip() for t in rest)])


def _join(first: str, second: str, between: str = ": ") -> str:
    return f"{first}{between}{second}" if second else first
