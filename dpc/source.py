"""Source text and places in it.

A `Source` is the text of one file or notebook cell as it was read; a `Span` is a
range of it. Lines count from 1 and columns from 0, in bytes of the line's UTF-8
form, which is how `ast` counts them; only the renderer turns them into characters.
"""

from __future__ import annotations

import ast
import linecache
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from types import CodeType, FrameType
from typing import Any, Protocol

# CPython 3.11 counts the depth of nested syntax in one place for all threads, and fails
# if two of them convert a tree at once.
PARSING = threading.RLock()


class Located(Protocol):
    """A syntax node that knows its place, such as those of `ast` and `gast`."""

    lineno: int
    col_offset: int
    end_lineno: int | None
    end_col_offset: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The text of a file or cell. Two sources are equal when they are the same object.

    `lines` have no line ends, so that `lines[0]` is line 1 of the file.
    """

    filename: str
    lines: tuple[str, ...] = field(repr=False)

    @classmethod
    def of_text(cls, filename: str, text: str) -> Source:
        # Not splitlines: it also splits at form feeds, which Python does not count.
        return cls(filename, tuple(re.split(r"\r\n|\r|\n", text)))

    @classmethod
    def of_file(cls, filename: str) -> Source:
        """What `linecache` holds for `filename`: a file, a cell, a generated module."""
        text = "".join(linecache.getlines(filename))
        return cls.of_text(filename, text)

    def line(self, number: int) -> str:
        """Line `number`, counted from 1; empty where the text has no such line."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def span(self, node: Located) -> Span:
        """The range of a syntax node."""
        end_line, end_col = node.end_lineno, node.end_col_offset
        line, col = node.lineno, node.col_offset
        if end_line is None or end_col is None:
            return Span(self, line, col, line, col + 1)
        return Span(self, line, col, end_line, end_col)

    def text(self, span: Span) -> str:
        """The text that `span` covers, with its line ends as newlines."""
        lines = [
            self.line(number).encode() for number in range(span.line, span.end_line + 1)
        ]
        lines[-1] = lines[-1][: span.end_col]
        lines[0] = lines[0][span.col :]
        return b"\n".join(lines).decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a source: from (line, col) up to, not including, (end_line, end_col).

    Both columns are 0-based byte offsets, both lines count from 1, as in `ast`.
    """

    source: Source
    line: int
    col: int
    end_line: int
    end_col: int

    @property
    def text(self) -> str:
        """The source text that the span covers."""
        return self.source.text(self)

    @property
    def place(self) -> str:
        """`file:line`, for notes and for the comments of generated code."""
        return f"{self.source.filename}:{self.line}"


def span_of_line(source: Source, number: int) -> Span:
    """The whole of one line, without its indentation."""
    line = source.line(number)
    indent = len(line) - len(line.lstrip())
    return Span(source, number, indent, number, max(len(line.encode()), indent + 1))


def definition_span(function: Callable[..., Any]) -> Span | None:
    """The name in the `def` line of `function`, None where there is no source text.

    For errors about a function as a whole, raised when its tree is not at hand.
    """
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    source = Source.of_file(code.co_filename)
    first = code.co_firstlineno
    # The first line of a code object is its first decorator, where it has any.
    for number in range(first, len(source.lines) + 1):
        found = re.match(r"\s*(?:async\s+)?def\s+(\w+)", source.line(number))
        if found and found[1] == code.co_name:
            before = len(source.line(number)[: found.start(1)].encode())
            end = before + len(found[1].encode())
            return Span(source, number, before, number, end)
        if number == first and code.co_name == "<lambda>":
            break
    return span_of_line(source, first) if source.line(first) else None


def caller_span(package: str) -> Span | None:
    """The innermost call that does not come from `package`, None without source.

    For errors about a call: an option that does not exist is shown where it was
    written, a wrong argument where the compiled function was called.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _belongs(frame, package):
        frame = frame.f_back
    if frame is None:
        return None
    source = Source.of_file(frame.f_code.co_filename)
    if not source.line(frame.f_lineno):
        return None
    # One position an instruction, and an instruction is two bytes.
    positions = frame.f_code.co_positions()
    line, end_line, col, end_col = next(
        islice(positions, frame.f_lasti // 2, None), (None, None, None, None)
    )
    if line is None or end_line is None or col is None or end_col is None:
        return span_of_line(source, frame.f_lineno)
    return Span(source, line, col, end_line, end_col)


def _belongs(frame: FrameType, package: str) -> bool:
    name = frame.f_globals.get("__name__", "")
    if name in ("functools", "contextlib"):
        return True  # They only pass a call on.
    generated = frame.f_code.co_filename.startswith(f"<{package}")
    return generated or name == package or name.startswith(package + ".")


def call_in(span: Span, name: str) -> Span:
    """The call of `name` within a statement, so that the caret marks no more than it.

    name: as the call is written, or with the module before it; the last part decides.
    Returns `span` itself where the text holds no such call, as under an alias.
    """
    last = name.rpartition(".")[2]
    for node in _nodes(span):
        if isinstance(node, ast.Call) and _last_name(node.func) == last:
            return _within(span, node)
    return span


def keyword_in(span: Span, name: str) -> Span:
    """The keyword argument `name` of a call, or `span` where it is not written."""
    for node in _nodes(span):
        if isinstance(node, ast.keyword) and node.arg == name:
            return _within(span, node)
    return span


def _nodes(span: Span) -> list[ast.Call | ast.keyword]:
    """Calls and keywords of a range, in source order; none where it is incomplete."""
    try:
        tree = ast.parse(span.text)
    except SyntaxError:
        return []
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Call | ast.keyword)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _within(span: Span, node: ast.expr | ast.keyword) -> Span:
    """The place of a node of the text of `span`, in its source."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    # Only the first line of the text begins at the column of the span.
    start = node.col_offset + (span.col if node.lineno == 1 else 0)
    stop = node.end_col_offset + (span.col if node.end_lineno == 1 else 0)
    before = span.line - 1
    line, end_line = before + node.lineno, before + node.end_lineno
    return Span(span.source, line, start, end_line, stop)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
