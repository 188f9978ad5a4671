"""What a transform has decided: the lines of `.report`."""

from __future__ import annotations

from collections.abc import Iterable

from dpc.source import Span


class Notes:
    """Lines of the report, each once."""

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
