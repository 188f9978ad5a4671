"""The lines of `.report`, written while a program is transformed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from dpc.analysis.activity import Activity
from dpc.analysis.aliases import Aliases
from dpc.ir.build import Builder
from dpc.ir.library import Library
from dpc.ir.nodes import Atom
from dpc.ir.program import Program
from dpc.source import Span


class Judged(Protocol):
    """What is known of a program by either pass."""

    program: Program
    build: Builder
    aliases: Aliases
    activity: Activity

    @property
    def library(self) -> Library: ...

    def active(self, atom: Atom) -> bool: ...


class Report:
    """What a transform has decided, one line each."""

    def __init__(self, notes: Iterable[str]) -> None:
        self.notes = list(notes)

    def note(self, span: Span | None, text: str) -> None:
        """A line of the report, with the line of the source that it is about."""
        line = text if span is None else f"line {span.line}: {text}"
        if line not in self.notes:
            self.notes.append(line)

    def note_hard(self, span: Span | None) -> None:
        """A test that decides exactly, unless the relaxation has said why it does."""
        said = "" if span is None else f"line {span.line}: the test "
        if not said or not any(note.startswith(said) for note in self.notes):
            self.note(span, "the test stays hard: the branch taken counts")
